import { concat, concatMap, from, ignoreElements, map, mergeMap, NEVER, of, timer, VirtualTimeScheduler, type Observable, type OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Engines, Frame } from '../src/engines.js';
import type { SessionEvent } from '../src/events.js';
import { metered, type Levels } from '../src/meters.js';
import { fakeEngines, tone } from './fixtures/engines.js';

type Converse = (engines: Engines) => OperatorFunction<Frame, SessionEvent>;

/** Runs a metered conversation in virtual time. */
function run(frames: (time: VirtualTimeScheduler) => Observable<Frame>, converse: Converse, engines: Partial<Engines> = {}) {
  const time = new VirtualTimeScheduler();
  const seen: (SessionEvent | Levels)[] = [];
  let completed = false;
  frames(time).pipe(metered(fakeEngines(engines), converse, time)).subscribe({ next: (event) => seen.push(event), error: (error: unknown) => { throw error; }, complete: () => (completed = true) });
  time.flush();
  return { seen, levels: seen.filter((event) => event.type === 'levels'), completed };
}

const FRAME = tone(32);
const every = (ms: number, count: number) => (time: VirtualTimeScheduler): Observable<Frame> =>
  from(Array.from({ length: count }, () => FRAME)).pipe(concatMap((frame) => timer(ms, time).pipe(map(() => frame))));
const deaf: Converse = () => (frames) => frames.pipe(ignoreElements());
const judging: Converse = ({ vad }) => (frames) => {
  const judge = vad();
  return frames.pipe(mergeMap((frame) => {
    const speech = judge(frame);
    return typeof speech === 'number' ? of(speech) : from(speech);
  }), ignoreElements());
};
const saying = (event: Partial<SessionEvent>): SessionEvent => ({ turn: 1, at: 0, ...event }) as SessionEvent;

describe('the meter of the microphone', () => {
  it('tells ten times a second how loud it is, also where nobody listens', () => {
    const { levels } = run(every(32, 31), deaf);
    expect(levels).toHaveLength(10);
    expect(levels.map(({ at }) => at)).toEqual(Array.from({ length: 10 }, (_, n) => 96 * (n + 1)));
    expect(levels[0]?.mic?.peak).toBeCloseTo(-12.2, 0);
    expect(levels[0]?.reply).toBeUndefined();
  });

  it('tells hardly more often where a recording comes faster than it was spoken', () => {
    expect(run(every(1, 1_000), deaf).levels.length).toBe(13);
  });

  it.each<[string, Engines['vad']]>([
    ['at once', () => { let n = 0; return () => [0.1, 0.9, 0.2][n++ % 3]!; }],
    ['later', () => { let n = 0; return () => of([0.1, 0.9, 0.2][n++ % 3]!); }],
  ])('tells the highest probability of speech of a VAD that judges %s', (_when, vad) => {
    const { levels } = run(every(32, 9), judging, { vad });
    expect(levels.map(({ mic }) => mic?.speech)).toEqual([0.9, 0.9, 0.9]);
  });
});

describe('the meter of the reply', () => {
  const talks = (...events: Observable<SessionEvent>[]): Converse => () => (frames) => concat(...events, frames.pipe(ignoreElements()));

  it('follows the clock, however far ahead the samples are', () => {
    const audio = saying({ type: 'reply.audio', piece: 0, audio: tone(960) });
    const { levels } = run(() => NEVER, talks(of(audio)));
    expect(levels.map(({ at }) => at)).toEqual(Array.from({ length: 10 }, (_, n) => 96 * n));
    expect(levels.every(({ reply, mic }) => reply !== undefined && mic === undefined)).toBe(true);
  });

  it('ends with an answer that is cut short', () => {
    const time = new VirtualTimeScheduler();
    const audio = saying({ type: 'reply.audio', piece: 0, audio: tone(960) });
    const cut = timer(300, time).pipe(map(() => saying({ type: 'cancelled', reason: 'asked' })));
    const seen: (SessionEvent | Levels)[] = [];
    (NEVER as Observable<Frame>).pipe(metered(fakeEngines(), talks(of(audio), cut), time)).subscribe({ next: (event) => seen.push(event), error: (error: unknown) => { throw error; } });
    time.flush();
    expect(seen.filter(({ type }) => type === 'levels')).toHaveLength(4);
  });

  it('does not hold up the end of the conversation', () => {
    const audio = saying({ type: 'reply.audio', piece: 0, audio: tone(960) });
    const { seen, completed } = run(() => of(), talks(of(audio)));
    expect(completed).toBe(true);
    expect(seen.map(({ type }) => type)).toEqual(['reply.audio', 'levels']);
  });
});
