import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';

import { LAWS, laws, type Make } from './laws.js';
import { delaysErrors, drainsItsSource, holdsOn, neverCompletes, remembers, speaksFirst, swallowsErrors } from './naive.js';

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
});
