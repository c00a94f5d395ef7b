import { asyncScheduler, concat, concatMap, defer, delay, EMPTY, finalize, from, map, NEVER, of, take, throwError, timer, toArray } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marbles } from '../operators/testing/index.js';
import type { Engines, ToolCall } from '../src/engines.js';
import type { SessionEvent } from '../src/events.js';
import { ends } from '../src/metrics.js';
import { session } from '../src/session.js';
import type { SessionOptions } from '../src/session-options.js';
import type { Tool } from '../src/tools.js';

// Random conversations on virtual time: a frame a millisecond, engines that take their time, fail, hang or have nothing to say.
// Where one goes wrong fast-check prints its seed, and shortens it to the shortest that does.

/** What becomes of one call of an engine, and after how many ms. */
interface Behaviour { readonly outcome: 'good' | 'early' | 'empty' | 'fails' | 'throws' | 'hangs'; readonly ms: number }

interface Story {
  /** Frames of speech, and of silence after it. */
  readonly said: readonly (readonly [speech: number, silence: number])[];
  readonly stt: readonly Behaviour[];
  readonly llm: readonly Behaviour[];
  readonly tts: readonly Behaviour[];
  readonly policy: NonNullable<SessionOptions['policy']>;
  /** Fixed least silence (ms of audio), or the adaptive endpoint. */
  readonly minSilence: number | undefined;
  readonly maxSpeech: number;
  readonly speculate: boolean;
  /** How far ahead of the ear an answer is released (ms), or all at once. */
  readonly lead: number | undefined;
  /** What is heard, utterance by utterance. */
  readonly words: readonly string[];
  /** A tool, which the LLM calls where it is asked something: whether it acts, and after how many ms it is done; 0 is at once. */
  readonly tool: { readonly acts: boolean; readonly ms: number } | undefined;
  /** When the turn that is under way is cancelled from outside. */
  readonly cancelAt: number | undefined;
  /** When nobody listens any more. */
  readonly leaveAt: number | undefined;
}

const behaviours = fc.array(fc.record({
  outcome: fc.constantFrom<Behaviour['outcome']>('good', 'good', 'good', 'good', 'good', 'early', 'empty', 'fails', 'throws', 'hangs'),
  ms: fc.integer({ min: 0, max: 60 }),
}), { minLength: 1, maxLength: 5 });

const anyStories: fc.Arbitrary<Story> = fc.record({
  said: fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 70 })), { minLength: 1, maxLength: 4 }),
  stt: behaviours,
  llm: behaviours,
  tts: behaviours,
  policy: fc.constantFrom('interrupt', 'interrupt', 'ignore', 'queue'),
  minSilence: fc.constantFrom(undefined, 64, 320),
  maxSpeech: fc.constantFrom(Infinity, Infinity, 640),
  speculate: fc.boolean(),
  lead: fc.constantFrom(undefined, undefined, 0, 10),
  words: fc.constantFrom(['What is it?'], ['What is it?', 'Yes.'], ['What is it?', 'Yes.'], ['What is it?', 'No.'], ['What is it?', 'What is it?', 'Yes, please.']),
  tool: fc.option(fc.record({ acts: fc.boolean(), ms: fc.constantFrom(0, 5, 30) }), { nil: undefined, freq: 3 }),
  cancelAt: fc.option(fc.integer({ min: 0, max: 250 }), { nil: undefined, freq: 4 }),
  leaveAt: fc.option(fc.integer({ min: 0, max: 250 }), { nil: undefined, freq: 4 }),
});

/** Those in which enough goes well that a question is asked to its end and answered. */
const goodStories = anyStories.map((story): Story => {
  const good: readonly Behaviour[] = [{ outcome: 'good', ms: 1 }];
  return { ...story, stt: good, llm: good, tts: good, said: [...story.said, ...story.said].map(([speech]) => [speech + 15, 60]), tool: { acts: true, ms: story.tool?.ms ?? 0 } };
});

const stories = fc.oneof({ weight: 4, arbitrary: anyStories }, { weight: 1, arbitrary: goodStories });

/** One subscription of an engine. */
interface Call { readonly engine: string; endedAt?: number }

interface Told {
  readonly events: readonly SessionEvent[];
  readonly end: string;
  readonly calls: readonly Call[];
  /** When the tool was run. */
  readonly runs: readonly number[];
  /** Which calls were live as each event came. */
  readonly live: ReadonlyMap<SessionEvent, readonly Call[]>;
  /** When the last thing happened. */
  readonly leftAt: number | undefined;
}

/** A tool, and each run of it. */
function toolOf({ acts, ms }: NonNullable<Story['tool']>, calls: Call[], runs: number[]): Tool {
  return {
    name: 'it', description: '', parameters: { type: 'object' }, acts,
    run: () => defer(() => {
      const call: Call = { engine: 'tool' };
      calls.push(call);
      runs.push(asyncScheduler.now());
      return (ms === 0 ? of('one') : timer(ms).pipe(map(() => 'one'))).pipe(finalize(() => { call.endedAt = asyncScheduler.now(); }));
    }),
  };
}

