import { asyncScheduler, Subscription, type SchedulerLike } from 'rxjs';

/** Why a socket was turned away, or a session was not given the reply port it waited for. */
export type RefusalCode =
  /** As many clients as there may be are being served. */
  | 'busy'
  /** A reply socket from another machine than the microphone's. */
  | 'stranger'
  /** Its other half did not come. */
  | 'pair-timeout'
  /** A reply socket that had waited alone, when another came that is more likely the microphone's. */
  | 'left-behind';

export interface PairingOptions<S, C> {
  /** Clients at a time. @default 1 */
  readonly maxSessions?: number;
  /** Milliseconds one half waits for its other; 0 is for ever. */
  readonly pairTimeout: number;
  /** Whether both come from one machine: the only thing that two sockets of one client are known to share. */
  readonly sameMachine: (one: S, other: S) => boolean;
  /** Address of a socket, for the reason that a refused one is given. */
  readonly nameOf: (socket: S) => string;
  /** A microphone has come: makes its session, whose reply may be there already, and tells nobody yet. */
  readonly begin: (mic: S, reply: S | undefined) => C;
  /** The session is known, and may be told of. */
  readonly begun: (session: C) => void;
  /** The reply socket of a session has come. */
  readonly join: (session: C, reply: S) => void;
  /** A socket is turned away. */
  readonly refuse: (socket: S, code: RefusalCode, reason: string) => void;
  /** A socket has come, or has been there for a second, whose other half has not. */
  readonly waiting: (socket: S, lacks: 'microphone' | 'reply') => void;
  /** The reply of a session did not come in time. */
  readonly abandon: (session: C, reason: string) => void;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike;
}

/** Tells which microphone and which reply socket are one client. */
export interface Pairing<S, C> {
  /** A socket has come on the microphone port. */
  readonly mic: (socket: S) => void;
  /** A socket has come on the reply port. */
  readonly reply: (socket: S) => void;
  /** A socket on the reply port has gone; false where it was not waiting. */
  readonly gone: (socket: S) => boolean;
  readonly ended: (session: C) => void;
  /** Lets go of all timers and gives back the sockets that wait. */
  readonly close: () => readonly S[];
}

/** Milliseconds within which a client opens both its ports. A reply port that is older than that may have been left behind. */
const TOGETHER = 1_000;

interface Lone<S> { readonly socket: S; readonly since: number; readonly timers: Subscription }
interface Half<S> { readonly mic: S; reply: S | undefined; claimed: Lone<S> | undefined; readonly timers: Subscription }

/**
 * Pairs sockets by machine and by arrival: the wire has no handshake, so a client is known by nothing else. This is no
 * authentication. Of one machine the first microphone gets the first reply socket that is younger than a second; an older
 * one may have been left behind by a client that is gone, and gets its chance only where no other comes within a second.
 */
export function createPairing<S, C>(options: PairingOptions<S, C>): Pairing<S, C> {
  const { maxSessions = 1, pairTimeout, sameMachine, nameOf, begin, begun, join, refuse, waiting, abandon, scheduler = asyncScheduler } = options;
  const sessions = new Map<C, Half<S>>();
  let lones: readonly Lone<S>[] = [];

  const after = (ms: number, then: () => void): Subscription => scheduler.schedule(then, ms);
  const isFresh = ({ since }: Lone<S>): boolean => scheduler.now() - since <= TOGETHER;
  const take = (lone: Lone<S>): S => {
    lone.timers.unsubscribe();
    lones = lones.filter((other) => other !== lone);
    return lone.socket;
  };
  const complete = (session: C, half: Half<S>, reply: S): void => {
    half.timers.unsubscribe();
    half.reply = reply;
    join(session, reply);
  };

  const mic = (socket: S): void => {
    if (sessions.size >= maxSessions) {
      const others = [...sessions.values()].map((half) => nameOf(half.mic));
      refuse(socket, 'busy', others.length === 1 ? `another client is being served (${String(others[0])})` : `${others.length} clients are being served, which is all there may be`);
      return;
    }
    const own = lones.filter((lone) => sameMachine(socket, lone.socket));
    const fresh = own.find(isFresh);
    const half: Half<S> = { mic: socket, reply: fresh && take(fresh), claimed: fresh === undefined ? own[0] : undefined, timers: new Subscription() };
    const session = begin(socket, half.reply);
    sessions.set(session, half);
    begun(session);
    // What still waits when there is no room for its microphone waits in vain.
    if (sessions.size >= maxSessions) for (const lone of lones.filter((other) => !own.includes(other))) refuse(take(lone), 'stranger', `the microphone comes from ${nameOf(socket)}`);
    if (half.reply !== undefined) return;

    half.timers.add(after(TOGETHER, () => {
      if (half.claimed !== undefined && lones.includes(half.claimed)) complete(session, half, take(half.claimed));
      else waiting(socket, 'reply');
    }));
    if (pairTimeout > 0) half.timers.add(after(pairTimeout, () => abandon(session, `no reply port was opened within ${pairTimeout / 1_000} s`)));
  };

  const reply = (socket: S): void => {
    const halves = [...sessions].filter(([, half]) => sameMachine(half.mic, socket));
    const [session, half] = halves.find(([, each]) => each.reply === undefined) ?? [];
    const older = half?.claimed ?? (sessions.size + lones.length < maxSessions ? undefined : lones.find((lone) => !isFresh(lone)));
    if (session === undefined && older === undefined && sessions.size + lones.length >= maxSessions) {
      const known = sessions.size === 0 || halves.length > 0;
      refuse(socket, known ? 'busy' : 'stranger', known ? 'another client has this port' : `the microphone comes from ${[...sessions.values()].map((each) => nameOf(each.mic)).join(' and ')}`);
      return;
    }
    if (older !== undefined && lones.includes(older)) refuse(take(older), 'left-behind', 'it had waited alone, and another reply port was opened');
    if (session === undefined || half === undefined) wait(socket);
    else complete(session, half, socket);
  };

  const wait = (socket: S): void => {
    const lone: Lone<S> = { socket, since: scheduler.now(), timers: new Subscription() };
    if (pairTimeout > 0) lone.timers.add(after(pairTimeout, () => refuse(take(lone), 'pair-timeout', `no microphone port was opened within ${pairTimeout / 1_000} s`)));
    lones = [...lones, lone];
    waiting(socket, 'microphone');
  };

  return {
    mic,
    reply,
    gone: (socket) => {
      const lone = lones.find((other) => other.socket === socket);
      if (lone !== undefined) take(lone);
      return lone !== undefined;
    },
    ended: (session) => {
      sessions.get(session)?.timers.unsubscribe();
      sessions.delete(session);
    },
    close: () => {
      for (const half of sessions.values()) half.timers.unsubscribe();
      return lones.map(take);
    },
  };
}
