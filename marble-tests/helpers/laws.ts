import { describe, it } from 'vitest';

import { LAWS, laws as lawsOf, type Make } from '../../operators/testing/index.js';

/** The six laws as tests of one operator. */
export function laws<T>(name: string, make: Make<T>, ...samples: readonly (readonly T[])[]): void {
  // The checks are made inside of the tests: what breaks the making makes a test red, and does not keep it from being there.
  describe(`${name} keeps the laws`, () => {
    it.each(Object.keys(LAWS))('%s', (title) => new Map(lawsOf(make, ...samples)).get(title)!());
  });
}
