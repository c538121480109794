/** Random numbers where nothing is trained: evaluations and predictions draw, reproducibly, and a question may bring its own. */
import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import type { Backend } from '../../engine/backends/backend.ts';
import { Random } from '../../engine/data/random.ts';
import { DeviceModel } from '../../engine/train/device-model.ts';
import { evaluateModel } from '../../engine/train/evaluate.ts';
import { Inside } from '../../engine/train/inside.ts';
import { trainModel } from '../../engine/train/model.ts';
import { predict } from '../../engine/train/predict.ts';
import { Predictor } from '../../engine/train/predictor.ts';
import { initialTensors } from '../../engine/train/weights.ts';
import { drawRandom } from '../../engine/tensor/random.ts';
import { randomStream } from '../../engine/graph/node-scopes.ts';
import { exportPytorch } from '../../engine/interop/code/pytorch.ts';
import { makeDocument } from '../graph/documents.ts';
import { checkedGraph } from '../graph/lowering.ts';
import { expectAgreement } from '../interop/agreement.ts';
import { describeOnBackends } from '../support/backends.ts';
import { bitsOf, checked, inputData, ringData, startRun } from './models.ts';

/** A generator of points of the plane, held against given points. */
const generatorDocument = (seed = 1) => makeDocument(
  { z: ['Noise', { shape: [3] }], x: ['Input', { shape: [2] }], fc: ['Dense', { units: 2 }], loss: ['MSE'], sgd: ['SGD', { learningRate: 0.1 }], out: ['Output'] },
  ['z.y -> fc.x', 'fc.y -> loss.prediction', 'x.y -> loss.target', 'loss.loss -> sgd.loss', 'fc.y -> out.x'], { seed, batchSize: 16 },
);
const random = new Random(3);
const points = { shape: [50, 2], data: Float32Array.from({ length: 100 }, () => random.uniform()) };

async function modelOn(backend: Backend) {
  const model = trainModel(checked(generatorDocument()));
  const device = new DeviceModel(model, backend, { test: { x: { y: points } } });
  const weights = initialTensors(model.layout, 1);
  await device.writeWeights(weights);
  return { device, weights };
}

await describeOnBackends('a generator', ({ create }) => {
  test('trains on noise that the seed alone decides', async () => {
    const backend = await create();
    const graph = checked(generatorDocument());
    const run = async (seed: number) => {
      const { run, losses } = await startRun({ graph, data: { x: { train: { y: points } } }, backend, settings: { epochs: 2, batchSize: 16, seed } });
      await run.run();
      const bits = bitsOf(await run.weights());
      await run.dispose();
      return { bits, losses: losses() };
    };
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(first);
    expect(other.bits).not.toEqual(first.bits);
    await backend.dispose();
  });

  test('answers a question with the noise that it brings, and the same each time when it brings none', async () => {
    const backend = await create();
    const { device, weights } = await modelOn(backend);
    const predictor = new Predictor(device);
    const z = Float32Array.from({ length: 15 }, (_, i) => Math.sin(i));
    const { outputs } = await predictor.predict({ z: { shape: [5, 3], data: z } });
    const [w, bias] = [weights['fc.weight']!.data, weights['fc.bias']!.data];
    expect(outputs['out']?.shape).toEqual([5, 2]);
    for (let n = 0; n < 5; n++) for (let o = 0; o < 2; o++) {
      const wanted = [0, 1, 2].reduce((sum, i) => sum + w[3 * o + i]! * z[3 * n + i]!, bias[o]!);
      expect(outputs['out']?.data[2 * n + o]).toBeCloseTo(wanted, 5);
    }
    const drawn = await predictor.predict({});
    expect(await predictor.predict({})).toEqual(drawn);
    expect(drawn.outputs['out']?.data).not.toEqual(outputs['out']?.data.subarray(0, 2));
    await backend.dispose();
  });
});

