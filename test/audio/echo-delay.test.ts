import { describe, expect, it } from 'vitest';
import { echoDelay } from '../../src/audio/echo-delay.js';
import { say } from '../fixtures/voices.js';

const PLAYED = say('Paris is the capital of France. It lies on the river Seine.', 'slt');
const OTHER = say('Wait, stop please, I wanted to ask you about something else.', 'rms');
/** 300 ms that a microphone hears from so many samples on, of what was played so much earlier, and of somebody else. */
const heard = (from: number, delay: number, other = 0): Int16Array =>
  PLAYED.slice(from - delay, from - delay + 4_800).map((sample, n) => 0.5 * sample + other * (OTHER[from + n] ?? 0));
const played = (from: number): Int16Array => PLAYED.slice(from + 4_800 - 16_000, from + 4_800);

describe('the delay of an echo', () => {
  it.each([0, 1, 500, 1_777, 4_003, 9_600])('is found to the sample: %i', (delay) => {
    for (const from of [12_000, 20_000, 31_000]) expect(echoDelay(heard(from, delay), played(from)).delay).toBe(delay);
  });

  it.each([500, 4_003])('is found while somebody speaks as loud: %i', (delay) => {
    for (const from of [20_000, 31_000]) {
      const found = echoDelay(heard(from, delay, 0.5), played(from));
      expect(found.delay).toBe(delay);
      expect(found.match).toBeLessThan(0.98);
    }
  });

  it('is no match where somebody else is heard alone, or nobody', () => {
    expect(echoDelay(OTHER.slice(20_000, 24_800), played(20_000)).match).toBeLessThan(0.5);
    expect(echoDelay(new Int16Array(4_800), played(20_000)).match).toBe(0);
    expect(echoDelay(heard(20_000, 500), new Int16Array(16_000)).match).toBe(0);
  });

  it('is told to the sample, whatever is expected', () => {
    expect(echoDelay(heard(20_000, 500), played(20_000), 503).delay).toBe(500);
    expect(echoDelay(heard(20_000, 500), played(20_000), 900).delay).toBe(500);
  });
});
