/** Judging by the sample, for every loss there is: the samples' losses are those of batches that have them alone. */
import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import type { SampleArray } from '../../engine/data/dataset.ts';
import { Random } from '../../engine/data/random.ts';
import type { ParamValue } from '../../engine/graph/document.ts';
import { lossNodes } from '../../engine/nodes/loss/index.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { DeviceModel } from '../../engine/train/device-model.ts';
import { distributionOf } from '../../engine/train/distribution.ts';
import { evaluateModel } from '../../engine/train/evaluate.ts';
import { Judge } from '../../engine/train/judge.ts';
import { trainModel } from '../../engine/train/model.ts';
import { initialTensors } from '../../engine/train/weights.ts';
import { makeDocument, type NodeSketch } from '../graph/documents.ts';
import { checkedGraph } from '../graph/lowering.ts';

const SAMPLES = 7;
const backend = createReferenceBackend();

function samplesOf({ shape, dtype, classes }: TensorType, seed: number): SampleArray {
  const random = new Random(seed);
  const sizes = shape.map((n) => (n === 'N' ? SAMPLES : n));
  const length = sizes.reduce((product, n) => product * n, 1);
  return { shape: sizes, data: dtype === 'i32' ? Int32Array.from({ length }, () => random.below(classes ?? 2)) : Float32Array.from({ length }, () => 0.05 + 0.9 * random.uniform()) };
}
const rowOf = ({ shape, data }: SampleArray, i: number): SampleArray => {
  const size = data.length / (shape[0] ?? 1);
  return { shape: [1, ...shape.slice(1)], data: data.slice(i * size, (i + 1) * size) };
};

describe('every loss by the sample', () => {
  // One that weighs the samples of a batch against each other has no loss by the sample: compared.test.ts.
  const cases = lossNodes.filter(({ comparesSamples }) => comparesSamples !== true).flatMap((node) => node.examples.map(({ params, inputs }, i) => ({ name: `${node.type} ${i}`, type: node.type, ports: node.inputs.map(({ name }) => name), params, inputs })));
  test.each(cases)('$name', async ({ type, ports, params, inputs }) => {
    const port = ({ shape, dtype, classes }: TensorType): NodeSketch => ['Input', { shape: shape.slice(1).map(Number), dtype, ...(classes === undefined ? {} : { classes }) }];
    const weighted = (weight: number): NodeSketch => [type, { ...Object.fromEntries(Object.entries(params).filter((entry): entry is [string, ParamValue] => entry[1] !== undefined)), weight }];
    // Two losses, so that their weights count.
    const graph = checkedGraph(makeDocument(
      { ...Object.fromEntries(inputs.map((input, i) => [`in${i}`, port(input)])), loss: weighted(0.5), again: weighted(2) },
      inputs.flatMap((_, i) => [`in${i}.y -> loss.${ports[i] ?? ''}`, `in${i}.y -> again.${ports[i] ?? ''}`]),
    ));
    const model = trainModel(graph);
    const weights = initialTensors(model.layout, 1);
    const split = Object.fromEntries(inputs.map((input, i) => [`in${i}`, { y: samplesOf(input, i + 1) }]));
    const device = new DeviceModel(model, backend, { test: split });
    await device.writeWeights(weights);
    const judged = await new Judge(device).judge('test', SAMPLES, { batchSize: 4 });
    for (let i = 0; i < SAMPLES; i++) {
      const alone = Object.fromEntries(Object.entries(split).map(([node, { y }]) => [node, { train: { y: rowOf(y, i) } }]));
      const { metrics } = await evaluateModel({ graph, data: alone, backend, weights, split: 'train' });
      expect(judged?.losses[i]).toBeCloseTo(metrics['loss'] ?? Number.NaN, 5);
    }
    const whole = await evaluateModel({ graph, data: Object.fromEntries(Object.entries(split).map(([node, samples]) => [node, { train: samples }])), backend, weights, split: 'train' });
    expect(judged?.metrics['loss']).toBeCloseTo(whole.metrics['loss'] ?? Number.NaN, 5);
  });
});

describe('a distribution', () => {
  test('counts, and leaves out what is no number', () => {
    const found = distributionOf(Float32Array.of(0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY, 0, 4));
    expect(found).toMatchObject({ count: 6, mean: 10 / 6, min: 0, max: 4, zeros: 2 / 6 });
    expect(found.std).toBeCloseTo(Math.sqrt(30 / 6 - (10 / 6) ** 2), 12);
    expect(Array.from(found.bins).reduce((sum, n) => sum + n, 0)).toBe(6);
    expect([found.bins[0], found.bins[10], found.bins[39]]).toEqual([2, 1, 1]);
  });
  test('of nothing, and of equal numbers', () => {
    expect(distributionOf(Float32Array.of(Number.NaN))).toMatchObject({ count: 0, mean: 0, std: 0 });
    expect(distributionOf(Float32Array.of(5, 5))).toMatchObject({ count: 2, mean: 5, std: 0, min: 5, max: 5 });
  });
});
