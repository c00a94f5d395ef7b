import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['marble-tests/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/real/**', 'node_modules/**', 'dist/**'],
    testTimeout: 10_000,
    maxWorkers: 2,
  },
});
