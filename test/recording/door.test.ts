import fc from 'fast-check';
import { concat, concatMap, defer, delay, EMPTY, from, ignoreElements, map, merge, NEVER, of, Subject, Subscription, take, takeUntil, tap, throwError, timer, toArray } from 'rxjs';
import type { Observable, ObservableInput, SchedulerAction, SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { marbles } from '../../operators/testing/index.js';
import { int16ToBytes } from '../../src/audio/pcm.js';
import type { ConversationEvent, ConversationOptions } from '../../src/conversation.js';
import type { Engines, Frame } from '../../src/engines.js';
import { jsonLine } from '../../src/json-line.js';
import { conversationBehind } from '../../src/recording/conversation-behind.js';
import { notingDoor, replayDoor } from '../../src/recording/door.js';
import type { Door, Input } from '../../src/recording/door.js';
import type { Connection } from '../../src/transports/connection.js';

// Random conversations on a virtual clock whose timers come late, as those of a busy machine do. What comes in is noted, and
// comes in again: whatever happened the first time has to happen again, to the byte.

interface Behaviour { readonly outcome: 'good' | 'early' | 'empty' | 'fails' | 'throws' | 'hangs'; readonly ms: number }

const behaviours = fc.array(fc.record({
  outcome: fc.constantFrom<Behaviour['outcome']>(...Array<'good'>(14).fill('good'), 'early', 'empty', 'fails', 'throws', 'hangs'),
  ms: fc.integer({ min: 0, max: 200 }),
}), { minLength: 1, maxLength: 4 });

const stories = fc.record({
  /** Frames of speech, and of silence after it. */
  said: fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 70 })), { minLength: 1, maxLength: 4 }),
  /** Bytes of a chunk of the microphone, and ms between two of them. */
  chunk: fc.integer({ min: 200, max: 4_000 }),
  every: fc.integer({ min: 0, max: 60 }),
  vad: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  stt: behaviours,
  llm: behaviours,
  tts: behaviours,
  send: fc.array(fc.integer({ min: -1, max: 300 }), { minLength: 1, maxLength: 4 }),
  minSilence: fc.constantFrom(undefined, 64, 320),
  speculate: fc.boolean(),
  lead: fc.constantFrom(undefined, 0, 100),
  watchdog: fc.constantFrom(0, 0, 300, 5_000),
  idleTimeout: fc.constantFrom(0, 0, 0, 50),
  chunkSize: fc.constantFrom(1_024, 2_048, 4_096),
  cancelAt: fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 2 }),
  goneAt: fc.option(fc.integer({ min: 0, max: 6_000 }), { nil: undefined, freq: 5 }),
  leaveAt: fc.option(fc.integer({ min: 0, max: 6_000 }), { nil: undefined, freq: 5 }),
  changeAt: fc.option(fc.integer({ min: 0, max: 3_000 }), { nil: undefined, freq: 5 }),
  late: fc.array(fc.integer({ min: -1, max: 25 }), { minLength: 1, maxLength: 5 }),
});
type Story = typeof stories extends fc.Arbitrary<infer S> ? S : never;

function inTurn<T>(list: readonly T[]): () => T {
  let n = 0;
  return () => list[n++ % list.length]!;
}

function engines(story: Story): Engines {
  const behaving = <I, T>(list: readonly Behaviour[], good: (input: I, ms: number) => Observable<T>) => {
    const next = inTurn(list);
    return (input: I): ObservableInput<T> => {
      const { outcome, ms } = next();
      switch (outcome) {
        case 'good': return good(input, ms);
        case 'early': return good(input, -1);
        case 'empty': return timer(ms).pipe(ignoreElements());
        case 'fails': return concat(good(input, ms).pipe(take(1)), throwError(() => new Error('failed on purpose')));
        case 'throws': throw new Error('thrown on purpose');
        case 'hangs': return NEVER;
      }
    };
  };
  /** After so many ms; below 0, within the call. */
  const after = <T>(ms: number, value: T): Observable<T> => (ms < 0 ? of(value) : of(value).pipe(delay(ms)));
  const probability = (frame: Frame): number => (frame[0] === 0 ? 0.01 : 0.9);
  return {
    vad: () => (frame) => (story.vad === undefined ? probability(frame) : after(story.vad, probability(frame))),
    stt: behaving(story.stt, (utterance: Observable<Frame>, ms) => concat(
      of({ text: 'Wh', final: false }),
      ms < 0 ? of({ text: 'What is it?', final: true }) : utterance.pipe(toArray(), delay(ms), map(() => ({ text: 'What is it?', final: true }))),
    )),
    llm: behaving(story.llm, (_messages, ms) => from(['It is one. ', 'It is two. ', 'It is three.']).pipe(concatMap((token) => after(ms, token)))),
    tts: behaving(story.tts, (text: string, ms) => from([40, 90]).pipe(concatMap((part) => after(ms, new Int16Array(text.length * part).fill(part))))),
  };
}

