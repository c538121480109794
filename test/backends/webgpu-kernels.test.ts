/** WebGPU kernels, family by family, against plain loops: odd sizes, guards, gathers, NaN, bytes, and each way of cutting the work. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, StepOutputs, TypedData } from '../../engine/backends/backend.ts';
import { type WebGpuOptions, createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { testGpu } from '../support/gpu.ts';
import { HandPlan, type Run, access, accumulator, at, call, constant, load, someBytes, someIndices, someNumbers, store, within } from '../support/hand-plan.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { expectClose } from '../support/oracle.ts';

const gpu = await testGpu();
const skipped = 'unavailable' in gpu ? gpu.unavailable : undefined;

let backend: Backend;
beforeAll(async () => {
  if (!('unavailable' in gpu)) backend = await createWebGpuBackend(gpu);
});
afterAll(() => backend?.dispose());

/** Runs the plan on the GPU and in plain loops; outputs and states must agree. Gives the GPU's outputs. */
async function compare(plan: HandPlan, { feeds, states = {} }: Run, tolerance = 1e-5, on: Backend = backend): Promise<readonly StepOutputs[]> {
  const finished = plan.finish();
  const expectedStates = new Map(Object.entries(states).map(([name, data]) => [name, Float64Array.from(data)]));
  const interpreted = interpretPlan(finished, expectedStates);
  const expected = feeds.map((f) => interpreted.step(f as Record<string, ArrayLike<number> | number>));

  const deviceStates = new Map(finished.buffers.filter((b) => b.role === 'state').map((b) => [b.name, on.allocate(b.name, b.dtype, b.length)]));
  for (const [name, data] of Object.entries(states)) {
    const state = deviceStates.get(name);
    if (state !== undefined) await on.write(state, data);
  }
  const executable = await on.compile(finished, deviceStates);
  const actual = await executable.run(feeds);
  expected.forEach((outputs, step) => {
    for (const [name, numbers] of Object.entries(outputs)) expectClose(actual[step]?.[name] ?? [], numbers, tolerance, `${name} of step ${step}`);
  });
  for (const [name, numbers] of expectedStates) {
    const state = deviceStates.get(name);
    if (state !== undefined) expectClose(await on.read(state), numbers, tolerance, `state ${name}`);
  }
  executable.dispose();
  return actual;
}

const kernelBase = (name: string): { name: string; origins: string[] } => ({ name, origins: [] });

