import { defineConfig } from 'vitest/config';

// Tests with real models and real child processes: they use the built package in dist/, one file after the other.
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
