/** Compiled programs: their plans in plain loops, and on WebGPU both ways of working, against the unfused float64 reference. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import type { Backend } from '../../engine/backends/backend.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, makeProgram } from '../../engine/tensor/ir.ts';
import { testGpu } from '../support/gpu.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { expectClose, randomTensor } from '../support/oracle.ts';
import { type GraphStep, buildRandomGraph, graphRecipes } from '../support/random-graphs.ts';
import { SMALL, type TrainingCase, trainingCase } from '../support/training-program.ts';

const gpu = await testGpu();
const skipped = 'unavailable' in gpu ? gpu.unavailable : undefined;

/** A random graph with its value and gradients as outputs. */
function randomProgram(recipe: readonly GraphStep[]): Program {
  const b = new Builder();
  const leaves = [b.input('x', [2, 3]), b.input('y', [3, 1, 2])];
  const loss = buildRandomGraph(b, leaves, recipe);
  const [dx, dy] = gradients(b, loss, leaves);
  if (dx === undefined || dy === undefined) throw new Error('no gradients');
  return makeProgram(new Map([['loss', loss], ['dx', dx], ['dy', dy]]));
}
const leavesOf = (seed: number): { x: Float32Array; y: Float32Array } => ({ x: Float32Array.from(randomTensor(seed, [2, 3]).data), y: Float32Array.from(randomTensor(seed + 1, [3, 1, 2]).data) });

/** Steps of the reference; gives the outputs of each, and changes `states`. */
function referenceSteps({ program, feeds }: TrainingCase, states: Map<string, Float64Array>): ReadonlyMap<string, Float64Array>[] {
  return feeds.map((f) => {
    const { outputs, states: updated } = evaluateProgram(program, f, states);
    for (const [name, data] of updated) states.set(name, data);
    return new Map([...outputs].map(([name, tensor]) => [name, tensor.data]));
  });
}
const exactStates = (c: TrainingCase): Map<string, Float64Array> => new Map([...c.states].map(([name, data]) => [name, Float64Array.from(data)]));

test('plans of random graphs, in plain loops, equal the reference', () => {
  fc.assert(
    fc.property(graphRecipes, fc.nat({ max: 1000 }), (recipe, seed) => {
      const program = randomProgram(recipe);
      const feeds = leavesOf(seed);
      const interpreted = interpretPlan(compileProgram(program), new Map()).step(feeds);
      for (const [name, { data }] of evaluateProgram(program, feeds).outputs) expectClose(interpreted[name] ?? [], data, 1e-9, name);
    }),
    { numRuns: 80, seed: 3 },
  );
});

test('a training step, in plain loops, equals the reference', () => {
  const training = trainingCase(SMALL, 3);
  const states = exactStates(training);
  const interpreted = interpretPlan(compileProgram(training.program), states);
  const actual = training.feeds.map((f) => interpreted.step(f));
  const expected = exactStates(training);
  // Constants that the compiler folds are float32 from then on.
  referenceSteps(training, expected).forEach((outputs, i) => {
    for (const [name, data] of outputs) expectClose(actual[i]?.[name] ?? [], data, 1e-7, `${name} of step ${i}`);
  });
  for (const [name, data] of expected) expectClose(states.get(name) ?? [], data, 1e-7, name);
});

describe.skipIf(skipped !== undefined)(`WebGPU runs compiled programs${skipped === undefined ? '' : ` [skipped: ${skipped}]`}`, () => {
  for (const [title, workgroupMemory, runs] of [['invocations alone', false, 20], ['workgroups together', true, 6]] as const) {
    describe(title, () => {
      let backend: Backend;
      beforeAll(async () => {
        backend = await createWebGpuBackend(gpu as GPU, { workgroupMemory });
      });
      afterAll(() => backend.dispose());

      test('random graphs equal the reference', async () => {
        await fc.assert(
          fc.asyncProperty(graphRecipes, fc.nat({ max: 1000 }), async (recipe, seed) => {
            const program = randomProgram(recipe);
            const feeds = leavesOf(seed);
            const executable = await backend.compile(compileProgram(program), new Map());
            const [actual] = await executable.run([feeds]);
            executable.dispose();
            for (const [name, { data }] of evaluateProgram(program, feeds).outputs) expectClose(actual?.[name] ?? [], data, 1e-4, name);
          }),
          { numRuns: runs, seed: 11 },
        );
      }, 120_000);

      test('training steps equal the reference, several to a submission', async () => {
        const training = trainingCase(SMALL, 4);
        const states = new Map([...training.states].map(([name, data]) => {
          const dtype = data instanceof Uint8Array ? 'u8' : data instanceof Int32Array ? 'i32' : 'f32';
          return [name, backend.allocate(name, dtype, data.length)];
        }));
        for (const [name, state] of states) await backend.write(state, training.states.get(name) ?? new Float32Array());
        const executable = await backend.compile(compileProgram(training.program), states);
        // Two calls in flight: the second must see the weights that the first leaves behind.
        const [first, second] = await Promise.all([executable.run(training.feeds.slice(0, 3)), executable.run(training.feeds.slice(3))]);
        const actual = [...first, ...second];
        const expected = exactStates(training);
        referenceSteps(training, expected).forEach((outputs, i) => {
          for (const [name, data] of outputs) expectClose(actual[i]?.[name] ?? [], data, 1e-4, `${name} of step ${i}`);
        });
        for (const name of ['weights.0', 'momentum.0']) {
          const state = states.get(name);
          expect(state).toBeDefined();
          if (state !== undefined) expectClose(await backend.read(state), expected.get(name) ?? [], 1e-4, name);
        }
        executable.dispose();
      }, 120_000);
    });
  }
});
