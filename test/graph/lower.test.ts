import { describe, expect, test } from 'vitest';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { lowerGraph } from '../../engine/graph/lower.ts';
import { randomStream } from '../../engine/graph/node-scopes.ts';
import { layOutParameters } from '../../engine/graph/parameters.ts';
import type { LowerScope, NodeType } from '../../engine/nodes/node-type.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Value, isOp, makeProgram } from '../../engine/tensor/ir.ts';
import { type NodeSketch, classifier, makeDocument } from './documents.ts';
import { arenasWith, checkedGraph, evaluate, lowerForTest } from './lowering.ts';

const close = (actual: readonly number[] | undefined, expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((n, i) => expect(actual![i]).toBeCloseTo(n, 10));
};

describe('a small classifier', () => {
  const weights = {
    'fc1.weight': [1, 0, 0, 1, -1, 1, 2, -2, 0.5, 0.25], 'fc1.bias': [0, 0.5, 0, -1, 0],
    'fc2.weight': [1, -1, 0, 0, 2, 0, 1, 1, -1, 0, 0.5, 0, 0, 1, -1], 'fc2.bias': [0.125, 0, -0.25],
  };
  const x = [[1, 2], [-0.5, 0.25]];
  const labels = [2, 0];
  // The same by hand: two matrix products, a ReLU and the softmax's logarithm.
  const matrix = (flat: readonly number[], columns: number) => Array.from({ length: flat.length / columns }, (_, row) => flat.slice(row * columns, (row + 1) * columns));
  const dense = (input: readonly number[], weight: readonly number[], bias: readonly number[]) => matrix(weight, input.length).map((row, i) => row.reduce((sum, w, j) => sum + w * input[j]!, bias[i]!));
  const logits = x.map((sample) => dense(dense(sample, weights['fc1.weight'], weights['fc1.bias']).map((n) => Math.max(n, 0)), weights['fc2.weight'], weights['fc2.bias']));
  const loss = logits.reduce((sum, row, i) => sum + Math.log(row.reduce((total, n) => total + Math.exp(n), 0)) - row[labels[i]!]!, 0) / 2;

  test('gives what a calculation by hand gives', () => {
    const sketch = lowerForTest(checkedGraph(classifier()), 'train', 2);
    const { prediction, totalLoss } = sketch.lowered;
    const result = evaluate(sketch, { prediction: prediction?.value, loss: totalLoss }, { 'data.x': x.flat(), 'data.y': labels }, weights);
    close(result['prediction'], logits.flat());
    close(result['loss'], [loss]);
    expect([...sketch.lowered.weightSlices.keys()].sort()).toEqual(['fc1.bias', 'fc1.weight', 'fc2.bias', 'fc2.weight']);
    expect(sketch.lowered.weightSlices.get('fc1.weight')!.shape).toEqual([10]);
    expect(sketch.lowered.metrics).toMatchObject([{ node: 'accuracy', type: 'Accuracy', params: { threshold: 0 }, inputs: [prediction!.value, { shape: [2], dtype: 'i32' }] }]);
    expect(sketch.lowered.targets).toMatchObject([{ node: 'loss', value: { shape: [2] }, type: { classes: 3 } }]);
    expect(sketch.lowered.outputs).toMatchObject([{ node: 'output', type: { shape: ['N', 3] } }]);
    expect(sketch.lowered.bufferUpdate).toBeUndefined();
  });
  test('every value tells which node it came from', () => {
    const { lowered } = lowerForTest(checkedGraph(classifier()), 'train', 2);
    const origins = new Set(makeProgram(new Map([['loss', lowered.totalLoss!]])).values.map((value) => value.origin));
    expect([...origins].sort()).toEqual(['data', 'fc1', 'fc2', 'loss', 'relu']);
    expect(lowered.prediction!.value.origin).toBe('fc2');
  });
  test('a prediction asks for no labels, an evaluation does', () => {
    const asked: string[] = [];
    const graph = checkedGraph(classifier());
    const builder = new Builder();
    const source = (node: { readonly id: string }, port: string): Value => {
      asked.push(`${node.id}.${port}`);
      return port === 'x' ? builder.input('x', [4, 2]) : builder.input('y', [4], 'i32');
    };
    const predicted = lowerGraph(graph, { builder, layout: layOutParameters(graph), batch: 4, goal: 'predict', source });
    expect(asked).toEqual(['data.x']);
    expect(predicted.losses).toEqual([]);
    expect(predicted.metrics).toEqual([]);
    expect(predicted.prediction!.value.shape).toEqual([4, 3]);
    expect(predicted.values.get('data')![1]).toBeUndefined();
    lowerGraph(graph, { builder, layout: layOutParameters(graph), batch: 4, goal: 'evaluate', source });
    expect(asked).toEqual(['data.x', 'data.x', 'data.y']);
  });
  test('until a node, and no further', () => {
    const { lowered } = lowerForTest(checkedGraph(classifier()), 'predict', 1, { until: ['relu'] });
    expect([...lowered.values.keys()].sort()).toEqual(['data', 'fc1', 'relu']);
    expect(lowered.prediction).toBeUndefined();
    expect(lowerForTest(checkedGraph(classifier()), 'predict', 1, { until: ['data'] }).lowered.values.get('data')!.map((value) => value?.shape)).toEqual([[1, 2], [1]]);
  });
  test('without an Output, what the loss is given is the prediction, a source included', () => {
    const doc = makeDocument({ data: ['LineData'], loss: ['MSE'], rmse: ['RMSE'] }, ['data.x -> loss.prediction', 'data.y -> loss.target']);
    const { lowered } = lowerForTest(checkedGraph({ ...doc, nodes: { data: doc.nodes['data']!, loss: doc.nodes['loss']! } }), 'predict', 3);
    expect(lowered.prediction).toMatchObject({ node: 'data', value: { op: 'input', attrs: { name: 'data.x' } } });
  });
});

