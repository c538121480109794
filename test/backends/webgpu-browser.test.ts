/** The same backend through a browser's own `navigator.gpu`: two training steps in headless Chromium equal the reference. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { browserMissing, runInBrowser } from '../support/browser.ts';
import { expectClose } from '../support/oracle.ts';
import { SMALL, trainingCase } from '../support/training-program.ts';
import type { PageResult } from '../support/webgpu-page.ts';

const missing = browserMissing();
const LIMIT_MS = 120_000;

test.skipIf(missing !== undefined)(`training steps in headless Chromium equal the reference${missing === undefined ? '' : ` [skipped: ${missing}]`}`, async (context) => {
  const page = await runInBrowser<PageResult>(fileURLToPath(new URL('../support/webgpu-page.ts', import.meta.url)), LIMIT_MS);
  if (page.unavailable !== undefined) return context.skip(page.unavailable);
  expect(page.device).toMatch(/^WebGPU · ./);
  const { program, feeds, states } = trainingCase(SMALL, 2);
  const exact = new Map<string, Float64Array>([...states].map(([name, data]) => [name, Float64Array.from(data)]));
  expect(page.outputs).toHaveLength(feeds.length);
  feeds.forEach((f, i) => {
    const { outputs, states: updated } = evaluateProgram(program, f, exact);
    for (const [name, { data }] of outputs) expectClose(page.outputs?.[i]?.[name] ?? [], data, 1e-4, `${name} of step ${i}`);
    for (const [name, data] of updated) exact.set(name, data);
  });
  expectClose(page.weights ?? [], exact.get('weights.0') ?? [], 1e-4, 'weights');
}, LIMIT_MS);
