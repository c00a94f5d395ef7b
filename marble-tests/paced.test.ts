import { concat, concatMap, from, ignoreElements, map, of, range, timer, toArray } from 'rxjs';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

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

  it('is as punctual after an hour as in the first second', marbles(({ flush }, scheduler) => {
    const seconds: number[] = [];
    range(0, 3_601).pipe(paced(() => 1_000)).subscribe({ next: (n) => { if (n % 1_200 === 0) seconds.push(scheduler.now()); }, error: (error: unknown) => { throw error; } });
    flush();
    expect(seconds).toEqual([0, 1_199_800, 2_399_800, 3_599_800]);
  }));

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

  describe('tells what was heard', () => {
    const cuts: unknown[] = [];
    const pacedAnd = (lead: number) => paced<string>(five, { lead, onCut: (cut) => cuts.push(cut) });
    beforeEach(() => { cuts.length = 0; });

    it.each<[leave: string, heard: number, last: string | undefined, within: number]>([
      ['^-!', 0, undefined, 0],
      ['^---!', 1, 'a', 1],
      ['^-------!', 5, 'b', 0],
      ['^----------!', 8, 'b', 3],
      // Everything was released at 9, and is heard until 18.
      ['^---------------!', 13, 'c', 3],
      ['^ 99ms !', 15, 'c', 5],
    ])('to somebody who leaves at %s', (leave, heard, last, within) => {
      marbles(({ hot, expectObservable }) => {
        expectObservable(hot('---(abc)---').pipe(pacedAnd(4), ignoreElements()), leave).toBe('-');
      })();
      expect(cuts).toEqual([{ heard, last, within }]);
    });

    it('does not count a pause in which the listener has run dry', () => {
      marbles(({ hot, expectObservable }) => expectObservable(hot('a 19ms b---').pipe(pacedAnd(4)), '^ 21ms !').toBe('a 19ms b'))();
      expect(cuts).toEqual([{ heard: 7, last: 'b', within: 2 }]);
    });

    it('when the values fail', () => {
      marbles(({ hot, expectObservable }) => expectObservable(hot('(ab)---#').pipe(pacedAnd(9))).toBe('(ab)---#'))();
      expect(cuts).toEqual([{ heard: 7, last: 'b', within: 2 }]);
    });

    it('but not when they complete', () => {
      marbles(({ hot, expectObservable }) => expectObservable(hot('(ab|)').pipe(pacedAnd(9))).toBe('(ab|)'))();
      expect(cuts).toEqual([]);
    });

    it('to each listener for himself', () => {
      marbles(({ cold, expectObservable }) => {
        const said = cold('(abc)').pipe(pacedAnd(0));
        expectObservable(said, '^-!').toBe('a');
        expectObservable(said, '-^-----!').toBe('-a----b');
      })();
      expect(cuts).toEqual([{ heard: 2, last: 'a', within: 2 }, { heard: 6, last: 'b', within: 1 }]);
    });
  });

  it.each([-1, NaN])('refuses a lead of %d', (lead) => {
    expect(() => paced(five, { lead })).toThrow(new RangeError(`paced: the lead must be 0 ms or more, not ${lead}.`));
  });

  it('releases thousands of values that have waited together', marbles(({ cold, flush }) => {
    const released: number[] = [];
    concat(cold<number>('(a|)', { a: -1 }), from(Array.from({ length: 5_000 }, (_, n) => n))).pipe(paced((value) => (value < 0 ? 100 : 0), { lead: 10 }))
      .subscribe({ next: (value) => released.push(value), error: (error: unknown) => { throw error; } });
    flush();
    expect(released).toHaveLength(5_001);
  }));

  laws('paced', () => paced<string>(() => 0), ['a', 'b', 'c']);
  laws('paced with values that must wait', () => paced<string>((value) => (value === 'long' ? 100 : 0), { lead: 100 }), ['long', 'b', 'c']);
});