test('skips, several inputs, several outputs and several losses', () => {
  const doc = makeDocument({
    left: ['Input', { name: 'left', shape: [2] }], right: ['Input', { name: 'right', shape: [2] }], wanted: ['Input', { name: 'wanted', shape: [2] }],
    sum: ['Add'], double: ['Add'], join: ['Concat'], fc: ['Dense', { units: 2, bias: false }], skip: ['Add'],
    mse: ['MSE', { weight: 2 }], mae: ['MAE', { weight: 0.5 }], sgd: ['SGD'], one: ['Output'], two: ['Output'],
  }, [
    'left.y -> sum.xs', 'right.y -> sum.xs', 'sum.y -> double.xs', 'sum.y -> double.xs', 'left.y -> join.xs', 'sum.y -> join.xs', 'join.y -> fc.x', 'fc.y -> skip.xs', 'left.y -> skip.xs',
    'skip.y -> mse.prediction', 'wanted.y -> mse.target', 'double.y -> mae.prediction', 'wanted.y -> mae.target', 'mse.loss -> sgd.loss', 'mae.loss -> sgd.loss', 'skip.y -> one.x', 'double.y -> two.x',
  ]);
  const sketch = lowerForTest(checkedGraph(doc), 'train', 1);
  const [left, right, wanted] = [[1, 2], [10, 20], [0, 50]] as const;
  const weight = [[1, 0, 0, 1], [0, 2, -1, 0]];
  const sum = left.map((n, i) => n + right[i]!);
  const skip = weight.map((row, i) => row.reduce((total, w, j) => total + w * [...left, ...sum][j]!, 0) + left[i]!);
  const mse = skip.reduce((total, n, i) => total + (n - wanted[i]!) ** 2, 0) / 2;
  const mae = sum.reduce((total, n, i) => total + Math.abs(2 * n - wanted[i]!), 0) / 2;
  const losses = new Map(sketch.lowered.losses.map((loss) => [loss.node, loss.value]));
  const outputs = new Map(sketch.lowered.outputs.map((output) => [output.node, output.value]));
  const result = evaluate(sketch, { mse: losses.get('mse'), mae: losses.get('mae'), total: sketch.lowered.totalLoss, one: outputs.get('one'), two: outputs.get('two') }, { 'left.y': left, 'right.y': right, 'wanted.y': wanted }, { 'fc.weight': weight.flat() });
  close(result['mse'], [2 * mse]);
  close(result['mae'], [0.5 * mae]);
  close(result['total'], [2 * mse + 0.5 * mae]);
  close(result['one'], skip);
  close(result['two'], sum.map((n) => 2 * n));
});

