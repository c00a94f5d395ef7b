import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { androidClient, closed, dial, emulator, hungUp, liveAndroidClient, liveStockClient, stockClient } from '../../fixtures/clients.js';
import type { AndroidClient, Emulator, LiveClient, Ports } from '../../fixtures/clients.js';
import type { ServerLab } from './server-lab.js';
import { Broken, holds, Skipped, within } from './sentence.js';

/** A server that is judged: where it is, and how to treat it. */
export interface ServerSubject {
  readonly ports: Ports;
  /** A question it answers, without silence at its ends: PCM of the wire. */
  readonly voice: Uint8Array;
  /** How many times faster than real time it is spoken to. */
  readonly speed: number;
  /** The longest wait (ms) for something that has to come. */
  readonly patience: number;
  /** How long (ms) nothing must come before an answer counts as whole, and a question as unanswered. */
  readonly quiet: number;
  /** What was seen of it when it was asked for the first time; nothing where it did not answer. */
  readonly manners?: Manners | undefined;
  /** Starts the server, where it is ours to start and to stop. */
  readonly start?: () => Promise<Running>;
  /** Servers with engines of our choice, where the server is ours. */
  readonly lab?: ServerLab;
}

export interface Manners {
  /** Milliseconds from the end of the question to the first byte of the answer. */
  readonly latency: number;
  /** Whether the same question gets the same answer, so that another one tells that something else was heard. */
  readonly repeats: boolean;
}

/** A server that runs as a process. */
export interface Running {
  readonly ports: Ports;
  readonly signal: (name: 'SIGINT' | 'SIGTERM') => void;
  /** Resolves with the exit code, null where it was killed. */
  readonly exited: Promise<number | null>;
}

/** What can be done with any client that is connected. */
export interface Answered {
  /** What came after the first `from` bytes, once something has and no more follows. */
  readonly answer: (from?: number) => Promise<Buffer>;
  /** Fails where anything comes before all has been quiet for a while. */
  readonly unanswered: (otherwise: string) => Promise<void>;
}

export type Silent<C> = C & Answered;
export type Talker<C extends LiveClient> = C & Answered & {
  /** Says it, and takes the whole answer. */
  readonly ask: (pcm?: Uint8Array) => Promise<Buffer>;
};

/** One visit to a server. All clients in it are let go when it ends. */
export interface Visit extends ServerSubject {
  /** Emulators whose microphones never sleep. */
  readonly stock: (ports?: Ports) => Promise<Talker<LiveClient>>;
  readonly android: () => Promise<Talker<LiveClient & AndroidClient>>;
  /** Emulators that say only what they are told to. */
  readonly silentStock: () => Promise<Silent<Emulator>>;
  readonly silentAndroid: () => Promise<Silent<AndroidClient>>;
  /** A client of two sockets that one opened oneself. */
  readonly socket: (which: 'micPort' | 'replyPort') => Promise<Socket>;
  readonly join: (mic: Socket, reply?: Socket) => Silent<Omit<Emulator, 'leave'>>;
  /** Lets all clients go, and gives the server a moment to notice. */
  readonly fresh: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export function newVisit(subject: ServerSubject): Visit {
  const { ports, patience, quiet, speed, voice } = subject;
  const leaving: (() => Promise<void>)[] = [];
  const clients: Emulator[] = [];

  const end = async (): Promise<void> => {
    for (const leave of leaving.splice(0).reverse()) await leave();
  };
  const keep = <C extends Emulator>(client: C): Silent<C> => {
    leaving.push(client.leave);
    clients.push(client);
    return { ...client, ...answered(client) };
  };
  const answered = ({ inbox, reply }: Omit<Emulator, 'leave'>): Answered => ({
    answer: async (from = 0) => {
      const begun = inbox.first(from + 1).catch(() => { throw new Broken('the server closed the reply port instead of answering'); });
      await within(patience, begun, 'no answer came');
      await within(patience, inbox.still(quiet), 'the answer does not end');
      return inbox.bytes().subarray(from);
    },
    unanswered: async (otherwise) => {
      const before = inbox.size();
      if (reply.closed) return;
      const something = inbox.first(before + 1).then(() => true, () => false);
      const nothing = inbox.still(quiet + 2 * (subject.manners?.latency ?? 0)).then(() => false);
      holds(!await Promise.race([something, nothing]), otherwise);
    },
  });
  const talk = <C extends LiveClient>(client: C): Talker<C> => {
    const kept = keep(client);
    return {
      ...kept,
      ask: async (pcm = voice) => {
        const before = kept.inbox.size();
        const said = kept.say(pcm);
        said.catch(() => undefined);
        return kept.answer(before);
      },
    };
  };

  return {
    ...subject,
    stock: async (at = ports) => talk(await retried(() => liveStockClient(at, speed), patience)),
    android: async () => talk(await retried(() => liveAndroidClient(ports, speed), patience)),
    silentStock: async () => keep(await retried(() => stockClient(ports), patience)),
    silentAndroid: async () => keep(await retried(() => androidClient(ports), patience)),
    socket: async (which) => {
      const socket = await retried(() => dial(ports.host, ports[which]), patience);
      leaving.push(() => closed(socket));
      return socket;
    },
    join: (mic, reply = mic) => {
      const client = emulator(mic, reply);
      return { ...client, ...answered(client) };
    },
    fresh: async () => {
      await Promise.race([Promise.all(clients.splice(0).map(noticed)), sleep(4 * quiet)]);
      await end();
      await sleep(quiet);
    },
    end,
  };
}

/** Says good-bye, and waits until the server has seen it. */
async function noticed({ mic, reply }: Emulator): Promise<void> {
  for (const socket of [reply, mic]) socket.end();
  await hungUp(mic);
}

/** Tries again where the connection is refused: a server may be on its way up again. */
async function retried<T>(connect: () => Promise<T>, patience: number): Promise<T> {
  for (const until = performance.now() + patience; ;) {
    try {
      return await connect();
    } catch (error) {
      if (!isRefused(error)) throw error;
      if (performance.now() > until) throw new Broken(`nobody accepts the connection (${String(error)})`);
      await sleep(Math.min(100, patience / 10));
    }
  }
}

export function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

/** What cannot be judged where the first question got no answer. */
export function manners({ manners: known }: ServerSubject): Manners {
  if (known === undefined) throw new Skipped('the server answered no question before');
  return known;
}

/** Asks twice, to see what a server is like. */
export async function acquaint(subject: ServerSubject): Promise<Manners> {
  const visit = newVisit(subject);
  try {
    const client = await visit.stock();
    const once = async (): Promise<{ latency: number; answer: Buffer }> => {
      const before = client.inbox.size();
      await within(subject.patience, client.say(subject.voice), 'the question could not be said');
      const since = performance.now();
      await within(subject.patience, client.inbox.first(before + 1), 'no answer came');
      const latency = performance.now() - since;
      return { latency, answer: await client.answer(before) };
    };
    const first = await once();
    // So long that the reference does not take the two for one.
    await sleep(AFTER / subject.speed);
    const second = await once();
    return { latency: first.latency, repeats: first.answer.equals(second.answer) };
  } finally {
    await visit.end();
  }
}

/** Milliseconds of audio after which an utterance is forgotten by whatever remembers too much. */
const AFTER = 2_000;
