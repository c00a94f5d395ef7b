import { describe, expect, it } from 'vitest';
import { createResampler } from '../../src/audio/resample.js';

const join = (parts: readonly Float32Array[]): number[] => parts.flatMap((part) => [...part]);

function resample(input: Float32Array, from: number, to: number, lengths: readonly number[] = [input.length]): number[] {
  const resampler = createResampler(from, to);
  const parts: Float32Array[] = [];
  for (let at = 0, turn = 0; at < input.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    parts.push(resampler.push(input.subarray(at, at + length)));
    at += length;
  }
  return join([...parts, resampler.flush()]);
}

const sine = (hz: number, rate: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, index) => Math.sin((2 * Math.PI * hz * index) / rate));

const decibels = (samples: readonly number[]): number =>
  10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length / 0.5);

/** Away from the ends, where the filter has only half of its samples. */
const inside = (samples: readonly number[]): readonly number[] => samples.slice(400, -400);

describe('createResampler', () => {
  for (const [from, to] of [[24_000, 16_000], [48_000, 16_000], [44_100, 16_000], [8_000, 16_000], [16_000, 24_000], [22_050, 16_000]] as const) {
    it(`gives the same samples however ${from} → ${to} is cut, and ⌈n · to / from⌉ of them`, () => {
      const input = sine(440, from, 0.1).map((sample, index) => sample + ((index * 7919) % 101) / 101);
      const whole = resample(input, from, to);
      expect(whole).toHaveLength(Math.ceil((input.length * to) / from));
      expect(resample(input, from, to, [1, 7, 480, 13])).toEqual(whole);
    });

    it(`passes a constant and a 1 kHz tone from ${from} to ${to} unchanged and in place`, () => {
      for (const sample of inside(resample(new Float32Array(from / 2).fill(0.5), from, to))) expect(sample).toBeCloseTo(0.5, 4);
      const tone = inside(resample(sine(1000, from), from, to));
      const wanted = inside([...sine(1000, to)]);
      expect(Math.max(...tone.map((sample, index) => Math.abs(sample - wanted[index]!)))).toBeLessThan(2e-3);
    });
  }

  it('keeps tones above the new Nyquist frequency at least 60 dB down', () => {
    for (const hz of [8100, 9000, 11_000, 11_900]) expect(decibels([...inside(resample(sine(hz, 24_000), 24_000, 16_000))])).toBeLessThan(-60);
    for (const hz of [8100, 12_000, 20_000]) expect(decibels([...inside(resample(sine(hz, 44_100), 44_100, 16_000))])).toBeLessThan(-60);
  });

  it('makes no image of a tone when it goes up', () => {
    const up = inside(resample(sine(3000, 8000), 8000, 16_000));
    const wanted = inside([...sine(3000, 16_000)]);
    expect(decibels(up.map((sample, index) => sample - wanted[index]!))).toBeLessThan(-60);
  });

  it('passes everything through where the rates are equal', () => {
    const input = sine(440, 16_000, 0.01);
    expect(resample(input, 16_000, 16_000, [5])).toEqual([...input]);
  });

  it('gives nothing for nothing, and one sample for one', () => {
    expect(resample(new Float32Array(0), 24_000, 16_000)).toEqual([]);
    expect(resample(Float32Array.of(1), 24_000, 16_000)).toHaveLength(1);
  });

  it('refuses rates that are none', () => {
    expect(() => createResampler(0, 16_000)).toThrow(RangeError);
    expect(() => createResampler(16_000, 44.1)).toThrow(RangeError);
  });
});