/** A client whose kernel takes what it is sent in its own time, or never all of it. */
function client(story: Story): { connection: Connection; letGo: Subject<void> } {
  const letGo = new Subject<void>();
  const next = inTurn(story.send);
  let sent = 0;
  const frames = story.said.flatMap(([speech, silence]) => [...Array<number>(speech).fill(1_000), ...Array<number>(silence).fill(0)]);
  const bytes = int16ToBytes(Int16Array.from(frames.flatMap((value) => Array<number>(512).fill(value))));
  const chunks = Array.from({ length: Math.ceil(bytes.length / story.chunk) }, (_, n) => bytes.slice(n * story.chunk, (n + 1) * story.chunk));
  return {
    letGo,
    connection: {
      peer: 'somebody',
      audio: from(chunks).pipe(concatMap((chunk) => (story.every === 0 ? of(chunk) : of(chunk).pipe(delay(story.every)))), takeUntil(letGo)),
      send: (data) => defer(() => {
        const ms = next();
        // Half of it goes at once: the rest is lost where nobody waits for it any more.
        sent += data.length >> 1;
        const rest = tap<never>({ complete: () => { sent += data.length - (data.length >> 1); } });
        return (ms < 0 ? EMPTY : timer(ms).pipe(ignoreElements())).pipe(rest);
      }),
      get sent() {
        return sent;
      },
      hold: () => undefined,
      close: () => letGo.next(),
    },
  };
}

function optionsOf(story: Story): Omit<ConversationOptions, 'engines'> {
  return {
    levels: true,
    watchdog: story.watchdog,
    idleTimeout: story.idleTimeout,
    chunkSize: story.chunkSize,
    session: {
      speculate: story.speculate,
      speech: { minSpeech: 96, preRoll: 64, ...(story.minSilence === undefined ? {} : { minSilence: story.minSilence }) },
      ...(story.lead === undefined ? {} : { lead: story.lead }),
      limits: { stt: 500, firstToken: 500, nextToken: 500, tts: 500 },
    },
  };
}

interface Told { readonly lines: readonly string[]; readonly reply: Buffer }

/** What a conversation tells and sends until it ends, or `until` unsubscribes from it. */
function listen(door: Door, told: { lines: string[]; reply: Uint8Array[] }, ...[connection, gone, cancel, options]: [Connection, Observable<unknown>, Observable<'asked'>, ConversationOptions]) {
  return conversationBehind(door, connection, gone, cancel, options, (bytes) => told.reply.push(bytes.slice()))
    .subscribe({ next: (event: ConversationEvent) => told.lines.push(jsonLine(event)), error: (error: unknown) => told.lines.push(String(error)) });
}

const change = { speech: { minSpeech: 64, preRoll: 64, minSilence: 96 }, differs: { min_silence_ms: '96' } };

function happens(story: Story): { told: Told; inputs: readonly Input[]; start: number; end: number } {
  const inputs: Input[] = [];
  const told = { lines: [] as string[], reply: [] as Uint8Array[] };
  let end = 0;
  marbles(({ flush }, scheduler) => {
    const late = inTurn(story.late);
    const outer: SchedulerLike = { now: () => scheduler.now(), schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, ms = 0, state?: T) => scheduler.schedule<T>(work, Math.max(0, ms + late()), state) };
    const door = notingDoor((input) => inputs.push(input), outer);
    const { connection } = client(story);
    const gone = story.goneAt === undefined ? NEVER : timer(story.goneAt);
    const cancel = from(story.cancelAt).pipe(concatMap((ms) => timer(ms)), map(() => 'asked' as const));
    const changes = story.changeAt === undefined ? EMPTY : timer(story.changeAt).pipe(map(() => ({ ...change, stt: engines(story).stt })));
    const options = optionsOf(story);
    const running = listen(door, told, connection, gone, cancel, { ...options, engines: engines(story), session: { ...options.session, changes } });
    running.add(() => { end = door.scheduler.now(); });
    scheduler.schedule(() => running.unsubscribe(), story.leaveAt ?? 30_000);
    flush();
  })();
  return { told: { lines: told.lines, reply: Buffer.concat(told.reply) }, inputs, start: 0, end };
}

