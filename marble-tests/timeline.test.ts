import { describe, expect, it } from 'vitest';
import { timeline } from '../operators/testing/index.js';

describe('a timeline', () => {
  it('draws lanes to scale on one axis', () => {
    const drawn = timeline({
      heard: [{ at: 2, until: 5, mark: 's' }, { at: 7, until: 10, mark: 's' }],
      said: [{ at: 7, mark: 'a' }, { at: 11, mark: 'b' }, { at: 14, mark: '|' }],
    }, { from: 0, until: 15 });
    expect(drawn).toBe([
      'heard  --sss--sss------',
      'said   -------a---b--|-',
      'ms     0         10',
    ].join('\n'));
  });

  it('is as wide as it may be, however long the time is', () => {
    for (const until of [1, 99, 100, 101, 4_890, 59_999, 3_600_000]) {
      const lines = timeline({ lane: [{ at: 1_000, mark: 'a' }, { at: 1_000 + until, mark: 'b' }] }).split('\n');
      expect(Math.max(...lines.map((line) => line.length)), String(until)).toBeLessThanOrEqual(100);
      expect(lines[0], String(until)).toMatch(/^lane {2}a-*b$/u);
      if (until >= 99) expect(lines[0]!.length, String(until)).toBeGreaterThan(50);
    }
  });

  it('labels seconds where the time is long, never one label into another', () => {
    const axis = (until: number): string => timeline({ lane: [{ at: 0, mark: 'a' }, { at: until, mark: 'b' }] }).split('\n').at(-1)!;
    expect(axis(4_890)).toMatch(/^s {5}0 +1 +2 +3 +4$/u);
    expect(axis(100_000)).toMatch(/^s {5}0 +20 +40 +60 +80/u);
  });

  it('shows two marks of one column beside each other, and the same only once', () => {
    expect(timeline({ lane: [{ at: 0, mark: 'a' }, { at: 0, mark: 'b' }, { at: 0, mark: 'a' }, { at: 5, mark: 'c' }] }).split('\n')[0]).toBe('lane  ab---c');
  });
});
