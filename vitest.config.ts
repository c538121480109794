/**
 * How tests run: a process per file (Dawn and shared memory do not like neighbours), and a closing line that
 * every CI can read. Tests in a browser come after the others and one file at a time: the page, the
 * engine's threads and the browser itself already fill a small machine. Bounds in time are part of what is
 * tested; on a machine that others use as well, a test that misses one is asked once more.
 */
import { defineConfig } from 'vitest/config';
import { webAssemblySwitches } from './engine/platform/node-switches.ts';

const IN_A_BROWSER = ['test/e2e/**/*.test.ts', 'test/electron/**/*.test.ts', 'test/renderer/host/**/*.test.ts', 'test/backends/webgpu-browser.test.ts'];

/** As the command sets them. */
const execArgv = [...webAssemblySwitches()];
const setupFiles = ['test/setup/cache-folder.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', './test/setup/closing-line.ts'],
    projects: [
      {
        // Training tests take seconds on two busy cores; a test that hangs still ends within the minute.
        test: { name: 'node', include: ['test/**/*.test.ts'], exclude: IN_A_BROWSER, pool: 'forks', execArgv, setupFiles, testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2, retry: 1, sequence: { groupOrder: 0 } },
      },
      {
        test: { name: 'browser', include: IN_A_BROWSER, pool: 'forks', execArgv, setupFiles, testTimeout: 120_000, hookTimeout: 120_000, maxWorkers: 1, retry: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
