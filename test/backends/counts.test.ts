/**
 * A guard of speed that does not depend on the machine: for some templates, what a training step is made of, against the
 * numbers in counts.json. After a change that is meant, NETLOOM_RENEW_COUNTS=1 npx vitest run test/backends/counts.test.ts
 * writes them anew; the commit then shows what became larger and what smaller.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { arrangePlan, buildPlanModule, scratchBytes } from '../../engine/backends/wasm/plan-module.ts';
import { generate } from '../../engine/backends/webgpu/wgsl.ts';
import { accessesOf } from '../../engine/compile/accesses.ts';
import type { Plan } from '../../engine/compile/plan.ts';
import { bytesPerElement } from '../../engine/tensor/ir.ts';
import { templatePlan } from '../support/template-plan.ts';

const FILE = new URL('./counts.json', import.meta.url);
const RENEW = process.env['NETLOOM_RENEW_COUNTS'] === '1';
/** More than this is a loss; a little may come and go with addresses, which take one byte or two. */
const MOST_GROWTH = 1.02;
/** Less than this is a gain that the file should hold, so that it cannot be lost again unseen. */
const LEAST_SHRINKAGE = 0.9;

interface Counts {
  readonly kernels: number;
  /** WebGPU dispatches of one step, loops run through. */
  readonly dispatches: number;
  readonly arenaBytes: number;
  readonly wasmBytes: number;
}

const TEMPLATES = ['char-gpt', 'char-lstm', 'lenet-5', 'mnist-autoencoder', 'mnist-cnn', 'mnist-gan', 'mnist-lstm', 'mnist-mlp', 'mnist-vit', 'mobilenet', 'resnet', 'vgg'];

function dispatchesOf(plan: Plan): number {
  const { commands, loops } = generate(plan);
  return commands.reduce((sum, { kind }, i) => sum + (kind === 'dispatch' ? (loops.find(({ first, end }) => first <= i && i < end)?.count ?? 1) : 0), 0);
}

/** With a tile and instructions of our choice instead of those that this machine likes best. */
function wasmBytesOf(given: Plan): number {
  const options = { relaxed: true, tuning: { vectors: 2, rows: [8, 8, 4, 4], unroll: 1, joins: false }, winograd: true };
  const plan = arrangePlan(given, options);
  let end = 65_536;
  const place = (bytes: number): number => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const arena = place(plan.arenaBytes);
  const addresses = plan.buffers.map((buffer) => (buffer.role === 'temporary' ? arena + buffer.offset : place(buffer.length * bytesPerElement(buffer.dtype))));
  const scratch = place(scratchBytes(plan, options, 2));
  return buildPlanModule(plan, { address: ({ id }) => addresses[id]!, scratch }, { ...options, memory: { shared: true, maximumPages: 65_536 } }).bytes.length;
}

function countsOf(template: string): Counts {
  const plan = templatePlan(template);
  return { kernels: plan.kernels.length, dispatches: dispatchesOf(plan), arenaBytes: plan.arenaBytes, wasmBytes: wasmBytesOf(plan) };
}

/** The most bytes of temporaries that are alive at once, in the order that the plan has: no arena can be smaller. A loop is one moment. */
function leastArena({ kernels, loops, buffers }: Plan): number {
  const moment = (kernel: number): number => loops.find(({ first, end }) => first <= kernel && kernel < end)?.first ?? kernel;
  const lives = new Map<number, { from: number; to: number }>();
  kernels.forEach((kernel, i) => {
    for (const { access } of accessesOf(kernel)) {
      const touched = buffers[access.buffer]!;
      const buffer = touched.window === undefined ? touched : buffers[touched.window.of]!;
      if (buffer.role !== 'temporary') continue;
      const at = moment(i);
      const life = lives.get(buffer.id);
      if (life === undefined) lives.set(buffer.id, { from: at, to: at });
      else life.to = Math.max(life.to, at);
    }
  });
  const alive = (at: number): number => [...lives].reduce((sum, [id, { from, to }]) => sum + (from <= at && at <= to ? buffers[id]!.length * bytesPerElement(buffers[id]!.dtype) : 0), 0);
  return kernels.reduce((most, _, i) => Math.max(most, alive(moment(i))), 0);
}

const known = (RENEW ? {} : JSON.parse(readFileSync(FILE, 'utf8'))) as Readonly<Record<string, Counts | undefined>>;

describe('a training step is made of', () => {
  const found: Record<string, Counts> = {};
  test.each(TEMPLATES)('%s', (template) => {
    const counts = countsOf(template);
    found[template] = counts;
    if (RENEW) return;
    const before = known[template];
    expect(before, `counts.json has no ${template}; renew it with NETLOOM_RENEW_COUNTS=1`).toBeDefined();
    for (const name of ['kernels', 'dispatches', 'arenaBytes', 'wasmBytes'] as const) {
      const [was, is] = [before![name], counts[name]];
      expect(is, `${name} grew from ${was} to ${is}. If that is meant, renew counts.json with NETLOOM_RENEW_COUNTS=1 and say why in the commit`).toBeLessThanOrEqual(was * MOST_GROWTH);
      expect(is, `${name} shrank from ${was} to ${is}: well done. Renew counts.json with NETLOOM_RENEW_COUNTS=1, so that it stays so`).toBeGreaterThanOrEqual(was * LEAST_SHRINKAGE);
    }
  });
  test('and no template is guarded that is not measured', () => {
    if (RENEW) writeFileSync(FILE, `${JSON.stringify(found, undefined, 2)}\n`);
    else expect(Object.keys(known)).toEqual(TEMPLATES);
  });
});

test.each(TEMPLATES)('the arena of %s is little more than what must lie in memory at once', (template) => {
  const plan = templatePlan(template);
  expect(plan.arenaBytes / leastArena(plan)).toBeLessThanOrEqual(1.3);
  expect(plan.arenaBytes / leastArena(plan)).toBeGreaterThanOrEqual(1);
});

/** The marks that the plans are meant for, and where they are by now. */
describe('dispatches of a training step on a GPU', () => {
  test.each([['mnist-mlp', 8, 8], ['mnist-cnn', 20, 15], ['mnist-lstm', 6 + 2 * 28, 15]])('%s: meant are %i, no more than %i are there', (template, mark, most) => {
    const dispatches = dispatchesOf(templatePlan(template));
    expect(dispatches).toBeLessThanOrEqual(most);
    // A mark that is reached at last is held from then on.
    if (most > mark) expect(dispatches, 'the mark is held now: write it here in place of the larger number').toBeGreaterThan(mark);
  });
});
