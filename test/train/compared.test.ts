/** Losses that weigh the samples of a batch against each other are evaluated in batches of the training's size: others would not compare. */
import { expect, test } from 'vitest';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { makeDocument } from '../graph/documents.ts';
import { randomTensor } from '../support/oracle.ts';
import { checked, inputData, startRun } from './models.ts';

const pairs = makeDocument(
  { x: ['Input', { shape: [3] }], y: ['Input', { name: 'y', shape: [3] }], left: ['Dense', { units: 4 }], right: ['Dense', { units: 4 }], loss: ['ContrastiveLoss'], match: ['MatchAccuracy'], adam: ['Adam'] },
  ['x.y -> left.x', 'y.y -> right.x', 'left.y -> loss.a', 'right.y -> loss.b', 'loss.loss -> adam.loss', 'left.y -> match.a', 'right.y -> match.b'],
);

test('the loss of the whole set is the mean over batches of the training', async () => {
  const [samples, batchSize] = [12, 4];
  const x = { shape: [samples, 3], data: Float32Array.from(randomTensor(1, [samples, 3]).data) };
  const y = { shape: [samples, 3], data: Float32Array.from(randomTensor(2, [samples, 3]).data) };
  const { run, events } = await startRun({ graph: checked(pairs), backend: createReferenceBackend(), data: inputData({ x, y }, { x, y }), settings: { epochs: 1, batchSize, shuffle: false } });
  await run.run();
  const weights = await run.weights();
  const epoch = events.find((event) => event.kind === 'epoch');
  await run.dispose();
  const dense = (rows: { data: ArrayLike<number> }, name: string, n: number): number[] => Array.from({ length: 4 }, (_, o) => Array.from({ length: 3 }, (_unused, i) => (rows.data[n * 3 + i] ?? 0) * (weights[`${name}.weight`]?.data[o * 3 + i] ?? 0)).reduce((a, b) => a + b, weights[`${name}.bias`]?.data[o] ?? 0));
  const unit = (v: readonly number[]): number[] => v.map((value) => value / Math.hypot(...v));
  let total = 0;
  for (let first = 0; first < samples; first += batchSize) {
    const rows = Array.from({ length: batchSize }, (_, i) => unit(dense(x, 'left', first + i)));
    const columns = Array.from({ length: batchSize }, (_, i) => unit(dense(y, 'right', first + i)));
    const score = (i: number, k: number): number => rows[i]!.reduce((sum, value, d) => sum + value * columns[k]![d]!, 0) / 0.07;
    for (let i = 0; i < batchSize; i++) {
      const all = Array.from({ length: batchSize }, (_, k) => k);
      total += (Math.log(all.reduce((sum, k) => sum + Math.exp(score(i, k)), 0)) + Math.log(all.reduce((sum, k) => sum + Math.exp(score(k, i)), 0))) / 2 - score(i, i);
    }
  }
  expect(epoch?.kind === 'epoch' && epoch.test?.['loss']).toBeCloseTo(total / samples, 4);
});
