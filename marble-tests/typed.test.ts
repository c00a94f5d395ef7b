import { concatMap, delay, EMPTY, from, map, of, timer, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import type { Engines, Frame, Message } from '../src/engines.js';
import type { SessionEvent } from '../src/events.js';
import { halfDuplex } from '../src/half-duplex.js';
import { session } from '../src/session.js';
import type { SessionOptions } from '../src/session-options.js';

const frameOf = (letter: string): Frame => new Int16Array(512).fill(letter === 's' ? 1000 : 0);
const SPEECH = 's'.repeat(15);

/** A half-duplex conversation in which letters are said (one is 32 ms here) and words are typed. */
function converse(letters: string, typed: string, words: Record<string, string>, options: SessionOptions = {}) {
  const prompts: (readonly Message[])[] = [];
  const engines: Engines = {
    vad: () => (frame) => (frame[0] === 0 ? 0.01 : 0.99),
    stt: (utterance) => utterance.pipe(toArray(), map(() => ({ text: 'Said.', final: true }))),
    llm: (messages) => {
      prompts.push(messages);
      return from(['One. ', 'Two.']).pipe(concatMap((token) => of(token).pipe(delay(100))));
    },
    tts: () => timer(1).pipe(map(() => new Int16Array(160))),
  };
  const events: SessionEvent[] = [];
  let completed = false;
  new TestScheduler(() => undefined).run(({ cold, hot }) => {
    cold(letters.replaceAll('.', ' 31ms ')).pipe(
      map(frameOf),
      halfDuplex((steering) => session(engines, { speech: { minSilence: 160 }, ...options, ...steering, typed: hot(typed, words) }), { deliver: () => EMPTY }),
    ).subscribe({ next: (event) => events.push(event), error: (thrown: unknown) => { throw thrown; }, complete: () => (completed = true) });
  });
  return { events, completed, prompts, told: events.filter((event) => 'turn' in event).map((event) => `${event.turn} ${event.type}`) };
}

const idle = 'q.'.repeat(40);

describe('what is typed', () => {
  it('is a turn without audio, answered like one that was said', () => {
    const { told, events, prompts, completed } = converse(`${idle}|`, '40ms a', { a: 'What time is it?' });
    expect(told.slice(0, 4)).toEqual(['1 typed', '1 transcript', '1 reply.started', '1 reply.text']);
    expect(told.filter((line) => line === '1 reply.audio')).toHaveLength(2);
    expect(told.at(-1)).toBe('1 reply.done');
    expect(events.find(({ type }) => type === 'transcript')).toMatchObject({ text: 'What time is it?', final: true });
    expect(prompts[0]?.at(-1)).toMatchObject({ role: 'user', content: 'What time is it?' });
    expect(completed).toBe(true);
  });

  it('waits for the first frame of somebody who has just come', () => {
    const { told, completed } = converse(`40ms ${idle}|`, '20ms a 9ms b', { a: 'First?', b: 'Second?' });
    expect(told.slice(0, 2)).toEqual(['1 typed', '1 transcript']);
    expect(told.filter((line) => line.endsWith('typed'))).toEqual(['1 typed', '2 typed']);
    expect(told.at(-1)).toBe('2 reply.done');
    expect(completed).toBe(true);
    expect(converse('40ms |', '20ms a', { a: 'First?' })).toMatchObject({ told: [], completed: true });
  });

  it('closes the listen gate until its answer was sent', () => {
    const { events } = converse(`${idle}|`, '40ms a', { a: 'Well?' });
    expect(events.map(({ type }) => type).filter((type) => type === 'gate' || type === 'typed' || type === 'reply.done')).toEqual(['typed', 'gate', 'reply.done', 'gate']);
  });

  it('has a latency whose stages add up, and none for hearing', () => {
    const { events } = converse(`${idle}|`, '40ms a', { a: 'Well?' });
    expect(events.find(({ type }) => type === 'reply.done')).toMatchObject({ latency: { endpoint: 0, stt: 0, llm: 100 } });
  });

  it('interrupts the answer before it', () => {
    const { told } = converse(`${idle}|`, '40ms a 99ms b', { a: 'First?', b: 'Second?' });
    expect(told.slice(0, 5)).toEqual(['1 typed', '1 transcript', '1 cancelled', '2 typed', '2 transcript']);
    expect(told.filter((line) => line.startsWith('1'))).toHaveLength(3);
    expect(told.at(-1)).toBe('2 reply.done');
  });

  it('comes to nothing during an answer where that is the policy, and that is told', () => {
    const { told, events } = converse(`${idle}|`, '40ms a 99ms b', { a: 'First?', b: 'Second?' }, { policy: 'ignore' });
    expect(told.filter((line) => line.startsWith('2'))).toEqual(['2 typed', '2 cancelled']);
    expect(events.find((event) => event.type === 'cancelled')).toMatchObject({ turn: 2, reason: 'ignored' });
    expect(told).toContain('1 reply.done');
  });

  it('is part of what the LLM is reminded of', () => {
    const { prompts } = converse(`${idle}${`${SPEECH}qqqqqq`.replaceAll(/./g, "$&.")}${idle}|`, '40ms a', { a: 'My name is Ann.' });
    expect(prompts).toHaveLength(2);
    expect(prompts[1]?.map(({ content }) => content)).toEqual(expect.arrayContaining(['My name is Ann.', 'One. Two.', 'Said.']));
  });
});