function engines(story: Story, calls: Call[]): Engines {
  let heard = 0;
  const next = (list: readonly Behaviour[], counted: { n: number }): Behaviour => list[counted.n++ % list.length]!;
  const watched = <I, T>(engine: string, list: readonly Behaviour[], good: (input: I, behaviour: Behaviour) => Observable<T>) => {
    const counted = { n: 0 };
    return (input: I): ObservableInput<T> => {
      const behaviour = next(list, counted);
      if (behaviour.outcome === 'throws') throw new Error('thrown on purpose');
      const answer = {
        good: () => good(input, behaviour),
        early: () => good(input, behaviour),
        empty: () => timer(behaviour.ms).pipe(concatMap(() => EMPTY)),
        fails: () => concat(good(input, behaviour).pipe(take(1)), throwError(() => new Error('failed on purpose'))),
        hangs: () => NEVER,
      }[behaviour.outcome];
      return defer(() => {
        const call: Call = { engine };
        calls.push(call);
        return answer().pipe(finalize(() => { call.endedAt = asyncScheduler.now(); }));
      });
    };
  };
  const watchedLlm = watched('llm', story.llm, (asked: { readonly calls: boolean }, { ms, outcome }) => {
    const call: ToolCall = { id: '1', name: 'it', args: '{}' };
    const parts: (string | ToolCall)[] = asked.calls ? ['It ', call] : ['It is one. ', 'It is two. ', 'It is three.'];
    return outcome === 'early' ? from(parts) : from(parts).pipe(concatMap((part) => of(part).pipe(delay(ms))));
  });
  return {
    vad: () => (frame) => (frame[0] === 0 ? 0 : 1),
    stt: watched('stt', story.stt, (utterance: Observable<Int16Array>, { outcome, ms }) => concat(
      of({ text: 'Wh', final: false }),
      outcome === 'early' ? of({ text: story.words[heard++ % story.words.length]!, final: true })
        : utterance.pipe(toArray(), delay(ms), map(() => ({ text: story.words[heard++ % story.words.length]!, final: true }))),
    )),
    llm: (messages, tooling) => watchedLlm({ calls: tooling?.rounds.length === 0 && !/Yes|No/.test(messages.at(-1)?.content ?? '') }),
    tts: watched('tts', story.tts, (text: string, { outcome, ms }) => from([1, 2]).pipe(
      concatMap((part) => of(new Int16Array(text.length * part)).pipe(outcome === 'early' ? map((samples) => samples) : delay(ms))),
    )),
  };
}

/** Lets a story happen. */
function tell(story: Story): Told {
  const events: SessionEvent[] = [];
  const calls: Call[] = [];
  const runs: number[] = [];
  const live = new Map<SessionEvent, readonly Call[]>();
  let end = 'silent';
  marbles(({ cold, flush }, scheduler) => {
    const letters = story.said.map(([speech, silence]) => 's'.repeat(speech) + 'q'.repeat(silence)).join('');
    const frames = cold(`${letters}|`).pipe(map((letter) => new Int16Array(512).fill(letter === 's' ? 1_000 : 0)));
    const subscription = frames.pipe(session(engines(story, calls), {
      policy: story.policy,
      speculate: story.speculate,
      ...(story.tool === undefined ? {} : { tools: [toolOf(story.tool, calls, runs)] }),
      ...(story.lead === undefined ? {} : { lead: story.lead }),
      speech: { minSpeech: 96, maxSpeech: story.maxSpeech, preRoll: 64, ...(story.minSilence === undefined ? {} : { minSilence: story.minSilence }) },
      ...(story.cancelAt === undefined ? {} : { cancel: timer(story.cancelAt).pipe(map(() => 'watchdog' as const)) }),
    })).subscribe({
      next: (event) => {
        events.push(event);
        live.set(event, calls.filter(({ endedAt }) => endedAt === undefined));
      },
      error: (error: unknown) => { end = `error: ${String(error)}`; },
      complete: () => { end = 'complete'; },
    });
    if (story.leaveAt !== undefined) scheduler.schedule(() => { subscription.unsubscribe(); }, story.leaveAt);
    flush();
  })();
  return { events, end, calls, runs, live, leftAt: story.leaveAt };
}

type OfTurn = Extract<SessionEvent, { readonly turn: number }>;
const ofTurn = (events: readonly SessionEvent[], turn: number): OfTurn[] => events.filter((event): event is OfTurn => 'turn' in event && event.turn === turn);
const turnsOf = (events: readonly SessionEvent[]): number[] => events.flatMap((event) => (event.type === 'speech.started' ? [event.turn] : []));
const over = (event: SessionEvent): boolean => ends(event) || (event.type === 'speech.stopped' && !event.accepted);

