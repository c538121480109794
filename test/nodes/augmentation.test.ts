/**
 * Augmentation nodes against plain loops that are given the same draws, against what can be said exactly
 * (quarter turns, whole pixels, never and always) and against the statistics of what they draw.
 */
import { describe, expect, test } from 'vitest';
import { affineMapped, resampled, shifted } from '../../engine/nodes/augmentation/augmentation.ts';
import { betaQuantiles } from '../../engine/nodes/augmentation/beta.ts';
import { nodeTypesOf } from '../../engine/nodes/registry.ts';
import { defaultParams } from '../../engine/nodes/params.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Value, makeProgram } from '../../engine/tensor/ir.ts';
import { drawRandom } from '../../engine/tensor/random.ts';
import { exampleCase } from '../support/node-examples.ts';
import { type Leaf, expectClose, randomTensor } from '../support/oracle.ts';
import { buildNode } from '../support/run-node.ts';
import { applyNode, image, shapeErrorOf } from './apply.ts';

const SEED = 5;
const STEP = 9;
/** The uniform numbers of a node's n-th draw. */
const draws = (call: number, count: number): Float64Array => drawRandom('uniform', count, SEED, STEP, 100 + call);
const between = (u: number, low: number, high: number): number => low + (high - low) * u;
const training = { training: true, seed: SEED, step: STEP } as const;

type Shape4 = readonly [number, number, number, number];
const [N, C, H, W] = [5, 2, 6, 9];
const shape: Shape4 = [N, C, H, W];
const x = randomTensor(1, shape);
function pixel({ data }: Leaf, n: number, c: number, h: number, w: number, outside: number): number {
  return h < 0 || w < 0 || h >= H || w >= W ? outside : data[((n * C + c) * H + h) * W + w]!;
}
function bilinear(leaf: Leaf, n: number, c: number, row: number, column: number, outside: number): number {
  const [r, k] = [Math.floor(row), Math.floor(column)];
  const [a, b] = [row - r, column - k];
  return (1 - a) * ((1 - b) * pixel(leaf, n, c, r, k, outside) + b * pixel(leaf, n, c, r, k + 1, outside)) + a * ((1 - b) * pixel(leaf, n, c, r + 1, k, outside) + b * pixel(leaf, n, c, r + 1, k + 1, outside));
}
function tabulate(value: (n: number, c: number, h: number, w: number) => number): number[] {
  const out: number[] = [];
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) for (let h = 0; h < H; h++) for (let w = 0; w < W; w++) out.push(value(n, c, h, w));
  return out;
}

