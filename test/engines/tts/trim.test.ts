import { describe, expect, it } from 'vitest';
import { createTrimmer } from '../../../src/engines/tts/trim.js';

const quiet = (ms: number, level = 0.0005): Float32Array => new Float32Array(ms * 16).map((_, index) => (index % 2 ? level : -level));
const voice = (ms: number): Float32Array => new Float32Array(ms * 16).map((_, index) => (index % 2 ? 0.2 : -0.2));
const join = (...parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

function trim(samples: Float32Array, step = samples.length, trimmer = createTrimmer()): { chunks: Float32Array[]; all: Float32Array } {
  const chunks: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += step) chunks.push(trimmer.push(samples.subarray(at, at + step)));
  chunks.push(trimmer.flush());
  return { chunks, all: join(...chunks) };
}

describe('createTrimmer', () => {
  it('keeps 20 ms before the voice and 120 ms after it', () => {
    const { all } = trim(join(quiet(300), voice(500), quiet(450)));
    expect(all.length / 16).toBe(20 + 500 + 120);
    expect(Math.abs(all[20 * 16 + 4]!)).toBeCloseTo(0.2);
  });

  it('gives the same however the samples are cut', () => {
    const samples = join(quiet(123), voice(200), quiet(300), voice(77), quiet(200));
    const { all } = trim(samples);
    for (const step of [1, 37, 80, 3_200]) expect(trim(samples, step).all).toEqual(all);
  });

  it('keeps a pause inside', () => {
    expect(trim(join(voice(100), quiet(400), voice(100))).all.length / 16).toBe(600);
  });

  it('gives the voice out while it comes, and holds back what may be the end', () => {
    const { chunks } = trim(join(quiet(100), voice(300), quiet(300)), 1_600);
    expect(chunks.map((chunk) => Math.round(chunk.length / 16))).toEqual([0, 115, 100, 100, 0, 0, 0, 125]);
  });

  it('begins and ends at nothing, without a step', () => {
    const { all } = trim(voice(100));
    expect(Math.abs(all[0]!)).toBeLessThan(0.001);
    expect(Math.abs(all.at(-1)!)).toBeLessThan(0.001);
    expect(Math.abs(all[40]!)).toBeCloseTo(0.1, 1);
  });

  it('gives nothing for quiet', () => {
    expect(trim(quiet(1_000), 500).all).toHaveLength(0);
    expect(trim(new Float32Array(0)).all).toHaveLength(0);
  });

  it('listens after the gain, for what it is told to hear', () => {
    expect(trim(quiet(100), 1_600, createTrimmer({ gain: 10 })).all.length / 16).toBe(100);
    expect(trim(quiet(100, 0.005), 1_600, createTrimmer({ heard: -45 })).all).toHaveLength(0);
    expect(trim(voice(100), 1_600, createTrimmer({ gain: 0.5 })).all[800]).toBeCloseTo(-0.1);
  });

  it('begins afresh after its end', () => {
    const trimmer = createTrimmer();
    const samples = join(quiet(100), voice(100), quiet(200));
    expect(trim(samples, 800, trimmer).all).toEqual(trim(samples, 800, trimmer).all);
  });
});