describe('randomness', () => {
  const dropouts = (extra: Readonly<Record<string, NodeSketch>> = {}, wires: readonly string[] = []) => makeDocument(
    { x: ['Input', { shape: [64] }], drop1: ['Dropout', { rate: 0.5 }], drop2: ['Dropout', { rate: 0.5 }], one: ['Output'], two: ['Output'], ...extra },
    ['x.y -> drop1.x', 'x.y -> drop2.x', 'drop1.y -> one.x', 'drop2.y -> two.x', ...wires],
  );
  const masks = (doc: ReturnType<typeof dropouts>, step = 1) => {
    const sketch = lowerForTest(checkedGraph(doc), 'train', 2);
    const values = Object.fromEntries(sketch.lowered.outputs.map((output) => [output.node, output.value]));
    return evaluate(sketch, { one: values['one'], two: values['two'] }, { 'x.y': new Array<number>(128).fill(1), seed: 7, step });
  };
  test('each node draws numbers of its own, new ones at each step', () => {
    const { one, two } = masks(dropouts());
    expect(one).not.toEqual(two);
    expect(masks(dropouts(), 2)['one']).not.toEqual(one);
    for (const mask of [one!, two!]) expect(new Set(mask)).toEqual(new Set([0, 2]));
  });
  test('a node added elsewhere changes no other node\'s numbers', () => {
    expect(masks(dropouts({ drop0: ['Dropout', { rate: 0.5 }], zero: ['Output'] }, ['x.y -> drop0.x', 'drop0.y -> zero.x']))).toEqual(masks(dropouts()));
  });
  test('each draw of one node is a stream of its own', () => {
    const graph = checkedGraph(dropouts());
    const node = graph.nodes.get('drop1')!;
    const twice = { ...node, definition: { ...node.definition, lower: ({ b, random }: LowerScope) => [b.sub(random([2, 64], 'uniform'), random([2, 64], 'uniform'))] } };
    const sketch = lowerForTest({ ...graph, order: graph.order.map((other) => (other.id === 'drop1' ? twice : other)) }, 'train', 2);
    const { one } = evaluate(sketch, { one: sketch.lowered.outputs.find((output) => output.node === 'one')?.value }, { 'x.y': new Array<number>(128).fill(1), seed: 7, step: 1 });
    expect(one!.filter((difference) => difference === 0)).toEqual([]);
  });
  test('nothing is drawn in evaluation and prediction', () => {
    for (const goal of ['evaluate', 'predict'] as const) {
      const { lowered } = lowerForTest(checkedGraph(dropouts()), goal, 2);
      const program = makeProgram(new Map(lowered.outputs.map((output) => [output.node, output.value])));
      expect(program.values.some((value) => isOp(value, 'random'))).toBe(false);
    }
  });
  test('streams differ by node and by call', () => {
    const streams = ['a', 'b', 'drop1', 'drop2'].flatMap((node) => Array.from({ length: 50 }, (_, call) => randomStream(node, call)));
    expect(new Set(streams).size).toBe(streams.length);
    for (const stream of streams) expect(Number.isInteger(stream) && stream >= 0 && stream < 2 ** 32).toBe(true);
  });
});

describe('buffers', () => {
  const doc = makeDocument({
    x: ['Input', { shape: [3] }], a: ['BatchNorm', { momentum: 0.25 }], b: ['BatchNorm', { momentum: 0.5 }], y: ['Input', { name: 'target', shape: [3] }], mse: ['MSE'], out: ['Output'],
  }, ['x.y -> a.x', 'a.y -> b.x', 'b.y -> mse.prediction', 'y.y -> mse.target', 'b.y -> out.x']);
  test('running statistics are written back as one arena, in training only', () => {
    const sketch = lowerForTest(checkedGraph(doc), 'train', 2);
    const update = sketch.lowered.bufferUpdate;
    if (update === undefined) throw new Error('no update');
    expect(update.value.shape).toEqual(update.state.shape);
    const states = arenasWith(sketch.layout, { 'a.running_mean': [1, 2, 3], 'a.running_var': [1, 1, 1], 'b.running_mean': [8, 8, 8], 'a.weight': [1, 1, 1], 'b.weight': [1, 1, 1] });
    const { states: after } = evaluateProgram(makeProgram(new Map(), [update]), { 'x.y': [1, 2, 3, 3, 6, 9] }, states);
    const buffers = after.get('buffers')!;
    const read = (key: string) => {
      const entry = sketch.layout.byKey.get(key)!;
      return [...buffers.subarray(entry.offset, entry.offset + entry.count)];
    };
    // Batch means 2, 4, 6; unbiased variances 2, 8, 18; a quarter of the new against three of the old.
    close(read('a.running_mean'), [1.25, 2.5, 3.75]);
    close(read('a.running_var'), [1.25, 2.75, 5.25]);
    close(read('b.running_mean'), [4, 4, 4]);
    for (const goal of ['evaluate', 'predict'] as const) expect(lowerForTest(checkedGraph(doc), goal, 2).lowered.bufferUpdate).toBeUndefined();
  });
  test('what is not reached keeps its content', () => {
    const sketch = lowerForTest(checkedGraph(doc), 'train', 2, { until: ['a'] });
    const update = sketch.lowered.bufferUpdate!;
    const states = arenasWith(sketch.layout, { 'b.running_mean': [8, 8, 8], 'b.running_var': [4, 5, 6] });
    const { states: after } = evaluateProgram(makeProgram(new Map(), [update]), { 'x.y': [1, 2, 3, 3, 6, 9] }, states);
    const entry = sketch.layout.byKey.get('b.running_var')!;
    expect([...after.get('buffers')!.subarray(entry.offset, entry.offset + 3)]).toEqual([4, 5, 6]);
  });
});