describe('a plain loop with the same draws gives the same picture', () => {
  test('flip', () => {
    const [sideways, upwards] = [draws(0, N), draws(1, N)];
    const wanted = tabulate((n, c, h, w) => pixel(x, n, c, upwards[n]! < 0.4 ? H - 1 - h : h, sideways[n]! < 0.4 ? W - 1 - w : w, 0));
    expectClose(applyNode('RandomFlip', { direction: 'both', probability: 0.4 }, [x], training).data, wanted, 0);
    // Both happen to some and not to others, or the test would say nothing.
    for (const draw of [sideways, upwards]) expect(new Set(Array.from(draw, (u) => u < 0.4)).size).toBe(2);
  });

  test('crop', () => {
    const shift = (call: number, n: number): number => Math.floor(between(draws(call, N)[n]!, -2, 3));
    expectClose(applyNode('RandomCrop', { padding: 2, fill: 7 }, [x], training).data, tabulate((n, c, h, w) => pixel(x, n, c, h + shift(0, n), w + shift(1, n), 7)), 0);
  });

  test('rotation', () => {
    const angles = Array.from(draws(0, N), (u) => (between(u, -70, 70) * Math.PI) / 180);
    const wanted = tabulate((n, c, h, w) => {
      const [v, k] = [h - (H - 1) / 2, w - (W - 1) / 2];
      const [sin, cos] = [Math.sin(angles[n]!), Math.cos(angles[n]!)];
      return bilinear(x, n, c, cos * v - sin * k + (H - 1) / 2, sin * v + cos * k + (W - 1) / 2, -1);
    });
    expectClose(applyNode('RandomRotation', { degrees: 70, fill: -1 }, [x], training).data, wanted, 1e-9);
  });

  test('affine: the matrix of its formula, inverted', () => {
    const radians = Math.PI / 180;
    const [lean, turn, size, down, right] = [0, 1, 2, 3, 4].map((call) => draws(call, N));
    const wanted = tabulate((n, c, h, w) => {
      const [a, s] = [between(turn![n]!, -30, 30) * radians, between(size![n]!, 0.6, 1.4)];
      const t = Math.tan(between(lean![n]!, -25, 25) * radians);
      // A = s · R · [[1, 0], [t, 1]] over (row, column).
      const [a00, a01, a10, a11] = [s * (Math.cos(a) + Math.sin(a) * t), s * Math.sin(a), s * (-Math.sin(a) + Math.cos(a) * t), s * Math.cos(a)];
      const det = a00 * a11 - a01 * a10;
      const [v, k] = [h - (H - 1) / 2 - between(down![n]!, -0.3 * H, 0.3 * H), w - (W - 1) / 2 - between(right![n]!, -0.3 * W, 0.3 * W)];
      return bilinear(x, n, c, (a11 * v - a01 * k) / det + (H - 1) / 2, (-a10 * v + a00 * k) / det + (W - 1) / 2, 0.5);
    });
    expectClose(applyNode('RandomAffine', { degrees: 30, translate: 0.3, scale: 0.4, shear: 25, fill: 0.5 }, [x], training).data, wanted, 1e-9);
  });

  test('elastic: uniform fields, smoothed by a Gaussian', () => {
    const [alpha, sigma] = [12, 1.5];
    const raw = draws(0, H * 2 * N * W);
    const weight = (d: number): number => Math.exp(-(d * d) / (2 * sigma * sigma));
    const total = [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].reduce((sum, d) => sum + weight(d), 0);
    const displacement = (direction: number, n: number, h: number, w: number): number => {
      let sum = 0;
      for (let i = 0; i < H; i++) for (let j = 0; j < W; j++) sum += weight(h - i) * weight(w - j) * (2 * raw[i * 2 * N * W + (direction * N + n) * W + j]! - 1);
      return (alpha * sum) / (total * total);
    };
    const wanted = tabulate((n, c, h, w) => bilinear(x, n, c, h + displacement(0, n, h, w), w + displacement(1, n, h, w), 0));
    expectClose(applyNode('ElasticDistortion', { alpha, sigma }, [x], training).data, wanted, 1e-6);
  });

  test('cutout', () => {
    const [rows, columns, happens] = [draws(0, N), draws(1, N), draws(2, N)];
    const wanted = tabulate((n, c, h, w) => {
      const [top, left] = [Math.floor(rows[n]! * H) - 1, Math.floor(columns[n]! * W) - 1];
      return happens[n]! < 0.7 && h >= top && h < top + 3 && w >= left && w < left + 3 ? 9 : pixel(x, n, c, h, w, 0);
    });
    expectClose(applyNode('Cutout', { size: 3, probability: 0.7, fill: 9 }, [x], training).data, wanted, 0);
  });

  test('erasing: a rectangle of the drawn area inside the picture', () => {
    const big: Leaf = { shape: [400, 1, 20, 30], data: new Float64Array(400 * 600) };
    const { data } = applyNode('RandomErasing', { probability: 0.75, smallest: 0.1, largest: 0.3, aspect: 2, fill: 1 }, [big], training);
    let erasedPictures = 0;
    for (let n = 0; n < 400; n++) {
      const picture = data.subarray(n * 600, (n + 1) * 600);
      const holes = [...picture.keys()].filter((i) => picture[i] === 1);
      if (holes.length === 0) continue;
      erasedPictures += 1;
      const [rows, columns] = [new Set(holes.map((i) => Math.floor(i / 30))).size, new Set(holes.map((i) => i % 30)).size];
      expect(holes.length).toBe(rows * columns);
      expect(holes.length / 600).toBeGreaterThan(0.08);
      expect(holes.length / 600).toBeLessThan(0.34);
      expect(Math.max(rows / columns, columns / rows)).toBeLessThan(2.3);
    }
    // 300 of 400 are expected, with a deviation of 9.
    expect(Math.abs(erasedPictures - 300)).toBeLessThan(40);
  });

  test('noise', () => {
    const e = drawRandom('normal', x.data.length, SEED, STEP, 100);
    expectClose(applyNode('GaussianNoise', { std: 0.3 }, [x], training).data, Array.from(x.data, (value, i) => value + 0.3 * e[i]!), 1e-12);
    expectClose(applyNode('GaussianNoise', { std: 0.3, clip: true }, [x], training).data, Array.from(x.data, (value, i) => Math.min(1, Math.max(0, value + 0.3 * e[i]!))), 1e-12);
  });

  test('mixup, and its targets', () => {
    const uniform = draws(0, N);
    // Beta(1, 1) is the uniform distribution, so that the share is the draw itself.
    const wanted = tabulate((n, c, h, w) => uniform[n]! * pixel(x, n, c, h, w, 0) + (1 - uniform[n]!) * pixel(x, N - 1 - n, c, h, w, 0));
    expectClose(applyNode('Mixup', { alpha: 1 }, [x], training).data, wanted, 1e-6);
    const labels: Leaf = { shape: [N], data: [2, 0, 1, 1, 2], dtype: 'i32' };
    const targets = applyNode('MixTargets', { classes: 3 }, [labels, { shape: [N], data: [0.9, 0.5, 1, 0.2, 0] }], training).data;
    expectClose(targets, [0, 0, 1, 0.5, 0.5, 0, 0, 1, 0, 0.8, 0.2, 0, 0, 0, 1], 1e-7);
  });
});