describe.skipIf(skipped !== undefined)(`WebGPU kernels${skipped === undefined ? '' : ` [skipped: ${skipped}]`}`, () => {
  describe('map', () => {
    test('reads transposed, padded, strided and flipped views', async () => {
      const plan = new HandPlan();
      const x = plan.buffer('input', 'x', 'f32', 5 * 7);
      const transposed = plan.buffer('output', 'transposed', 'f32', 35);
      const padded = plan.buffer('output', 'padded', 'f32', 8 * 9);
      const flipped = plan.buffer('output', 'flipped', 'f32', 3 * 7);
      plan.kernels.push(
        { kind: 'map', ...kernelBase('transpose'), axes: [7, 5], stores: [store(transposed, [5, 1], load(x, [1, 7]))] },
        {
          kind: 'map', ...kernelBase('pad'), axes: [8, 9],
          stores: [store(padded, [9, 1], load(x, [7, 1], { offset: -8, fill: 2.5, guards: [within(5, [1, 0], -1), within(7, [0, 1], -1)] }))],
        },
        { kind: 'map', ...kernelBase('flip'), axes: [3, 7], stores: [store(flipped, [7, 1], load(x, [14, -1], { offset: 6 }))] },
      );
      await compare(plan, { feeds: [{ x: someNumbers(35) }] });
    });

    test('computes all values before it stores any, in place', async () => {
      const plan = new HandPlan();
      const [w, m] = [plan.buffer('state', 'w', 'f32', 1003), plan.buffer('state', 'm', 'f32', 1003)];
      const rate = plan.buffer('input', 'rate', 'f32', 1);
      const moment = call('add', [call('mul', [load(m, [1]), constant(0.9)]), load(w, [1])]);
      plan.kernels.push({
        kind: 'map', ...kernelBase('update'), axes: [1003],
        stores: [store(m, [1], moment), store(w, [1], call('sub', [load(w, [1]), call('mul', [load(rate, [0]), moment])]))],
      });
      await compare(plan, { feeds: [{ rate: 0.1 }, { rate: 0.2 }, { rate: 0.3 }], states: { w: someNumbers(1003), m: someNumbers(1003, 2) } });
    });

    test('more points than one dimension of the grid holds', async () => {
      const plan = new HandPlan();
      const points = 65_535 * 256 + 1000;
      const last = plan.buffer('output', 'last', 'i32', 4);
      plan.kernels.push({
        kind: 'map', ...kernelBase('wide'), axes: [points],
        stores: [store(last, [1], { kind: 'index', at: at([1]) }, { offset: -(points - 4), guards: [within(4, [1], -(points - 4))] }, 'i32')],
      });
      const state = new Map();
      const executable = await backend.compile(plan.finish(), state);
      const [outputs] = await executable.run([{}]);
      expect([...(outputs?.['last'] ?? [])]).toEqual([points - 4, points - 3, points - 2, points - 1]);
      executable.dispose();
    });

    test('gathers with clamped indices from bytes, packed four to a word, and stores bytes', async () => {
      const plan = new HandPlan();
      const images = plan.buffer('state', 'images', 'u8', 10 * 13);
      const index = plan.buffer('input', 'index', 'i32', 6);
      const x = plan.buffer('output', 'x', 'f32', 6 * 13);
      const copied = plan.buffer('temporary', 'copied', 'u8', 6 * 13);
      const again = plan.buffer('output', 'again', 'i32', 6 * 13);
      const row = { index: access(index, [1, 0]), stride: 13, extent: 10 };
      const pixel = load(images, [0, 1], { indirect: row }, 'u8');
      plan.kernels.push(
        { kind: 'map', ...kernelBase('batch'), axes: [6, 13], stores: [store(x, [13, 1], call('mul', [call('toF32', [pixel]), constant(1 / 255)])), store(copied, [13, 1], pixel, {}, 'u8')] },
        { kind: 'map', ...kernelBase('again'), axes: [78], stores: [store(again, [1], call('toI32', [load(copied, [1], {}, 'u8')], 'i32'), {}, 'i32')] },
      );
      await compare(plan, { feeds: [{ index: Int32Array.of(3, 0, 9, 12, -4, 5) }], states: { images: someBytes(130) } });
    });

    test('every scalar function, also where it is steep, flat or at its edge', async () => {
      const numbers = Float32Array.from([...someNumbers(50).map((v) => v * 4), 0, -0, 0.5, 1.5, 2.5, -0.5, -1.5, 1e-6, -1e-6, 10, -10, 30, -30]);
      const count = numbers.length;
      for (const fn of ['neg', 'abs', 'sign', 'floor', 'round', 'exp', 'expm1', 'tanh', 'sigmoid', 'erf', 'relu', 'sin', 'cos'] as const) await unary(fn, numbers);
      const positive = Float32Array.from(numbers, (v) => Math.abs(v) + 1e-3);
      for (const fn of ['log', 'log1p', 'sqrt', 'rsqrt'] as const) await unary(fn, positive);

      async function unary(fn: Parameters<typeof call>[0], data: Float32Array): Promise<void> {
        const plan = new HandPlan();
        const x = plan.buffer('input', 'x', 'f32', count);
        const y = plan.buffer('output', 'y', 'f32', count);
        const small = plan.buffer('output', 'small', 'f32', count);
        const value = call(fn, [load(x, [1])]);
        // Beside the largest magnitude, each element by its own: small results must not drown in large ones.
        const scaled = call('div', [value, call('add', [call('abs', [value]), constant(1e-3)])]);
        plan.kernels.push({ kind: 'map', ...kernelBase(fn), axes: [count], stores: [store(y, [1], value), store(small, [1], scaled)] });
        await compare(plan, { feeds: [{ x: data }] }, 2e-5);
      }
    });

    test('functions of two and three numbers, of floats and whole numbers', async () => {
      const plan = new HandPlan();
      const [a, b] = [plan.buffer('input', 'a', 'f32', 64), plan.buffer('input', 'b', 'f32', 64)];
      const [i, j] = [plan.buffer('input', 'i', 'i32', 64), plan.buffer('input', 'j', 'i32', 64)];
      const floats = [load(a, [1]), load(b, [1])];
      const wholes = [load(i, [1], {}, 'i32'), load(j, [1], {}, 'i32')];
      const out = (name: string, dtype: 'f32' | 'i32'): number => plan.buffer('output', name, dtype, 64);
      const stores = (['add', 'sub', 'mul', 'div', 'max', 'min', 'less', 'lessEqual', 'equal'] as const).map((fn) => store(out(fn, 'f32'), [1], call(fn, floats)));
      stores.push(store(out('pow', 'f32'), [1], call('pow', [call('abs', floats.slice(0, 1)), floats[1] ?? constant(0)])));
      stores.push(store(out('square', 'f32'), [1], call('pow', [floats[0] ?? constant(0), constant(2)])));
      for (const fn of ['add', 'sub', 'mul', 'max', 'min'] as const) stores.push(store(out(`i.${fn}`, 'i32'), [1], call(fn, wholes, 'i32'), {}, 'i32'));
      for (const fn of ['less', 'lessEqual', 'equal'] as const) stores.push(store(out(`i.${fn}`, 'f32'), [1], call(fn, wholes)));
      for (const fn of ['neg', 'abs', 'sign'] as const) stores.push(store(out(`i.${fn}`, 'i32'), [1], call(fn, wholes.slice(0, 1), 'i32'), {}, 'i32'));
      stores.push(store(out('toI32', 'i32'), [1], call('toI32', [call('mul', [floats[0] ?? constant(0), constant(100)])], 'i32'), {}, 'i32'));
      stores.push(store(out('select', 'f32'), [1], call('select', [call('less', floats), call('log', [constant(-1)]), load(a, [1])])));
      stores.push(store(out('selectByWhole', 'f32'), [1], call('select', [wholes[0] ?? constant(0), ...floats])));
      stores.push(store(out('inside', 'f32'), [1], { kind: 'inside', guards: [within(10, [1], -20)] }));
      stores.push(store(out('negative', 'f32'), [1], call('neg', [call('sub', [constant(-3), floats[0] ?? constant(0)])])));
      plan.kernels.push({ kind: 'map', ...kernelBase('calls'), axes: [64], stores });
      const ties = someNumbers(64);
      await compare(plan, { feeds: [{ a: ties, b: someNumbers(64, 2).map((v, n) => (n % 4 === 0 ? (ties[n] ?? v) : v)), i: someIndices(64, 5, 3).map((v) => v - 2), j: someIndices(64, 5, 4).map((v) => v - 2) }] });
    });

    test('NaN and infinities go through as on the CPU: a run that diverges shows it', async () => {
      const plan = new HandPlan();
      const [a, b] = [plan.buffer('input', 'a', 'f32', 7), plan.buffer('input', 'b', 'f32', 7)];
      const stores = (['max', 'min', 'add'] as const).map((fn) => store(plan.buffer('output', fn, 'f32', 7), [1], call(fn, [load(a, [1]), load(b, [1])])));
      stores.push(store(plan.buffer('output', 'relu', 'f32', 7), [1], call('relu', [load(a, [1])])));
      stores.push(store(plan.buffer('output', 'infinite', 'f32', 7), [1], call('min', [load(a, [1]), constant(Infinity)])));
      plan.kernels.push({ kind: 'map', ...kernelBase('special'), axes: [7], stores });
      await compare(plan, { feeds: [{ a: Float32Array.of(NaN, 1, -Infinity, Infinity, -1, NaN, 0), b: Float32Array.of(1, NaN, 2, 2, -2, NaN, -0) }] });
    });

    test('random numbers: uniform ones bit for bit, normal ones to rounding', async () => {
      const plan = new HandPlan();
      const [seed, step] = [plan.buffer('input', 'seed', 'i32', 1), plan.buffer('input', 'step', 'i32', 1)];
      const draw = (distribution: 'uniform' | 'normal', stream: number) => ({ kind: 'random' as const, distribution, stream, at: at([1]), seed: load(seed, [0], {}, 'i32'), step: load(step, [0], {}, 'i32') });
      plan.kernels.push({
        kind: 'map', ...kernelBase('noise'), axes: [5000],
        stores: [store(plan.buffer('output', 'uniform', 'f32', 5000), [1], draw('uniform', 3)), store(plan.buffer('output', 'normal', 'f32', 5000), [1], draw('normal', 7))],
      });
      const feeds = [{ seed: 42, step: 0 }, { seed: -1_234_567, step: 99 }];
      const actual = await compare(plan, { feeds }, 1e-4);
      const interpreted = interpretPlan(plan.finish(), new Map());
      feeds.forEach((f, i) => expect([...(actual[i]?.['uniform'] ?? [])]).toEqual([...(interpreted.step(f)['uniform'] ?? [])]));
    });
  });
});
