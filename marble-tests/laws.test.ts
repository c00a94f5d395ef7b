import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { LAWS, laws as keeps, type Make } from '../operators/testing/index.js';
import { laws } from './helpers/laws.js';
import { delaysErrors, drainsItsSource, holdsOn, neverCompletes, remembers, speaksFirst, swallowsErrors } from './helpers/naive.js';

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
    [['starts afresh for every subscriber'], 'remembers', remembers],
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

  it('show two diagrams where they are broken', () => {
    const check = keeps(remembers, SAMPLE).find(([title]) => title === 'starts afresh for every subscriber')?.[1];
    expect(check).toThrow(/a second subscriber hears beside the first is not as drawn[^]*expected {2}-[^]*actual {4}-[^]*first difference at/u);
    expect(() => LAWS['lets go when unsubscribed']?.(holdsOn, SAMPLE)).toThrow(/the subscription of the source, left at 0 ms, is not as drawn[^]*actual {4}\^/u);
  });
});