/** x through IR of the test's own making. */
function through(build: (b: Builder, x: Value) => Value, leaf: Leaf): number[] {
  const b = new Builder();
  const program = makeProgram(new Map([['y', build(b, b.input('x', leaf.shape))]]));
  return Array.from(evaluateProgram(program, { x: Float64Array.from(leaf.data) }, new Map()).outputs.get('y')?.data ?? []);
}
const square = randomTensor(2, [1, 1, 5, 5]);
const still = (b: Builder) => ({ angle: b.constant(0, [1, 1, 1, 1]), scale: b.constant(1, [1, 1, 1, 1]), shear: b.constant(0, [1, 1, 1, 1]), down: b.constant(0, [1, 1, 1, 1]), right: b.constant(0, [1, 1, 1, 1]) });

describe('exactly', () => {
  test.each([[90, (i: number, j: number) => square.data[5 * (4 - j) + i]!], [180, (i: number, j: number) => square.data[5 * (4 - i) + 4 - j]!], [270, (i: number, j: number) => square.data[5 * j + 4 - i]!]])('a turn by %d°', (degrees, wanted) => {
    const y = through((b, v) => affineMapped(b, v, { ...still(b), angle: b.constant((degrees * Math.PI) / 180, [1, 1, 1, 1]) }, 0), square);
    expectClose(y, Array.from({ length: 25 }, (_, i) => wanted(Math.floor(i / 5), i % 5)), 1e-12);
  });
  test('a move by whole pixels, in both ways of doing it', () => {
    const wanted = Array.from({ length: 25 }, (_, i) => {
      const [row, column] = [Math.floor(i / 5) - 2, (i % 5) + 1];
      return row < 0 || column > 4 ? 8 : square.data[5 * row + column]!;
    });
    const number = (b: Builder, value: number) => b.constant(value, [1, 1, 1, 1]);
    expect(through((b, v) => affineMapped(b, v, { ...still(b), down: number(b, 2), right: number(b, -1) }, 8), square)).toEqual(wanted);
    expect(through((b, v) => shifted(b, v, number(b, -2), number(b, 1), 2, 8), square)).toEqual(wanted);
  });
  test('nothing, however far away', () => {
    const far = (value: number) => through((b, v) => resampled(b, v, b.constant(value, [1, 1, 5, 5]), b.constant(2, [1, 1, 5, 5]), 3), square);
    for (const value of [-1, -2, -1e9, 5, 6, 1e9]) expect(new Set(far(value)), String(value)).toEqual(new Set([3]));
  });
  test('never and always', () => {
    const flipped = (probability: number) => applyNode('RandomFlip', { probability }, [x], training).data;
    expectClose(flipped(0), x.data, 0);
    expectClose(flipped(1), tabulate((n, c, h, w) => pixel(x, n, c, h, W - 1 - w, 0)), 0);
    expectClose(applyNode('Cutout', { size: 64, probability: 1, fill: 4 }, [x], training).data, new Float64Array(x.data.length).fill(4), 0);
    expectClose(applyNode('Cutout', { size: 64, probability: 0 }, [x], training).data, x.data, 0);
  });
});

