import { describe, it } from 'vitest';

import { laws as lawsOf, type Make } from '../../operators/testing/index.js';

/** The six laws as tests of one operator. */
export function laws<T>(name: string, make: Make<T>, ...samples: readonly (readonly T[])[]): void {
  describe(`${name} keeps the laws`, () => {
    it.each(lawsOf(make, ...samples))('%s', (_title, check) => check());
  });
}
