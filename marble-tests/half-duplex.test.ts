import { asyncScheduler, EMPTY, from, NEVER, of, timer, type Observable, delay, finalize, ignoreElements, map, toArray } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Engines, Frame } from '../src/engines.js';
import type { SessionEvent } from '../src/events.js';
import { halfDuplex } from '../src/half-duplex.js';
import { session } from '../src/session.js';

const SPEECH = 's'.repeat(15);
const frameOf = (letter: string): Frame => new Int16Array(512).fill(letter === 's' ? 1000 : 0);

interface World {
  llm?: Engines['llm'];
  stt?: Engines['stt'];
  deliver?: (event: SessionEvent) => ObservableInput<never>;
  watchdog?: number;
  /** Made when the run begins. */
  cancel?: () => Observable<'asked'>;
}

function converse(letters: string, { llm, stt, deliver = () => EMPTY, watchdog, cancel }: World = {}) {
  let asked = 0;
  const engines: Engines = {
    vad: () => (frame) => (frame[0] === 0 ? 0.01 : 0.99),
    stt: stt ?? ((utterance) => utterance.pipe(toArray(), map(() => ({ text: `Question ${++asked}.`, final: true })))),
    llm: llm ?? (() => of('Yes.').pipe(delay(20))),
    tts: () => of(new Int16Array(160)),
  };
  const events: SessionEvent[] = [];
  let completed = false;
  new TestScheduler(() => undefined).run(({ cold }) => {
    cold(letters).pipe(
      map(frameOf),
      halfDuplex((steering) => session(engines, { speech: { minSilence: 160 }, ...steering }), { deliver, ...(watchdog === undefined ? {} : { watchdog }), ...(cancel === undefined ? {} : { cancel: cancel() }) }),
    ).subscribe({ next: (event) => events.push(event), error: (thrown: unknown) => { throw thrown; }, complete: () => (completed = true) });
  });
  return { events, types: events.map((event) => event.type), gates: events.filter((event) => event.type === 'gate'), completed };
}