describe.each(nodeTypesOf('augmentation').filter(({ type }) => type !== 'MixTargets'))('$type', (type) => {
  const inputs = [type.type === 'GaussianNoise' || type.type === 'Mixup' ? x : randomTensor(3, [5, 1, 12, 12])];
  const params = { ...defaultParams(type), ...(type.type === 'RandomErasing' ? { probability: 1 } : {}) };
  test('passes on what it gets when nothing is trained', () => {
    const { outputs } = buildNode({ ...exampleCase(type, 0, false) });
    expect(outputs[0]?.op).toBe('input');
  });
  test('disturbs every sample otherwise when seed or step are others, and the same when they are not', () => {
    const run = (seed: number, step: number) => Array.from(applyNode(type.type, params, inputs, { training: true, seed, step }).data);
    expect(run(1, 2)).toEqual(run(1, 2));
    expect(run(1, 2)).not.toEqual(run(1, 3));
    expect(run(1, 2)).not.toEqual(run(2, 2));
    if (type.type === 'RandomFlip') return;
    // Equal samples become different ones.
    const twins: Leaf = { shape: [2, 1, 12, 12], data: [0, 1].flatMap(() => Array.from(randomTensor(4, [1, 1, 12, 12]).data)) };
    if (type.type !== 'Mixup') expect(new Set([0, 1].map((n) => applyNode(type.type, params, [twins], training).data.subarray(144 * n, 144 * n + 144).join())).size).toBe(2);
  });
});

test('noise in evaluation is asked for, and never there in predictions', () => {
  const quiet = applyNode('GaussianNoise', { std: 1 }, [x]).data;
  const noisy = applyNode('GaussianNoise', { std: 1, evaluation: true }, [x]).data;
  expectClose(quiet, x.data, 0);
  expect(Array.from(noisy)).not.toEqual(Array.from(x.data));
});

describe('the beta distribution', () => {
  // Where they have a closed form: the uniform distribution, the arcsine law, and the middle.
  test.each([[1, 256, 0.25], [0.5, 256, Math.sin(Math.PI / 8) ** 2], [0.5, 64, Math.sin(Math.PI / 32) ** 2], [2, 512, 0.5]])('α = %d: quantile %d of 1024', (alpha, i, wanted) => {
    expect(betaQuantiles(alpha, 1024)[i]).toBeCloseTo(wanted, 6);
  });
  test('has the variance 1 / (4 (2α + 1))', () => {
    for (const alpha of [0.1, 0.2, 0.4, 1, 3, 20]) {
      const table = betaQuantiles(alpha, 1024);
      const variance = table.reduce((sum, value, i) => sum + (value - 0.5) ** 2 * (i === 0 || i === 1024 ? 0.5 : 1), 0) / 1024;
      expect(variance, String(alpha)).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 3);
      expect([...table.keys()].every((i) => i === 0 || table[i]! >= table[i - 1]!), String(alpha)).toBe(true);
    }
  });
});

test.each([
  ['RandomAffine', {}, [image(784)], /\[N, C, H, W\].*\[N, 784\].*Reshape/],
  ['MixTargets', {}, [{ shape: ['N'], dtype: 'i32' }, { shape: ['N'], dtype: 'f32' }], /set 'classes'/],
  ['MixTargets', { classes: 4 }, [{ shape: ['N'], dtype: 'i32', classes: 10 }, { shape: ['N'], dtype: 'f32' }], /'classes' is 4, but the labels have 10/],
  ['MixTargets', {}, [{ shape: ['N', 28, 28], dtype: 'i32', classes: 10 }, { shape: ['N'], dtype: 'f32' }], /\[N, 28, 28\]/],
  ['MixTargets', {}, [{ shape: ['N'], dtype: 'i32', classes: 10 }, image(3)], /\[N, 3\].*'share' of a Mixup/],
] as const)('%s %j says what is wrong', (name, params, inputs, message) => {
  expect(shapeErrorOf(name, params, inputs).message).toMatch(message);
});
