import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { levels, type Level } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const QUIET = new Int16Array(512);
const LOUD = new Int16Array(512).map((_, index) => (index % 2 === 0 ? -32_768 : 32_767));

/** The level of one frame. */
function level(frame: Int16Array | Float32Array): Level {
  const measured: Level[] = [];
  marbles(({ cold, flush }) => {
    cold('(f|)', { f: frame }).pipe(levels({ every: 1 })).subscribe({ next: (value) => measured.push(value), error: (error: unknown) => { throw error; } });
    flush();
  })();
  return measured[0]!;
}

describe('levels', () => {
  it('measures every three frames, and what is left', marbles(({ hot, expectObservable }) => {
    const lane = lanes(`
      frames  --q-q-q-l-l-l-l|
      levels  ------a-----b--(c|)
    `);
    const frames = hot(lane('frames'), { q: QUIET, l: LOUD });
    const rounded = map(({ rms, peak }: Level) => `rms ${rms.toFixed()}, peak ${peak.toFixed()}`.replaceAll('-0', '0'));
    expectObservable(frames.pipe(levels(), rounded)).toBe(lane('levels'), {
      a: 'rms -100, peak -100', b: 'rms 0, peak 0', c: 'rms 0, peak 0',
    });
  }));

  it('gives a full-scale sine an rms of -3 dBFS', () => {
    const { rms, peak } = level(Float32Array.from({ length: 1600 }, (_, index) => Math.sin(index * Math.PI / 80)));
    expect(rms).toBeCloseTo(-3.01, 2);
    expect(peak).toBeCloseTo(0, 5);
  });

  it('measures 16-bit and floating-point samples on one scale', () => {
    expect(level(new Int16Array(8).fill(3277)).rms).toBeCloseTo(-20, 2);
    expect(level(new Float32Array(8).fill(0.1)).rms).toBeCloseTo(-20, 2);
  });

  it('has a floor of -100 dBFS, for an empty and for a broken frame too', () => {
    expect(level(new Float32Array(8).fill(1e-9))).toEqual({ rms: -100, peak: -100 });
    expect(level(new Int16Array(0))).toEqual({ rms: -100, peak: -100 });
    expect(level(new Float32Array([NaN, 0])).rms).toBe(-100);
  });

  it('hears a single full-scale sample among quiet frames as a peak', marbles(({ cold, expectObservable }) => {
    const click = new Int16Array(512);
    click[100] = -32_768;
    const peaks = cold('qcq|', { q: QUIET, c: click }).pipe(levels(), map(({ peak }) => peak));
    expectObservable(peaks).toBe('--p|', { p: 0 });
  }));

  it.each([0, -1, 2.5, NaN])('refuses to measure every %d frames', (every) => {
    expect(() => levels({ every })).toThrow(new RangeError(`levels: every must be a whole number of frames above 0, not ${every}.`));
  });

  laws('levels', () => levels({ every: 2 }), [QUIET, LOUD, QUIET], [LOUD, LOUD]);
});
