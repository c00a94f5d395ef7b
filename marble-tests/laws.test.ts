import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { LAWS, laws as keeps, type Make } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';
import {
  beats, completesOnce, delaysErrors, drainsItsSource, fails, holdsOn, isUsedUp, listensTwice, makesValuesOfErrors, neverCompletes, opensWindowsOnce, remembers, speaksFirst,
  swallowsErrors, takesOne, wrapsErrors,
} from './helpers/naive.js';

const SAMPLE = ['a', 'b', 'c'];

/** Which laws the checks say an operator breaks. */
function broken(make: Make<string>): string[] {
  return Object.entries(LAWS).filter(([, law]) => {
    try {
      law(make, SAMPLE);
      return false;
    } catch (thrown) {
      return thrown instanceof Error;
    }
  }).map(([title]) => title);
}

laws('map', () => map((value: string) => value.toUpperCase()), SAMPLE);

describe('the laws', () => {
  it.each<[breaks: string[], name: string, make: Make<string>]>([
    [['completes on empty'], 'never completes', neverCompletes],
    [['completes on empty', 'stays silent on never'], 'speaks first', () => speaksFirst('hello')],
    [['passes errors on'], 'swallows errors', swallowsErrors],
    [['passes errors on'], 'passes errors on late', delaysErrors],
    [['lets go when unsubscribed', 'stops a synchronous source'], 'holds on', holdsOn],
    [['stops a synchronous source'], 'drains its source', drainsItsSource],
    [['passes errors on'], 'wraps errors', wrapsErrors],
    [['completes on empty', 'stays silent on never'], 'beats without end', beats],
    [['lets go when unsubscribed'], 'listens twice from its third value on', listensTwice],
    [['starts afresh for every subscriber'], 'remembers', remembers],
    [['starts afresh for every subscriber'], 'is used up by its first subscriber', isUsedUp],
    [['starts afresh for every subscriber'], 'completes for its first subscriber only', completesOnce],
  ])('%j are broken by an operator that %s', (laws, _name, make) => {
    expect(broken(make)).toEqual(laws);
  });

  it('are each broken by one of the naive operators', () => {
    const naive: Make<string>[] = [neverCompletes, () => speaksFirst('hello'), swallowsErrors, holdsOn, drainsItsSource, remembers];
    expect(new Set(naive.flatMap(broken))).toEqual(new Set(Object.keys(LAWS)));
  });

  it('do not pass on a sample at which nothing is emitted', () => {
    expect(() => LAWS['starts afresh for every subscriber']?.(() => map(() => 0), [])).toThrow('must make the operator emit');
  });

  it('need a sample', () => {
    expect(() => keeps(() => map(() => 0))).toThrow('need a sample');
  });

  it.each<[title: string, make: Make<string>, says: string]>([
    ['stops a synchronous source', takesOne, 'A sample must make the operator emit: from 1 values came 1.'],
    ['stops a synchronous source', drainsItsSource, 'All 5000 values were pulled from a source that should have been let go'],
    ['stops a synchronous source', fails, 'of its own'],
    ['passes errors on', wrapsErrors, 'must be the one that went in, not a copy'],
    ['passes errors on', swallowsErrors, 'what is heard of an error is not as drawn'],
    ['passes errors on', makesValuesOfErrors, 'a = [Error: broken on purpose]'],
    ['starts afresh for every subscriber', isUsedUp, 'what a subscriber hears after the first has completed is not as drawn'],
    ['starts afresh for every subscriber', completesOnce, 'expected  -a-b-c-|'],
    ['starts afresh for every subscriber', opensWindowsOnce, 'a = "(a stream)"'],
  ])('tell where they are broken (%s, %o)', (title, make, says) => {
    expect(() => LAWS[title]?.(make, SAMPLE)).toThrow(says);
  });

  it('take samples of up to 26 values', () => {
    const sample = Array.from({ length: 26 }, (_, index) => index);
    for (const [, keep] of keeps(() => map((value: number) => -value), sample)) keep();
    expect(() => LAWS['lets go when unsubscribed']?.(() => map(() => 0), [...sample, 26])).toThrow('at most 26 values, not 27');
  });

  it('show two diagrams where they are broken', () => {
    const check = keeps(remembers, SAMPLE).find(([title]) => title === 'starts afresh for every subscriber')?.[1];
    expect(check).toThrow(/a second subscriber hears beside the first is not as drawn[^]*expected {2}-[^]*actual {4}-[^]*first difference at/u);
    expect(() => LAWS['lets go when unsubscribed']?.(holdsOn, SAMPLE)).toThrow(/the subscription of the source, left at 0 ms, is not as drawn[^]*actual {4}\^/u);
  });
});
