/** Kernels side by side on WebGPU: any order within a level, and the places of memory that go with the levels, give what the plan gives. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { jobsOf } from '../../engine/backends/webgpu/jobs.ts';
import { type Level, levelsOf, placeOnLevels } from '../../engine/backends/webgpu/levels.ts';
import { generate } from '../../engine/backends/webgpu/wgsl.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { Kernel, Loop, Plan } from '../../engine/compile/plan.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Program, makeProgram } from '../../engine/tensor/ir.ts';
import { HandPlan, accumulator, call, constant, load, store } from '../support/hand-plan.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { randomTensor } from '../support/oracle.ts';
import { buildRandomGraph, graphRecipes } from '../support/random-graphs.ts';
import { templatePlan } from '../support/template-plan.ts';
import { SMALL, trainingCase } from '../support/training-program.ts';
import { type Validator, wgslValidator } from '../support/wgsl-validator.ts';
import { scanCases } from '../tensor/scans.ts';

/** The plan with its kernels level by level, those of a level in the opposite order, and temporaries where the levels put them. Kernels that are alone stay so. */
function byLevels(plan: Plan, alone: readonly string[] = []): { readonly plan: Plan; readonly levels: readonly Level[] } {
  // Without workgroup memory and with short rows, a kernel is one job.
  const jobs = plan.kernels.map((kernel) => jobsOf(kernel, () => expect.unreachable(`'${kernel.name}' was cut`), { workgroupMemory: false }).map((job) => ({ ...job, alone: alone.includes(kernel.name) })));
  const levels = levelsOf(plan, jobs);
  const placement = placeOnLevels(levels, plan, []);
  const kernelOf = new Map(jobs.flatMap((each, i) => each.map((job) => [job, plan.kernels[i] as Kernel])));
  const kernels: Kernel[] = [];
  const loops: Loop[] = [];
  const add = (level: Level & { kind: 'jobs' }): void => void kernels.push(...level.jobs.map((job) => kernelOf.get(job) as Kernel).reverse());
  for (const level of levels) {
    const first = kernels.length;
    if (level.kind === 'jobs') add(level);
    else {
      level.levels.forEach(add);
      loops.push({ first, end: kernels.length, count: level.count });
    }
  }
  expect(kernels.length).toBe(plan.kernels.length);
  const buffers = plan.buffers.map((buffer) => ({ ...buffer, offset: 4 * (placement.first.get(buffer.id) ?? buffer.offset / 4) }));
  return { plan: { ...plan, kernels, loops, buffers, arenaBytes: placement.words * 4 }, levels };
}

function expectSame(program: Program, feeds: readonly Readonly<Record<string, ArrayLike<number> | number>>[], states: ReadonlyMap<string, ArrayLike<number>> = new Map()): void {
  const plan = compileProgram(program);
  const results = [plan, byLevels(plan).plan].map((each) => {
    const own = new Map([...states].map(([name, data]) => [name, Float64Array.from(data)]));
    const interpreted = interpretPlan(each, own);
    return { outputs: feeds.map((f) => interpreted.step(f)), states: own };
  });
  expect(results[1]).toEqual(results[0]);
}

