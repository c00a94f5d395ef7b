import { describe, expect, it } from 'vitest';
import { createFft } from '../../../src/engines/tts/hibari/fft.js';
import { seeded, waveform, type Spectra } from '../../../src/engines/tts/hibari/spectrum.js';

const BINS = 601;
/** Every spectrum at nothing, the pitch at 200 Hz. */
function spectra(frames: number, change: Partial<Record<keyof Spectra, number>> = {}): Spectra {
  const filled = (name: keyof Spectra, value: number, length = BINS * frames): Float32Array => new Float32Array(length).fill(change[name] ?? value);
  return { lh: filled('lh', -100), theta: filled('theta', 0), ln: filled('ln', -100), lr: filled('lr', -100), phi: filled('phi', 0), f0: filled('f0', 200, frames) };
}
const sound = (given: Spectra, seed = 1): number[] => [...waveform(given, seeded(seed))].flatMap((block) => [...block]);
const rms = (samples: readonly number[]): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

describe('createFft', () => {
  it.each([1, 2, 8, 30, 60, 1200])('agrees with the definition at size %i', (size) => {
    const random = seeded(size);
    const re = Float64Array.from({ length: size }, random);
    const im = Float64Array.from({ length: size }, random);
    const wanted = Array.from({ length: size }, (_, bin) => {
      const turn = (index: number): number => (-2 * Math.PI * ((bin * index) % size)) / size;
      return re.reduce((sum, value, index) => sum + value * Math.cos(turn(index)) - im[index]! * Math.sin(turn(index)), 0);
    });
    createFft(size)(re, im);
    wanted.forEach((value, bin) => expect(re[bin]).toBeCloseTo(value, 8));
  });

  it('comes back with its parts exchanged', () => {
    const re = Float64Array.from({ length: 1200 }, seeded(1));
    const im = Float64Array.from({ length: 1200 }, seeded(2));
    const before = [...re];
    const fft = createFft(1200);
    fft(re, im);
    fft(im, re);
    before.forEach((value, index) => expect(re[index]! / 1200).toBeCloseTo(value, 10));
  });

  it('refuses a size it has no steps for', () => {
    expect(() => createFft(14)).toThrow(RangeError);
  });
});

describe('waveform', () => {
  it.each([3, 4, 17, 32, 101])('makes 300 samples of each of %i frames', (frames) => {
    expect(sound(spectra(frames))).toHaveLength(300 * frames);
  });

  it('comes in blocks of about 200 ms', () => {
    const blocks = [...waveform(spectra(100), seeded(1))].map((block) => block.length);
    expect(blocks.length).toBeGreaterThan(5);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(18 * 300);
  });

  it('is silent where the network says nothing', () => {
    expect(rms(sound(spectra(20)))).toBeLessThan(1e-12);
  });

  it('gives back the harmonics of the pitch, 120 samples apart at 200 Hz, with an even strength', () => {
    const samples = sound(spectra(40, { lh: Math.log(300) })).slice(3_000, 9_000);
    const shifted = samples.slice(120).map((sample, index) => sample - samples[index]!);
    expect(rms(samples)).toBeGreaterThan(3);
    expect(rms(shifted)).toBeLessThan(0.02 * rms(samples));
  });

  it('has no harmonics where there is no pitch', () => {
    expect(rms(sound(spectra(20, { lh: 0, f0: 0 })))).toBeLessThan(1e-12);
  });

  it('makes noise of the strength the network says, the same for the same seed', () => {
    const soft = spectra(60, { ln: 0 });
    const loud = spectra(60, { ln: Math.log(10) });
    expect(rms(sound(loud)) / rms(sound(soft))).toBeCloseTo(10);
    expect(sound(soft, 5)).toEqual(sound(soft, 5));
    expect(sound(soft, 5)).not.toEqual(sound(soft, 6));
  });

  it('holds magnitudes below e⁷', () => {
    expect(rms(sound(spectra(20, { ln: 50 })))).toBeCloseTo(rms(sound(spectra(20, { ln: 7 }))));
  });
});
