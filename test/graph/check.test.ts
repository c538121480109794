import { describe, expect, test } from 'vitest';
import { CheckCache } from '../../engine/graph/check-cache.ts';
import { type CheckOptions, checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import type { Problem } from '../../engine/graph/problem.ts';
import { type AnyNodeType, type NodeType, ShapeError } from '../../engine/nodes/node-type.ts';
import { allNodeTypes, nodeType } from '../../engine/nodes/registry.ts';
import { longDocument } from './block-documents.ts';
import { cpuMilliseconds } from './cpu-time.ts';
import { CLASSIFIER_NODES, CLASSIFIER_WIRES, type NodeSketch, classifier, makeDocument } from './documents.ts';

function problems(doc: GraphDoc, options?: CheckOptions): readonly Problem[] {
  const result = checkGraph(doc, options);
  for (const problem of result.problems) {
    expect(problem.message).toMatch(/^[A-Z'].*[.?]$/s);
    if (problem.node !== undefined && doc.nodes[problem.node] !== undefined) expect(problem.message).toContain(problem.node);
  }
  expect(result.graph === undefined).toBe(result.problems.some((problem) => problem.severity === 'error'));
  return result.problems;
}
/** The one problem that the document has. */
function only(doc: GraphDoc, options?: CheckOptions): Problem {
  const found = problems(doc, options);
  expect(found.map((problem) => `${problem.code}: ${problem.message}`)).toHaveLength(1);
  return found[0]!;
}
const errors = (doc: GraphDoc, options?: CheckOptions): readonly Problem[] => problems(doc, options).filter((problem) => problem.severity === 'error');

test('a good document has no problems, and its graph is resolved', () => {
  const { problems: found, graph } = checkGraph(classifier(), { forTraining: true });
  expect(found).toEqual([]);
  if (graph === undefined) throw new Error('no graph');
  const place = new Map(graph.order.map((node, i) => [node.id, i]));
  for (const node of graph.order) for (const input of node.inputs) expect(place.get(input.from)).toBeLessThan(place.get(node.id)!);
  expect(graph.nodes.get('fc2')).toMatchObject({
    role: 'compute', params: { units: 3, bias: true }, frozen: false, learningRateFactor: 1,
    inputs: [{ port: 'x', edge: 'e3', from: 'relu', fromPort: 'y', output: 0, type: { shape: ['N', 5], dtype: 'f32' } }],
    outputTypes: [{ shape: ['N', 3], dtype: 'f32' }], weights: { weight: { shape: [3, 5] }, bias: { shape: [3] } },
  });
  expect(graph.nodes.get('loss')!.inputs.map((input) => [input.port, input.from, input.output])).toEqual([['prediction', 'fc2', 0], ['target', 'data', 1]]);
  expect(graph.losses.map(({ node, weight }) => [node.id, weight])).toEqual([['loss', 1]]);
  expect([graph.optimizers[0]?.node.id, graph.optimizers[0]?.schedule, graph.metrics.map((n) => n.id), graph.outputs.map((n) => n.id), graph.sources.map((n) => n.id)]).toEqual(['adam', undefined, ['accuracy'], ['output'], ['data']]);
  expect(graph.prediction).toEqual({ node: 'fc2', output: 0, type: { shape: ['N', 3], dtype: 'f32' }, marker: 'output' });
});

test('the order of a graph does not depend on the order of the records', () => {
  const doc = classifier();
  const backwards = { ...doc, nodes: Object.fromEntries(Object.entries(doc.nodes).reverse()), edges: Object.fromEntries(Object.entries(doc.edges).reverse()) };
  const ids = (d: GraphDoc) => checkGraph(d).graph!.order.map((node) => `${node.id}(${node.inputs.map((input) => input.edge).join()})`);
  expect(ids(backwards)).toEqual(ids(doc));
});

describe('nodes and parameters', () => {
  test('unknown type, with the name that may be meant', () => {
    expect(only(classifier({ relu: ['Relu6'] }))).toMatchObject({ code: 'unknown-type', node: 'relu', message: "Node 'relu' has the type 'Relu6', which does not exist; did you mean 'ReLU'?" });
    expect(only(classifier({ relu: ['Zzzzzzzzzz'] })).message).toContain('netloom nodes');
    // Names from JavaScript's own objects are types as unknown as any other.
    for (const type of ['toString', 'hasOwnProperty', 'valueOf']) expect(only(classifier({ relu: [type] }))).toMatchObject({ code: 'unknown-type', node: 'relu' });
  });
  test('unknown parameter', () => {
    const problem = only(classifier({ fc1: ['Dense', { units: 5, unit: 7 }] }));
    expect(problem).toMatchObject({ code: 'unknown-parameter', node: 'fc1' });
    expect(problem.message).toContain("did you mean 'units'?");
    expect(only(classifier({ fc1: ['Dense', { units: 5, toString: 7 }] })).code).toBe('unknown-parameter');
  });
  test('parameter of the wrong type', () => {
    expect(only(classifier({ fc1: ['Dense', { units: 'many' }] }))).toMatchObject({ code: 'parameter-type', node: 'fc1', repair: { kind: 'set-param', param: 'units', value: 128 } });
    expect(only(classifier({ fc1: ['Dense', { units: 5, bias: 1 }] }))).toMatchObject({ code: 'parameter-type', node: 'fc1' });
  });
  test('parameter out of range, with the nearest that is allowed', () => {
    const problem = only(classifier({ fc1: ['Dense', { units: -4 }] }));
    expect(problem).toMatchObject({ code: 'parameter-range', node: 'fc1', numbers: { value: -4, min: 1 }, repair: { kind: 'set-param', param: 'units', value: 1 } });
    expect(problem.message).toContain('-4');
    expect(only(classifier({ adam: ['Adam', { learningRate: 1000 }] }))).toMatchObject({ code: 'parameter-range', numbers: { value: 1000 }, repair: { param: 'learningRate', value: 100 } });
  });
  test('numbers that are none', () => {
    for (const value of [Number.NaN, Infinity, -Infinity]) expect(errors(classifier({ adam: ['Adam', { learningRate: value }] }))).toMatchObject([{ node: 'adam', repair: { kind: 'set-param', param: 'learningRate', value: 0.001 } }]);
  });
  test('several bad parameters of one node are each told', () => {
    expect(errors(classifier({ fc1: ['Dense', { units: -4, bias: 3, colour: 'red' }] })).map((problem) => problem.code).sort()).toEqual(['parameter-range', 'parameter-type', 'unknown-parameter']);
  });
  test('a bad rate does not keep the shapes behind it from being checked, a bad size does', () => {
    const dropout: NodeSketch = ['Dropout', { rate: 7 }];
    expect(errors(classifier({ relu: dropout, fc2: ['Dense', { units: 2 }] })).map((problem) => problem.code).sort()).toEqual(['class-count', 'class-count', 'parameter-range']);
    expect(errors(classifier({ fc2: ['Dense', { units: -2 }] })).map((problem) => problem.code)).toEqual(['parameter-range']);
  });
});

describe('wires', () => {
  test('a required input without a wire', () => {
    const problem = only(classifier({}, { without: ['data.y -> loss.target'] }));
    expect(problem).toMatchObject({ code: 'missing-wire', node: 'loss', port: 'target', repair: { kind: 'connect', port: 'target' } });
  });
  test('an optimizer without a loss', () => {
    expect(errors(classifier({}, { without: ['loss.loss -> adam.loss'] }))).toMatchObject([{ code: 'missing-wire', node: 'adam', port: 'loss' }]);
  });
  test('two wires into a port that takes one', () => {
    const problem = only(classifier({}, { with: ['data.x -> relu.x'] }));
    expect(problem).toMatchObject({ code: 'doubled-wire', node: 'relu', port: 'x', edge: 'e10', repair: { kind: 'remove-edge' } });
    expect(problem.message).toMatch(/'e2'.*fc1.*'e10'.*data/);
  });
  test('several wires into a port that takes many, in the order of their ids', () => {
    const doc = makeDocument({ a: ['Input', { name: 'a', shape: [1] }], b: ['Input', { name: 'b', shape: [2] }], join: ['Concat'], out: ['Output'] }, ['b.y -> join.xs', 'a.y -> join.xs', 'a.y -> join.xs', 'join.y -> out.x']);
    for (const edges of [doc.edges, Object.fromEntries(Object.entries(doc.edges).reverse())]) {
      const { graph } = checkGraph({ ...doc, edges });
      expect(graph?.nodes.get('join')).toMatchObject({ inputs: [{ from: 'b' }, { from: 'a' }, { from: 'a' }], outputTypes: [{ shape: ['N', 4] }] });
    }
  });
  test('a wire to a node that does not exist', () => {
    const doc = classifier({}, { with: ['ghost.y -> relu.x', 'fc2.y -> ghost.x'] });
    expect(errors(doc)).toMatchObject([{ code: 'edge-node-missing', edge: 'e10' }, { code: 'edge-node-missing', edge: 'e11' }]);
    for (const id of ['toString', '__proto__', 'constructor']) expect(errors(classifier({}, { with: [`${id}.y -> fc1.x`] }))).toMatchObject([{ code: 'edge-node-missing' }]);
  });
  test('a wire at a port that does not exist', () => {
    const from = only(classifier({}, { without: ['relu.y -> fc2.x'], with: ['relu.out -> fc2.x'] }));
    expect(from).toMatchObject({ code: 'unknown-port', node: 'relu', port: 'out', edge: 'e9' });
    expect(from.message).toContain("its outputs are 'y'");
    const to = only(classifier({}, { without: ['data.y -> loss.target'], with: ['data.y -> loss.targets'] }));
    expect(to).toMatchObject({ code: 'unknown-port', node: 'loss', port: 'targets' });
    expect(to.message).toContain("did you mean 'target'?");
    expect(errors(classifier({}, { with: ['fc1.x -> relu.y'] })).map((p) => /'\w' is .*?;/.exec(p.message)?.[0])).toEqual(["'x' is an input, not an output;", "'y' is an output, not an input;"]);
    // A second mistake at another port is not hidden by the first.
    expect(errors(classifier({}, { without: ['data.y -> loss.target', 'fc2.y -> loss.prediction'], with: ['data.y -> loss.targets'] })).map((problem) => [problem.code, problem.port])).toEqual([['unknown-port', 'targets'], ['missing-wire', 'prediction']]);
  });
  test('a dataset without the wanted port', () => {
    const problem = only(classifier({}, { without: ['data.y -> loss.target'], with: ['data.labels -> loss.target'] }));
    expect(problem).toMatchObject({ code: 'dataset-port', node: 'data', port: 'labels' });
    expect(problem.message).toContain("its outputs are 'x', 'y'");
  });
  test('kinds that do not go together', () => {
    expect(only(classifier({}, { without: ['loss.loss -> adam.loss'], with: ['fc2.y -> adam.loss'] }))).toMatchObject({ code: 'kind-mismatch', node: 'adam', port: 'loss', edge: 'e9', repair: { kind: 'remove-edge' } });
    expect(errors(classifier({}, { with: ['loss.loss -> adam.schedule'] }))).toMatchObject([{ code: 'kind-mismatch', node: 'adam', port: 'schedule' }]);
    expect(errors(classifier({ extra: ['Output'] }, { with: ['loss.loss -> extra.x'] }))).toMatchObject([{ code: 'kind-mismatch', node: 'extra' }]);
  });
  test('cycles are named, each once', () => {
    const cyclic = classifier({ sum: ['Add'] }, { without: ['relu.y -> fc2.x'], with: ['relu.y -> sum.xs', 'fc2.y -> sum.xs', 'sum.y -> fc2.x'] });
    const problem = only(cyclic);
    expect(problem).toMatchObject({ code: 'cycle', numbers: { length: 2 }, repair: { kind: 'remove-edge' } });
    expect(problem.message).toContain("'fc2' -> 'sum' -> 'fc2'");
    expect(errors(classifier({}, { without: ['fc1.y -> relu.x'], with: ['relu.y -> relu.x'] }))).toMatchObject([{ code: 'cycle', node: 'relu', numbers: { length: 1 } }]);
    const two = makeDocument({ a: ['ReLU'], b: ['ReLU'], c: ['Tanh'], d: ['Tanh'], e: ['Tanh'], out: ['Output'] }, ['a.y -> b.x', 'b.y -> a.x', 'c.y -> d.x', 'd.y -> e.x', 'e.y -> c.x', 'b.y -> out.x']);
    expect(errors(two).map((p) => [p.code, p.numbers])).toEqual([['cycle', { length: 2 }], ['cycle', { length: 3 }]]);
  });
});

describe('types', () => {
  test('a shape that cannot fit names the numbers, offers a repair and is not told again at the nodes behind', () => {
    const doc = makeDocument({ image: ['Input', { shape: [784] }], conv1: ['Conv2D'], pool: ['MaxPool2D'], fc: ['Dense', { units: 10 }], out: ['Output'] }, ['image.y -> conv1.x', 'conv1.y -> pool.x', 'pool.y -> fc.x', 'fc.y -> out.x']);
    expect(errors(doc)).toMatchObject([{ code: 'shape-rank', node: 'conv1', port: 'x', edge: 'e1', numbers: { x: [-1, 784] }, repair: { kind: 'insert-node', type: 'Reshape' } }]);
  });
  test('of several wires into one port none is blamed alone', () => {
    const doc = makeDocument({ a: ['Input', { name: 'a', shape: [3] }], b: ['Input', { name: 'b', shape: [4] }], sum: ['Add'], out: ['Output'] }, ['a.y -> sum.xs', 'b.y -> sum.xs', 'sum.y -> out.x']);
    const [problem] = errors(doc);
    expect(problem).toMatchObject({ code: 'shape-mismatch', node: 'sum', port: 'xs', numbers: { xs: [-1, 3], 'xs.1': [-1, 4] } });
    expect(problem!.edge).toBeUndefined();
  });
  test('but two separate mistakes are both told', () => {
    const doc = makeDocument(
      { image: ['Input', { shape: [784] }], conv1: ['Conv2D'], conv2: ['Conv2D', { filters: 0 }], ids: ['Input', { name: 'ids', shape: [4], dtype: 'i32' }], fc: ['Dense'], one: ['Output'], two: ['Output'] },
      ['image.y -> conv1.x', 'conv1.y -> conv2.x', 'conv2.y -> one.x', 'ids.y -> fc.x', 'fc.y -> two.x'],
    );
    expect(errors(doc).map((problem) => [problem.code, problem.node])).toEqual([['parameter-range', 'conv2'], ['shape-rank', 'conv1'], ['dtype-mismatch', 'fc']]);
  });
  test('labels where pixels belong, and pixels where labels belong', () => {
    const swapped = classifier({}, { without: ['fc2.y -> loss.prediction', 'data.y -> loss.target'], with: ['data.y -> loss.prediction', 'fc2.y -> loss.target'] });
    expect(errors(swapped)).toMatchObject([{ code: 'dtype-mismatch', node: 'loss', port: 'prediction' }]);
    expect(errors(swapped)[0]!.message).toContain('swapped');
    const indices = errors(classifier({ loss: ['MSE'] }));
    expect(indices).toMatchObject([{ code: 'shape-mismatch', node: 'loss', numbers: { prediction: [-1, 3], target: [-1] } }]);
    expect(indices[0]!.message).toContain('class indices');
    expect(errors(classifier({}, { without: ['data.x -> fc1.x'], with: ['data.y -> fc1.x'] }))).toMatchObject([{ code: 'dtype-mismatch', node: 'fc1' }]);
    expect(errors(classifier({}, { without: ['data.y -> loss.target'], with: ['data.x -> loss.target'] }))).toMatchObject([{ node: 'loss', port: 'target' }]);
  });
  test('more classes than the prediction is wide: both numbers, and the parameter to change', () => {
    const problem = only(classifier({ data: ['Blobs', { classes: 10 }], fc2: ['Dense', { units: 7 }], relu2: ['Tanh'], accuracy: null }, {
      without: ['fc2.y -> loss.prediction', 'fc2.y -> accuracy.prediction', 'data.y -> accuracy.target'], with: ['fc2.y -> relu2.x', 'relu2.y -> loss.prediction'],
    }));
    expect(problem).toMatchObject({ code: 'class-count', node: 'loss', numbers: { prediction: [-1, 7], classes: 10 }, repair: { kind: 'set-param', node: 'fc2', param: 'units', value: 10 } });
    expect(problem.message).toMatch(/7.*10.*set 'units' of 'fc2' to 10/);
  });
  test('a repair is offered only if it helps', () => {
    const wired = ['tokens.y -> embed.x', 'embed.y -> loss.prediction', 'labels.y -> loss.target'];
    const doc = (dim: number) => makeDocument({ tokens: ['Input', { shape: [], dtype: 'i32' }], embed: ['Embedding', { vocabulary: 7, dim }], labels: ['Input', { name: 'labels', shape: [], dtype: 'i32', classes: 10 }], loss: ['CrossEntropy'] }, wired);
    // The vocabulary has the same number as the width, but only the dimension decides it.
    expect(errors(doc(7))).toMatchObject([{ code: 'class-count', repair: { node: 'embed', param: 'dim', value: 10 } }]);
    const fixed = makeDocument({ prediction: ['Input', { shape: [7] }], labels: ['Input', { name: 'labels', shape: [], dtype: 'i32', classes: 10 }], loss: ['CrossEntropy'] }, ['prediction.y -> loss.prediction', 'labels.y -> loss.target']);
    expect(errors(fixed)).toMatchObject([{ code: 'class-count' }]);
    expect(errors(fixed)[0]!.repair).toBeUndefined();
  });
  test('an exception of a node type becomes a problem', () => {
    const broken: NodeType = {
      type: 'Broken', category: 'layer', title: { en: '', zh: '' }, summary: { en: '', zh: '' }, synonyms: [], params: {}, code: { pytorch: () => '', keras: () => '' }, examples: [], lower: () => [],
      inputs: [{ name: 'x', kind: 'tensor', title: { en: '', zh: '' } }], outputs: [{ name: 'y', kind: 'tensor', title: { en: '', zh: '' } }],
      infer: () => { throw new TypeError('cannot read properties of undefined'); },
    };
    const lookup = (overrides: Partial<NodeType>) => ({ types: { allNodeTypes, nodeType: (type: string): AnyNodeType | undefined => (type === 'Broken' ? { ...broken, ...overrides } : nodeType(type)) } });
    const doc = classifier({ relu: ['Broken'] });
    expect(only(doc, lookup({}))).toMatchObject({ code: 'infer-failed', node: 'relu' });
    expect(only(doc, lookup({ infer: () => [] }))).toMatchObject({ code: 'infer-failed', node: 'relu' });
    expect(only(doc, lookup({ infer: () => [{ shape: ['N', 0], dtype: 'f32' }] }))).toMatchObject({ code: 'shape-mismatch', node: 'relu', numbers: { shape: [128, 0] } });
    expect(only(doc, lookup({ infer: () => { throw new ShapeError({ en: 'needs luck', zh: '需要运气' }); } })).message).toBe("Broken 'relu' needs luck.");
    expect(only(doc, lookup({ infer: () => { throw new ShapeError({ en: 'the weather is bad.', zh: '天气不好。' }, { code: 'weather', port: 'x', repair: { kind: 'remove-edge' } }); } }))).toMatchObject({
      code: 'weather', port: 'x', edge: 'e2', repair: { kind: 'remove-edge' }, message: "Broken 'relu': the weather is bad (it comes from Dense 'fc1').",
    });
  });
  test('tensors and weights that no memory holds', () => {
    const wide = makeDocument({ x: ['Input', { shape: [60000] }], fc1: ['Dense', { units: 60000 }], out: ['Output'] }, ['x.y -> fc1.x', 'fc1.y -> out.x']);
    expect(errors(wide)).toMatchObject([{ code: 'too-large', node: 'fc1', numbers: { weights: 3_600_060_000 } }]);
    const big = makeDocument({ x: ['Input', { shape: [64, 1024, 1024] }], out: ['Output'] }, ['x.y -> out.x'], { batchSize: 64 });
    expect(errors(big)).toMatchObject([{ code: 'too-large', node: 'x', numbers: { elements: 64 * 2 ** 26, batch: 64 } }]);
  });
  test('batch norm over a batch of one', () => {
    const doc = (batchSize: number) => classifier({ relu: ['BatchNorm'] }, {}, { batchSize });
    expect(only(doc(1))).toMatchObject({ code: 'batch-too-small', severity: 'warning', node: 'relu' });
    expect(problems(doc(2))).toEqual([]);
  });
});

describe('given arrays', () => {
  const x = { shape: ['N', 4], dtype: 'f32' } as const;
  const y = { shape: ['N'], dtype: 'i32' } as const;
  test('take the place of a data node\'s own types, by port', () => {
    const { graph } = checkGraph(classifier(), { data: { x, y } });
    expect(graph?.nodes.get('fc1')!.weights).toMatchObject({ weight: { shape: [5, 4] } });
    expect(checkGraph(classifier(), { data: { 'data.x': x, x: { ...x, shape: ['N', 9] }, y } }).graph?.nodes.get('fc1')!.inputTypes).toEqual([x]);
  });
  test('must have the ports that are read', () => {
    expect(only(classifier(), { data: { x, labels: y } })).toMatchObject({ code: 'dataset-port', node: 'data', port: 'y' });
    expect(only(classifier(), { data: { x, labels: y } }).message).toMatch(/no array 'y'.*'x', 'labels'/);
  });
  test('feed Inputs by name and by id', () => {
    const doc = makeDocument({ left: ['Input', { name: 'l', shape: [1] }], right: ['Input', { name: '', shape: [1] }], join: ['Concat'], out: ['Output'] }, ['left.y -> join.xs', 'right.y -> join.xs', 'join.y -> out.x']);
    const shapeWith = (data: CheckOptions['data']) => checkGraph(doc, data === undefined ? {} : { data }).graph?.nodes.get('join')!.outputTypes[0]!.shape;
    expect(shapeWith({ l: x })).toEqual(['N', 5]);
    expect(shapeWith({ right: x })).toEqual(['N', 5]);
    expect(shapeWith({ left: x, 'right.y': x })).toEqual(['N', 8]);
    expect(shapeWith({ x, y, toString: x })).toEqual(['N', 2]);
  });
  test('feed an Input by its id before its name, and the only source by x', () => {
    const sum = makeDocument({ x: ['Input', { shape: [1] }], second: ['Input', { shape: [1] }], join: ['Concat'], out: ['Output'] }, ['x.y -> join.xs', 'second.y -> join.xs', 'join.y -> out.x']);
    expect(checkGraph(sum, { data: { x, second: { ...x, shape: ['N', 7] } } }).graph?.nodes.get('join')!.outputTypes[0]!.shape).toEqual(['N', 11]);
    const alone = makeDocument({ image: ['Input', { name: 'image', shape: [1] }], out: ['Output'] }, ['image.y -> out.x']);
    expect(checkGraph(alone, { data: { x } }).graph?.nodes.get('image')!.outputTypes).toEqual([x]);
  });
});

describe('purpose', () => {
  const second: readonly string[] = ['fc1.y -> loss2.prediction', 'data.x -> loss2.target', 'loss2.loss -> adam.loss'];
  test('two losses need weights', () => {
    const found = errors(classifier({ fc1: ['Dense', { units: 2 }], loss2: ['MSE'] }, { with: second }));
    expect(found.map((problem) => [problem.code, problem.node]).sort()).toEqual([['loss-weights', 'loss'], ['loss-weights', 'loss2']]);
    expect(found[0]).toMatchObject({ numbers: { losses: 2 }, repair: { kind: 'set-param', param: 'weight', value: 1 } });
    expect(only(classifier({ fc1: ['Dense', { units: 2 }], loss: ['CrossEntropy', { weight: 1 }], loss2: ['MSE'] }, { with: second }))).toMatchObject({ code: 'loss-weights', node: 'loss2' });
    const { graph } = checkGraph(classifier({ fc1: ['Dense', { units: 2 }], loss: ['CrossEntropy', { weight: 2 }], loss2: ['MSE', { weight: 0.5 }] }, { with: second }));
    expect(graph?.losses.map(({ node, weight }) => [node.id, weight]).sort()).toEqual([['loss', 2], ['loss2', 0.5]]);
  });
  test('a loss that is not trained', () => {
    expect(only(classifier({ fc1: ['Dense', { units: 2 }], loss2: ['MSE'] }, { with: second.slice(0, 2) }))).toMatchObject({ code: 'loss-not-optimized', severity: 'warning', node: 'loss2' });
  });
  test('no optimizer, no loss, no output: warnings until training is asked for', () => {
    const untrained = classifier({ adam: null }, { without: ['loss.loss -> adam.loss'] });
    expect(only(untrained)).toMatchObject({ code: 'no-optimizer', severity: 'warning' });
    expect(only(untrained, { forTraining: true })).toMatchObject({ code: 'no-optimizer', severity: 'error' });
    const lossless = makeDocument({ data: CLASSIFIER_NODES['data']!, fc1: ['Dense'], output: ['Output'] }, ['data.x -> fc1.x', 'fc1.y -> output.x']);
    expect(only(lossless)).toMatchObject({ code: 'no-loss', severity: 'warning' });
    expect(only(lossless, { forTraining: true })).toMatchObject({ code: 'no-loss', severity: 'error' });
    expect(problems(makeDocument({ data: CLASSIFIER_NODES['data']! }, [])).map((p) => p.code)).toEqual(['no-loss', 'no-prediction']);
    expect(problems(makeDocument({}, [])).map((p) => p.code)).toEqual(['no-loss', 'no-prediction']);
  });
  test('several optimizers', () => {
    const both = { with: ['loss.loss -> sgd.loss'] };
    const said = (fc1: string | undefined, fc2: string | undefined, more: Parameters<typeof classifier>[0] = {}) => classifier({
      sgd: ['SGD'], fc1: ['Dense', { units: 5 }, fc1 === undefined ? {} : { trainedBy: fc1 }], fc2: ['Dense', { units: 3 }, fc2 === undefined ? {} : { trainedBy: fc2 }], ...more,
    }, both);
    // Both reach everything: it has to be said who trains what, and one repair says it everywhere.
    expect(errors(said(undefined, undefined))).toMatchObject([{ code: 'several-trainers', node: 'fc1', numbers: { optimizers: 2, nodes: 2 }, repair: { kind: 'set-trainer', nodes: ['fc1', 'fc2'], optimizer: 'adam' } }]);
    expect(errors(said('adam', undefined))).toMatchObject([{ code: 'several-trainers', node: 'fc2', numbers: { nodes: 1 } }]);
    const { graph, problems: none } = checkGraph(said('adam', 'sgd'));
    expect(none).toEqual([]);
    expect([...graph!.trainers]).toEqual([['fc1', 'adam'], ['fc2', 'sgd']]);
    // What is frozen needs no trainer, and an optimizer without anything to do is told.
    expect(problems(said('adam', 'sgd', { fc1: ['Dense', { units: 5 }, { frozen: true }] }))).toMatchObject([{ code: 'optimizer-without-weights', node: 'adam' }]);
    expect(errors(said('adam', 'adam'))).toMatchObject([{ code: 'optimizer-without-weights', node: 'sgd', message: expect.stringContaining('trained by other optimizers') as unknown }]);
    // A name that is not there, with the likely one; a muted optimizer is there, and leaves its part as it is.
    expect(errors(said('adm', 'sgd'))).toMatchObject([{ code: 'unknown-optimizer', node: 'fc1', repair: { kind: 'set-trainer', nodes: ['fc1'], optimizer: 'adam' } }]);
    const muted = checkGraph(said('adam', 'sgd', { sgd: ['SGD', {}, { muted: true }] }));
    expect([muted.problems, [...muted.graph!.trainers]]).toEqual([[], [['fc1', 'adam']]]);
  });
  test('an optimizer that does not reach what it is to train', () => {
    const doc = classifier({ stop: ['Detach'], sgd: ['SGD'], head: ['MSE'], fc1: ['Dense', { units: 5 }, { trainedBy: 'adam' }] }, {
      without: ['relu.y -> fc2.x'], with: ['relu.y -> stop.x', 'stop.y -> fc2.x', 'relu.y -> head.prediction', 'relu.y -> head.target', 'head.loss -> sgd.loss'],
    });
    expect(problems(doc)).toMatchObject([{ code: 'trainer-without-gradient', severity: 'warning', node: 'fc1', repair: { kind: 'set-trainer', nodes: ['fc1'], optimizer: 'sgd' } }, { code: 'optimizer-without-weights', node: 'sgd' }]);
    // Left to the wires, each trains its side of the Detach.
    const { graph } = checkGraph({ ...doc, nodes: { ...doc.nodes, fc1: { ...doc.nodes['fc1']!, trainedBy: undefined! } } });
    expect([...graph!.trainers]).toEqual([['fc1', 'sgd'], ['fc2', 'adam']]);
  });
  test('an optimizer that reaches no weights, or only frozen ones', () => {
    const bare = classifier({ fc1: null, relu: null, fc2: null, accuracy: null, flat: ['ReLU'], data: ['Blobs', { classes: 2 }] }, {
      without: CLASSIFIER_WIRES.filter((wire) => /fc1|relu|fc2|accuracy/.test(wire)), with: ['data.x -> flat.x', 'flat.y -> loss.prediction', 'flat.y -> output.x'],
    });
    expect(only(bare)).toMatchObject({ code: 'optimizer-without-weights', node: 'adam', repair: { kind: 'insert-node', type: 'Dense', node: 'loss' } });
    const frozen = classifier({ fc1: ['Dense', { units: 5 }, { frozen: true }], fc2: ['Dense', { units: 3 }, { learningRateFactor: 0 }] });
    const problem = only(frozen);
    expect(problem).toMatchObject({ code: 'optimizer-without-weights', numbers: { frozen: 2 } });
    expect(problem.message).toContain('frozen');
    expect(problems(classifier({ fc1: ['Dense', { units: 5 }, { frozen: true }] }))).toEqual([]);
    // A layer whose weights cannot be known yet may have some.
    expect(errors(classifier({ fc1: ['Dens'], fc2: ['Dense', { units: 3 }, { frozen: true }] })).map((p) => p.code)).toEqual(['unknown-type']);
  });
  test('nodes that lead nowhere', () => {
    expect(only(classifier({ stray: ['Tanh'] }, { with: ['fc1.y -> stray.x'] }))).toMatchObject({ code: 'unused-node', severity: 'warning', node: 'stray' });
    expect(only(classifier({ rate: ['CosineSchedule'] }))).toMatchObject({ code: 'unused-node', node: 'rate' });
    expect(problems(classifier({ rate: ['CosineSchedule'] }, { with: ['rate.schedule -> adam.schedule'] }))).toEqual([]);
  });
  test('two Inputs or two Outputs of one name', () => {
    const doc = makeDocument({ a: ['Input', { shape: [1] }], b: ['Input', { shape: [1] }], join: ['Concat'], one: ['Output'], two: ['Output', { name: 'second' }], three: ['Output'] }, ['a.y -> join.xs', 'b.y -> join.xs', 'join.y -> one.x', 'join.y -> two.x', 'join.y -> three.x']);
    const found = problems(doc).filter((problem) => problem.code === 'duplicate-name');
    expect(found.map((problem) => [problem.severity, problem.node, problem.repair])).toEqual([
      ['warning', 'b', { kind: 'set-param', param: 'name', value: 'b' }], ['warning', 'three', { kind: 'set-param', param: 'name', value: 'three' }],
    ]);
  });
  test('without an Output the first loss\'s prediction is the prediction', () => {
    const { graph } = checkGraph(classifier({ output: null }, { without: ['fc2.y -> output.x'] }));
    expect(graph?.prediction).toMatchObject({ node: 'fc2', marker: undefined });
  });
});

test('everything that is wrong is told at once', () => {
  const doc = classifier({ fc1: ['Dense', { units: 0 }], relu: ['Rellu'], loss: ['CrossEntropy', { labelSmoothing: 2 }], sgd: ['SGD'], stray: ['Tanh'] }, {
    without: ['data.y -> accuracy.target'], with: ['ghost.y -> output.x', 'data.z -> stray.x'],
  });
  expect(new Set(problems(doc).map((problem) => problem.code))).toEqual(new Set(['parameter-range', 'unknown-type', 'missing-wire', 'edge-node-missing', 'dataset-port', 'several-trainers', 'unused-node']));
});

test('200 nodes are checked in milliseconds, with blocks and cache too, and 10,000 in a few seconds', () => {
  const chain = (length: number): GraphDoc => {
    const nodes: Record<string, NodeSketch> = { n0: ['Input', { shape: [8] }] };
    const wires: string[] = [];
    for (let i = 1; i < length; i++) {
      nodes[`n${i}`] = i % 3 === 0 ? ['Add'] : i % 3 === 1 ? ['Dense', { units: 8 }] : ['ReLU'];
      if (i % 3 === 0) wires.push(`n${i - 1}.y -> n${i}.xs`, `n${i - 3}.y -> n${i}.xs`);
      else wires.push(`n${i - 1}.y -> n${i}.x`);
    }
    return makeDocument({ ...nodes, out: ['Output'] }, [...wires, `n${length - 1}.y -> out.x`]);
  };
  const small = chain(200);
  // Another object each time, or the analysis of the first one would be looked up.
  const cache = new CheckCache();
  const blocks = [longDocument(200), longDocument(1000)];
  const [few, many] = blocks.map((doc) => cpuMilliseconds(40, () => expect(checkGraph({ ...doc }, { cache }).graph).toBeDefined()));
  expect(few).toBeLessThan(50);
  expect(many).toBeLessThan(250);
  expect(cpuMilliseconds(40, () => expect(checkGraph({ ...small }).graph).toBeDefined())).toBeLessThan(50);
  const started = performance.now();
  expect(checkGraph(chain(9998)).graph?.order).toHaveLength(9999);
  expect(performance.now() - started).toBeLessThan(5000);
});

test('a missing Flatten is found where it belongs: in front of the first layer that took an image\'s rows for samples', () => {
  const doc = makeDocument({ data: ['Digits'], conv: ['Conv2D', { filters: 4 }], fc1: ['Dense', { units: 8 }], relu: ['ReLU'], fc2: ['Dense', { units: 10 }], loss: ['CrossEntropy'], adam: ['Adam'] }, [
    'data.x -> conv.x', 'conv.y -> fc1.x', 'fc1.y -> relu.x', 'relu.y -> fc2.x', 'fc2.y -> loss.prediction', 'data.y -> loss.target', 'loss.loss -> adam.loss',
  ]);
  const [problem] = errors(doc);
  expect(problem).toMatchObject({ code: 'shape-mismatch', node: 'loss', repair: { kind: 'insert-node', type: 'Flatten', beforePort: 'x', node: 'fc1' } });
  expect(problem?.message).toContain("insert Flatten before 'fc1'");
});
