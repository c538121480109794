/** How tests run: a process per file (Dawn and shared memory do not like neighbours), and a closing line that every CI can read. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Relaxed SIMD, as bin/netloom.js sets it: Node 20 has it behind a flag, later ones have no such flag.
    execArgv: process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [],
    // Training tests take seconds on two busy cores; a test that hangs still ends within the minute.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/setup/closing-line.ts'],
  },
});
