/** Sums that the compiler writes differently: mean and variance in one pass, factors in front. The reference takes programs by their word. */
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { Plan, RowKernel } from '../../engine/compile/plan.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { normalize } from '../../engine/tensor/composites.ts';
import { type Program, type Value, elementCount, makeProgram } from '../../engine/tensor/ir.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { numbers } from '../support/wasm-agreement.ts';

const rowsOf = (plan: Plan): RowKernel[] => plan.kernels.filter((kernel) => kernel.kind === 'row');
const sumsOf = (plan: Plan): number => rowsOf(plan).reduce((count, { stages }) => count + stages.filter((stage) => stage.kind === 'reduce').length, 0);

/** Statistics of `features` columns over `rows` rows. */
function statistics(rows: number, features: number): Program {
  const b = new Builder();
  const x = b.input('x', [rows, features]);
  const mean = b.mean(x, [0], true);
  return makeProgram(new Map([['mean', mean], ['variance', b.mean(b.square(b.sub(x, mean)), [0], true)]]));
}

describe('mean and variance', () => {
  test.each([[5000, 8], [70000, 16], [9001, 3]])('of %i rows in one pass', async (rows, features) => {
    const program = statistics(rows, features);
    const plan = compileProgram(program);
    for (const { stages } of rowsOf(plan)) for (const stage of stages) expect(JSON.stringify(stage), 'a later pass').not.toContain('"accumulator"');
    const backend = await createWasmBackend(nodePlatform, { threads: 2 });
    const executable = await backend.compile(plan, new Map());
    // Far from 0: Σ x² / n − mean² would have lost all digits of the variance.
    for (const mean of [0, 3, -1000]) {
      const feeds = { x: numbers(rows * features, 7).map((x) => x + mean) };
      const { outputs } = evaluateProgram(program, feeds, new Map());
      const [found] = await executable.run([feeds]);
      for (const name of ['mean', 'variance']) outputs.get(name)!.data.forEach((want, i) => expect(Math.abs(found![name]![i]! - want) / Math.abs(want + (name === 'mean' ? 1 : 0)), `${name}[${i}] around ${mean}`).toBeLessThan(2e-5));
    }
    await backend.dispose();
  });
  test('with an outlier where a row begins', async () => {
    const program = statistics(20000, 4);
    const feeds = { x: numbers(80000, 3) };
    feeds.x.fill(3000, 0, 4);
    const { outputs } = evaluateProgram(program, feeds, new Map());
    const backend = await createWasmBackend(nodePlatform, { threads: 1 });
    const [found] = await (await backend.compile(compileProgram(program), new Map())).run([feeds]);
    await backend.dispose();
    outputs.get('variance')!.data.forEach((want, i) => expect(Math.abs(found!['variance']![i]! / want - 1)).toBeLessThan(2e-5));
  });
  test('of numbers that are all the same is exactly nothing', () => {
    const program = statistics(5000, 4);
    const found = interpretPlan(compileProgram(program), new Map()).step({ x: new Float32Array(20000).fill(0.1) });
    expect([...found['variance']!]).toEqual([0, 0, 0, 0]);
  });
  test('of short rows by definition', () => {
    const plan = compileProgram(statistics(50, 8));
    expect(rowsOf(plan).some((kernel) => JSON.stringify(kernel.stages).includes('"accumulator"'))).toBe(true);
  });
});

describe('factors in front of a sum', () => {
  function expectSame(program: Program): Plan {
    const plan = compileProgram(program);
    const feeds = Object.fromEntries(program.inputs.map(({ attrs: { name }, shape }, i) => [name, numbers(elementCount(shape), i + 1)]));
    const { outputs } = evaluateProgram(program, feeds, new Map());
    const found = interpretPlan(plan, new Map()).step(feeds);
    for (const [name, { data }] of outputs) data.forEach((want, i) => expect(found[name]![i]!, `${name}[${i}]`).toBeCloseTo(want, 5));
    return plan;
  }
  test('a normalisation has two sums backwards', () => {
    const b = new Builder();
    const [x, scale, shift] = [b.input('x', [40, 3, 5, 4]), b.input('scale', [1, 3, 1, 1]), b.input('shift', [1, 3, 1, 1])];
    const y = b.add(b.mul(normalize(b, x, [0, 2, 3], 1e-5), scale), shift);
    const grads = gradients(b, b.sum(b.mul(y, b.input('weight', y.shape))), [x, scale, shift]);
    // Two forwards, the mean and the variance.
    expect(sumsOf(expectSame(makeProgram(new Map(grads.map((grad, i): [string, Value] => [`grad${i}`, grad])))))).toBe(4);
  });
  test('what the sum runs over stays inside, a number and a sign come out', () => {
    const b = new Builder();
    const [x, row, column] = [b.input('x', [60, 7]), b.input('row', [1, 7]), b.input('column', [60, 1])];
    expectSame(makeProgram(new Map([
      ['both', b.sum(b.mul(b.mul(x, row), column), [0])], ['sign', b.sum(b.neg(b.mul(x, 0.25)), [0])], ['only', b.sum(b.mul(b.expand(row, [60, 7]), 3), [0])], ['all', b.sum(b.mul(x, row))], ['square', b.sum(b.mul(b.mul(x, row), b.mul(x, row)), [0])],
    ])));
  });
});
