/** Blocks through everything behind the checker: training, checkpoints, export. */
import { describe, expect, test } from 'vitest';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import { exportPytorch } from '../../engine/interop/code/pytorch.ts';
import { onnxCodec } from '../../engine/interop/onnx/schema.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { makeProgram } from '../../engine/tensor/ir.ts';
import { loadModel } from '../../engine/train/saved-model.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { expectAgreement, someWeights } from '../interop/agreement.ts';
import { bitsOf, checked, inputData, ringData, startRun } from '../train/models.ts';
import { type BlockSketch, STACK, SQUASH, flattenedByHand, instance, stackedDocument, withBlocks } from './block-documents.ts';
import { type NodeSketch, makeDocument } from './documents.ts';
import { arenasWith, checkedGraph, lowerForTest } from './lowering.ts';

const data = inputData(ringData(80), ringData(30, 2));

describe('nested blocks, two instances', () => {
  test('train to the same bits as the document on one level, and the run keeps the document with its blocks', async () => {
    const backend = await createWasmBackend(nodePlatform, { threads: 1 });
    const weightsOf = async (doc: GraphDoc, files = memoryPlatform().files) => {
      const { run, losses } = await startRun({ graph: checked(doc), data, backend, files, outFolder: 'out', settings: { epochs: 2 } });
      await run.run();
      return { weights: await run.weights(), losses: losses() };
    };
    const { files } = memoryPlatform();
    const blocks = await weightsOf(stackedDocument(), files);
    const byHand = await weightsOf(flattenedByHand());
    expect(bitsOf(blocks.weights)).toEqual(bitsOf(byHand.weights));
    expect(blocks.losses).toEqual(byHand.losses);
    expect(Object.keys(blocks.weights)).toContain('b.norm.running_mean');
    const model = await loadModel(files, 'out');
    expect(model.document).toEqual(stackedDocument());
    expect(bitsOf(model.weights)).toEqual(bitsOf(blocks.weights));
  });
  test('are written and read back', () => {
    const doc = stackedDocument();
    expect(parseDocument(serializeDocument(doc))).toEqual({ doc });
  });
  test('are exported with the names of their paths', async () => {
    const graph = checkedGraph(stackedDocument());
    const bytes = await expectAgreement(graph);
    const names = onnxCodec.decode('ModelProto', bytes).graph?.initializer.map(({ name }) => name);
    expect(names).toContain('a.fc.weight');
    const script = exportPytorch(graph);
    expect(script).toContain('self.a_fc = nn.Linear(2, 8)');
    expect(script).toContain("'a_fc': 'a.fc'");
  });
});

