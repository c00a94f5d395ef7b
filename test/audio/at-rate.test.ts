import { from, lastValueFrom, reduce } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { atRate } from '../../src/audio/at-rate.js';

const LOUD = 16_000;

/** Pieces of odd lengths, as networks and devices cut them. */
function* cut(pcm: Int16Array): Generator<Int16Array> {
  for (let at = 0, turn = 0; at < pcm.length; turn++) {
    const length = [1024, 1, 333, 512, 7][turn % 5]!;
    yield pcm.subarray(at, at + length);
    at += length;
  }
}

const convert = async (pcm: Int16Array, rates: readonly [number, number]): Promise<number[]> =>
  lastValueFrom(from(cut(pcm)).pipe(atRate(...rates), reduce((all: number[], piece) => [...all, ...piece], [])));

const tone = (hz: number, rate: number, seconds = 1): Int16Array =>
  Int16Array.from({ length: rate * seconds }, (_, n) => Math.round(LOUD * Math.sin((2 * Math.PI * hz * n) / rate)));

/** Goes through all frequencies between two within a second. */
const sweep = (low: number, high: number, rate: number): Int16Array =>
  Int16Array.from({ length: rate }, (_, n) => Math.round(LOUD * Math.sin(2 * Math.PI * (low * (n / rate) + ((high - low) * (n / rate) ** 2) / 2))));

/** Against the tone that was put in. Away from the ends, where the filter has only half of its samples. */
const decibels = (samples: readonly number[]): number => {
  const inner = samples.slice(400, -400);
  return 10 * Math.log10(inner.reduce((sum, sample) => sum + sample ** 2, 0) / inner.length / (LOUD ** 2 / 2));
};

/** What is not the tone itself: aliases, images, noise, clicks. */
const besides = (samples: readonly number[], hz: number, rate: number): number[] => {
  const inner = samples.slice(400, -400);
  const basis = [Math.sin, Math.cos].map((wave) => inner.map((_, n) => wave((2 * Math.PI * hz * n) / rate)));
  // Where it is no whole number of periods, sine and cosine are not quite independent: the second round takes what is left.
  return [...basis, ...basis].reduce((rest, wave) => {
    const share = rest.reduce((sum, sample, n) => sum + sample * wave[n]!, 0) / wave.reduce((sum, sample) => sum + sample ** 2, 0);
    return rest.map((sample, n) => sample - share * wave[n]!);
  }, inner);
};

const microphone = [[16_000, 8_000], [16_000, 11_025], [16_000, 22_050], [16_000, 44_100], [16_000, 48_000]] as const;
const replies = [[8_000, 16_000], [22_050, 16_000], [24_000, 16_000], [44_100, 16_000], [48_000, 16_000], [192_000, 16_000]] as const;

describe('PCM at another rate', () => {
  it.each([...microphone, ...replies])('from %i to %i Hz is exactly as long, and nothing but the tone, however it is cut', async (...rates) => {
    const [before, after] = rates;
    const seconds = before > 50_000 ? 0.25 : 0.5;
    for (const hz of [50, 1000, 0.37 * Math.min(before, after)]) {
      const out = await convert(tone(hz, before, seconds), rates);
      expect(out).toHaveLength(Math.ceil(before * seconds * after / before));
      expect(decibels(out)).toBeCloseTo(0, 1);
      expect(decibels(besides(out, hz, after))).toBeLessThan(-60);
    }
  });

  it.each([[16_000, 8_000], [16_000, 11_025], [24_000, 16_000], [44_100, 16_000], [48_000, 16_000]] as const)('from %i to %i Hz keeps everything above the new Nyquist frequency 60 dB down', async (...rates) => {
    const [before, after] = rates;
    expect(decibels(await convert(sweep(after / 2 + 10, before / 2, before), rates))).toBeLessThan(-60);
    for (const beyond of [10, 100, 500, 2000]) {
      if (after / 2 + beyond < before / 2) expect(decibels(await convert(tone(after / 2 + beyond, before), rates)), `${after / 2 + beyond} Hz`).toBeLessThan(-60);
    }
  });

  it('is the very same chunks where the rates are equal', async () => {
    const chunk = Int16Array.of(1, 2, 3);
    expect(await lastValueFrom(from([chunk]).pipe(atRate(16_000, 16_000)))).toBe(chunk);
  });

  it('clips what overshoots, and does not wrap around', async () => {
    const square = Int16Array.from({ length: 4800 }, (_, n) => (n % 96 < 48 ? 32_767 : -32_768));
    const out = await convert(square, [48_000, 16_000]);
    expect(Math.max(...out)).toBe(32_767);
    for (let n = 100; n < out.length - 100; n++) expect(Math.abs(out[n]! - out[n - 1]!) < 65_000 || Math.sign(out[n]!) !== Math.sign(out[n - 1]!)).toBe(true);
  });

  it('begins anew for every stream', async () => {
    const operator = atRate(48_000, 16_000);
    const once = await lastValueFrom(from(cut(tone(440, 48_000, 0.1))).pipe(operator, reduce((all: number[], piece) => [...all, ...piece], [])));
    const again = await lastValueFrom(from(cut(tone(440, 48_000, 0.1))).pipe(operator, reduce((all: number[], piece) => [...all, ...piece], [])));
    expect(again).toEqual(once);
  });

  it('cannot be of a rate that is none', () => {
    expect(() => atRate(0, 16_000)).toThrow(RangeError);
    expect(() => atRate(16_000, 44.1)).toThrow(RangeError);
  });
});
