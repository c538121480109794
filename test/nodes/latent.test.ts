/** The parts of a variational autoencoder against what they stand for: an integral, and a draw. */
import { expect, test } from 'vitest';
import { drawRandom } from '../../engine/tensor/random.ts';
import { type Leaf, expectClose, randomTensor } from '../support/oracle.ts';
import { applyNode, image, inferNode, shapeErrorOf } from './apply.ts';

const leaf = (shape: readonly number[], data: readonly number[]): Leaf => ({ shape, data });
const density = (x: number, mean: number, variance: number): number => Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

/** ∫ q log(q/p) over a grid fine enough for eight digits. */
function divergence(mean: number, variance: number): number {
  const [std, step] = [Math.sqrt(variance), 1e-3 * Math.sqrt(variance)];
  let sum = 0;
  for (let x = mean - 9 * std; x < mean + 9 * std; x += step) {
    const q = density(x, mean, variance);
    sum += q * (Math.log(q) - Math.log(density(x, 0, 1))) * step;
  }
  return sum;
}

test('the KL loss is the integral that it is named after: summed over latents, mean over the batch', () => {
  const mean = leaf([2, 3], [0, 1, -2, 0.5, 0, 0.1]);
  const logVariance = leaf([2, 3], [0, 0, -1, 1.5, -3, 0.2]);
  const wanted = [0, 1, 2, 3, 4, 5].reduce((sum, i) => sum + divergence(mean.data[i]!, Math.exp(logVariance.data[i]!)), 0) / 2;
  expect(applyNode('StandardNormalKL', {}, [mean, logVariance]).data[0]).toBeCloseTo(wanted, 6);
});

test('a sample is the mean plus the deviation times a draw; in evaluation it is the mean', () => {
  const [mean, logVariance] = [randomTensor(1, [4, 3]), randomTensor(2, [4, 3])];
  const draw = drawRandom('normal', 12, 9, 4, 100);
  const wanted = Array.from(draw, (e, i) => mean.data[i]! + Math.sqrt(Math.exp(logVariance.data[i]!)) * e);
  expectClose(applyNode('Reparameterise', {}, [mean, logVariance], { training: true, seed: 9, step: 4 }).data, wanted, 1e-9);
  expectClose(applyNode('Reparameterise', {}, [mean, logVariance]).data, mean.data, 0);
});

test.each(['Reparameterise', 'StandardNormalKL'])('%s names both shapes when they differ', (type) => {
  expect(shapeErrorOf(type, {}, [image(3), image(4)])).toMatchObject({ message: expect.stringMatching(/mean is \[N, 3\].*log-variance \[N, 4\]/) as string, port: 'logVariance' });
});

test('a vector becomes a picture, and the sizes that are not given follow', () => {
  expect(inferNode('ReshapeToImage', {}, [image(784)])[0]?.shape).toEqual(['N', 1, 28, 28]);
  expect(inferNode('ReshapeToImage', { channels: 128 }, [image(6272)])[0]?.shape).toEqual(['N', 128, 7, 7]);
  expect(inferNode('ReshapeToImage', { channels: 3, width: 5 }, [image(105)])[0]?.shape).toEqual(['N', 3, 7, 5]);
  expect(applyNode('ReshapeToImage', { channels: 2 }, [leaf([1, 8], [1, 2, 3, 4, 5, 6, 7, 8])])).toMatchObject({ shape: [1, 2, 2, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
});

test.each([
  [{}, 100 + 1, ['101 numbers per sample', '101 / 1 = 101 is no square', '100 outputs for 1 × 10 × 10']],
  [{ channels: 3 }, 784, ['3 × ? × ?', '784 / 3 = 261.33 is no square', '768 outputs for 3 × 16 × 16']],
  [{ channels: 2, height: 5 }, 784, ['784 is not a multiple of 2 · 5 = 10']],
  [{ channels: 1, height: 28, width: 27 }, 784, ['1 · 28 · 27 = 756, not 784']],
])('%j of %d numbers says why it is no picture', (params, features, parts) => {
  const { text } = shapeErrorOf('ReshapeToImage', params, [image(features)]);
  for (const part of parts) expect(text.en).toContain(part);
  const numbers = (words: string): string[] => [...new Set(words.match(/\d+(?:\.\d+)?/g))].sort();
  expect(numbers(text.zh)).toEqual(numbers(text.en));
});