describe('common weights', () => {
  const layer: BlockSketch = { nodes: { fc: ['Dense', { units: 3 }], act: ['Tanh'] }, wires: ['fc.y -> act.x'], inputs: { x: ['fc.x'] }, outputs: { y: 'act.y' } };
  const of = (group: boolean): GraphDoc => {
    const more = group ? { weightGroup: 'g' } : {};
    return withBlocks(makeDocument({ x: ['Input', { name: 'x', shape: [3] }], t: ['Input', { name: 't', shape: [3] }], a: instance('layer', {}, more), b: instance('layer', {}, more), loss: ['MSE'], sgd: ['SGD', { learningRate: 0.1 }], out: ['Output'] },
      ['x.y -> a.x', 'a.y -> b.x', 'b.y -> loss.prediction', 't.y -> loss.target', 'loss.loss -> sgd.loss', 'b.y -> out.x']), { layer });
  };
  const weight = Array.from({ length: 9 }, (_, i) => Math.sin(i + 1));
  const bias = [0.1, -0.2, 0.3];
  const feeds = { 'x.y': Float32Array.from([0.5, -1, 2, 1, 0.25, -0.75]), 't.y': Float32Array.from([1, 0, -1, 0.5, 0.5, 0]), seed: Int32Array.of(0), step: Int32Array.of(0) };
  const run = (doc: GraphDoc, weights: Readonly<Record<string, readonly number[]>>): { loss: number; gradient: Record<string, number[]> } => {
    const { builder, lowered, layout } = lowerForTest(checkedGraph(doc), 'train', 2);
    const keys = [...lowered.weightSlices.keys()];
    const grads = gradients(builder, lowered.totalLoss!, keys.map((key) => lowered.weightSlices.get(key)!));
    const program = makeProgram(new Map([['loss', lowered.totalLoss!], ...keys.map((key, i): [string, NonNullable<(typeof grads)[number]>] => [key, grads[i]!])]));
    const { outputs } = evaluateProgram(program, feeds, arenasWith(layout, weights));
    return { loss: outputs.get('loss')!.data[0]!, gradient: Object.fromEntries(keys.map((key) => [key, Array.from(outputs.get(key)!.data)])) };
  };

  test('are one layer applied twice, and their gradient is the sum', () => {
    const shared = run(of(true), { 'a.fc.weight': weight, 'a.fc.bias': bias });
    const apart = run(of(false), { 'a.fc.weight': weight, 'a.fc.bias': bias, 'b.fc.weight': weight, 'b.fc.bias': bias });
    expect(shared.loss).toBe(apart.loss);
    expect(Object.keys(shared.gradient).sort()).toEqual(['a.fc.bias', 'a.fc.weight']);
    for (const name of ['weight', 'bias']) {
      const sum = apart.gradient[`a.fc.${name}`]!.map((value, i) => value + apart.gradient[`b.fc.${name}`]![i]!);
      shared.gradient[`a.fc.${name}`]!.forEach((value, i) => expect(value).toBeCloseTo(sum[i]!, 12));
    }
    // Central differences: layouts have the order of memory, in which biases are as they are.
    const step = 1e-2;
    bias.forEach((_, i) => {
      const at = (by: number) => run(of(true), { 'a.fc.weight': weight, 'a.fc.bias': bias.map((value, j) => (j === i ? value + by : value)) }).loss;
      expect(shared.gradient['a.fc.bias']![i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 3);
    });
  });
  test('train, are stored once and found again', async () => {
    const backend = createReferenceBackend();
    const more = { weightGroup: 'g' };
    const doc = stackedDocument({ ...more, params: {} }, { ...more, params: {} });
    // Both take six numbers, so that the weights can be the same.
    const same = { ...doc, nodes: { ...doc.nodes, pre: { type: 'Dense', params: { units: 6 }, position: { x: 0, y: 0 } } }, edges: { ...doc.edges, e7: { from: { node: 'x', port: 'y' }, to: { node: 'pre', port: 'x' } }, e99: { from: { node: 'pre', port: 'y' }, to: { node: 'a', port: 'x' } } } };
    const { files } = memoryPlatform();
    const first = await startRun({ graph: checked(same), data, backend, files, outFolder: 'out', settings: { steps: 7 } });
    await first.run.run();
    expect(Object.keys(await first.run.weights()).filter((key) => /^[ab]\./.test(key)).sort()).toEqual(['a.fc.bias', 'a.fc.weight', 'a.norm.bias', 'a.norm.running_mean', 'a.norm.running_var', 'a.norm.weight']);
    const more2 = await startRun({ graph: checked(same), data, backend, files, outFolder: 'out', resume: 'out', settings: { steps: 12 } });
    await more2.run.run();
    const whole = await startRun({ graph: checked(same), data, backend, settings: { steps: 12 } });
    await whole.run.run();
    expect(bitsOf(await more2.run.weights())).toEqual(bitsOf(await whole.run.weights()));
  });
  test('running statistics move once for each instance, as those of a layer that is called twice', () => {
    const norm: BlockSketch = { nodes: { norm: ['BatchNorm', { momentum: 0.5 }] }, wires: [], inputs: { x: ['norm.x'] }, outputs: { y: 'norm.y' } };
    const more = { weightGroup: 'g' };
    const doc = withBlocks(makeDocument({ p: ['Input', { name: 'p', shape: [1] }], q: ['Input', { name: 'q', shape: [1] }], a: instance('norm', {}, more), b: instance('norm', {}, more), join: ['Add'], t: ['Input', { name: 't', shape: [1] }], loss: ['MSE'], out: ['Output'] },
      ['p.y -> a.x', 'q.y -> b.x', 'a.y -> join.xs', 'b.y -> join.xs', 'join.y -> loss.prediction', 't.y -> loss.target', 'join.y -> out.x']), { norm });
    const { layout, lowered } = lowerForTest(checkedGraph(doc), 'train', 2);
    const update = lowered.bufferUpdate!;
    const { outputs } = evaluateProgram(makeProgram(new Map([['buffers', update.value]])), { 'p.y': Float32Array.of(1, 3), 'q.y': Float32Array.of(10, 20), 't.y': Float32Array.of(0, 0), seed: Int32Array.of(0), step: Int32Array.of(0) }, arenasWith(layout, { 'a.norm.weight': [1], 'a.norm.running_mean': [0], 'a.norm.running_var': [1] }));
    const entry = layout.byKey.get('a.norm.running_mean')!;
    const momentum = 0.5;
    const once = (1 - momentum) * 0 + momentum * 2;
    expect(outputs.get('buffers')!.data[entry.offset]).toBeCloseTo((1 - momentum) * once + momentum * 15, 6);
  });
  test('are one initializer in ONNX and one layer in PyTorch', async () => {
    const graph = checkedGraph(of(true));
    const weights = someWeights(graph);
    const bytes = await expectAgreement(graph, { weights });
    expect(onnxCodec.decode('ModelProto', bytes).graph?.initializer.map(({ name }) => name).filter((name) => name?.includes('fc') === true).sort()).toEqual(['a.fc.bias', 'a.fc.weight']);
    const script = exportPytorch(graph);
    expect(script.match(/self\.\w+ = nn\.Linear/g)).toEqual(['self.a_fc = nn.Linear']);
    expect(script).toContain('b_fc = self.a_fc(');
    expect(script).toContain("NODES = {'a_fc': 'a.fc'}");
  });
  test('of layers that differ otherwise are tied in PyTorch', () => {
    const conv: BlockSketch = { nodes: { conv: ['Conv2D', { filters: 2, padding: 'same' }] }, wires: [], inputs: { x: ['conv.x'] }, outputs: { y: 'conv.y' }, params: { stride: 'conv.stride' } };
    const more = { weightGroup: 'g' };
    const nodes: Record<string, NodeSketch> = { x: ['Input', { shape: [2, 8, 8] }], a: instance('conv', {}, more), b: instance('conv', { stride: [2] }, more), out: ['Output'] };
    const script = exportPytorch(checkedGraph(withBlocks(makeDocument(nodes, ['x.y -> a.x', 'a.y -> b.x', 'b.y -> out.x']), { conv })));
    expect(script).toContain('share(self.b_conv, self.a_conv)');
    expect(script).toContain("NODES = {'a_conv': 'a.conv', 'b_conv': 'a.conv'}");
    expect(script).toContain('def share(layer, owner):');
  });
});

test('blocks that hold blocks are exported as if they were not there', async () => {
  const doc = withBlocks(makeDocument({ x: ['Input', { shape: [2] }], a: instance('stack'), out: ['Output'] }, ['x.y -> a.x', 'a.y -> out.x']), { stack: STACK, squash: SQUASH });
  await expectAgreement(checkedGraph(doc));
});
