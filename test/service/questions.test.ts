/** What a trained model is asked: evaluation, the inside, samples, costs, exports; and what a broken sender may send. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import type { Distribution, ExportReply } from '../../engine/protocol.ts';
import { evaluateModel } from '../../engine/train/evaluate.ts';
import { loadModel } from '../../engine/train/saved-model.ts';
import { readSafetensors } from '../../engine/interop/safetensors.ts';
import { openModel } from '../interop/onnx-session.ts';
import { makeDocument } from '../graph/documents.ts';
import { checked } from '../train/models.ts';
import { isPhase, newFolder, RequestError, startEngine, template, type TestEngine } from './client.ts';

const folder = newFolder();
const doc = template('digits-cnn', { epochs: 2 }, { Digits: { trainSamples: 1280, testSamples: 150 } });
const sourceOf = (graph: GraphDoc): string => Object.entries(graph.nodes).find(([, { type }]) => nodeType(type)?.category === 'data')?.[0] ?? '';
const source = sourceOf(doc);
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

let engine: TestEngine;
const trained = async (run: string, graph: GraphDoc): Promise<void> => {
  await engine.request('train', { run, doc: graph, backend: 'wasm' });
  await engine.event(run, isPhase('done'));
};
beforeAll(async () => {
  engine = startEngine(folder);
  await trained('run-1', doc);
}, 60_000);
afterAll(() => engine.end());

describe('evaluate', () => {
  test('agrees with the evaluation of the terminal, sample by sample too', async () => {
    const reply = await engine.request('evaluate', { run: 'run-1', split: 'test' });
    expect(reply).toMatchObject({ split: 'test', samples: 150, step: 40, classCount: 10 });
    expect(reply.classNames?.length).toBe(10);

    const graph = checked(doc);
    const digits = dataset('digits');
    const data = { [source]: await digits!.load(graph.nodes.get(source)!.params, { platform: nodePlatform, seed: doc.training.seed }) };
    const { weights } = await loadModel(nodePlatform.files, `${folder}/run-1`);
    const backend = await createWasmBackend(nodePlatform, { threads: 2 });
    const whole = await evaluateModel({ graph, data, backend, weights });
    expect(reply.metrics['loss']).toBeCloseTo(whole.metrics['loss'] ?? 0, 5);
    expect(reply.metrics['accuracy']).toBe(whole.metrics['accuracy']);
    // The samples' own losses and classes come to the same.
    expect(sum(reply.losses) / 150).toBeCloseTo(whole.metrics['loss'] ?? 0, 5);
    expect(Array.from(reply.targets ?? [])).toEqual(Array.from(data[source]?.test?.['y']?.data ?? []));
    const right = Array.from(reply.classes ?? []).filter((one, i) => one === reply.targets?.[i]).length;
    expect(right / 150).toBeCloseTo(whole.metrics['accuracy'] ?? 0, 6);
    await backend.dispose();

    // And with what the model says of single samples.
    for (const index of [0, 149]) {
      const { ports } = await engine.request('samples', { doc, node: source, split: 'test', indices: [index] });
      const { probabilities, step } = await engine.request('predict', { run: 'run-1', inputs: { [source]: ports['x']! } });
      expect(step).toBe(40);
      const row = Array.from(probabilities?.data ?? []);
      expect(row.indexOf(Math.max(...row))).toBe(reply.classes?.[index]);
      expect(Math.max(...row)).toBeCloseTo(reply.confidences?.[index] ?? 0, 5);
      expect(-Math.log(row[reply.targets?.[index] ?? 0] ?? 0)).toBeCloseTo(reply.losses[index] ?? 0, 4);
    }
  });

  test('of many questions at once, the answer is that of each', async () => {
    const indices = Array.from({ length: 70 }, (_, i) => i);
    const { ports } = await engine.request('samples', { doc, node: source, split: 'test', indices });
    const all = await engine.request('predict', { run: 'run-1', inputs: { [source]: ports['x']! } });
    expect(all.probabilities?.shape).toEqual([70, 10]);
    const one = await engine.request('predict', { run: 'run-1', inputs: { [source]: { shape: [1, 1, 28, 28], data: Float32Array.from(ports['x']!.data.subarray(69 * 784)) } } });
    one.probabilities?.data.forEach((p, i) => expect(all.probabilities?.data[690 + i]).toBeCloseTo(p, 5));
  });

  test('a regression has losses and no classes', async () => {
    const graph = template('linear-regression', { epochs: 3 });
    await trained('run-line', graph);
    const reply = await engine.request('evaluate', { run: 'run-line', split: 'train' });
    expect(reply.targets).toBeUndefined();
    expect(sum(reply.losses) / reply.samples).toBeCloseTo(reply.metrics['loss'] ?? 0, 4);
    const { probabilities, outputs } = await engine.request('predict', { run: 'run-line', inputs: { [sourceOf(graph)]: { shape: [3, 1], data: Float32Array.of(-1, 0, 1) } } });
    expect(probabilities).toBeUndefined();
    expect(Object.values(outputs)[0]?.shape).toEqual([3, 1]);
  });

  test('two classes from one output: the probabilities of both', async () => {
    const graph = template('xor', { epochs: 4 });
    await trained('run-xor', graph);
    const { probabilities } = await engine.request('predict', { run: 'run-xor', inputs: { [sourceOf(graph)]: { shape: [2, 2], data: Float32Array.of(0, 0, 1, 0) } } });
    expect(probabilities?.shape).toEqual([2, 2]);
    for (const i of [0, 1]) expect((probabilities?.data[2 * i] ?? 0) + (probabilities?.data[2 * i + 1] ?? 0)).toBeCloseTo(1, 6);
    const reply = await engine.request('evaluate', { run: 'run-xor', split: 'train' });
    const right = Array.from(reply.classes ?? []).filter((one, i) => one === reply.targets?.[i]).length;
    expect(right / reply.samples).toBeCloseTo(reply.metrics['accuracy'] ?? -1, 6);
  });
});

describe('inspect', () => {
  test('counts every number in its bin', async () => {
    const look = await engine.request('inspect', { run: 'run-1', gradients: true, featureMaps: ['conv1', 'conv2', 'fc1'], maps: 4, sample: 3 });
    const whole = ({ count, bins, min, max, mean, std, zeros }: Distribution): void => {
      expect(bins.length).toBe(40);
      expect(sum(bins)).toBe(count);
      expect(min).toBeLessThanOrEqual(mean);
      expect(max).toBeGreaterThanOrEqual(mean);
      expect(std).toBeLessThanOrEqual(max - min);
      expect(zeros).toBeGreaterThanOrEqual(0);
      expect(zeros).toBeLessThanOrEqual(1);
    };
    for (const group of [look.activations, look.weights, look.gradients]) for (const each of Object.values(group)) whole(each);
    expect(look.step).toBe(40);
    // Every node that computes, and the data; a ReLU has zeros and nothing below.
    for (const id of [source, 'conv1', 'relu1', 'pool1', 'conv2', 'fc1', 'fc2']) expect(look.activations[id]?.count).toBeGreaterThan(0);
    expect(look.activations['relu1']?.min).toBe(0);
    expect(look.activations['relu1']?.zeros).toBeGreaterThan(0.05);
    const { weights } = await loadModel(nodePlatform.files, `${folder}/run-1`);
    expect(Object.keys(look.weights).sort()).toEqual(Object.keys(weights).sort());
    expect(Object.keys(look.gradients).sort()).toEqual(Object.keys(weights).sort());
    expect(look.weights['fc2.weight']).toMatchObject({ count: weights['fc2.weight']?.data.length, max: Math.max(...(weights['fc2.weight']?.data ?? [])) });
    // The pictures: at most 4 channels, whole vectors, the filters in PyTorch's layout, and the sample itself.
    expect(look.featureMaps['conv1']?.shape[0]).toBe(4);
    expect(look.featureMaps['fc1']?.shape).toEqual([64]);
    const filters = weights['conv1.weight'];
    expect(look.kernels['conv1']?.shape).toEqual([4, ...(filters?.shape.slice(1) ?? [])]);
    expect(Array.from(look.kernels['conv1']?.data ?? [])).toEqual(Array.from(filters?.data.subarray(0, look.kernels['conv1']?.data.length) ?? []));
    expect(Object.keys(look.kernels)).toEqual(['conv1', 'conv2']);
    const { ports } = await engine.request('samples', { doc, node: source, split: 'test', indices: [3] });
    expect(look.input).toEqual({ shape: [1, 28, 28], data: ports['x']?.data });
    await expect(engine.request('inspect', { run: 'run-1', featureMaps: ['nothing'] })).rejects.toThrow(/no node 'nothing'/);
    await expect(engine.request('inspect', { run: 'run-1', featureMaps: ['conv1'], sample: 150 })).rejects.toThrow(/no sample 150/);
  });

  test('is the same at each look, and after the run was closed and opened from its files', async () => {
    const first = await engine.request('inspect', { run: 'run-1', gradients: true });
    expect(await engine.request('inspect', { run: 'run-1', gradients: true })).toEqual(first);
    await engine.request('close', { run: 'run-1' });
    expect((await engine.request('inspect', { run: 'run-1', gradients: true })).weights).toEqual(first.weights);
  });
});

describe('samples', () => {
  test('come as the network sees them, from a graph that is not finished', async () => {
    const alone = makeDocument({ pictures: ['Digits', { trainSamples: 50, testSamples: 0 }], loose: ['Dense'] }, []);
    const reply = await engine.request('samples', { doc: alone, node: 'pictures', split: 'train', indices: [0, 7, 7] });
    expect(reply).toMatchObject({ total: 50, ports: { x: { shape: [3, 1, 28, 28] }, y: { shape: [3] } } });
    expect(reply.ports['y']?.data).toBeInstanceOf(Int32Array);
    expect(Math.max(...(reply.ports['x']?.data ?? []))).toBeLessThanOrEqual(1);
    expect(Math.max(...(reply.ports['x']?.data ?? []))).toBeGreaterThan(0.9);
    expect(await engine.request('samples', { doc: alone, node: 'pictures', split: 'test', indices: [] })).toMatchObject({ total: 0 });
    await expect(engine.request('samples', { doc: alone, node: 'pictures', split: 'train', indices: [50] })).rejects.toThrow(/no sample 50/);
    await expect(engine.request('samples', { doc: alone, node: 'loose', split: 'train', indices: [0] })).rejects.toThrow(RequestError);
  });
});

describe('costs', () => {
  test('are what the arithmetic says', async () => {
    const mlp = makeDocument(
      { data: ['Blobs', { classes: 3 }], fc: ['Dense', { units: 5 }], loss: ['CrossEntropy'], sgd: ['SGD'], out: ['Output'] },
      ['data.x -> fc.x', 'fc.y -> loss.prediction', 'data.y -> loss.target', 'loss.loss -> sgd.loss', 'fc.y -> out.x'], { batchSize: 10 },
    );
    const { flops, parameters, activationBytes } = await engine.request('costs', { doc: mlp });
    // Forward: 10·2·5 products of two operations and 10·5 biases; backward: the weights' gradient, as many products, and the biases', 10·5 sums. Data has no gradient.
    expect(flops['fc']).toBe(2 * 10 * 2 * 5 * 2 + 2 * 50);
    expect(parameters).toBe(15);
    expect(activationBytes).toBeGreaterThan(0);
    // Without an optimizer only the way forward counts.
    const { sgd: _, ...nodes } = mlp.nodes;
    const forward = { ...mlp, nodes, edges: Object.fromEntries(Object.entries(mlp.edges).filter(([, { to }]) => to.node !== 'sgd')) };
    expect((await engine.request('costs', { doc: forward })).flops['fc']).toBe(10 * 2 * 5 * 2 + 50);
    const cnn = await engine.request('costs', { doc });
    expect(cnn.flops['conv2']).toBeGreaterThan(cnn.flops['conv1'] ?? Infinity);
  });

  test('of a document that is edited meanwhile are given up', async () => {
    const first = engine.request('costs', { doc }, (id) => engine.send({ kind: 'cancel', id }));
    await expect(first).rejects.toThrow(/cancelled/);
  });
});

describe('export', () => {
  test('ONNX, with questions that onnxruntime answers alike', async () => {
    const { bytes, check, fileName, step } = await engine.request('export', { run: 'run-1', format: 'onnx' });
    expect([fileName, step]).toEqual(['digits-with-a-small-cnn.onnx', 40]);
    await agree(bytes, check);
  });
  test('safetensors, NumPy and PyTorch; and code without weights', async () => {
    const { bytes, fileName } = await engine.request('export', { run: 'run-1', format: 'safetensors' });
    expect(fileName).toBe('digits-with-a-small-cnn.safetensors');
    expect(Object.keys(readSafetensors(bytes).tensors)).toContain('conv1.weight');
    expect((await engine.request('export', { run: 'run-1', format: 'npz' })).bytes.slice(0, 2)).toEqual(Uint8Array.of(0x50, 0x4b));
    const code = await engine.request('code', { doc, framework: 'pytorch' });
    expect(code.fileName).toBe('digits-with-a-small-cnn.py');
    expect(code.code).toContain('nn.Conv2d');
    expect(new TextDecoder().decode((await engine.request('export', { run: 'run-1', format: 'pytorch' })).bytes)).toBe(code.code);
  });
});

async function agree(bytes: Uint8Array, check: ExportReply['check']): Promise<void> {
  const session = await openModel(bytes);
  const results = await session.run(Object.fromEntries(Object.entries(check?.inputs ?? {}).map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }])));
  expect(Object.keys(results).sort()).toEqual(Object.keys(check?.outputs ?? {}).sort());
  for (const [name, { shape, data }] of Object.entries(check?.outputs ?? {})) {
    expect(results[name]?.shape).toEqual(shape);
    data.forEach((value, i) => expect(results[name]?.data[i]).toBeCloseTo(value, 4));
  }
}

describe('whatever a sender makes up', () => {
  const hostile: readonly (readonly [string, unknown])[] = [
    ['explode', {}], ['__proto__', {}], ['constructor', {}], ['info', 7], ['train', null], ['train', {}], ['train', { run: '../etc', doc, backend: 'wasm' }],
    ['train', { run: 'a', doc: 'not a document', backend: 'wasm' }], ['train', { run: 'a', doc: new Map(), backend: 'wasm' }], ['train', { run: 'a', doc: { ...doc, nodes: { __proto__: 1 } }, backend: 'wasm', threads: -1 }],
    ['train', { run: 'a', doc, backend: 'quantum' }], ['train', { run: 'a', doc, backend: 'wasm', threads: 1e9 }], ['train', { run: 'a', doc, backend: 'wasm', resume: 'yes' }], ['train', { run: 'a', doc, backend: 'wasm', initFrom: 'b/c' }],
    ['command', { run: 'run-1', command: { kind: 'dance' } }], ['command', { run: 'run-1', command: { kind: 'learning-rate', value: Number.NaN } }], ['forget', { run: '..' }], ['forget', { run: '' }], ['close', { run: 5 }], ['history', { run: 'a/../..' }],
    ['predict', { run: 'run-1', inputs: [] }], ['predict', { run: 'run-1', inputs: { [source]: { shape: [1, -1], data: new Float32Array(1) } } }], ['predict', { run: 'run-1', inputs: { [source]: { shape: [2, 1, 28, 28], data: new Float32Array(784) } } }],
    ['predict', { run: 'run-1', inputs: { [source]: { shape: [1, 10], data: new Float32Array(10) } } }], ['predict', { run: 'run-1', inputs: {} }], ['predict', { run: 'run-1', inputs: { [source]: { shape: [0, 1, 28, 28], data: new Float32Array(0) } } }],
    ['predict', { run: 'run-1', inputs: { [source]: { shape: [784], data: new BigInt64Array(784) } } }], ['evaluate', { run: 'run-1', split: 'both' }], ['inspect', { run: 'run-1', featureMaps: 'all' }], ['inspect', { run: 'run-1', sample: -1, featureMaps: [] }],
    ['samples', { doc, node: source, split: 'train', indices: [0.5] }], ['samples', { doc, node: source, split: 'train', indices: [1e12] }], ['costs', { doc: { format: 'netloom', version: 99 } }], ['costs', {}], ['export', { run: 'run-1', format: 'exe' }], ['code', { doc, framework: 'abacus' }],
  ];
  test.each(hostile)('%s, case %#, is refused in both languages', async (method, params) => {
    const failure = await engine.request(method as 'info', params as Record<string, never>).then(() => undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(RequestError);
    const { error } = failure as RequestError;
    expect(error.code).not.toBe('internal');
    expect(error.text.en.length).toBeGreaterThan(5);
    expect(error.text.zh.length).toBeGreaterThan(3);
  });

  test('and what is no request at all does nothing', async () => {
    for (const message of [null, 7, 'train', [], {}, { kind: 'request' }, { kind: 'request', id: 'one', method: 'info' }, { kind: 'cancel', id: 999 }, { kind: 'cancel' }, { kind: 'dance', id: 4 }]) engine.send(message);
    expect(await engine.request('info', {})).toMatchObject({ version: 'test' });
  });

  test('a graph with a fault names its node', async () => {
    const faulty = { ...doc, nodes: { ...doc.nodes, fc2: { ...doc.nodes['fc2']!, params: { units: 0 } } } };
    const failure = await engine.request('train', { run: 'faulty', doc: faulty, backend: 'wasm' }).catch((error: unknown) => error);
    expect((failure as RequestError).error).toMatchObject({ code: 'parameter-range', node: 'fc2' });
    expect((await engine.request('runs', {})).map(({ run }) => run)).not.toContain('faulty');
  });
});

test('a run that goes on while its stored model is asked answers or refuses every question, and trains to its end', async () => {
  const first = startEngine(folder);
  await first.request('train', { run: 'on', doc, backend: 'wasm' });
  await first.event('on', isPhase('done'));
  await first.end();
  const longer = { ...doc, training: { ...doc.training, epochs: 4 } };
  // In the middle of each of its asynchronous parts, whichever the moment hits.
  for (const delay of [0, 5, 20, 60]) {
    const { end, request, event } = startEngine(folder);
    await request('predict', { run: 'on', inputs: { [source]: { shape: [1, 1, 28, 28], data: new Float32Array(784) } } });
    const asked = Promise.allSettled([request('inspect', { run: 'on', gradients: true }), delay === 20 ? request('evaluate', { run: 'on', split: 'train' }) : undefined]);
    await new Promise((resolve) => { setTimeout(resolve, delay); });
    await request('train', { run: 'on', doc: longer, backend: 'wasm', threads: 1, resume: true });
    await event('on', isPhase('done'));
    for (const answer of await asked) if (answer.status === 'rejected') expect((answer.reason as RequestError).error.code).toBe('cancelled');
    await end();
  }
}, 60_000);

test('after it was shut down it refuses, and says so', async () => {
  const other = startEngine();
  await other.request('train', { run: 'run-1', doc, backend: 'wasm' });
  await other.service.shutDown();
  await expect(other.request('info', {})).rejects.toThrow(/shut-down/);
  expect(other.events('run-1').at(-1)).toMatchObject({ kind: 'phase', phase: 'stopped' });
  await other.end();
});