function happensAgain(story: Story, inputs: readonly Input[], start: number, end: number): Told {
  const told = { lines: [] as string[], reply: [] as Uint8Array[] };
  const door = replayDoor(start, inputs);
  const nothing = { peer: 'nobody', audio: NEVER, send: () => NEVER, sent: 0, hold: () => undefined, close: () => undefined };
  const nobody: Engines = { vad: () => () => NEVER, stt: () => NEVER, llm: () => NEVER, tts: () => NEVER };
  const options = optionsOf(story);
  const running = listen(door, told, nothing, NEVER, NEVER, { ...options, engines: nobody, session: { ...options.session, changes: NEVER } });
  door.open(end);
  running.unsubscribe();
  return { lines: told.lines, reply: Buffer.concat(told.reply) };
}

describe('what came through a door', () => {
  it('comes in again so that the same happens, byte for byte, in any conversation', { timeout: 120_000 }, () => {
    const seen = new Map<string, number>();
    fc.assert(fc.property(stories, (story) => {
      const { told, inputs, start, end } = happens(story);
      const again = happensAgain(story, inputs, start, end);
      // Who leaves in the middle of what is happening does not hear the rest of it.
      const [lines, reply] = story.leaveAt === undefined ? [again.lines, again.reply] : [again.lines.slice(0, told.lines.length), again.reply.subarray(0, told.reply.length)];
      expect(lines).toEqual(told.lines);
      expect(reply.equals(told.reply)).toBe(true);
      for (const line of told.lines) {
        const { type, reason, at } = JSON.parse(line) as { type: string; reason?: string; at: number };
        expect(Number.isInteger(at)).toBe(true);
        const kind = type === 'cancelled' ? reason! : type;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
    }), { numRuns: 200 });

    // The stories must be about something.
    for (const kind of ['reply.done', 'failed', 'watchdog', 'levels', 'wire', 'no-words', 'reply.audio', 'asked', 'left', 'warning', 'changed']) expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(0);
  });
});

describe('a door', () => {
  it('serves timers before what comes after them, each at its own time, however late the event loop is', marbles(({ flush }, scheduler) => {
    const outer: SchedulerLike = { now: () => scheduler.now(), schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, ms = 0, state?: T) => scheduler.schedule<T>(work, ms + 25, state) };
    const inputs: Input[] = [];
    const door = notingDoor((input) => inputs.push(input), outer);
    const seen: string[] = [];
    const mic = new Subject<string>();
    const inside = merge(door.hear('mic', () => mic), timer(10, door.scheduler).pipe(map(() => 'timer')), timer(30, door.scheduler).pipe(map(() => 'late')));
    door.guard(inside).subscribe({ next: (what) => seen.push(`${what} ${door.scheduler.now()}`), error: (error: unknown) => seen.push(String(error)) });
    scheduler.schedule(() => mic.next('word'), 20);
    flush();
    expect(seen).toEqual(['timer 10', 'word 20', 'late 30']);
    expect(inputs).toEqual([{ from: 'mic', call: 1, value: 'word', at: 20 }]);
  }));

  it('lets nothing in before all is there, nor while something is being dealt with', () => {
    const door = notingDoor(() => undefined);
    const seen: string[] = [];
    const more = new Subject<string>();
    const inside = defer(() => merge(
      door.hear('mic', () => ['first', 'second']).pipe(tap((word) => {
        if (word === 'first') more.next('third');
        seen.push(`${word} was dealt with`);
      })),
      door.hear('llm', () => more),
    ).pipe(tap((word) => seen.push(word)), tap({ subscribe: () => seen.push('there') })));
    door.guard(inside.pipe(tap({ subscribe: () => seen.push('begun') }))).subscribe({ error: (error: unknown) => seen.push(String(error)) }).unsubscribe();
    expect(seen).toEqual(['begun', 'there', 'first was dealt with', 'first', 'second was dealt with', 'second', 'third']);
  });

  it('leaves no timer behind', () => {
    let waiting = 0;
    const outer: SchedulerLike = { now: () => 0, schedule: () => { waiting += 1; return new Subscription(() => (waiting -= 1)); } };
    const door = notingDoor(() => undefined, outer);
    const running = door.guard(timer(30_000, door.scheduler)).subscribe({ error: () => undefined });
    expect(waiting).toBe(1);
    running.unsubscribe();
    expect(waiting).toBe(0);
  });
});
