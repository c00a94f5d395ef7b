import { defineConfig } from 'vitest/config';

// What judges the operators in `npm run mutation`: all that runs them, save what reads or bundles their sources, which are full of
// mutants there, and the thousand conversations, which take too long to be had for every mutant. One seed, so that the same
// mutants are killed each time.
export default defineConfig({
  test: {
    include: ['marble-tests/**/*.test.ts', 'test/examples/**/*.test.ts', 'test/operators/**/*.test.ts'],
    exclude: ['marble-tests/docblocks.test.ts', 'marble-tests/session-properties.test.ts', 'test/examples/readme.test.ts', 'test/operators/browser.test.ts'],
    setupFiles: ['marble-tests/helpers/one-seed.ts'],
  },
});
