import { asyncScheduler, defer, Observable, tap } from 'rxjs';
import type { ObservableInput, SchedulerLike, Subscriber } from 'rxjs';
import { newClock } from './clock.js';

/** Where something comes from: the microphone, an engine, the connection, a tool, or somebody who steers. */
export const SOURCES = ['mic', 'vad', 'stt', 'llm', 'tts', 'send', 'tool', 'cancel', 'gone', 'changes', 'typed'] as const;
export type InputSource = (typeof SOURCES)[number];

/** What a source has said. Each of its subscribers is a call, counted from 1. */
export type Said =
  | { readonly from: InputSource; readonly call: number; readonly value: unknown }
  | { readonly from: InputSource; readonly call: number; readonly error: unknown }
  | { readonly from: InputSource; readonly call: number; readonly end: true };

/** All that a conversation learns of the world, in order: what was said at which clock time (ms), how many bytes had gone when it looked, and in which words a tool answered when it was asked; null for none. */
export type Input = (Said & { readonly at: number }) | { readonly sent: number } | { readonly words: string | null };

/** The only way into a conversation: what comes through it, comes one after the other, at a time that stands still meanwhile. */
export interface Door {
  readonly scheduler: SchedulerLike;
  /** The source, heard through the door. */
  readonly hear: <T>(from: InputSource, source: () => ObservableInput<T>) => Observable<T>;
  /** A number that changes by itself, as it is now. */
  readonly look: (sent: () => number) => number;
  /** Words that may be others each time. */
  readonly ask: (words: () => string | undefined) => string | undefined;
  /** What stands behind the door: nothing comes in before it is all there. */
  readonly guard: <T>(inside: Observable<T>) => Observable<T>;
}

/**
 * A door that notes everything that comes in, so that a `replayDoor` can have it come in again.
 *
 * What comes is handed on when everything before it has been dealt with and all timers that are due by then have run, each at
 * exactly the time it was set for. So what happens inside depends on the noted inputs only, and not on which of a timer and a
 * socket the event loop happens to serve first.
 */
export function notingDoor(note: (input: Input) => void, outer: SchedulerLike = asyncScheduler): Door {
  const clock = newClock(outer.now());
  const calls = counted();
  const waiting: { readonly said: Said; readonly subscriber: { readonly closed: boolean }; readonly tell: () => void }[] = [];
  let busy = false;
  let alarm = { at: Infinity, unsubscribe: (): void => undefined };

  const settle = (woken = -Infinity): void => {
    if (busy) return;
    busy = true;
    try {
      do {
        // A clock that was set back, or an alarm that came a moment early, must not keep back what it woke us for.
        clock.advance(Math.max(outer.now(), woken));
        const next = waiting.shift();
        if (next === undefined || next.subscriber.closed) continue;
        note({ ...next.said, at: clock.now() });
        next.tell();
      } while (waiting.length > 0 || (clock.due() ?? Infinity) <= clock.now());
    } finally {
      busy = false;
      rearm();
    }
  };
  const rearm = (): void => {
    const at = clock.due() ?? Infinity;
    if (at === alarm.at) return;
    alarm.unsubscribe();
    const set = at === Infinity ? undefined : outer.schedule(() => {
      alarm = { at: Infinity, unsubscribe: () => undefined };
      settle(at);
    }, at - Math.max(outer.now(), clock.now()));
    alarm = { at, unsubscribe: () => set?.unsubscribe() };
  };

  return {
    scheduler: clock,
    hear: <T>(from: InputSource, source: () => ObservableInput<T>) => new Observable<T>((subscriber) => {
      const call = calls(from);
      const say = (said: Said, tell: () => void): void => {
        waiting.push({ said, subscriber, tell });
        settle();
      };
      return defer(source).subscribe({
        next: (value) => say({ from, call, value }, () => subscriber.next(value)),
        error: (error: unknown) => say({ from, call, error }, () => subscriber.error(error)),
        complete: () => say({ from, call, end: true }, () => subscriber.complete()),
      });
    }),
    look: (read) => {
      const sent = read();
      note({ sent });
      return sent;
    },
    ask: (read) => {
      const words = read();
      note({ words: words ?? null });
      return words;
    },
    guard: (inside) => new Observable((subscriber) => {
      busy = true;
      const subscription = inside.subscribe(subscriber);
      busy = false;
      settle();
      return () => {
        subscription.unsubscribe();
        if (!busy) rearm();
      };
    }),
  };
}

/** A door that holds nothing up, and only listens to the microphone. */
export function openDoor(onMicrophone: (bytes: Uint8Array) => void): Pick<Door, 'hear' | 'look'> {
  return {
    hear: (from, source) => defer(source).pipe(tap((value) => {
      if (from === 'mic' && value instanceof Uint8Array) onMicrophone(value);
    })),
    look: (sent) => sent(),
  };
}

/** A door through which what was noted comes in again, on a virtual clock, whatever the sources say. */
export interface ReplayDoor extends Door {
  /** Has everything come in, and lets the time pass until then; what nobody waits for is left out. */
  readonly open: (until: number) => void;
}

/** @param start clock time (ms) from which on the inputs were noted */
export function replayDoor(start: number, inputs: readonly Input[]): ReplayDoor {
  const clock = newClock(start);
  const calls = counted();
  const listeners = new Map<string, Subscriber<unknown>>();
  const looks = inputs.flatMap((input) => ('sent' in input ? [input.sent] : [])).values();
  const words = inputs.flatMap((input) => ('words' in input ? [input.words] : [])).values();
  let last = 0;

  const tell = (said: Said): void => {
    const listener = listeners.get(`${said.from} ${said.call}`);
    if ('error' in said) listener?.error(said.error);
    else if ('end' in said) listener?.complete();
    else listener?.next(said.value);
  };

  return {
    scheduler: clock,
    hear: <T>(from: InputSource) => new Observable<T>((subscriber) => {
      const name = `${from} ${calls(from)}`;
      // What comes through the door under that name is what that call was given.
      listeners.set(name, subscriber);
      return () => listeners.delete(name);
    }),
    look: () => {
      const { value = last } = looks.next();
      return (last = value);
    },
    ask: () => words.next().value ?? undefined,
    guard: (inside) => inside,
    open: (until) => {
      for (const input of inputs) {
        if (!('from' in input)) continue;
        clock.advance(input.at);
        tell(input);
      }
      clock.advance(until);
    },
  };
}

function counted(): (from: InputSource) => number {
  const counts = new Map<InputSource, number>();
  return (from) => {
    const count = (counts.get(from) ?? 0) + 1;
    counts.set(from, count);
    return count;
  };
}
