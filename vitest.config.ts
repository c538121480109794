/** How tests run: a process per file (Dawn and shared memory do not like neighbours), and a closing line that every CI can read. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Training tests take seconds on two busy cores; a test that hangs still ends within the minute.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/setup/closing-line.ts'],
  },
});
