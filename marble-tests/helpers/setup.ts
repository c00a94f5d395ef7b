import { expect } from 'vitest';

import { diagram } from './diagram.js';

interface DiagramMatchers<R> {
  /** Equal recordings of a TestScheduler; where they are not, the failure shows both as diagrams on a common time axis. */
  toDrawLike(expected: unknown): R;
}

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- vitest's own way to learn of a matcher is an empty interface that extends.
  interface Matchers<T> extends DiagramMatchers<T> {}
}

expect.extend({
  toDrawLike(actual: unknown, expected: unknown) {
    const { equals, utils } = this;
    const print = (value: unknown): string => utils.stringify(value, 5, { min: true });
    return {
      pass: equals(actual, expected),
      message: () => `the stream is not as drawn\n\n${diagram(expected, actual, print)}\n`,
    };
  },
});