test('of random graphs', () => {
  fc.assert(
    fc.property(graphRecipes, (recipe) => {
      const b = new Builder();
      const leaves = [b.input('x', [2, 3]), b.input('y', [3, 1, 2])];
      const loss = buildRandomGraph(b, leaves, recipe);
      const outputs = gradients(b, loss, leaves).map((gradient, i) => [`gradient${i}`, gradient] as const);
      expectSame(makeProgram(new Map([['loss', loss], ...outputs])), [{ x: randomTensor(1, [2, 3]).data, y: randomTensor(2, [3, 1, 2]).data }]);
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('of a training step', () => {
  const training = trainingCase(SMALL, 3);
  expectSame(training.program, training.feeds, training.states);
});

test.each(scanCases.map((each) => ({ ...each })))('of a recurrence: $title', ({ leaves, build }) => {
  const b = new Builder();
  const inputs = Object.entries(leaves).map(([name, { shape }]) => b.input(name, shape));
  const value = b.sum(build(b, ...inputs));
  const outputs = gradients(b, value, inputs).map((gradient, i) => [`gradient${i}`, gradient] as const);
  expectSame(makeProgram(new Map([['value', value], ...outputs])), [Object.fromEntries(Object.entries(leaves).map(([name, { data }]) => [name, data]))]);
});

/** What the plan and the same by levels give, for an input `x` of six numbers. */
function bothOf(plan: Plan): readonly [unknown, unknown] {
  const [given, level] = [plan, byLevels(plan).plan].map((each) => {
    const states = new Map(plan.buffers.filter(({ role }) => role === 'state').map(({ name, length }) => [name, Float64Array.from({ length }, (_, i) => i + 1)]));
    const interpreted = interpretPlan(each, states);
    const x = Float64Array.of(0.5, -1, 2, 3, -0.25, 7);
    return { steps: [interpreted.step({ x }), interpreted.step({ x })], states };
  });
  return [given, level];
}

test('what overwrites a state waits for those that read it, and for those that write it before', () => {
  const plan = new HandPlan();
  const [x, w, out] = [plan.buffer('input', 'x', 'f32', 6), plan.buffer('state', 'w', 'f32', 6), plan.buffer('output', 'out', 'f32', 6)];
  const map = (name: string, to: number, from: number, factor: number): void => void plan.kernels.push({ kind: 'map', name, origins: [], axes: [6], stores: [store(to, [1], call('mul', [load(from, [1]), constant(factor)]))] });
  map('read', out, w, 2);
  map('write', w, x, 3);
  map('write again', w, x, 5);
  const [given, level] = bothOf(plan.finish());
  expect(level).toEqual(given);
});

test('what a loop reads of the outside keeps its place as long as the loop runs', () => {
  const plan = new HandPlan();
  const [x, out] = [plan.buffer('input', 'x', 'f32', 6), plan.buffer('output', 'out', 'f32', 24)];
  const [before, first, second, third] = ['before', 'first', 'second', 'third'].map((name) => plan.buffer('temporary', name, 'f32', 6)) as [number, number, number, number];
  const slot = plan.buffer('window', '', 'f32', 6);
  plan.buffers[slot] = { ...plan.buffers[slot]!, window: { of: out, first: 0, step: 6 } };
  const map = (name: string, to: number, from: number): void => void plan.kernels.push({ kind: 'map', name, origins: [], axes: [6], stores: [store(to, [1], call('mul', [load(from, [1]), constant(2)]))] });
  map('before', before, x);
  map('inside', first, before);
  map('further', second, first);
  map('on', third, second);
  map('last', slot, third);
  const [given, level] = bothOf({ ...plan.finish(), loops: [{ first: 1, end: 5, count: 4 }] });
  expect(level).toEqual(given);
});

test('columns of one matrix are written side by side, and read when they are there', () => {
  const plan = new HandPlan();
  const [x, matrix, out] = [plan.buffer('input', 'x', 'f32', 6), plan.buffer('temporary', 'matrix', 'f32', 30), plan.buffer('output', 'out', 'f32', 6)];
  // Three columns, then two, of six rows of five; the third kernel meets the second in one column.
  const fill = (name: string, offset: number, columns: number, factor: number): void => void plan.kernels.push({
    kind: 'map', name, origins: [], axes: [6, columns], stores: [store(matrix, [5, 1], call('mul', [load(x, [1, 0]), constant(factor)]), { offset })],
  });
  fill('left', 0, 3, 2);
  fill('right', 3, 2, 3);
  fill('last', 4, 1, 5);
  plan.kernels.push({ kind: 'row', name: 'sum', origins: [], rowAxes: [6], elementAxes: [5], stages: [{ kind: 'reduce', fn: 'sum', index: 0, value: load(matrix, [5, 1]) }], finish: [store(out, [1, 0], accumulator())] });
  const { levels } = byLevels(plan.finish());
  const names = levels.map((level) => (level.kind === 'jobs' ? level.jobs.map(({ name }) => name) : []));
  expect(names).toHaveLength(3);
  expect([names[0], names[1], names[2]].map((level) => level!.filter((name) => name !== 'left'))).toEqual([['right'], ['last'], ['sum']]);
  const [given, level] = bothOf(plan.finish());
  expect(level).toEqual(given);
});

test('a kernel that is alone has its level to itself, and stays in its place', () => {
  const plan = compileProgram(trainingCase(SMALL, 1).program);
  const { name } = plan.kernels[Math.floor(plan.kernels.length / 2)]!;
  const { levels } = byLevels(plan, [name]);
  const names = levels.map((level) => (level.kind === 'jobs' ? level.jobs.map((job) => job.name) : []));
  const at = names.findIndex((level) => level.includes(name));
  expect(names[at]).toEqual([name]);
  const numbers = new Map(plan.kernels.map((kernel, i) => [kernel.name, i]));
  for (const each of names.slice(0, at).flat()) expect(numbers.get(each)).toBeLessThan(numbers.get(name)!);
  for (const each of names.slice(at + 1).flat()) expect(numbers.get(each)).toBeGreaterThan(numbers.get(name)!);
});

const validator = await wgslValidator();
const skipped = 'unavailable' in validator ? validator.unavailable : undefined;

describe.skipIf(skipped !== undefined)(`the WGSL of a training step is valid${skipped === undefined ? '' : ` [skipped: ${skipped}]`}`, () => {
  test.each(['mnist-cnn', 'mnist-lstm', 'adding-problem', 'char-gpt', 'char-lstm', 'mnist-gan', 'mobilenet'])('%s', async (template) => {
    const plan = templatePlan(template);
    for (const options of [{}, { subgroups: 32, halves: true }]) {
      const { commands, arenaWords } = generate(plan, options);
      // Side by side more lives at once, but not much more.
      expect(arenaWords * 4).toBeLessThan(plan.arenaBytes * 1.25 + 4 * 2 ** 20);
      for (const command of commands) if (command.kind === 'dispatch') expect(await (validator as Validator).errorOf(command.wgsl), command.name).toBeUndefined();
    }
  });
});
