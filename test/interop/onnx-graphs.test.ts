/** Whole graphs as ONNX: branches, several inputs and outputs, names that clash, and what is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import { FormatError } from '../../engine/interop/format-error.ts';
import { exportOnnx } from '../../engine/interop/onnx/export-onnx.ts';
import { onnxCodec } from '../../engine/interop/onnx/schema.ts';
import { CLASSIFIER_NODES, CLASSIFIER_WIRES, makeDocument, type NodeSketch } from '../graph/documents.ts';
import { checkedGraph } from '../graph/lowering.ts';
import { expectAgreement, someWeights, withoutOwnForms } from './agreement.ts';

const input = (name: string, shape: readonly number[], more: Readonly<Record<string, ParamValue>> = {}): NodeSketch => ['Input', { name, shape, ...more }];
const graphOf = (document: GraphDoc) => checkedGraph(document);
const opened = (bytes: Uint8Array) => {
  const { graph } = onnxCodec.decode('ModelProto', bytes);
  if (graph === undefined) throw new Error('the model has no graph');
  return graph;
};

const graphs: Readonly<Record<string, GraphDoc>> = {
  'a residual block with normalization and dropout': makeDocument(
    { image: input('image', [3, 8, 8]), conv1: ['Conv2D', { filters: 3, padding: 'same' }], norm: ['BatchNorm'], relu: ['ReLU'], conv2: ['Conv2D', { filters: 3, padding: 'same', bias: false }], add: ['Add'], drop: ['Dropout'], pool: ['GlobalAvgPool'], fc: ['Dense', { units: 4 }], soft: ['Softmax'], out: ['Output'] },
    ['image.y -> conv1.x', 'conv1.y -> norm.x', 'norm.y -> relu.x', 'relu.y -> conv2.x', 'conv2.y -> add.xs', 'image.y -> add.xs', 'add.y -> drop.x', 'drop.y -> pool.x', 'pool.y -> fc.x', 'fc.y -> soft.x', 'soft.y -> out.x'],
  ),
  'two inputs, two outputs, a shared trunk': makeDocument(
    { image: input('image', [1, 6, 6]), tags: input('tags', [5], { dtype: 'i32', classes: 7 }), flat: ['Flatten'], embed: ['Embedding', { vocabulary: 7, dim: 3 }], flat2: ['Flatten'], join: ['Concat'], fc: ['Dense', { units: 6 }], act: ['GELU'], a: ['Dense', { units: 2 }], first: ['Output', { name: 'class' }], second: ['Output', { name: 'features' }] },
    ['image.y -> flat.x', 'tags.y -> embed.x', 'embed.y -> flat2.x', 'flat.y -> join.xs', 'flat2.y -> join.xs', 'join.y -> fc.x', 'fc.y -> act.x', 'act.y -> a.x', 'a.y -> first.x', 'act.y -> second.x'],
  ),
  'an input that is the output': makeDocument({ x: input('x', [3]), out: ['Output'] }, ['x.y -> out.x']),
  'one tensor under two names, used further': makeDocument(
    { x: input('x', [3]), fc: ['Dense', { units: 2 }], relu: ['ReLU'], a: ['Output', { name: 'a' }], b: ['Output', { name: 'b' }], c: ['Output', { name: 'c' }] },
    ['x.y -> fc.x', 'fc.y -> a.x', 'fc.y -> b.x', 'fc.y -> relu.x', 'relu.y -> c.x'],
  ),
  'nodes that are called like the input, the output and the parts of others': makeDocument(
    { source: input('x', [3]), x: ['Dense', { units: 4 }], output: ['ReLU'], Gemm: ['Dense', { units: 4 }], constant: ['GELU'], result: ['Output', { name: 'output' }] },
    ['source.y -> x.x', 'x.y -> output.x', 'output.y -> Gemm.x', 'Gemm.y -> constant.x', 'constant.y -> result.x'],
  ),
  'no Output: what goes into the loss': makeDocument(
    Object.fromEntries(Object.entries(CLASSIFIER_NODES).filter(([id]) => id !== 'output')), CLASSIFIER_WIRES.filter((wire) => !wire.includes('output')),
  ),
  'a sequence': makeDocument(
    { x: input('x', [4, 9]), conv: ['Conv1D', { filters: 6, kernel: [3], stride: [2] }], order: ['Permute', { order: [2, 1] }], norm: ['LayerNorm'], fc: ['Dense', { units: 5 }], soft: ['LogSoftmax'], out: ['Output'] },
    ['x.y -> conv.x', 'conv.y -> order.x', 'order.y -> norm.x', 'norm.y -> fc.x', 'fc.y -> soft.x', 'soft.y -> out.x'],
  ),
};

describe.each(Object.entries(graphs))('%s', (_title, document) => {
  test('agrees with onnxruntime', async () => {
    await expectAgreement(graphOf(document));
  });
  test('agrees when everything comes from IR', async () => {
    await expectAgreement(withoutOwnForms(graphOf(document)));
  });
});

test('weights are initializers under PyTorch\'s names, and those of nodes that the outputs do not need are left out', () => {
  const graph = graphOf(makeDocument(
    { x: input('x', [3]), fc: ['Dense', { units: 2 }], other: ['Dense', { units: 5 }], norm: ['LayerNorm'], out: ['Output'] },
    ['x.y -> fc.x', 'x.y -> other.x', 'fc.y -> norm.x', 'norm.y -> out.x'],
  ));
  const weights = someWeights(graph);
  const { initializer, valueInfo } = opened(exportOnnx({ graph, weights }));
  expect(initializer.map((tensor) => tensor.name).sort()).toEqual(['fc.bias', 'fc.weight', 'norm.bias', 'norm.weight']);
  const raw = initializer.find((tensor) => tensor.name === 'fc.weight');
  expect(raw?.dims).toEqual([2, 3]);
  expect(new Float32Array(raw?.rawData?.slice().buffer ?? new ArrayBuffer(0))).toEqual(weights['fc.weight']?.data);
  expect(valueInfo.map((info) => info.name)).toEqual(['fc']);
});

test('two data ports of one name get their nodes\' ids', () => {
  const graph = graphOf(makeDocument({ a: ['Blobs'], b: ['Circles'], sum: ['Add'], out: ['Output'] }, ['a.x -> sum.xs', 'b.x -> sum.xs', 'sum.y -> out.x']));
  expect(opened(exportOnnx({ graph, weights: {} })).input.map((value) => value.name)).toEqual(['a.x', 'b.x']);
});

describe('what is refused', () => {
  const graph = graphOf(makeDocument({ x: input('x', [3]), fc: ['Dense', { units: 2 }], out: ['Output'] }, ['x.y -> fc.x', 'fc.y -> out.x']));
  test('missing and mis-shaped weights, all at once', () => {
    const attempt = () => exportOnnx({ graph, weights: { 'fc.weight': { shape: [3, 2], data: new Float32Array(6) } } });
    expect(attempt).toThrow(FormatError);
    expect(attempt).toThrow('fc.weight is [3, 2], the graph wants [2, 3]; fc.bias [2] is missing');
  });
  test('a graph that predicts nothing', () => {
    const nothing = graphOf(makeDocument({ x: input('x', [3]) }, []));
    expect(() => exportOnnx({ graph: nothing, weights: {} })).toThrow('neither an Output nor a loss');
  });
  test('an input that is called like a weight', () => {
    const clash = graphOf(makeDocument({ source: input('fc.weight', [3]), fc: ['Dense', { units: 2 }], out: ['Output'] }, ['source.y -> fc.x', 'fc.y -> out.x']));
    expect(() => exportOnnx({ graph: clash, weights: someWeights(clash) })).toThrow("called 'fc.weight', which is the name of a weight");
  });
});

describe('reading a file back', () => {
  test('an encoded model, decoded and encoded again, is the same', () => {
    const graph = graphOf(makeDocument({ x: input('x', [3]), act: ['LeakyReLU'], pad: ['Flatten'], out: ['Output'] }, ['x.y -> act.x', 'act.y -> pad.x', 'pad.y -> out.x']));
    const bytes = exportOnnx({ graph, weights: {}, classNames: ['a', 'b', 'c'] });
    expect(onnxCodec.encode('ModelProto', onnxCodec.decode('ModelProto', bytes))).toEqual(bytes);
  });
  test('any damage: an error of its own kind or another model, never a crash', () => {
    const graph = graphOf(makeDocument({ x: input('x', [3]), fc: ['Dense', { units: 2 }], out: ['Output'] }, ['x.y -> fc.x', 'fc.y -> out.x']));
    const good = exportOnnx({ graph, weights: someWeights(graph) });
    fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const damaged = good.slice();
      damaged[at] = byte;
      for (const bytes of [damaged, good.subarray(0, length)]) {
        try {
          onnxCodec.decode('ModelProto', bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }), { numRuns: 500 });
  });
  test('numbers in one run and one by one are the same', () => {
    // TensorProto: dims (field 1) packed as [300, 2], then 7 alone; an unknown field 99 is skipped.
    const bytes = Uint8Array.of(0x0a, 3, 0xac, 0x02, 2, 0x08, 7, 0x98, 0x06, 1);
    expect(onnxCodec.decode('TensorProto', bytes).dims).toEqual([300, 2, 7]);
  });
  test.each([
    ['cut off', Uint8Array.of(0x3a, 50, 1)],
    ['another wire type', Uint8Array.of(0x39, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['no protobuf', new TextEncoder().encode('PK\x03\x04 a zip')],
    ['a run that is longer than its message', Uint8Array.of(0x3a, 4, 0x2a, 2, 0x0a, 100)],
  ])('%s is refused', (_what, bytes) => {
    expect(() => onnxCodec.decode('ModelProto', bytes)).toThrow(FormatError);
  });
});
