/**
 * Numbers of layers where the goldens say nothing: each against a formula that is written here
 * plainly, element by element, and shares no code with the lowering.
 */
import { describe, expect, test } from 'vitest';
import { type Leaf, expectClose, randomTensor } from '../support/oracle.ts';
import { applyNode } from './apply.ts';

const leaf = (shape: readonly number[], data: readonly number[]): Leaf => ({ shape, data });
const counted = (...shape: number[]): Leaf => leaf(shape, Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => i + 1));
/** The element of an NCHW tensor, or `outside` where an index leaves it. */
function at({ shape, data }: Leaf, n: number, c: number, i: number, j: number, outside = 0): number {
  const [, channels = 1, rows = 1, columns = 1] = shape;
  if (i < 0 || j < 0 || i >= rows || j >= columns) return outside;
  return data[((n * channels + c) * rows + i) * columns + j] ?? Number.NaN;
}
/** A tensor [N, C, H, W] from a formula for each element. */
function tabulate(shape: readonly [number, number, number, number], value: (n: number, c: number, i: number, j: number) => number): number[] {
  const [samples, channels, rows, columns] = shape;
  const out: number[] = [];
  for (let n = 0; n < samples; n++) for (let c = 0; c < channels; c++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out.push(value(n, c, i, j));
  return out;
}
const sum = (count: number, term: (i: number) => number): number => Array.from({ length: count }, (_, i) => term(i)).reduce((total, x) => total + x, 0);

describe('convolution', () => {
  const x = randomTensor(1, [2, 4, 7, 6]);

  test('with four paddings, stride, dilation and groups', () => {
    const weights = { weight: randomTensor(2, [6, 2, 3, 2]), bias: randomTensor(3, [6]) };
    const y = applyNode('Conv2D', { filters: 6, kernel: [3, 2], stride: [2, 3], dilation: [2, 1], groups: 2, padding: 'explicit', pads: [1, 2, 0, 3] }, [x], { weights });
    // (7 + 1 + 2 − 5)/2 + 1 = 3 and (6 + 0 + 3 − 2)/3 + 1 = 3
    expect(y.shape).toEqual([2, 6, 3, 3]);
    const wanted = tabulate([2, 6, 3, 3], (n, o, i, j) => (weights.bias.data[o] ?? 0) + sum(2, (c) => sum(3, (u) => sum(2, (v) =>
      at(weights.weight, o, c, u, v) * at(x, n, Math.floor(o / 3) * 2 + c, 2 * i + 2 * u - 1, 3 * j + v)))));
    expectClose(y.data, wanted, 1e-6);
  });

  test('same padding with a stride keeps ⌈size/stride⌉ places and pads behind first', () => {
    const weights = { weight: randomTensor(4, [1, 4, 4, 3]) };
    const y = applyNode('Conv2D', { filters: 1, kernel: [4, 3], stride: [2], padding: 'same', bias: false }, [x], { weights });
    expect(y.shape).toEqual([2, 1, 4, 3]);
    // Rows: (4 − 1)·2 + 4 − 7 = 3 cells, one in front. Columns: (3 − 1)·2 + 3 − 6 = 1 cell, behind.
    const wanted = tabulate([2, 1, 4, 3], (n, _o, i, j) => sum(4, (c) => sum(4, (u) => sum(3, (v) => at(weights.weight, 0, c, u, v) * at(x, n, c, 2 * i + u - 1, 2 * j + v)))));
    expectClose(y.data, wanted, 1e-6);
  });

  test('transposed, stamps the filter at every cell', () => {
    const small = randomTensor(5, [1, 2, 2, 3]);
    const weights = { weight: randomTensor(6, [2, 3, 3, 2]), bias: randomTensor(7, [3]) };
    const y = applyNode('ConvTranspose2D', { filters: 3, kernel: [3, 2], stride: [2, 3], padding: [1, 0], outputPadding: [1, 2] }, [small], { weights });
    // (2 − 1)·2 − 2 + 2 + 1 + 1 = 4 and (3 − 1)·3 − 0 + 1 + 2 + 1 = 10
    expect(y.shape).toEqual([1, 3, 4, 10]);
    const wanted = tabulate([1, 3, 4, 10], (n, o, i, j) => (weights.bias.data[o] ?? 0) + sum(2, (c) => sum(2, (a) => sum(3, (e) => at(small, n, c, a, e) * at(weights.weight, c, o, i + 1 - 2 * a, j - 3 * e)))));
    expectClose(y.data, wanted, 1e-6);
  });
});

describe('pooling', () => {
  const x = randomTensor(8, [2, 3, 5, 7]);

  test('the mean of real cells only, with same padding', () => {
    const y = applyNode('AvgPool2D', { size: [3, 2], stride: [2], padding: 'same', countIncludePad: false }, [x]);
    expect(y.shape).toEqual([2, 3, 3, 4]);
    const wanted = tabulate([2, 3, 3, 4], (n, c, i, j) => {
      const cells = [-1, 0, 1].flatMap((u) => [0, 1].map((v) => at(x, n, c, 2 * i + u, 2 * j + v, Number.NaN))).filter((value) => !Number.isNaN(value));
      return cells.reduce((total, value) => total + value, 0) / cells.length;
    });
    expectClose(y.data, wanted, 1e-6);
  });

  test('the maximum never comes from the padding', () => {
    const negative = randomTensor(9, [2, 3, 5, 7], -2, -1);
    const y = applyNode('MaxPool2D', { size: [2], stride: [1], padding: 'explicit', pads: [1, 0, 0, 1] }, [negative]);
    expect(y.shape).toEqual([2, 3, 5, 7]);
    const wanted = tabulate([2, 3, 5, 7], (n, c, i, j) => Math.max(...[-1, 0].flatMap((u) => [0, 1].map((v) => at(negative, n, c, i + u, j + v, -Infinity)))));
    expectClose(y.data, wanted, 1e-6);
  });

  test('an empty stride is the window', () => {
    expect(applyNode('MaxPool2D', { size: [2, 3] }, [x]).shape).toEqual([2, 3, 2, 2]);
  });

  test('over everything, to vectors', () => {
    const y = applyNode('GlobalAvgPool', {}, [x]);
    expect(y.shape).toEqual([2, 3]);
    expectClose(y.data, tabulate([2, 3, 1, 1], (n, c) => sum(5, (i) => sum(7, (j) => at(x, n, c, i, j))) / 35), 1e-6);
  });
});

describe('upsampling', () => {
  test('bilinear blends the four nearest cell centres, and holds the border', () => {
    const x = randomTensor(10, [2, 2, 3, 4]);
    const y = applyNode('Upsample', { scale: [3, 2], mode: 'bilinear' }, [x]);
    expect(y.shape).toEqual([2, 2, 9, 8]);
    const blend = (position: number, size: number): { low: number; high: number; share: number } => {
      const inside = Math.min(Math.max(position, 0), size - 1);
      const low = Math.floor(inside);
      return { low, high: Math.min(low + 1, size - 1), share: inside - low };
    };
    const wanted = tabulate([2, 2, 9, 8], (n, c, i, j) => {
      const r = blend((i + 0.5) / 3 - 0.5, 3);
      const s = blend((j + 0.5) / 2 - 0.5, 4);
      const row = (a: number): number => at(x, n, c, a, s.low) * (1 - s.share) + at(x, n, c, a, s.high) * s.share;
      return row(r.low) * (1 - r.share) + row(r.high) * r.share;
    });
    expectClose(y.data, wanted, 1e-6);
  });

  test('nearest repeats', () => {
    expect([...applyNode('Upsample', { scale: [2, 3] }, [counted(1, 1, 1, 2)]).data]).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
  });
});

describe('shapes', () => {
  test('permute', () => {
    const y = applyNode('Permute', { order: [3, 1, 2] }, [counted(1, 2, 1, 3)]);
    expect(y.shape).toEqual([1, 3, 2, 1]);
    expect([...y.data]).toEqual([1, 4, 2, 5, 3, 6]);
  });
  test('pad, the last axes first named in order', () => {
    const y = applyNode('Pad', { before: [1, 0], after: [0, 2], value: 9 }, [counted(1, 2, 2)]);
    expect(y.shape).toEqual([1, 3, 4]);
    expect([...y.data]).toEqual([9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9]);
  });
  test('reshape and flatten keep the order', () => {
    const x = counted(2, 2, 3);
    const reshaped = applyNode('Reshape', { shape: [3, -1] }, [x]);
    expect(reshaped.shape).toEqual([2, 3, 2]);
    expect([...reshaped.data]).toEqual([...x.data as number[]]);
    expect(applyNode('Flatten', {}, [x]).shape).toEqual([2, 6]);
    expect(applyNode('Flatten', { startAxis: 2 }, [counted(2, 2, 3, 4)]).shape).toEqual([2, 2, 12]);
    expect(applyNode('Flatten', {}, [counted(4)]).shape).toEqual([4, 1]);
  });
});

describe('merging', () => {
  const a = counted(2, 1, 2);
  const b = leaf([2, 2, 1], [10, 20, 30, 40]);

  test('sizes of 1 repeat', () => {
    expect([...applyNode('Add', {}, [a, b]).data]).toEqual([11, 12, 21, 22, 33, 34, 43, 44]);
    expect([...applyNode('Subtract', {}, [b, a]).data]).toEqual([9, 8, 19, 18, 27, 26, 37, 36]);
    expect([...applyNode('Multiply', {}, [a, b, leaf([2, 1, 1], [1, -1])]).data]).toEqual([10, 20, 20, 40, -90, -120, -120, -160]);
  });
  test('concatenation keeps the order of the wires', () => {
    expect([...applyNode('Concat', { axis: -1 }, [counted(2, 1, 2), leaf([2, 1, 1], [7, 8])]).data]).toEqual([1, 2, 7, 3, 4, 8]);
    expect(applyNode('Concat', {}, [counted(1, 2, 3), counted(1, 1, 3)]).shape).toEqual([1, 3, 3]);
  });
});

describe('dropout', () => {
  const x = randomTensor(11, [50, 40], 1, 2);
  const run = (options: object): Float64Array => applyNode('Dropout', { rate: 0.3 }, [x], { training: true, seed: 5, step: 1, ...options }).data;

  test('drops its share, scales up the rest, and keeps the mean', () => {
    const y = run({});
    const dropped = y.filter((value) => value === 0).length / y.length;
    expect(dropped).toBeGreaterThan(0.27);
    expect(dropped).toBeLessThan(0.33);
    y.forEach((value, i) => { if (value !== 0) expect(value).toBeCloseTo(Number(Math.fround(x.data[i] ?? 0)) / 0.7, 6); });
  });
  test('draws anew at each step and for each seed, and the same again for the same', () => {
    expect(run({ step: 2 })).not.toEqual(run({}));
    expect(run({ seed: 6 })).not.toEqual(run({}));
    expect(run({})).toEqual(run({}));
  });
  test('does nothing in evaluation', () => {
    expectClose(run({ training: false }), x.data, 1e-7);
  });
});

describe('normalization', () => {
  const statistics = (values: readonly number[]): { mean: number; variance: number } => {
    const mean = sum(values.length, (i) => values[i] ?? 0) / values.length;
    return { mean, variance: sum(values.length, (i) => ((values[i] ?? 0) - mean) ** 2) / values.length };
  };

  test('batch norm blends the batch into the running averages by its momentum', () => {
    const x = randomTensor(12, [3, 2, 4], 0, 5);
    const weights = { weight: leaf([2], [1, 1]), bias: leaf([2], [0, 0]), running_mean: leaf([2], [1, 2]), running_var: leaf([2], [3, 4]) };
    const { buffers } = applyNode('BatchNorm', { momentum: 0.25 }, [x], { weights, training: true });
    for (const c of [0, 1]) {
      const seen = statistics([0, 1, 2].flatMap((n) => [0, 1, 2, 3].map((i) => Math.fround(x.data[(n * 2 + c) * 4 + i] ?? 0))));
      expect(buffers['running_mean']?.[c]).toBeCloseTo(0.75 * (c + 1) + 0.25 * seen.mean, 5);
      expect(buffers['running_var']?.[c]).toBeCloseTo(0.75 * (c + 3) + 0.25 * seen.variance * (12 / 11), 5);
    }
    const evaluated = applyNode('BatchNorm', { momentum: 0.25 }, [x], { weights, training: false });
    expect(evaluated.buffers['running_mean']).toEqual(Float32Array.from([1, 2]));
    expect(evaluated.data[0]).toBeCloseTo((Math.fround(x.data[0] ?? 0) - 1) / Math.sqrt(3 + 1e-5), 5);
  });

  test('batch norm over a single number per channel learns nothing from it, and gives its bias', () => {
    const weights = { weight: leaf([2], [3, 3]), bias: leaf([2], [5, 6]), running_mean: leaf([2], [1, 2]), running_var: leaf([2], [3, 4]) };
    const { data, buffers } = applyNode('BatchNorm', {}, [leaf([1, 2], [7, 8])], { weights, training: true });
    expect([...data]).toEqual([5, 6]);
    expect(buffers).toEqual({ running_mean: Float32Array.from([1, 2]), running_var: Float32Array.from([3, 4]) });
  });

  test('layer norm over three axes', () => {
    const x = randomTensor(13, [2, 2, 3, 2]);
    const weights = { weight: randomTensor(14, [2, 3, 2]), bias: randomTensor(15, [2, 3, 2]) };
    const { data } = applyNode('LayerNorm', { axes: 3, eps: 0.01 }, [x], { weights });
    const wanted = [0, 1].flatMap((n) => {
      const values = Array.from({ length: 12 }, (_, i) => x.data[n * 12 + i] ?? 0);
      const { mean, variance } = statistics(values);
      return values.map((value, i) => ((value - mean) / Math.sqrt(variance + 0.01)) * (weights.weight.data[i] ?? 0) + (weights.bias.data[i] ?? 0));
    });
    expectClose(data, wanted, 1e-6);
  });

  test('instance norm with scale and shift', () => {
    const x = randomTensor(16, [2, 2, 5]);
    const { data } = applyNode('InstanceNorm', { affine: true }, [x], { weights: { weight: leaf([2], [2, 3]), bias: leaf([2], [-1, 1]) } });
    const wanted = [0, 1, 2, 3].flatMap((row) => {
      const values = Array.from({ length: 5 }, (_, i) => x.data[row * 5 + i] ?? 0);
      const { mean, variance } = statistics(values);
      return values.map((value) => ((value - mean) / Math.sqrt(variance + 1e-5)) * (row % 2 === 0 ? 2 : 3) + (row % 2 === 0 ? -1 : 1));
    });
    expectClose(data, wanted, 1e-6);
  });
});

describe('activations far out', () => {
  test.each(['ReLU', 'LeakyReLU', 'ELU', 'SELU', 'GELU', 'SiLU', 'Sigmoid', 'Tanh', 'Softplus', 'HardSwish', 'Mish', 'Softmax'])('%s stays finite', (name) => {
    const { data } = applyNode(name, {}, [leaf([1, 6], [-1e4, -100, -20, 20, 100, 1e4])]);
    for (const value of data) expect(Number.isFinite(value)).toBe(true);
  });
  test('softmax over the channels of an image adds up to one', () => {
    const { data } = applyNode('Softmax', { axis: 1 }, [randomTensor(17, [1, 3, 1, 2], -5, 5)]);
    expect((data[0] ?? 0) + (data[2] ?? 0) + (data[4] ?? 0)).toBeCloseTo(1, 12);
  });
  test('softplus bends the sharper the larger its beta', () => {
    expect(applyNode('Softplus', { beta: 4 }, [leaf([1, 1], [0.5])]).data[0]).toBeCloseTo(Math.log(1 + Math.exp(2)) / 4, 6);
  });
});