describe('evaluation', () => {
  const backend = createReferenceBackend();

  test('draws the same numbers in every run, and none that training draws', async () => {
    const { weights } = await modelOn(backend);
    const lossOf = async (seed: number) => (await evaluateModel({ graph: checked(generatorDocument(seed)), data: { x: { train: { y: points } } }, backend, weights })).metrics['loss'];
    const loss = await lossOf(1);
    expect(await lossOf(2)).toBe(loss);
    const graph = checkedGraph(makeDocument({ z: ['Noise', { shape: [4] }], x: ['Input', { shape: [2] }], out: ['Output'], noisy: ['Concat'] }, ['z.y -> noisy.xs', 'x.y -> noisy.xs', 'noisy.y -> out.x']));
    const { out } = await predict({ graph, weights: {}, samples: { x: { y: points } }, backend, batchSize: 16 });
    const columns = (row: number): number[] => Array.from(out!.data.subarray(6 * row, 6 * row + 4));
    // Other batches are other numbers: 16 and 32 begin batches.
    expect(new Set([0, 1, 16, 32].map((row) => columns(row).join())).size).toBe(4);
    for (const step of [0, 1, 2, 3]) {
      const trained = Array.from(Float32Array.from(drawRandom('normal', 64, 1, step, randomStream('z', 0))));
      expect(trained).not.toContain(columns(0)[0]);
    }
  });

  test('shows the inside with the same noise at every look', async () => {
    const { device } = await modelOn(backend);
    const look = () => new Inside(device).look({ split: 'test', samples: 50, seed: 1, gradients: false, featureMaps: ['z'], maps: 4, sample: 7 });
    const { activations, featureMaps } = await look();
    expect(activations['z']).toMatchObject({ count: 150 });
    expect(featureMaps['z']?.shape).toEqual([3]);
    expect(await look()).toMatchObject({ activations, featureMaps });
  });
});

test('an exported model takes the noise as an input of the node\'s name', async () => {
  const graph = checked(generatorDocument());
  await expectAgreement(graph, { batches: [1, 4] });
  expect(exportPytorch(graph)).toMatch(/def forward\(self, z\):\n\s+fc = self\.fc\(z\)/);
  expect(exportPytorch(graph)).toContain('model(torch.zeros(2, 3))');
});

test('noise has the distribution that it promises', async () => {
  const graph = (params: Readonly<Record<string, string | number>>) => checkedGraph(makeDocument({ z: ['Noise', { shape: [100], ...params }], x: ['Input', { shape: [2] }], both: ['Concat'], out: ['Output'] }, ['z.y -> both.xs', 'x.y -> both.xs', 'both.y -> out.x']));
  const draw = async (params: Readonly<Record<string, string | number>>): Promise<number[]> => {
    const { out } = await predict({ graph: graph(params), weights: {}, samples: { x: { y: points } }, backend: createReferenceBackend(), batchSize: 50 });
    return Array.from(out!.data).filter((_, i) => i % 102 < 100);
  };
  const moment = (data: number[], power: number): number => data.reduce((sum, x) => sum + x ** power, 0) / data.length;
  const normal = await draw({ scale: 2 });
  const uniform = await draw({ distribution: 'uniform', scale: 3 });
  // 5,000 numbers: the mean's deviation is 2/√5000 = 0.028 and 0.024.
  expect(Math.abs(moment(normal, 1))).toBeLessThan(0.12);
  expect(moment(normal, 2)).toBeCloseTo(4, 0);
  expect(moment(normal, 4) / moment(normal, 2) ** 2).toBeCloseTo(3, 0);
  expect(Math.abs(moment(uniform, 1))).toBeLessThan(0.12);
  expect(moment(uniform, 2)).toBeCloseTo(3, 0);
  expect(Math.max(...uniform.map(Math.abs))).toBeLessThanOrEqual(3);
});

test('a loss without a prediction counts with its weight, and the graph predicts what another loss judges', async () => {
  // A loss of a latent distribution alone, beside one that predicts: the second one's prediction is the graph's.
  const graph = checked(makeDocument(
    { x: ['Input', { shape: [2] }], y: ['Input', { name: 'label', shape: [], dtype: 'i32', classes: 2 }], mean: ['Dense', { units: 2 }], spread: ['Dense', { units: 2 }], z: ['Reparameterise'], akl: ['StandardNormalKL', { weight: 0.1 }], fc: ['Dense', { units: 2 }], loss: ['CrossEntropy', { weight: 1 }], adam: ['Adam'] },
    ['x.y -> mean.x', 'x.y -> spread.x', 'mean.y -> z.mean', 'spread.y -> z.logVariance', 'mean.y -> akl.mean', 'spread.y -> akl.logVariance', 'z.y -> fc.x', 'fc.y -> loss.prediction', 'y.y -> loss.target', 'akl.loss -> adam.loss', 'loss.loss -> adam.loss'],
  ));
  expect(graph.prediction).toMatchObject({ node: 'fc' });
  const { run, events } = await startRun({ graph, data: inputData(ringData(64), ringData(32, 2)), backend: createReferenceBackend(), settings: { epochs: 1 } });
  await run.run();
  const evaluation = events.findLast((event) => event.kind === 'epoch');
  const test = evaluation?.kind === 'epoch' ? evaluation.test : undefined;
  expect(test?.['loss']).toBeCloseTo((test?.['loss.loss'] ?? NaN) + (test?.['akl.loss'] ?? NaN), 6);
  await run.dispose();
});
