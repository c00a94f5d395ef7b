import { describe, expect, it } from 'vitest';
import { answerFindings, heardFindings } from '../../../cli/doctor/answer-findings.js';
import { delivery } from '../../../cli/doctor/answer.js';
import type { Call } from '../../../cli/doctor/call.js';

/** Bytes of so many milliseconds of speech. */
const speech = (ms: number): number => ms * 32;

describe('the delivery of an answer', () => {
  it('that comes faster than it is spoken is never late', () => {
    expect(delivery([{ at: 1000, bytes: speech(500) }, { at: 1200, bytes: speech(500) }, { at: 1300, bytes: 24 }])).toEqual({
      bytes: 32_024, seconds: 32_024 / 32_000, pieces: 3, took: 300, throughput: 106_747, longestGap: 200, late: 0, leftOver: 32_024 % 2048,
    });
  });

  it('that stops in the middle is late by what a player had to wait', () => {
    // 100 ms of speech, then nothing for 700: it has been silent for 600 when the rest comes.
    expect(delivery([{ at: 0, bytes: speech(100) }, { at: 700, bytes: speech(2_000) }])).toMatchObject({ late: 600, longestGap: 700 });
  });

  it('in one piece has no throughput', () => {
    expect(delivery([{ at: 5, bytes: 2048 }])).toMatchObject({ took: 0, throughput: undefined, late: 0, leftOver: 0 });
  });
});

const made: Call = {
  type: 'call', joined: 3, spoken: 3_000, lastVoiced: 1_000, stray: new Uint8Array(0), hungUp: false, error: undefined,
  arrivals: [{ at: 1_800, bytes: 4_096 }], reply: new Uint8Array(4_096).fill(17),
};
const verdicts = (changed: Partial<Call>): Record<string, string> => Object.fromEntries(answerFindings({ ...made, ...changed }).map(({ id, verdict }) => [id, verdict]));

describe('what is found in an answer', () => {
  it('is good where it is quick, whole and in time', () => {
    expect(verdicts({})).toEqual({ 'path.answer': 'good', 'path.latency': 'good', 'path.delivery': 'good', 'path.blocks': 'good' });
    expect(answerFindings(made)[1]).toMatchObject({ text: 'The first byte of the answer came 800 ms after the last word.', facts: { ms: 800 } });
  });

  it.each<[string, Partial<Call>, string]>([
    ['silence', { reply: new Uint8Array(4_096) }, 'path.answer'],
    ['slowness', { arrivals: [{ at: 9_000, bytes: 4_096 }] }, 'path.latency'],
    ['an answer before the end of the question', { lastVoiced: undefined }, 'path.latency'],
    ['pauses', { arrivals: [{ at: 1_800, bytes: 2_048 }, { at: 2_800, bytes: 2_048 }] }, 'path.delivery'],
    ['a tail', { arrivals: [{ at: 1_800, bytes: 3_072 }] }, 'path.blocks'],
  ])('is a caution for %s', (_, changed, id) => {
    expect(Object.entries(verdicts(changed)).filter(([, verdict]) => verdict !== 'good')).toEqual([[id, 'caution']]);
  });
});

describe('what the server tells to have heard', () => {
  const asked = { words: 'What is the capital of France?', eventsPort: 4711 };
  const heard = (...texts: string[]) => [{ type: 'hello' }, { type: 'transcript', final: false, text: 'Wh' }, ...texts.map((text) => ({ type: 'transcript', final: true, text }))];

  it('is good where it is what was said, in one piece or in two', () => {
    expect(heardFindings(asked, heard('What is the capital', 'of France'))).toMatchObject([{ id: 'path.heard', verdict: 'good', facts: { heard: 'What is the capital of France' } }]);
  });

  it.each([[['Why'], /told "What is the capital of France\?" and heard "Why"/], [[], /heard no words/]])('is a caution for %j', (texts, text) => {
    expect(heardFindings(asked, heard(...texts))).toMatchObject([{ verdict: 'caution', text: expect.stringMatching(text) as string }]);
  });

  it('is no finding where it does not tell, unless that was asked for', () => {
    expect(heardFindings(asked, [])).toEqual([]);
    expect(heardFindings({ ...asked, eventsWanted: true }, [])).toMatchObject([{ verdict: 'caution', facts: { eventsPort: 4711 } }]);
  });
});
