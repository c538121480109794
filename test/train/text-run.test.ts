/** Runs on text and series: what is ignored is not learnt, vocabularies travel with the model, time is not split at random. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { refreshOf } from '../../engine/data/graph-data.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { tokenizerOf } from '../../engine/data/text/token-coding.ts';
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import type { GraphData } from '../../engine/train/run-contract.ts';
import { loadModel } from '../../engine/train/saved-model.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument } from '../graph/documents.ts';
import { checked, startRun } from './models.ts';

let backend: Backend;
beforeAll(async () => { backend = await createWasmBackend(nodePlatform, { threads: 1 }); });
afterAll(() => backend.dispose());

/** Each token is guessed from itself alone: what follows which, or what stands at an unmasked place. */
function tokenDocument(type: string, params: Readonly<Record<string, ParamValue>>, ignoreIndex: number | null): GraphDoc {
  return makeDocument({
    text: [type, params], embed: ['Embedding', { vocabulary: 64, dim: 16 }], fc: ['Dense', { units: 64 }], order: ['Permute', { order: [2, 1] }],
    loss: ['CrossEntropy', { ignoreIndex }], accuracy: ['Accuracy', { ignoreIndex }], optimizer: ['Adam', { learningRate: 0.02 }], output: ['Output'],
  }, [
    'text.x -> embed.x', 'embed.y -> fc.x', 'fc.y -> order.x', 'order.y -> loss.prediction', 'text.y -> loss.target', 'order.y -> accuracy.prediction', 'text.y -> accuracy.target',
    'loss.loss -> optimizer.loss', 'order.y -> output.x',
  ]);
}
async function dataOf(doc: GraphDoc, node: string): Promise<GraphData> {
  const record = doc.nodes[node];
  const type = checked(doc).nodes.get(node)?.definition.data?.dataset ?? '';
  const loaded = await dataset(type)?.load(record?.params ?? {}, { platform: memoryPlatform(), seed: 1 });
  if (loaded === undefined) throw new Error(`no dataset ${type}`);
  return { [node]: loaded };
}

describe('next tokens', () => {
  const doc = tokenDocument('Text', { window: 16, stride: 16 }, null);

  test('what follows which is learnt, and the saved model knows its characters', async () => {
    const { files } = memoryPlatform();
    const data = await dataOf(doc, 'text');
    const { run } = await startRun({ graph: checked(doc), backend, data, files, outFolder: '/run', settings: { epochs: 4, batchSize: 64 } });
    const { outcome, train, test: held } = await run.run();
    expect(outcome).toBe('finished');
    // Bigrams of English: about 2.4 nats; without any knowledge ln 64 = 4.16, by frequency alone 2.9.
    expect(train?.['loss']).toBeLessThan(2.6);
    expect(held?.['loss']).toBeLessThan(2.7);
    expect(held?.['accuracy']).toBeGreaterThan(0.25);
    const coding = (await loadModel(files, '/run')).tokens?.['text.x'];
    if (coding === undefined) throw new Error('the vocabulary is lost');
    expect(coding).toEqual(data['text']?.tokens?.['x']);
    expect(tokenizerOf(coding).decode(tokenizerOf(coding).encode('Once there was'))).toBe('Once there was');
    expect(run.tokens).toEqual((await loadModel(files, '/run/checkpoints')).tokens);
  }, 60_000);
});

describe('masked tokens', () => {
  test('the loss and the accuracy count what is asked for alone', async () => {
    const doc = tokenDocument('MaskedText', { window: 20, stride: 20, masked: 0.15 }, -100);
    const graph = checked(doc);
    const data = await dataOf(doc, 'text');
    const refresh = refreshOf(graph.sources, { platform: memoryPlatform(), seed: 1 });
    const { run } = await startRun({ graph, backend, data, settings: { epochs: 3, batchSize: 64 }, ...(refresh === undefined ? {} : { refresh }) });
    const { train, test: held } = await run.run();
    // A mask tells nothing of what it hides: by frequency 2.9 nats; the tenth that is shown can be told, and little more.
    expect(held?.['loss']).toBeGreaterThan(2);
    expect(held?.['loss']).toBeLessThan(3.4);
    expect(train?.['accuracy']).toBeGreaterThan(0.12);
    expect(train?.['accuracy']).toBeLessThan(0.5);
  }, 60_000);

  test('without an index to ignore the run says what is missing', async () => {
    const doc = tokenDocument('MaskedText', { window: 20, stride: 20 }, null);
    await expect(startRun({ graph: checked(doc), backend, data: await dataOf(doc, 'text') })).rejects.toThrow(/Label -100 of sample 0 .* if nothing is asked where the label is -100, set "ignoreIndex" of the loss to it/);
  });
});

describe('series', () => {
  const seriesDocument = (params: Readonly<Record<string, ParamValue>>): GraphDoc => makeDocument({
    series: ['SineForecast', { window: 8, noise: 0, period: 12, ...params }], flat: ['Flatten'], fc: ['Dense', { units: 1 }], loss: ['MSE'], optimizer: ['Adam', { learningRate: 0.03 }], output: ['Output'],
  }, ['series.x -> flat.x', 'flat.y -> fc.x', 'fc.y -> loss.prediction', 'series.y -> loss.target', 'loss.loss -> optimizer.loss', 'fc.y -> output.x']);

  test('waves are a linear recurrence: a Dense layer learns to go on', async () => {
    const doc = seriesDocument({ trainSamples: 640, testSamples: 100 });
    const { run } = await startRun({ graph: checked(doc), backend, data: await dataOf(doc, 'series'), settings: { epochs: 60, batchSize: 32 } });
    const { test: held } = await run.run();
    expect(held?.['loss']).toBeLessThan(0.002);
  }, 60_000);

  test('the end is held back, without what overlaps it; too few samples are told', async () => {
    const doc = seriesDocument({ trainSamples: 40, testSamples: 0 });
    const graph = checked(doc);
    const data = await dataOf(doc, 'series');
    const { run } = await startRun({ graph, backend, data, settings: { epochs: 1, batchSize: 1, validationSplit: 0.25 } });
    // 40 samples, 10 held back, 8 in front of them left out.
    expect(run.stepsPerEpoch).toBe(22);
    await expect(startRun({ graph, backend, data, settings: { epochs: 1, batchSize: 1, validationSplit: 0.85 } })).rejects.toThrow(/Of 40 samples that follow each other in time, 34 are held back for validation, and the 8 in front/);
  });
});
