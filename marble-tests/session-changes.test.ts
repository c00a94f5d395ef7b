import { concat, concatMap, delay, map, NEVER, of, take, tap, throwError, timer, toArray } from 'rxjs';
import type { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Engines, Frame, Message, Tts } from '../src/engines.js';
import { session } from '../src/session.js';
import type { SessionChange, SessionOptions } from '../src/session-options.js';

// A letter is a frame of 32 ms of audio and arrives in 1 ms of virtual time: s is speech, m is mumbled, q is quiet.
const SPEECH = 's'.repeat(15);
const MUMBLE = 'm'.repeat(15);
const SILENCE = 'q'.repeat(30);
const levels: Readonly<Record<string, number>> = { s: 0.99, m: 0.5, q: 0.01 };

const voice = (name: string, spoken: string[]): Tts => (text) => of(new Int16Array(1600)).pipe(delay(3), tap(() => spoken.push(`${name}: ${text}`)));
const after = <T>(ms: number, value: T): Observable<T> => concat(timer(ms).pipe(map(() => value)), NEVER);

/** Runs a conversation in virtual time, with changes at their times (ms); the source completes at the end. */
function converse(letters: string, changes: Observable<SessionChange>, options: SessionOptions = {}) {
  const told: string[] = [];
  const prompts: string[] = [];
  const spoken: string[] = [];
  const lengths: number[] = [];
  let completed = false;
  const engines: Engines = {
    vad: () => (frame) => levels[String.fromCharCode(frame[0] ?? 0)] ?? 0,
    stt: (utterance) => utterance.pipe(toArray(), tap((frames) => lengths.push(frames.length)), map(() => ({ text: `Question ${lengths.length}.`, final: true }))),
    llm: (messages: readonly Message[]) => {
      prompts.push(messages.map(({ content }) => content).join(' '));
      return of('One. ', 'Two.').pipe(concatMap((token) => of(token).pipe(delay(5))));
    },
    tts: voice('old', spoken),
  };
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold }) => {
    const frames = cold(`${letters}|`).pipe(map((letter): Frame => new Int16Array(512).fill(letter.charCodeAt(0))));
    frames.pipe(session(engines, { speech: { minSilence: 320, preRoll: 0 }, system: 'Old.', changes, ...options })).subscribe({
      next: (event) => {
        if (event.type === 'speech.started' || event.type === 'reply.done') told.push(`${event.type} ${event.turn}`);
        else if (event.type === 'cancelled') told.push(`cancelled ${event.turn} (${event.reason})`);
        else if (event.type === 'changed') told.push(`changed ${JSON.stringify(event.differs)}`);
        else if (event.type === 'warning') told.push(`${event.code}: ${event.message}`);
      },
      error: (error: unknown) => told.push(`error: ${String(error)}`),
      complete: () => { completed = true; },
    });
  });
  return { told, prompts, spoken, lengths, completed };
}

const TURN = SPEECH + SILENCE;

describe('a change of a running session', () => {
  it('that is there from the start holds from the start', () => {
    expect(converse(TURN, of({ system: 'New.' })).prompts).toEqual(['New. Question 1.']);
  });

  it.each([['while somebody speaks', 5], ['in the middle of an answer', 30], ['between two turns', 43]])('%s holds from the next turn on, and the conversation goes on', (_when, ms) => {
    const spoken: string[] = [];
    const { told, prompts, spoken: before, completed } = converse(TURN + TURN, after(ms, { system: 'New.', tts: voice('new', spoken) }));
    expect(prompts).toEqual(['Old. Question 1.', 'New. Question 1. One. Two. Question 2.']);
    expect(before).toEqual(['old: One.', 'old: Two.']);
    expect(spoken).toEqual(['new: One.', 'new: Two.']);
    expect(told).toEqual(['speech.started 1', 'reply.done 1', 'speech.started 2', 'reply.done 2']);
    expect(completed).toBe(true);
  });

  it('is told when it holds, where it says what is different, and the last of several only', () => {
    const three = concat(of<SessionChange>({ chatSize: 1, differs: { chat_size: '1' } }), after(20, { chatSize: 2, differs: { chat_size: '2' } }).pipe(take(1)), after(5, { chatSize: 3, differs: { chat_size: '3' } }));
    expect(converse(TURN + TURN, three).told).toEqual(['changed {"chat_size":"1"}', 'speech.started 1', 'reply.done 1', 'changed {"chat_size":"3"}', 'speech.started 2', 'reply.done 2']);
  });

  it('that says nothing of it is not told', () => {
    const two = concat(of<SessionChange>({ chatSize: 1, differs: { chat_size: '1' } }), after(20, { system: 'New.' }));
    expect(converse(TURN + TURN, two).told.filter((line) => line.startsWith('changed'))).toEqual(['changed {"chat_size":"1"}']);
  });

  it('joins those before it', () => {
    const { prompts } = converse(TURN + TURN, concat(of<SessionChange>({ system: 'New.' }), after(43, { chatSize: 0 })));
    expect(prompts).toEqual(['New. Question 1.', 'New. Question 2.']);
  });

  it('of the threshold lets quieter speech count', () => {
    expect(converse(MUMBLE + SILENCE + MUMBLE + SILENCE, NEVER).told).toEqual([]);
    expect(converse(MUMBLE + SILENCE + MUMBLE + SILENCE, after(20, { speech: { threshold: 0.4, minSilence: 320 } })).told).toEqual(['speech.started 1', 'reply.done 1']);
  });

  it.each([['long before', 5], ['a frame before', TURN.length - 1]])('of the silence that ends a turn, %s the next, costs no frame of it', (_when, ms) => {
    const { lengths } = converse(TURN + TURN + SPEECH, after(ms, { speech: { minSilence: 160, preRoll: 0 } }));
    expect(lengths).toEqual([25, 20, 15]);
  });

  it('of the policy lets an answer go on, or ends it', () => {
    const busy = `${SPEECH}${'q'.repeat(12)}${'s'.repeat(20)}${SILENCE}${SILENCE}`;
    const slow: Tts = () => of(new Int16Array(1600)).pipe(delay(25));
    const { told } = converse(busy + busy, concat(of<SessionChange>({ tts: slow }), after<SessionChange>(40, { policy: 'ignore' })));
    expect(told.filter((line) => line.startsWith('cancelled'))).toEqual(['cancelled 1 (interrupted)', 'cancelled 4 (ignored)']);
  });

  it('that contradicts itself is refused with a warning, and all stays as it was', () => {
    const { told, prompts } = converse(TURN, of({ system: 'New.', speech: { threshold: 0.5, endThreshold: 0.8 } }));
    expect(told[0]).toMatch(/^change-refused: A change was refused: .*end threshold/);
    expect(prompts).toEqual(['Old. Question 1.']);
  });

  it('is nothing to die of where changes fail', () => {
    const { told, prompts } = converse(TURN, concat(of<SessionChange>({ system: 'New.' }), throwError(() => new Error('the screen is gone'))));
    expect(told[0]).toBe('changes-lost: Nothing can be changed any more: the screen is gone');
    expect(prompts).toEqual(['New. Question 1.']);
  });
});
