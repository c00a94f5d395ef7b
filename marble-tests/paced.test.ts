import { concatMap, from, map, of, timer, toArray } from 'rxjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { paced } from '../operators/index.js';
import { lanes, marbles } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';

const five = (): number => 5;

describe('paced', () => {
  it('releases values no earlier than the lead before they can be heard', marbles(({ cold, expectObservable }) => {
    const lane = lanes(`
      made      (abcd|)
      released  ab----c----(d|)
    `);
    expectObservable(cold(lane('made')).pipe(paced(five, { lead: 4 }))).toBe(lane('released'));
  }));

  it('leaves values alone that come as slowly as they are heard', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('a----b----c----|').pipe(paced(five, { lead: 2 }))).toBe('a----b----c----|');
  }));

  it('begins anew after a gap, instead of hurrying to catch up', marbles(({ cold, expectObservable }) => {
    // a is heard until 5. b comes at 20 and begins a new schedule: c may not go before 20 + 5 - 2.
    expectObservable(cold('a 19ms (bcd)').pipe(paced(five, { lead: 2 }))).toBe('a 19ms b--c----d');
  }));

  it('does not drift, whatever the lengths and times of arrival', () => {
    const sounds = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 300 }), length: fc.integer({ min: 0, max: 100 }) }), { minLength: 1, maxLength: 40 });
    fc.assert(fc.property(sounds, fc.integer({ min: 0, max: 250 }), (values, lead) => {
      // The schedule as one would reckon it on paper.
      let [came, heard, before] = [0, -Infinity, 0];
      const expected = values.map(({ gap, length }) => {
        came += gap;
        before = Math.max(before, came, heard - lead);
        heard = Math.max(heard, before) + length;
        return before;
      });
      marbles(({ flush }, scheduler) => {
        const released: number[] = [];
        from(values).pipe(concatMap((value) => timer(value.gap).pipe(map(() => value))), paced(({ length }) => length, { lead }))
          .subscribe({ next: () => released.push(scheduler.now()), error: (error: unknown) => { throw error; } });
        flush();
        expect(released).toEqual(expected);
      })();
    }), { numRuns: 50 });
  });

  it('has a lead of 200 ms by default', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(ab)').pipe(paced(() => 500))).toBe('a 299ms b');
  }));

  it('takes back what it has not released when unsubscribed', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(abc)').pipe(paced(five, { lead: 0 })), '^------!').toBe('a----b-');
  }));

  it('passes an error on at once, ahead of what was not released', marbles(({ cold, expectObservable }) => {
    expectObservable(cold('(ab)-#').pipe(paced(() => 100, { lead: 0 }))).toBe('a----#');
  }));

  it('releases at once, and synchronously, what fits into the lead', () => {
    const released: unknown[] = [];
    of('a', 'b', 'c').pipe(paced(() => 32, { lead: 200 }), toArray()).subscribe({ next: (values) => released.push(...values), error: (error: unknown) => { throw error; } });
    expect(released).toEqual(['a', 'b', 'c']);
  });

  it.each([-1, NaN])('refuses a lead of %d', (lead) => {
    expect(() => paced(five, { lead })).toThrow(RangeError);
  });

  laws('paced', () => paced<string>(() => 0), ['a', 'b', 'c']);
  laws('paced with values that must wait', () => paced<string>((value) => (value === 'long' ? 100 : 0), { lead: 100 }), ['long', 'b', 'c']);
});
