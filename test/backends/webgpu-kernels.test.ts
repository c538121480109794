/** WebGPU kernels, family by family, against plain loops: odd sizes, guards, gathers, NaN, bytes, and each way of cutting the work. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend, StepOutputs } from '../../engine/backends/backend.ts';
import { createWebGpuBackend } from '../../engine/backends/webgpu/webgpu.ts';
import { TILES, type Tiling, tileM, tileN } from '../../engine/backends/webgpu/contract-tiles.ts';
import { testGpu } from '../support/gpu.ts';
import { HandPlan, type Run, access, accumulator, at, call, constant, load, someBytes, someIndices, someNumbers, store, within } from '../support/hand-plan.ts';
import { interpretPlan } from '../support/interpret-plan.ts';
import { expectClose } from '../support/oracle.ts';

const gpu = await testGpu();
const skipped = 'unavailable' in gpu ? gpu.unavailable : undefined;

let backend: Backend;
beforeAll(async () => {
  if (!('unavailable' in gpu)) backend = await createWebGpuBackend(gpu, { workgroupMemory: true });
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

  describe('row', () => {
    /** softmax, its maximum's place, and a scaled sum of squares per row, over rows that lie `rowStride` and elements that lie `elementStride` apart. */
    function softmaxPlan(rows: number, elements: number, rowStride: number, elementStride: number): HandPlan {
      const plan = new HandPlan();
      const x = plan.buffer('input', 'x', 'f32', rows * elements);
      const scale = plan.buffer('input', 'scale', 'f32', rows);
      const y = plan.buffer('output', 'y', 'f32', rows * elements);
      const best = plan.buffer('output', 'best', 'i32', rows);
      const loss = plan.buffer('output', 'loss', 'f32', rows);
      const least = plan.buffer('output', 'least', 'f32', rows);
      const value = load(x, [rowStride, elementStride]);
      const shifted = call('exp', [call('sub', [value, accumulator(0)])]);
      plan.kernels.push({
        kind: 'row', ...kernelBase('softmax'), rowAxes: [rows], elementAxes: [elements],
        stages: [
          { kind: 'reduce', fn: 'max', index: 0, value },
          { kind: 'reduce', fn: 'sum', index: 1, value: shifted },
          { kind: 'each', store: store(y, [rowStride, elementStride], call('div', [shifted, accumulator(1)])) },
          { kind: 'reduce', fn: 'argmax', index: 2, value },
          { kind: 'reduce', fn: 'min', index: 3, value: call('mul', [value, load(scale, [1, 0])]) },
        ],
        finish: [
          store(best, [1, 0], accumulator(2, 'i32'), {}, 'i32'),
          store(loss, [1, 0], call('mul', [call('log', [accumulator(1)]), load(scale, [1, 0])])),
          store(least, [1, 0], accumulator(3)),
        ],
      });
      return plan;
    }
    // Rows of one invocation, of part of a workgroup, of a whole one; contiguous along the row and across.
    for (const [rows, elements] of [[1, 1], [5, 3], [128, 10], [3, 65], [70, 33], [2, 1000], [300, 130], [1, 5000]] as const) {
      for (const along of ['row', 'column'] as const) {
        test(`softmax of ${rows} rows of ${elements}, contiguous along the ${along}`, async () => {
          const plan = along === 'row' ? softmaxPlan(rows, elements, elements, 1) : softmaxPlan(rows, elements, 1, rows);
          await compare(plan, { feeds: [{ x: someNumbers(rows * elements).map((v) => v * 5), scale: someNumbers(rows, 2) }] });
        });
      }
    }

    test('rows that meet within their subgroups, where the device has such', async () => {
      const on = await createWebGpuBackend(gpu as GPU, { workgroupMemory: true, features: ['subgroups'] });
      const has = (await (gpu as GPU).requestAdapter())?.features.has('subgroups');
      expect(on.device.endsWith(' · subgroups')).toBe(has);
      for (const [rows, elements] of [[5, 33], [3, 65], [2, 1000], [1, 5000]] as const) {
        await compare(softmaxPlan(rows, elements, elements, 1), { feeds: [{ x: someNumbers(rows * elements).map((v) => v * 5), scale: someNumbers(rows, 2) }] }, 1e-5, on);
      }
      await extremes(6, 200, on);
      await on.dispose();
    }, 60_000);

    test('the first maximum wins, and NaN wins over all', async () => {
      for (const [rows, elements] of [[6, 7], [6, 200]] as const) await extremes(rows, elements, backend);
    });

    async function extremes(rows: number, elements: number, on: Backend): Promise<void> {
      const data = someIndices(rows * elements, 3).map((v) => v - 5);
      const x = Float32Array.from(data);
      x[2 * elements + 4] = NaN;
      x[2 * elements + 6] = NaN;
      x.fill(-Infinity, 3 * elements, 4 * elements);
      const plan = new HandPlan();
      const input = plan.buffer('input', 'x', 'f32', rows * elements);
      const whole = plan.buffer('input', 'i', 'i32', rows * elements);
      const [at0, at1] = [plan.buffer('output', 'at', 'i32', rows), plan.buffer('output', 'wholeAt', 'i32', rows)];
      const [high, low, sum] = [plan.buffer('output', 'high', 'f32', rows), plan.buffer('output', 'low', 'f32', rows), plan.buffer('output', 'sum', 'i32', rows)];
      const value = load(input, [elements, 1]);
      const number = load(whole, [elements, 1], {}, 'i32');
      plan.kernels.push({
        kind: 'row', ...kernelBase('extremes'), rowAxes: [rows], elementAxes: [elements],
        stages: [
          { kind: 'reduce', fn: 'argmax', index: 0, value },
          { kind: 'reduce', fn: 'argmax', index: 1, value: number },
          { kind: 'reduce', fn: 'max', index: 2, value },
          { kind: 'reduce', fn: 'min', index: 3, value },
          { kind: 'reduce', fn: 'sum', index: 4, value: number },
        ],
        finish: [store(at0, [1, 0], accumulator(0, 'i32'), {}, 'i32'), store(at1, [1, 0], accumulator(1, 'i32'), {}, 'i32'), store(high, [1, 0], accumulator(2)), store(low, [1, 0], accumulator(3)), store(sum, [1, 0], accumulator(4, 'i32'), {}, 'i32')],
      });
      await compare(plan, { feeds: [{ x, i: data }] }, 1e-5, on);
    }

    /** Normalisation of [count, channels, size] over all but the channels: mean, variance, scaled values. */
    function normPlan(count: number, channels: number, size: number): HandPlan {
      const plan = new HandPlan();
      const elements = count * size;
      const x = plan.buffer('input', 'x', 'f32', elements * channels);
      const y = plan.buffer('output', 'y', 'f32', elements * channels);
      const [mean, variance] = [plan.buffer('output', 'mean', 'f32', channels), plan.buffer('output', 'variance', 'f32', channels)];
      const strides = [size, channels * size, 1];
      const average = call('mul', [accumulator(0), constant(1 / elements)]);
      const centred = call('sub', [load(x, strides), average]);
      const spread = call('mul', [accumulator(1), constant(1 / elements)]);
      plan.kernels.push({
        kind: 'row', ...kernelBase('norm'), rowAxes: [channels], elementAxes: [count, size],
        stages: [
          { kind: 'reduce', fn: 'sum', index: 0, value: load(x, strides) },
          { kind: 'reduce', fn: 'sum', index: 1, value: call('mul', [centred, centred]) },
          { kind: 'each', store: store(y, strides, call('mul', [centred, call('rsqrt', [call('add', [spread, constant(1e-5)])])])) },
        ],
        finish: [store(mean, [1, 0, 0], average), store(variance, [1, 0, 0], spread)],
      });
      return plan;
    }
    test('few long rows are cut into slices that fit', () => compare(normPlan(64, 3, 200), { feeds: [{ x: someNumbers(64 * 3 * 200) }] }));
    test('few long rows are cut into slices that do not fit', () => compare(normPlan(3, 2, 7919), { feeds: [{ x: someNumbers(3 * 2 * 7919) }] }));
    test('one very long row: a sum, a maximum of negative numbers and a minimum of positive ones', async () => {
      const count = 100_003;
      const plan = new HandPlan();
      const x = plan.buffer('input', 'x', 'f32', count);
      const value = load(x, [1]);
      plan.kernels.push({
        kind: 'row', ...kernelBase('total'), rowAxes: [], elementAxes: [count],
        stages: [
          { kind: 'reduce', fn: 'sum', index: 0, value: call('mul', [value, value]) },
          { kind: 'reduce', fn: 'max', index: 1, value: call('sub', [value, constant(7)]) },
          { kind: 'reduce', fn: 'min', index: 2, value: call('add', [value, constant(7)]) },
        ],
        finish: [0, 1, 2].map((i) => store(plan.buffer('output', `out${i}`, 'f32', 1), [0], accumulator(i))),
      });
      await compare(plan, { feeds: [{ x: someNumbers(count) }] });
    });
  });

  describe('contraction', () => {
    const tanhOf = (x: ReturnType<typeof load>) => call('tanh', [x]);

    /** tanh(batch × (a · b) + bias) with a [m, k] or its transpose, b [k, n] or its transpose. */
    function productPlan(batch: number, m: number, n: number, k: number, aTransposed: boolean, bTransposed: boolean, outTransposed = false): HandPlan {
      const plan = new HandPlan();
      const a = plan.buffer('input', 'a', 'f32', batch * m * k);
      const b = plan.buffer('input', 'b', 'f32', batch * k * n);
      const bias = plan.buffer('input', 'bias', 'f32', n);
      const y = plan.buffer('output', 'y', 'f32', batch * m * n);
      const [am, ak] = aTransposed ? [1, m] : [k, 1];
      const [bk, bn] = bTransposed ? [1, k] : [n, 1];
      const [ym, yn] = outTransposed ? [1, m] : [n, 1];
      plan.kernels.push({
        kind: 'contract', ...kernelBase('dot'), batchAxes: batch === 1 ? [] : [batch], mAxes: [m], nAxes: [n], kAxes: [k],
        a: load(a, batch === 1 ? [am, 0, ak] : [m * k, am, 0, ak]),
        b: load(b, batch === 1 ? [0, bn, bk] : [k * n, 0, bn, bk]),
        stores: [store(y, batch === 1 ? [ym, yn, 0] : [m * n, ym, yn, 0], tanhOf(call('add', [accumulator(), load(bias, batch === 1 ? [0, 1, 0] : [0, 0, 1, 0])])))],
      });
      return plan;
    }
    // Sizes that fill no tile, single rows and columns, a long k that is split, batches; operands as stored and transposed.
    for (const [batch, m, n, k, transposed] of [[1, 1, 1, 1, false], [1, 7, 5, 3, true], [1, 128, 10, 33, false], [1, 10, 130, 128, true], [1, 20, 24, 3000, false], [3, 17, 18, 19, true], [1, 300, 1, 40, false], [5, 2, 50, 700, true]] as const) {
      test(`batch ${batch}: ${m} × ${k} by ${k} × ${n}${transposed ? ', all transposed' : ''}`, async () => {
        const feeds = [{ a: someNumbers(batch * m * k), b: someNumbers(batch * k * n, 2).map((v) => v / Math.sqrt(k)), bias: someNumbers(n, 3) }];
        await compare(productPlan(batch, m, n, k, transposed, transposed, transposed), { feeds });
      });
    }

    test('each invocation alone, as on software', async () => {
      const on = await createWebGpuBackend(gpu as GPU, { workgroupMemory: false });
      const feeds = [{ a: someNumbers(3 * 17 * 19), b: someNumbers(3 * 19 * 18, 2), bias: someNumbers(18, 3) }];
      await compare(productPlan(3, 17, 18, 19, false, true), { feeds }, 1e-5, on);
      await on.dispose();
    });

    test('every tile, and k in three parts', async () => {
      const [batch, m, n, k] = [2, 67, 35, 101];
      const plan = new HandPlan();
      const a = plan.buffer('input', 'a', 'f32', batch * m * k);
      const b = plan.buffer('input', 'b', 'f32', batch * k * n);
      const tilings = new Map<string, Tiling>();
      TILES.forEach((tile, i) => {
        const parts = i % 4 === 1 ? 3 : 1;
        const chunk = Math.ceil(Math.ceil(k / parts) / tile.k) * tile.k;
        const name = `tile ${tileM(tile)} × ${tileN(tile)}, parts ${parts}`;
        tilings.set(name, { tile, splits: Math.ceil(k / chunk), chunk });
        const y = plan.buffer('output', name, 'f32', batch * m * n);
        // Every other one reads b transposed, so that both ways of loading a tile are used.
        const [bk, bn] = i % 2 === 0 ? [n, 1] : [1, k];
        plan.kernels.push({
          kind: 'contract', ...kernelBase(name), batchAxes: [batch], mAxes: [m], nAxes: [n], kAxes: [k],
          a: load(a, [m * k, k, 0, 1]), b: load(b, [k * n, 0, bn, bk]), stores: [store(y, [m * n, n, 1, 0], accumulator())],
        });
      });
      const on = await createWebGpuBackend(gpu as GPU, { workgroupMemory: true, tiling: (kernel) => tilings.get(kernel.name) });
      await compare(plan, { feeds: [{ a: someNumbers(batch * m * k), b: someNumbers(batch * k * n, 2) }] }, 1e-5, on);
      await on.dispose();
    }, 180_000);

    /** A convolution with padding, stride and dilation, groups as the batch; a and b as they stand in memory, NCHW and OIHW. */
    function convolutionPlan(): HandPlan {
      const plan = new HandPlan();
      const [images, groups, channels, height, width, filters] = [3, 2, 3, 9, 8, 4];
      const [kernel, stride, pad, dilation] = [3, 2, 2, 2];
      const [outHeight, outWidth] = [height, width].map((n) => Math.floor((n + 2 * pad - dilation * (kernel - 1) - 1) / stride) + 1) as [number, number];
      const x = plan.buffer('input', 'x', 'f32', images * groups * channels * height * width);
      const w = plan.buffer('input', 'w', 'f32', groups * filters * channels * kernel * kernel);
      const y = plan.buffer('output', 'y', 'f32', images * groups * filters * outHeight * outWidth);
      // group | image, oy, ox | filter | channel, ky, kx
      const plane = height * width;
      const image = groups * channels * plane;
      plan.kernels.push({
        kind: 'contract', ...kernelBase('conv'), batchAxes: [groups], mAxes: [images, outHeight, outWidth], nAxes: [filters], kAxes: [channels, kernel, kernel],
        a: load(x, [channels * plane, image, stride * width, stride, 0, plane, dilation * width, dilation], {
          offset: -pad * width - pad,
          guards: [within(height, [0, 0, stride, 0, 0, 0, dilation, 0], -pad), within(width, [0, 0, 0, stride, 0, 0, 0, dilation], -pad)],
        }),
        b: load(w, [filters * channels * 9, 0, 0, 0, channels * 9, 9, 3, 1]),
        stores: [store(y, [filters * outHeight * outWidth, groups * filters * outHeight * outWidth, outWidth, 1, outHeight * outWidth, 0, 0, 0], call('relu', [accumulator()]))],
      });
      return plan;
    }
    test('a padded, strided, dilated, grouped convolution', async () => {
      await compare(convolutionPlan(), { feeds: [{ x: someNumbers(3 * 6 * 72), w: someNumbers(8 * 27, 2) }] });
    });

    test('the same input gives the same bits', async () => {
      const feeds = [{ a: someNumbers(20 * 3000), b: someNumbers(24 * 3000, 2), bias: someNumbers(24, 3) }];
      const executable = await backend.compile(productPlan(1, 20, 24, 3000, false, false).finish(), new Map());
      const [first] = await executable.run(feeds);
      for (let i = 0; i < 3; i++) expect((await executable.run(feeds))[0]).toEqual(first);
      executable.dispose();
    });
  });

  describe('scatter', () => {
    for (const [indices, rest, rows] of [[7, 3, 5], [300, 1, 10], [150, 70, 4], [90, 300, 33]] as const) {
      test(`${indices} rows of ${rest} into ${rows}, with repeats and indices outside`, async () => {
        const plan = new HandPlan();
        const index = plan.buffer('input', 'index', 'i32', indices);
        const updates = plan.buffer('input', 'updates', 'f32', indices * rest);
        const out = plan.buffer('output', 'out', 'f32', rows * rest);
        plan.kernels.push({
          kind: 'scatter', ...kernelBase('scatter'), indexAxes: [indices], restAxes: [rest], row: load(index, [1, 0], {}, 'i32'), value: call('mul', [load(updates, [rest, 1]), constant(2)]),
          to: access(out, [0, 1]), rowStride: rest, rows,
        });
        await compare(plan, { feeds: [{ index: someIndices(indices, rows + 4).map((v) => v - 2), updates: someNumbers(indices * rest) }] });
      });
    }

    test('along several axes, of which one belongs to the output', async () => {
      const plan = new HandPlan();
      const index = plan.buffer('input', 'index', 'i32', 4 * 25 * 3);
      const out = plan.buffer('output', 'out', 'f32', 3 * 6 * 2);
      plan.kernels.push({
        kind: 'scatter', ...kernelBase('scatter'), indexAxes: [4, 25, 3], restAxes: [2], row: load(index, [75, 3, 1, 0], {}, 'i32'),
        value: call('toF32', [{ kind: 'index', at: at([1, 2, 0, 5]) }]), to: access(out, [0, 0, 12, 1]), rowStride: 2, rows: 6,
      });
      await compare(plan, { feeds: [{ index: someIndices(300, 6) }] });
    });
  });
});
