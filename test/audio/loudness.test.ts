import { describe, expect, it } from 'vitest';
import { loudness } from '../../src/audio/loudness.js';

const tone = (rate: number, hertz: number, decibels: number, seconds = 3): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, index) => 10 ** (decibels / 20) * Math.sin((2 * Math.PI * hertz * index) / rate));
const joined = (...parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

describe('loudness', () => {
  it.each([48_000, 24_000, 16_000])('is −3.01 LUFS for a full tone of 997 Hz in one channel, as the standard says, at %i Hz', (rate) => {
    expect(loudness(tone(rate, 997, 0), rate)).toBeCloseTo(-3.01, 1);
    expect(loudness(tone(rate, 997, -20), rate)).toBeCloseTo(-23.01, 1);
  });

  it('weighs as the ear does: more above 2 kHz, less below 50 Hz', () => {
    expect(loudness(tone(48_000, 6_000, -20), 48_000)).toBeCloseTo(-23.01 + 3.3, 0);
    expect(loudness(tone(48_000, 25, -20), 48_000)).toBeLessThan(-30);
  });

  it('leaves out pauses and silence', () => {
    const spoken = tone(16_000, 997, -20);
    const wanted = loudness(spoken, 16_000);
    expect(loudness(joined(spoken, new Float32Array(48_000)), 16_000)).toBeCloseTo(wanted, 0);
    expect(loudness(joined(spoken, tone(16_000, 997, -45)), 16_000)).toBeCloseTo(wanted, 0);
  });

  it('measures a word that is shorter than a block, and nothing as nothing', () => {
    expect(loudness(tone(16_000, 997, -20).subarray(0, 3_200), 16_000)).toBeCloseTo(-23, 0);
    expect(loudness(new Float32Array(16_000), 16_000)).toBe(-Infinity);
    expect(loudness(new Float32Array(0), 16_000)).toBe(-Infinity);
  });
});
