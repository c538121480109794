/** The measure `recognised`, on a generator that gives its noise as it is and a judge that says on which side of zero it lies. */
import { describe, expect, test } from 'vitest';
import { recognition } from '../../engine/cli/shelf/recognised.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import type { NamedTensors } from '../../engine/interop/named-tensors.ts';
import { makeDocument } from '../graph/documents.ts';
import { checked } from '../train/models.ts';

const backend = createReferenceBackend();
const dense = (node: string, weight: readonly number[], shape: readonly number[], bias: readonly number[]): NamedTensors => ({
  [`${node}.weight`]: { shape, data: Float32Array.from(weight) }, [`${node}.bias`]: { shape: [bias.length], data: Float32Array.from(bias) },
});

/** x = z + shift, z from the standard normal distribution. */
const generator = (shift: number, width = 1) => ({
  graph: checked(makeDocument(
    { z: ['Noise', { shape: [width] }], fc: ['Dense', { units: width }], x: ['Input', { shape: [width] }], loss: ['MSE'], sgd: ['SGD'], out: ['Output'] },
    ['z.y -> fc.x', 'fc.y -> loss.prediction', 'x.y -> loss.target', 'loss.loss -> sgd.loss', 'fc.y -> out.x'],
  )),
  weights: dense('fc', Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0)), [width, width], new Array<number>(width).fill(shift)),
  backend,
});

/** Logits (0, 2x): the second class has the probability σ(2x). */
const judge = {
  graph: checked(makeDocument(
    { x: ['Input', { shape: [1] }], y: ['Input', { shape: [], dtype: 'i32' }], fc: ['Dense', { units: 2 }], loss: ['CrossEntropy'], sgd: ['SGD'], out: ['Output'] },
    ['x.y -> fc.x', 'fc.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> sgd.loss', 'fc.y -> out.x'],
  )),
  weights: dense('fc', [0, 2], [2, 1], [0, 0]), backend,
  data: { y: { train: {}, classNames: ['cold', 'warm'] } },
};

/** E σ(2|z + shift|), by the midpoint rule. */
function expected(shift: number): number {
  const step = 1e-3;
  let sum = 0;
  for (let z = -8 + step / 2; z < 8; z += step) sum += Math.exp(-z * z / 2) / (1 + Math.exp(-2 * Math.abs(z + shift)));
  return sum * step / Math.sqrt(2 * Math.PI);
}

describe('recognition', () => {
  // Four standard errors of the mean of 1,000 samples, whose standard deviation is below 0.16.
  test.each([0, 1, -2])('is the mean of the highest probability: noise moved by %d', async (shift) => {
    expect(Math.abs(await recognition(generator(shift), judge) - expected(shift))).toBeLessThan(0.02);
  });
  test('is the same for the same weights', async () => {
    expect(await recognition(generator(0.5), judge)).toBe(await recognition(generator(0.5), judge));
  });
  test('is a miss where a class is hardly made, and says which', async () => {
    await expect(recognition(generator(3.5), judge)).rejects.toThrow(/^Of 1000 generated samples, fewer than 10 are taken for 'cold' \(\d\); the mean highest probability is 0\.9\d+\.$/);
    await expect(recognition(generator(-9), judge)).rejects.toThrow(/'warm' \(0\); .* 1\.0000\.$/);
  });
  test('says so where generator and judge do not fit', async () => {
    await expect(recognition(generator(0, 3), judge)).rejects.toThrow(/\[.*3\]/);
    await expect(recognition(generator(0), { ...generator(0), data: {} })).rejects.toThrow(/tells classes apart by one source; this one reads none/);
  });
});