describe('a node type that breaks its promises is named', () => {
  const withType = (changes: Partial<NodeType>) => {
    const graph = checkedGraph(makeDocument({ x: ['Input', { shape: [3] }], act: ['ReLU'], out: ['Output'] }, ['x.y -> act.x', 'act.y -> out.x']));
    const node = graph.nodes.get('act')!;
    const broken = { ...node, definition: { ...node.definition, ...changes } };
    return { ...graph, order: graph.order.map((other) => (other.id === 'act' ? broken : other)), nodes: new Map([...graph.nodes, ['act', broken]]) };
  };
  const cases: readonly (readonly [string, Partial<NodeType>, RegExp])[] = [
    ['another shape than inferred', { lower: ({ b }, _p, [x]) => [b.sum(x!)] }, /'act' \(ReLU\) lowers its output 'y' to f32 \[\], but promised f32 \[2, 3\]/],
    ['another dtype', { lower: ({ b }, _p, [x]) => [b.toI32(x!)] }, /i32/],
    ['no value', { lower: () => [] }, /0 values/],
    ['a weight that it does not declare', { lower: (scope) => [scope.weight('weight')] }, /'act'.*'weight'.*not declare/],
    ['an update of a buffer that it does not declare', { lower: (scope, _p, [x]) => { scope.updateBuffer('mean', x!); return [x!]; } }, /'mean'/],
  ];
  test.each(cases)('%s', (_name, changes, message) => expect(() => lowerForTest(withType(changes), 'predict', 2)).toThrow(message));
  test('an update of what it declares as a weight', () => {
    const graph = checkedGraph(makeDocument({ x: ['Input', { shape: [3] }], fc: ['Dense', { units: 3 }], out: ['Output'] }, ['x.y -> fc.x', 'fc.y -> out.x']));
    const node = graph.nodes.get('fc')!;
    const lower = (scope: LowerScope, _p: unknown, [x]: readonly Value[]) => {
      scope.updateBuffer('bias', scope.weight('bias'));
      return [x!];
    };
    const broken = { ...node, definition: { ...node.definition, lower } };
    expect(() => lowerForTest({ ...graph, order: graph.order.map((other) => (other.id === 'fc' ? broken : other)) }, 'train', 2)).toThrow(/'fc' updates 'bias', which it declares as a weight/);
  });
  test('randomness without a seed', () => {
    const graph = withType({ lower: (scope) => [scope.random([2, 3], 'uniform')] });
    const b = new Builder();
    expect(() => lowerGraph(graph, { builder: b, layout: layOutParameters(graph), batch: 2, goal: 'predict', source: () => b.input('x', [2, 3]) })).toThrow(/'act'.*seed/);
  });
  test('a source that gives another shape', () => {
    const b = new Builder();
    const graph = checkedGraph(classifier());
    expect(() => lowerGraph(graph, { builder: b, layout: layOutParameters(graph), batch: 2, goal: 'predict', source: () => b.input('x', [3, 2]) })).toThrow(/'data'.*promised f32 \[2, 2\]/);
  });
});
