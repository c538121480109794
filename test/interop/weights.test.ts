/** Weights of files held against graphs, and models in each export format. */
import { describe, expect, test } from 'vitest';
import { EXPORT_FORMATS, exportModel } from '../../engine/interop/export.ts';
import { FormatError } from '../../engine/interop/format-error.ts';
import { readNpz } from '../../engine/interop/npz.ts';
import { onnxCodec } from '../../engine/interop/onnx/schema.ts';
import { readSafetensors } from '../../engine/interop/safetensors.ts';
import type { StoredArray } from '../../engine/interop/stored-array.ts';
import { matchWeights, requireFittingWeights } from '../../engine/interop/weights.ts';
import { classifier } from '../graph/documents.ts';
import { checkedGraph } from '../graph/lowering.ts';
import { someWeights } from './agreement.ts';

/** data.x [N, 2] -> fc1 (5) -> norm -> relu -> fc2 (3). */
const graph = checkedGraph(classifier({ norm: ['BatchNorm'] }, { without: ['fc1.y -> relu.x'], with: ['fc1.y -> norm.x', 'norm.y -> relu.x'] }));
const floats = (...shape: number[]): StoredArray => ({ dtype: 'f32', shape, data: new Float32Array(shape.reduce((product, n) => product * n, 1)).map((_, i) => i + 1) });
const complete = {
  'fc1.weight': floats(5, 2), 'fc1.bias': floats(5), 'norm.weight': floats(5), 'norm.bias': floats(5), 'norm.running_mean': floats(5), 'norm.running_var': floats(5), 'fc2.weight': floats(3, 5), 'fc2.bias': floats(3),
};

describe('matching by name', () => {
  test('a file that fits, with the counter that PyTorch adds to it', () => {
    const match = requireFittingWeights(graph, { ...complete, 'norm.num_batches_tracked': { dtype: 'i32', shape: [], data: Int32Array.of(9) } });
    expect(match).toMatchObject({ missing: [], extra: [], misshaped: [] });
    expect(Object.keys(match.weights).sort()).toEqual(Object.keys(complete).sort());
    expect(match.weights['fc2.weight']).toEqual({ shape: [3, 5], data: complete['fc2.weight'].data });
  });
  test('everything that differs is told at once, with the shapes', () => {
    const { 'fc2.bias': _bias, 'norm.running_var': _variance, ...rest } = complete;
    const file = { ...rest, 'fc1.weight': floats(2, 5), 'fc1.bias': floats(7), 'layer9.weight': floats(4, 4) };
    expect(matchWeights(graph, file)).toMatchObject({
      missing: [{ name: 'norm.running_var', shape: [5], buffer: true }, { name: 'fc2.bias', shape: [3], buffer: false }],
      extra: [{ name: 'layer9.weight', shape: [4, 4] }],
      misshaped: [{ name: 'fc1.weight', wanted: [5, 2], found: [2, 5] }, { name: 'fc1.bias', wanted: [5], found: [7] }],
    });
    expect(() => requireFittingWeights(graph, file)).toThrow(FormatError);
    expect(() => requireFittingWeights(graph, file)).toThrow([
      "5 tensors do not fit the graph; names are '<node id>.<weight>' and layouts PyTorch's:",
      '  fc1.weight is [2, 5] in the file, the graph has [5, 2]: transposed; PyTorch stores [out, in]',
      '  fc1.bias is [7] in the file, the graph has [5]',
      '  norm.running_var [5] is missing from the file (running statistics)',
      '  fc2.bias [3] is missing from the file',
      '  layer9.weight [4, 4] is no weight of the graph',
    ].join('\n'));
  });
  test('a part of the weights, where that is allowed', () => {
    const { missing, weights } = requireFittingWeights(graph, { 'fc1.weight': floats(5, 2) }, { missingAllowed: true });
    expect(Object.keys(weights)).toEqual(['fc1.weight']);
    expect(missing).toHaveLength(7);
    expect(() => requireFittingWeights(graph, { fc1: floats(5, 2) }, { missingAllowed: true })).toThrow('fc1 [5, 2] is no weight of the graph');
  });
  test('names of every object\'s prototype are no weights', () => {
    expect(matchWeights(graph, Object.fromEntries([['toString', floats(1)]])).extra).toEqual([{ name: 'toString', shape: [1] }]);
  });
});

describe('export formats', () => {
  const weights = someWeights(graph);
  const model = { graph, weights, classNames: ['a', 'b', 'c'], preprocessing: { 'data.x': { scale: 2, shift: -1 } }, producerVersion: '9.9' };
  const stored = Object.fromEntries(Object.entries(weights).map(([name, { shape, data }]) => [name, { dtype: 'f32', shape, data }]));

  test('are listed with their endings', () => {
    expect(EXPORT_FORMATS.map(({ id, extension }) => [id, extension])).toEqual([['onnx', '.onnx'], ['safetensors', '.safetensors'], ['npz', '.npz'], ['pytorch', '.py']]);
  });
  test('safetensors: the weights as they are, class names and preprocessing beside them', () => {
    const { tensors, metadata } = readSafetensors(exportModel('safetensors', model));
    expect(tensors).toEqual(stored);
    expect(metadata).toEqual({ format: 'pt', producer: 'Netloom', model: 'test', class_names: '["a","b","c"]', preprocessing: '{"data.x":{"scale":2,"shift":-1}}' });
  });
  test('npz: the weights as they are', () => {
    expect(readNpz(exportModel('npz', model))).toEqual(stored);
  });
  test('onnx: a model', () => {
    expect(onnxCodec.decode('ModelProto', exportModel('onnx', model))).toMatchObject({ producerVersion: '9.9', metadataProps: [{ key: 'class_names' }, { key: 'preprocessing', value: '{"x":{"scale":2,"shift":-1}}' }] });
  });
});