/** The event that ends a turn, and everything that must have come before it. */
function inOrder(events: readonly OfTurn[]): void {
  const at = (type: SessionEvent['type']): number => events.findIndex((event) => event.type === type);
  const last = (type: SessionEvent['type']): number => events.findLastIndex((event) => event.type === type);
  expect(at('speech.started')).toBe(0);
  const final = events.findIndex((event) => event.type === 'transcript' && event.final);
  expect(events.filter((event) => event.type === 'transcript' && event.final).length).toBeLessThanOrEqual(1);
  if (final >= 0) expect(final).toBeGreaterThan(at('speech.stopped'));
  if (at('reply.started') >= 0) expect(at('reply.started')).toBeGreaterThan(final);
  if (at('reply.text') >= 0) expect(at('reply.text')).toBeGreaterThan(at('reply.started'));
  expect(at('reply.started')).toBe(last('reply.started'));

  const texts = events.flatMap((event) => (event.type === 'reply.text' ? [event.piece] : []));
  expect(texts).toEqual(texts.map((_, index) => index));
  const audio = events.flatMap((event, index) => (event.type === 'reply.audio' ? [{ piece: event.piece, index }] : []));
  expect(audio.map(({ piece }) => piece)).toEqual(audio.map(({ piece }) => piece).sort((a, b) => a - b));
  for (const { piece, index } of audio) expect(events.slice(0, index).some((event) => event.type === 'reply.text' && event.piece === piece)).toBe(true);

  const done = events.find((event) => event.type === 'reply.done');
  if (done?.type === 'reply.done') expect(done.text.length).toBeGreaterThan(0);
}

/** What was done is what was told, after the speech that wanted it and, where it acts, after a yes to a question that was heard to its end. */
function asTold(events: readonly SessionEvent[], runs: number, acts: boolean): void {
  const called = events.filter((event) => event.type === 'tool.called');
  // Where an answer fails in the very moment in which a tool is called, one that does not act may be run and not told of.
  if (acts) expect(called.length).toBe(runs);
  else expect(called.length).toBeLessThanOrEqual(runs);
  for (const { turn, call } of called) {
    const own = ofTurn(events, turn);
    const at = own.findIndex((event) => event.type === 'tool.called' && event.call === call);
    expect(own.slice(0, at).some(({ type }) => type === 'speech.stopped')).toBe(true);
    const done = own.filter((event) => event.type === 'tool.done' && event.call === call).length;
    expect(done).toBeLessThanOrEqual(1);
    if (own.some(({ type }) => type === 'reply.done')) expect(done).toBe(1);
    if (acts) expect(own.slice(0, at).filter((event) => event.type === 'tool.decided' && event.decision === 'yes')).toHaveLength(1);
  }
  const decided = events.filter((event) => event.type === 'tool.decided');
  for (const { turn } of decided) {
    const asked = events.findLast((event) => event.type === 'tool.asked' && event.turn < turn);
    expect(asked !== undefined && 'turn' in asked && ofTurn(events, asked.turn).some(({ type }) => type === 'reply.done')).toBe(true);
  }
}

const RUNS = 1_000;

describe('any session', () => {
  it('ends every turn once, in order, and lets go of what it interrupts', { timeout: 60_000 }, () => {
    const seen = new Map<string, number>();
    fc.assert(fc.property(stories, (story) => {
      const { events, end, calls, runs, live, leftAt } = tell(story);
      const turns = turnsOf(events);
      for (const event of events) {
        const kind = event.type === 'cancelled' ? event.reason : event.type;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }

      expect(turns).toEqual(turns.map((_, index) => index + 1));
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b));
      for (const turn of turns) {
        const own = ofTurn(events, turn);
        inOrder(own);
        const ended = own.findIndex(over);
        expect(own.filter(over).length).toBe(ended < 0 ? 0 : 1);
        // A turn that was cancelled from outside while its speaker still spoke is told when he stops; nothing else comes later.
        expect(own.slice(ended < 0 ? own.length : ended + 1).filter(({ type }) => type !== 'speech.stopped')).toEqual([]);
      }
      for (const event of events) {
        if (event.type !== 'cancelled' || event.reason !== 'interrupted') continue;
        // In the same millisecond, so that not one value more can come of them.
        expect(live.get(event)!.map(({ endedAt }) => endedAt)).toEqual(live.get(event)!.map(() => event.at));
      }
      expect(calls.filter(({ endedAt }) => endedAt === undefined)).toEqual([]);
      asTold(events, runs.length, story.tool?.acts ?? false);

      if (leftAt === undefined) {
        expect(end).toBe('complete');
        expect(turns.filter((turn) => !ofTurn(events, turn).some(over))).toEqual([]);
      } else {
        expect(events.filter(({ at }) => at > leftAt)).toEqual([]);
      }
    }), { numRuns: RUNS });

    // The stories must be about something.
    for (const kind of ['reply.done', 'failed', 'interrupted', 'ignored', 'backchannel', 'watchdog', 'no-words', 'reply.audio', 'tool.called', 'tool.done', 'tool.asked', 'tool.decided']) expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(10);
  });
});
