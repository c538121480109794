/** Half precision on WebGPU: which buffers hold halves, what rounding there does to a training step, and that a device takes the plan. The software GPU of the tests has no halves: no number is computed with them here. */
import { describe, expect, test } from 'vitest';
import { halfBuffers } from '../../engine/backends/webgpu/halves.ts';
import { generate } from '../../engine/backends/webgpu/wgsl.ts';
import { createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { accessesOf } from '../../engine/compile/accesses.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { Plan, RowStage, ScalarExpr, Store } from '../../engine/compile/plan.ts';
import { testGpu } from '../support/gpu.ts';
import { call, constant } from '../support/hand-plan.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { expectClose } from '../support/oracle.ts';
import { templatePlan } from '../support/template-plan.ts';
import { SMALL, trainingCase } from '../support/training-program.ts';
import { type Validator, wgslValidator } from '../support/wgsl-validator.ts';

/** The names of the kernels that write halves. */
function writers(plan: Plan): readonly string[] {
  const halves = halfBuffers(plan);
  return plan.kernels.filter((kernel) => accessesOf(kernel).some(({ access, isStore }) => isStore && halves.has(access.buffer))).map(({ name }) => name);
}

test('what goes forward is kept in halves; gradients, sums and what a loop carries are not', () => {
  const cnn = writers(templatePlan('mnist-cnn'));
  expect(cnn).toEqual(['mnist.mul', 'conv1.conv relu1.relu', 'conv2.conv conv2.add', 'pool.maxPool relu2.relu pool.maxPoolArg', 'fc1.dot relu3.relu']);
  // Two networks in turn: the second loss sees the new weights of the first network, which came of gradients.
  for (const template of ['mnist-gan', 'resnet', 'mnist-lstm', 'char-gpt']) {
    const plan = templatePlan(template);
    const backward = plan.kernels.filter(({ name }) => /Grad|adam|scatterAdd/.test(name)).map(({ name }) => name);
    expect(writers(plan).filter((name) => backward.includes(name)), template).toEqual([]);
    const windows = new Set(plan.buffers.flatMap(({ window }) => (window === undefined ? [] : [window.of])));
    for (const id of halfBuffers(plan)) {
      expect(plan.buffers[id]).toMatchObject({ role: 'temporary', dtype: 'f32' });
      expect(windows.has(id)).toBe(false);
    }
  }
});

/** The plan with every store of a half rounded to the 11 bits of one. Ranges are not: nothing here comes near 65504. */
function rounded(plan: Plan): Plan {
  const halves = halfBuffers(plan);
  const round = (value: ScalarExpr): ScalarExpr => {
    // Veltkamp's splitting: of the interpreter's 53 bits, 11 are left.
    const scaled = call('mul', [value, constant(2 ** 42 + 1)]);
    return call('sub', [scaled, call('sub', [scaled, value])]);
  };
  const store = (s: Store): Store => (halves.has(s.to.buffer) ? { ...s, value: round(s.value) } : s);
  const stage = (s: RowStage): RowStage => (s.kind === 'each' ? { ...s, store: store(s.store) } : s);
  const kernels = plan.kernels.map((kernel) => {
    if (kernel.kind === 'row') return { ...kernel, stages: kernel.stages.map(stage), finish: kernel.finish.map(store) };
    return kernel.kind === 'scatter' ? kernel : { ...kernel, stores: kernel.stores.map(store) };
  });
  return { ...plan, kernels };
}

test('rounding to halves moves a training step by no more than their precision', () => {
  const training = trainingCase({ ...SMALL, batch: 24, samples: 24, size: 15, filters: 4 }, 2);
  const plan = compileProgram(training.program);
  expect(halfBuffers(plan).size).toBeGreaterThan(0);
  const [exact, halved] = [plan, rounded(plan)].map((each) => {
    const states = new Map([...training.states].map(([name, data]) => [name, Float64Array.from(data)]));
    const interpreted = interpretPlan(each, states);
    return { outputs: training.feeds.map((f) => interpreted.step(f)), states };
  });
  exact!.outputs.forEach((outputs, i) => expectClose(halved!.outputs[i]!['loss']!, outputs['loss']!, 2 ** -10, `loss of step ${i}`));
  for (const [name, numbers] of exact!.states) expectClose(halved!.states.get(name)!, numbers, 2 ** -10, name);
  expect(halved!.outputs[1]!['loss']![0]).not.toBe(exact!.outputs[1]!['loss']![0]);
});

test('halves save memory, and what is not wished for takes none', () => {
  const plan = templatePlan('mnist-cnn');
  const [whole, half] = [generate(plan), generate(plan, { halves: true })];
  expect(whole.halves).toBe(0);
  expect(half.arenaWords * 4 + half.halves * 2).toBeLessThan(0.87 * whole.arenaWords * 4);
});

const validator = await wgslValidator();
const unavailable = 'unavailable' in validator ? validator.unavailable : undefined;
describe.skipIf(unavailable !== undefined)(`a device with halves${unavailable === undefined ? '' : ` [skipped: ${unavailable}]`}`, () => {
  test('compiles the plan, binds both arenas and runs', async () => {
    const { gpu } = validator as Validator;
    const backend = await createWebGpuBackend(gpu, { features: ['f16'] });
    expect(backend.device).toMatch(/ · f16$/);
    const plan = templatePlan('mnist-mlp');
    const states = new Map(plan.buffers.filter(({ role }) => role === 'state').map(({ name, dtype, length }) => [name, backend.allocate(name, dtype, length)]));
    const executable = await backend.compile(plan, states);
    expect(executable.stats.arenaBytes).toBeGreaterThan(0);
    const feeds = Object.fromEntries(plan.buffers.filter(({ role }) => role === 'input').map(({ name, dtype, length }) => [name, dtype === 'f32' ? new Float32Array(length) : new Int32Array(length)]));
    expect(await executable.run([feeds, feeds])).toHaveLength(2);
    executable.dispose();
    await backend.dispose();
  });
});

const gpu = await testGpu();
const skipped = 'unavailable' in gpu ? gpu.unavailable : undefined;
test.skipIf(skipped !== undefined)(`a wish that the adapter cannot grant is left out, and the device's name says so${skipped === undefined ? '' : ` [skipped: ${skipped}]`}`, async () => {
  const adapter = await (gpu as GPU).requestAdapter();
  const without = { requestAdapter: async () => ({ info: adapter!.info, limits: adapter!.limits, features: new Set(), requestDevice: adapter!.requestDevice.bind(adapter) }) } as unknown as GPU;
  const backend = await createWebGpuBackend(without, { features: ['subgroups', 'f16'] });
  expect(backend.device).not.toMatch(/subgroups|f16/);
  await backend.dispose();
});