describe('halfDuplex', () => {
  it('closes the gate with the end of an utterance and opens it when the answer was taken', () => {
    const { types, gates } = converse(`${SPEECH}qqqqq`, { deliver: (event) => (event.type === 'reply.audio' ? timer(100).pipe(ignoreElements()) : EMPTY) });
    expect(types).toEqual([
      'listening', 'speech.started', 'speech.stopped', 'gate', 'watchdog', 'transcript', 'reply.started', 'reply.text', 'reply.audio', 'reply.done', 'gate', 'listening',
    ]);
    expect(gates[1]!.at - gates[0]!.at).toBe(120);
  });

  it('drops what is said while the gate is closed, and counts it in milliseconds of audio', () => {
    const { gates, types } = converse(`${SPEECH}qqqqq${'s'.repeat(15)}qqqqqqqqqq`);
    expect(gates[1]).toMatchObject({ open: true, dropped: 20 * 32 });
    expect(types.filter((type) => type === 'speech.started')).toHaveLength(1);
  });

  it('drops a burst that arrived faster than it was judged, too', () => {
    // All frames in one tick: the gate stands behind the VAD, so that what was already on its way is dropped as well.
    const { types } = converse(`(${SPEECH}qqqqq${SPEECH}qqqqq)`);
    expect(types.filter((type) => type === 'speech.started')).toHaveLength(1);
  });

  it('stays open after a false opening', () => {
    const { types } = converse('ssqqqqqqqq');
    expect(types).toEqual(['listening', 'speech.started', 'speech.stopped']);
  });

  it.each([
    ['no words were heard', { stt: () => of({ text: '', final: true }) }],
    ['the STT failed', { stt: () => { throw new Error('boom'); } }],
    ['the LLM failed', { llm: () => { throw new Error('boom'); } }],
  ] satisfies [string, World][])('opens at once when %s', (reason, world) => {
    const { gates } = converse(`${SPEECH}qqqqq`, world);
    expect(gates.map(({ open }) => open)).toEqual([false, true]);
    expect(gates[1]!.reason).toBe(reason);
    expect(gates[1]!.at).toBe(gates[0]!.at);
  });

  it('opens after exactly 30 s when the answer never finishes, cancels it, says so, and answers the next question (R8)', () => {
    let live = 0;
    let asked = 0;
    const { events, gates } = converse(`${SPEECH}qqqqq 31s ${SPEECH}qqqqq`, {
      llm: () => {
        asked += 1;
        live += 1;
        return (asked === 1 ? NEVER : of('Yes.')).pipe(finalize(() => (live -= 1)));
      },
      // The limits of the session are shorter than the watchdog; it guards against what they do not see.
      deliver: () => EMPTY,
      watchdog: 9_000,
    });
    expect(gates[1]).toMatchObject({ open: true, reason: 'the turn was cancelled: watchdog' });
    expect(gates[1]!.at - gates[0]!.at).toBe(9_000);
    expect(events.filter((event) => event.type === 'warning')).toMatchObject([{ code: 'watchdog' }]);
    expect(events.find((event) => event.type === 'cancelled')).toMatchObject({ turn: 1, reason: 'watchdog' });
    expect(events.find((event) => event.type === 'reply.done')).toMatchObject({ turn: 2 });
    expect(live).toBe(0);
  });

  it('waits 30 s by default, and counts down', () => {
    const { events, gates } = converse(`${SPEECH}qqqqq`, { deliver: (event) => (event.type === 'reply.audio' ? NEVER : EMPTY) });
    expect(gates[1]!.at - gates[0]!.at).toBe(30_000);
    const countdown = events.filter((event) => event.type === 'watchdog');
    expect(countdown[0]).toMatchObject({ remaining: 30_000, fired: false });
    expect(countdown.at(-1)).toMatchObject({ remaining: 0, fired: true });
    expect(countdown).toHaveLength(31);
  });

  it('ignores a late answer (R8)', () => {
    const { events } = converse(`${SPEECH}qqqqq`, { llm: () => of('Late.').pipe(delay(9_999)), watchdog: 5_000 });
    expect(events.some((event) => event.type === 'reply.audio' || event.type === 'reply.done')).toBe(false);
  });

  it('sends nothing more of an answer that was given up while it waited to be taken, and answers the next question', () => {
    let taken = 0;
    const { events } = converse(`${SPEECH}qqqqq 6s ${SPEECH}qqqqq`, {
      llm: () => of('One. ', 'Two. ', 'Three.'),
      // The first samples are never taken, those after the watchdog at once.
      deliver: (event) => (event.type === 'reply.audio' && ++taken === 1 ? NEVER : EMPTY),
      watchdog: 5_000,
    });
    const first = events.filter((event) => 'turn' in event && event.turn === 1).map(({ type }) => type);
    expect(first.filter((type) => type === 'reply.audio' || type === 'reply.done')).toEqual([]);
    expect(first.filter((type) => type === 'cancelled')).toHaveLength(1);
    expect(events.find((event) => event.type === 'reply.done')).toMatchObject({ turn: 2, text: 'One. Two. Three.' });
    expect(events.filter((event) => event.type === 'gate').map(({ open }) => open)).toEqual([false, true, false, true]);
  });

  it('tells thousands of events that have waited for one to be taken', () => {
    const { events, gates } = converse(`${SPEECH}qqqqq`, {
      llm: () => from(Array.from({ length: 5_000 }, (_, n) => `Sentence ${n}. `)),
      deliver: (event) => (event.type === 'reply.audio' && event.piece === 0 ? timer(1_000).pipe(ignoreElements()) : EMPTY),
    });
    expect(events.filter(({ type }) => type === 'reply.audio')).toHaveLength(5_000);
    expect(gates.at(-1)).toMatchObject({ open: true, reason: 'the answer was sent' });
  });

  it('gives up the answer that it is asked to, sends nothing more of it, and listens again', () => {
    const aborted: number[] = [];
    const { events, gates } = converse(`${SPEECH}qqqqq 1s ${SPEECH}qqqqq`, {
      llm: () => NEVER.pipe(finalize(() => aborted.push(asyncScheduler.now()))),
      watchdog: 0,
      cancel: () => timer(900).pipe(map(() => 'asked' as const)),
    });
    expect(gates[1]).toMatchObject({ open: true, at: 900, reason: 'the turn was cancelled: asked' });
    expect(events.filter(({ type }) => type === 'cancelled')).toMatchObject([{ turn: 1, reason: 'asked', at: 900 }]);
    expect(events.filter(({ type }) => type === 'speech.started')).toHaveLength(2);
    expect(aborted[0]).toBe(900);
  });

  it('does nothing where it is asked to give up an answer and there is none', () => {
    const { types, completed } = converse(`${'s'.repeat(4)}qqqqqqqq|`, { cancel: () => timer(0, 5).pipe(map(() => 'asked' as const)) });
    expect(types.filter((type) => type === 'cancelled' || type === 'gate')).toEqual([]);
    expect(completed).toBe(true);
  });

  it('has no watchdog where it is switched off', () => {
    const { gates } = converse(`${SPEECH}qqqqq`, { deliver: (event) => (event.type === 'reply.audio' ? NEVER : EMPTY), watchdog: 0 });
    expect(gates).toHaveLength(1);
  });

  it('completes when the frames have ended and the answer was taken', () => {
    expect(converse(`${SPEECH}|`).completed).toBe(true);
  });
});
