import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { type ParameterEntry, arenaPiece, declaredParameter, defaultStorage, fromStorage, layOutParameters, toStorage } from '../../engine/graph/parameters.ts';
import { summarize, typeLabel } from '../../engine/graph/summary.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { elementCount, makeProgram } from '../../engine/tensor/ir.ts';
import { classifier, makeDocument } from './documents.ts';
import { checkedGraph } from './lowering.ts';

const shapeAndOrder = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }).chain((shape) => fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length }).map((storage) => ({ shape, storage })));
const counting = (shape: readonly number[]): number[] => Array.from({ length: elementCount(shape) }, (_, i) => i + 1);

describe('storage order', () => {
  test('of a matrix and of a filter bank', () => {
    expect([0, 1, 2, 3, 4, 5].map(defaultStorage)).toEqual([[], [0], [1, 0], [2, 1, 0], [2, 3, 1, 0], [2, 3, 4, 1, 0]]);
    // [out 2, in 3] in memory as [in, out].
    expect([...toStorage([1, 2, 3, 4, 5, 6], [2, 3], [1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...toStorage(counting([1, 2, 1, 3]), [1, 2, 1, 3], [2, 3, 1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
  });
  test('there and back again', () => {
    fc.assert(fc.property(shapeAndOrder, ({ shape, storage }) => {
      const data = counting(shape);
      const stored = toStorage(data, shape, storage);
      expect([...fromStorage(stored, shape, storage)]).toEqual(data);
      expect([...stored].sort((a, b) => a - b)).toEqual(data);
    }));
  });
  test('the IR sees in an arena what the functions put there, and writes it back as it was', () => {
    fc.assert(fc.property(shapeAndOrder, ({ shape, storage }) => {
      const count = elementCount(shape);
      const padded = Math.ceil(count / 4) * 4;
      const entry: ParameterEntry = { key: 'n.w', node: 'n', name: 'w', shape, storage, arena: 'a', offset: 4, count, padded, init: { kind: 'zeros' }, trainable: true, buffer: false, noDecay: false };
      const b = new Builder();
      const flat = b.slice(b.state('a', [4 + padded]), 0, 4, 4 + count);
      const declared = declaredParameter(b, entry, flat);
      expect(declared.shape).toEqual(shape);
      const arena = new Float64Array(4 + padded);
      arena.set(toStorage(counting(shape), shape, storage), 4);
      const { outputs } = evaluateProgram(makeProgram(new Map([['declared', declared], ['piece', arenaPiece(b, entry, declared)]])), {}, new Map([['a', arena]]));
      expect([...outputs.get('declared')!.data]).toEqual(counting(shape));
      expect([...outputs.get('piece')!.data]).toEqual([...arena.subarray(4)]);
    }));
  });
});

describe('layout', () => {
  test('one arena for what is trained alike, weights before biases, aligned, without gaps', () => {
    const { arenas, byKey } = layOutParameters(checkedGraph(classifier()));
    expect(arenas).toMatchObject([{ name: 'weights.0', length: 12 + 16 + 8 + 4, decayed: 28, trainable: true, optimizer: 'adam', learningRateFactor: 1 }]);
    expect(arenas[0]!.entries.map((entry) => [entry.key, entry.offset, entry.count, entry.padded, entry.noDecay])).toEqual([
      ['fc1.weight', 0, 10, 12, false], ['fc2.weight', 12, 15, 16, false], ['fc1.bias', 28, 5, 8, true], ['fc2.bias', 36, 3, 4, true],
    ]);
    expect(byKey.get('fc2.weight')).toMatchObject({ node: 'fc2', name: 'weight', shape: [3, 5], storage: [1, 0], trainable: true, buffer: false });
  });
  test('arenas of their own for other learning-rate factors, frozen weights and buffers', () => {
    const doc = makeDocument({
      data: ['Blobs', { classes: 3 }], slow: ['Dense', { units: 4 }, { learningRateFactor: 0.1 }], norm: ['BatchNorm'], frozen: ['Dense', { units: 4 }, { frozen: true }],
      still: ['Dense', { units: 4 }, { learningRateFactor: 0 }], fc: ['Dense', { units: 3 }], loss: ['CrossEntropy'], sgd: ['SGD'], aside: ['Dense', { units: 2 }], out: ['Output'],
    }, ['data.x -> slow.x', 'slow.y -> norm.x', 'norm.y -> frozen.x', 'frozen.y -> still.x', 'still.y -> fc.x', 'fc.y -> loss.prediction', 'data.y -> loss.target', 'loss.loss -> sgd.loss', 'norm.y -> aside.x', 'aside.y -> out.x']);
    const { arenas } = layOutParameters(checkedGraph(doc));
    const names = (arena: string) => arenas.find((a) => a.name === arena)?.entries.map((entry) => entry.key).sort();
    expect(arenas.map((arena) => [arena.name, arena.trainable, arena.learningRateFactor])).toEqual([['weights.0', true, 0.1], ['weights.1', true, 1], ['weights.frozen', false, 0], ['buffers', false, 0]]);
    expect(names('weights.0')).toEqual(['slow.bias', 'slow.weight']);
    expect(names('weights.1')).toEqual(['fc.bias', 'fc.weight', 'norm.bias', 'norm.weight']);
    // Weights that no trained loss reaches are left alone like frozen ones.
    expect(names('weights.frozen')).toEqual(['aside.bias', 'aside.weight', 'frozen.bias', 'frozen.weight', 'still.bias', 'still.weight']);
    expect(names('buffers')).toEqual(['norm.running_mean', 'norm.running_var']);
    for (const arena of arenas) {
      let end = 0;
      for (const entry of arena.entries) {
        expect(entry.offset).toBe(end);
        expect(entry.offset % 4).toBe(0);
        expect(entry.noDecay ? entry.offset >= arena.decayed : entry.offset + entry.padded <= arena.decayed).toBe(true);
        end = entry.offset + entry.padded;
      }
      expect(arena.length).toBe(end);
    }
    const summary = summarize(checkedGraph(doc));
    expect([summary.trainable, summary.frozen, summary.buffers]).toEqual([12 + 15 + 8, 20 + 20 + 10, 8]);
    expect(summary.nodes.find((node) => node.id === 'norm')).toMatchObject({ trainable: 8, frozen: 0, buffers: 8, outputs: [{ port: 'y', type: { shape: ['N', 4] } }] });
  });
  test('does not depend on the order of the records', () => {
    const doc = classifier();
    const backwards = { ...doc, nodes: Object.fromEntries(Object.entries(doc.nodes).reverse()), edges: Object.fromEntries(Object.entries(doc.edges).reverse()) };
    expect(layOutParameters(checkedGraph(backwards)).entries).toEqual(layOutParameters(checkedGraph(doc)).entries);
  });
});

test('labels of types', () => {
  expect(typeLabel({ shape: ['N', 3, 28], dtype: 'f32' })).toBe('[N, 3, 28]');
  expect(typeLabel({ shape: ['N'], dtype: 'i32', classes: 10 })).toBe('i32 [N]');
});
