import { describe, expect, test } from 'vitest';
import { CheckCache } from '../../engine/graph/check-cache.ts';
import { expandBlocks, portsOf } from '../../engine/graph/blocks.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { layOutParameters } from '../../engine/graph/parameters.ts';
import { parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import { summarize } from '../../engine/graph/summary.ts';
import { type BlockSketch, SQUASH, STACK, flattenedByHand, instance, stackedDocument, withBlocks } from './block-documents.ts';
import { type NodeSketch, classifier, makeDocument } from './documents.ts';
import { checkedGraph } from './lowering.ts';

const codes = (doc: GraphDoc): (string | undefined)[][] => checkGraph(doc).problems.map(({ code, node, port }) => [code, node, port].filter((each) => each !== undefined));
const hidden: BlockSketch = { nodes: { fc: ['Dense', { units: 5 }], relu: ['ReLU'] }, wires: ['fc.y -> relu.x'], inputs: { x: ['fc.x'] }, outputs: { y: 'relu.y' }, params: { units: 'fc.units' } };
/** The classifier with its hidden layer in a block. */
const blocked = (more: NodeSketch = instance('hidden'), changes: Readonly<Record<string, BlockSketch>> = {}): GraphDoc => withBlocks(
  classifier({ fc1: null, relu: null, h: more }, { without: ['data.x -> fc1.x', 'fc1.y -> relu.x', 'relu.y -> fc2.x'], with: ['data.x -> h.x', 'h.y -> fc2.x'] }), { hidden, ...changes },
);

describe('ports', () => {
  const doc = withBlocks(classifier(), {
    hidden,
    mixed: {
      nodes: { add: ['Add'], inner: instance('hidden'), loss: ['MSE'], adam: ['Adam'] }, wires: [],
      inputs: { xs: ['add.xs'], many: ['add.xs', 'inner.x'], schedule: ['adam.schedule'], nowhere: [], lost: ['ghost.x'] }, outputs: { l: 'loss.loss', y: 'inner.y' },
    },
    loop: { nodes: { again: instance('loop') }, wires: [], inputs: { x: ['again.x'] }, outputs: { y: 'again.y' } },
  });
  const of = (block: string) => portsOf(doc, { type: 'Block', block });
  test('come from the definition, kinds and titles from the ports inside', () => {
    expect(of('hidden')).toMatchObject({ inputs: [{ name: 'x', kind: 'tensor' }], outputs: [{ name: 'y', kind: 'tensor' }] });
    const mixed = of('mixed');
    expect(mixed?.inputs.map(({ name, kind, optional, multiple }) => [name, kind, optional === true, multiple === true])).toEqual([
      ['xs', 'tensor', false, true], ['many', 'tensor', false, false], ['schedule', 'schedule', true, false], ['nowhere', 'tensor', true, false], ['lost', 'tensor', true, false],
    ]);
    expect(mixed?.outputs.map(({ name, kind }) => [name, kind])).toEqual([['l', 'loss'], ['y', 'tensor']]);
    expect(mixed?.inputs[1]?.title).toEqual({ en: 'many', zh: 'many' });
    expect(of('mixed')).toBe(mixed);
  });
  test('a block that does not exist has none, one that contains itself still has some', () => {
    expect(of('toString')).toBeUndefined();
    expect(portsOf(doc, { type: 'Block' })).toBeUndefined();
    expect(of('loop')?.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(portsOf(doc, { type: 'Dense' })?.inputs[0]?.name).toBe('x');
  });
});

describe('expansion', () => {
  test('a document without blocks is itself', () => {
    const doc = classifier();
    expect(expandBlocks(doc).doc).toBe(doc);
  });
  test('nested blocks give the document that one would draw by hand', () => {
    const doc = stackedDocument();
    const flat = checkedGraph(doc);
    const byHand = checkedGraph(flattenedByHand());
    const shape = (graph: typeof flat) => graph.order.map((node) => [node.id, node.params, node.inputs.map(({ port, from, fromPort, type }) => [port, from, fromPort, type.shape]), node.outputTypes, Object.keys(node.weights)]);
    expect(shape(flat)).toEqual(shape(byHand));
    expect(flat.doc).toBe(doc);
    expect(layOutParameters(flat)).toEqual(layOutParameters(byHand));
    expect(layOutParameters(flat).byKey.has('a.fc.weight')).toBe(true);
    const { doc: expanded, pathOf } = expandBlocks(doc);
    expect(expanded.blocks).toBeUndefined();
    expect(Object.keys(expanded.nodes).sort()).toEqual(Object.keys(flattenedByHand().nodes).sort());
    expect(shape(checkedGraph(expanded))).toEqual(shape(byHand));
    expect(pathOf.get('b/act/drop')).toEqual(['b', 'act', 'drop']);
    // A wire into a block is the one outside, wherever it arrives.
    const arriving = Object.entries(expanded.edges).filter(([, { to }]) => to.node === 'b/act/add').map(([id]) => pathOf.get(id));
    expect(arriving).toEqual([['b', 'act', 'e2'], ['b', 'e2']]);
  });
  test('what is found covers instances, with the types at their ports and the weights inside', () => {
    const { found } = checkGraph(stackedDocument());
    expect(found.get('a')).toEqual({ inputs: [{ port: 'x', edge: 'e7', type: { shape: ['N', 2], dtype: 'f32' } }], outputs: [{ shape: ['N', 8], dtype: 'f32' }], parameters: 2 * 8 + 8 + 16 });
    expect(found.get('b/act')).toMatchObject({ outputs: [{ shape: ['N', 6] }], parameters: 0 });
    expect(found.get('b/fc')).toMatchObject({ inputs: [{ port: 'x', edge: 'e8', type: { shape: ['N', 8] } }], parameters: 8 * 6 + 6 });
  });
  test('what an instance says of training applies inside', () => {
    const graph = checkedGraph(withBlocks(stackedDocument({ frozen: true }, { learningRateFactor: 0.5 }), { stack: { ...STACK, nodes: { ...STACK.nodes, fc: ['Dense', { units: 6 }, { learningRateFactor: 0.5 }] } }, squash: SQUASH }));
    expect([graph.nodes.get('a/fc')!, graph.nodes.get('b/fc')!, graph.nodes.get('b/norm')!].map(({ frozen, learningRateFactor }) => [frozen, learningRateFactor])).toEqual([[true, 0.5], [false, 0.25], [false, 0.5]]);
  });
  test('parameters of one name are set together, in blocks inside others too; the same one twice is refused', () => {
    const pair: BlockSketch = { nodes: { a: ['Dense', { units: 4 }], b: ['Dense', { units: 5 }] }, wires: ['a.y -> b.x'], inputs: { x: ['a.x'] }, outputs: { y: 'b.y' } };
    const outer: BlockSketch = { nodes: { in: instance('pair'), last: ['Dense', { units: 6 }] }, wires: ['in.y -> last.x'], inputs: { x: ['in.x'] }, outputs: { y: 'last.y' } };
    const doc = withBlocks(makeDocument({ x: ['Input', { shape: [3] }], set: instance('outer', { width: 7 }), plain: instance('outer'), out: ['Output'] }, ['x.y -> set.x', 'set.y -> plain.x', 'plain.y -> out.x']), { pair, outer });
    const params = { pair: [['units', 'a', 'units'], ['units', 'b', 'units']], outer: [['width', 'in', 'units'], ['width', 'last', 'units']] } as const;
    const blocks = Object.fromEntries(Object.entries(doc.blocks!).map(([id, block]) => [id, { ...block, params: params[id as keyof typeof params].map(([name, node, param]) => ({ name, node, param })) }]));
    const units = [...checkedGraph({ ...doc, blocks }).nodes.values()].filter(({ definition }) => definition.type === 'Dense').map((node) => [node.id, node.params['units']]);
    expect(Object.fromEntries(units)).toEqual({ 'set/in/a': 7, 'set/in/b': 7, 'set/last': 7, 'plain/in/a': 4, 'plain/in/b': 5, 'plain/last': 6 });
    const text = serializeDocument({ ...doc, blocks });
    expect(parseDocument(text).doc).toEqual({ ...doc, blocks });
    expect(parseDocument(text.replaceAll('"name":"units","node":"b"', '"name":"units","node":"a"').replaceAll('"name": "units", "node": "b"', '"name": "units", "node": "a"')).problem?.message).toContain('has a name twice');
  });
  test('an exposed parameter is validated inside and mended outside', () => {
    expect(checkGraph(blocked(instance('hidden', { units: 7 }))).found.get('h')?.outputs).toMatchObject([{ shape: ['N', 7] }]);
    expect(checkGraph(blocked(instance('hidden', { units: -7 }))).problems).toMatchObject([{ code: 'parameter-range', node: 'h/fc', repair: { kind: 'set-param', node: 'h', param: 'units', value: 1 } }]);
    expect(checkGraph(blocked(instance('hidden', { unit: 7 }))).problems).toMatchObject([{ code: 'unknown-parameter', node: 'h', repair: { kind: 'remove-param', param: 'unit' } }]);
    // Through two levels it is the outermost instance that says so.
    const outer: BlockSketch = { nodes: { in: instance('hidden') }, wires: [], inputs: { x: ['in.x'] }, outputs: { y: 'in.y' }, params: { width: 'in.units' } };
    const nested = blocked(instance('outer', { width: 9 }), { outer });
    expect(checkGraph(nested).found.get('h/in/fc')?.outputs).toMatchObject([{ shape: ['N', 9] }]);
    expect(checkGraph(blocked(instance('outer', { width: 0 }), { outer })).problems).toMatchObject([{ node: 'h/in/fc', repair: { node: 'h', param: 'width' } }]);
  });
  test('wires through ports of a block come last, in the order of the ports, unless the ports name their place', () => {
    const join: BlockSketch = { nodes: { own: ['Dense', { units: 4 }], cat: ['Concat'] }, wires: ['own.y -> cat.xs'], inputs: { second: ['cat.xs'], first: ['cat.xs', 'own.x'] }, outputs: { y: 'cat.y' } };
    const doc = withBlocks(makeDocument({ a: ['Input', { name: 'a', shape: [2] }], b: ['Input', { name: 'b', shape: [3] }], j: instance('join'), out: ['Output'] }, ['a.y -> j.first', 'b.y -> j.second', 'j.y -> out.x']), { join });
    const order = (each: GraphDoc) => checkedGraph(each).nodes.get('j/cat')!.inputs.map(({ from }) => from);
    expect(order(doc)).toEqual(['j/own', 'b', 'a']);
    expect(order(expandBlocks(doc).doc)).toEqual(['j/own', 'b', 'a']);
    const placed: GraphDoc = { ...doc, blocks: { join: { ...doc.blocks!['join']!, inputs: [{ name: 'second', to: [{ node: 'cat', port: 'xs', edge: 'e0' }] }, { name: 'first', to: [{ node: 'cat', port: 'xs', edge: 'e10' }, { node: 'own', port: 'x' }] }] } } };
    expect(order(placed)).toEqual(['b', 'j/own', 'a']);
    expect(order(expandBlocks(placed).doc)).toEqual(['b', 'j/own', 'a']);
  });
});

describe('problems of blocks', () => {
  test('a missing wire is one at the block', () => {
    const doc = blocked();
    const edges = Object.fromEntries(Object.entries(doc.edges).filter(([, { to }]) => to.node !== 'h'));
    expect(checkGraph({ ...doc, edges }).problems.filter(({ severity }) => severity === 'error')).toMatchObject([{ code: 'missing-wire', node: 'h', port: 'x', repair: { kind: 'connect', port: 'x' } }]);
  });
  test('what is wrong inside is named by its path', () => {
    const { problems } = checkGraph(blocked(instance('hidden'), { hidden: { ...hidden, nodes: { ...hidden.nodes, relu: ['MaxPool2D'] } } }));
    expect(problems).toMatchObject([{ code: 'shape-rank', node: 'h/relu', edge: 'h/e1' }]);
    expect(problems[0]?.message).toContain("MaxPool2D 'h/relu'");
    expect(problems[0]?.text?.zh).not.toBe('');
  });
  test('a definition that is missing, contains itself, or leads to nothing', () => {
    expect(codes(blocked(instance('hiden')))).toContainEqual(['unknown-block', 'h']);
    const loop: BlockSketch = { nodes: { a: ['ReLU'], b: instance('back') }, wires: ['a.y -> b.x'], inputs: { x: ['a.x'] }, outputs: { y: 'b.y' } };
    const back: BlockSketch = { nodes: { c: instance('loop') }, wires: [], inputs: { x: ['c.x'] }, outputs: { y: 'c.y' } };
    expect(codes(blocked(instance('loop'), { loop, back }))).toEqual([['recursive-block', 'h/b/c']]);
    expect(codes(blocked(instance('hidden'), { hidden: { ...hidden, outputs: { y: 'ghost.y' } } }))).toContainEqual(['block-port', 'h', 'y']);
    expect(codes(blocked(instance('hidden'), { hidden: { ...hidden, inputs: { x: ['fc.z'] } } }))[0]).toEqual(['block-port', 'h', 'x']);
  });
  test('wires at ports that a block does not have', () => {
    const doc = blocked();
    const edges = { ...doc.edges, e90: { from: { node: 'h', port: 'z' }, to: { node: 'fc2', port: 'x' } } };
    expect(checkGraph({ ...doc, edges }).problems).toMatchObject([{ code: 'unknown-port', node: 'h', port: 'z', edge: 'e90' }]);
  });
  test('files that multiply themselves are refused within moments', () => {
    const nodes = Object.fromEntries(Array.from({ length: 60 }, (_, i): [string, NodeSketch] => [`n${i}`, instance('next')]));
    const blocks = Object.fromEntries(Array.from({ length: 12 }, (_, i): [string, BlockSketch] => {
      const inside = Object.fromEntries(Object.entries(nodes).map(([id]): [string, NodeSketch] => [id, i === 11 ? ['ReLU'] : instance(`b${i + 1}`)]));
      const all = Object.keys(nodes).map((id) => `${id}.x`);
      // Each input feeds every instance inside, and there are many of them.
      return [`b${i}`, { nodes: inside, wires: [], inputs: { x: all }, outputs: { y: 'n0.y' } }];
    }));
    const began = performance.now();
    expect(checkGraph(blocked(instance('b0'), blocks)).problems.some(({ code }) => code === 'too-large')).toBe(true);
    const wide: BlockSketch = { nodes: { add: ['Add'] }, wires: [], inputs: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, ['add.xs']])), outputs: { y: 'add.y' } };
    const deeper = (inner: string): BlockSketch => ({ nodes: { in: instance(inner) }, wires: [], inputs: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, Array.from({ length: 60 }, (__, j) => `in.p${j}`)])), outputs: { y: 'in.y' } });
    const doc = withBlocks(makeDocument({ x: ['Input', { shape: [2] }], w: instance('w4'), out: ['Output'] }, ['x.y -> w.p0', 'w.y -> out.x']), { w0: wide, w1: deeper('w0'), w2: deeper('w1'), w3: deeper('w2'), w4: deeper('w3') });
    expect(checkGraph(doc).problems.some(({ code }) => code === 'too-large')).toBe(true);
    // A second where nothing else runs.
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe('muted nodes', () => {
  const muted = (type: string, params = {}): NodeSketch => [type, params, { muted: true }];
  test('what comes in goes straight on', () => {
    const { graph, found, problems } = checkGraph(classifier({ relu: muted('ReLU') }));
    expect(problems).toEqual([]);
    expect(graph?.nodes.has('relu')).toBe(false);
    expect(graph?.nodes.get('fc2')?.inputs).toMatchObject([{ from: 'fc1', fromPort: 'y', edge: 'e3' }]);
    expect(found.get('relu')).toEqual({ inputs: [{ port: 'x', edge: 'e2', type: { shape: ['N', 5], dtype: 'f32' } }], outputs: [{ shape: ['N', 5], dtype: 'f32' }], parameters: 0 });
    expect(checkGraph(classifier({ fc1: muted('Dense'), relu: muted('ReLU') })).graph?.nodes.get('fc2')?.inputTypes).toMatchObject([{ shape: ['N', 2] }]);
    expect(checkGraph(blocked(instance('hidden', {}, { muted: true }))).graph?.nodes.get('fc2')?.inputTypes).toMatchObject([{ shape: ['N', 2] }]);
    // Through a block that holds nothing but a muted node.
    const straight: BlockSketch = { nodes: { relu: muted('ReLU') }, wires: [], inputs: { x: ['relu.x'] }, outputs: { y: 'relu.y' } };
    expect(checkGraph(blocked(instance('straight'), { straight })).graph?.nodes.get('fc2')?.inputs).toMatchObject([{ from: 'data', fromPort: 'x' }]);
  });
  test('why it cannot, where it cannot', () => {
    expect(codes(classifier({ data: muted('Blobs') }))).toContainEqual(['cannot-bypass', 'data', 'x']);
    expect(checkGraph(classifier({ data: muted('Blobs') })).problems[0]?.repair).toEqual({ kind: 'set-muted', muted: false });
    expect(codes(classifier({ relu: muted('ReLU') }, { without: ['fc1.y -> relu.x'] }))).toContainEqual(['missing-wire', 'relu', 'x']);
    expect(codes(classifier({ relu: muted('ReLU'), fc1: muted('Dense') }, { without: ['data.x -> fc1.x'], with: ['relu.y -> fc1.x'] })).map(([code]) => code)).toContain('cycle');
    expect(codes(classifier({ data: ['Digits'], fc1: ['Flatten', {}, { muted: true }], relu: ['GlobalAvgPool'], fc2: muted('Dense') })).map(([code]) => code)).toContain('class-count');
  });
  test('a muted optimizer, loss or metric is not there', () => {
    expect(codes(classifier({ adam: muted('Adam') }))).toEqual([['no-optimizer']]);
    expect(codes(classifier({ accuracy: muted('Accuracy') }))).toEqual([]);
    expect(codes(classifier({ loss: muted('CrossEntropy') })).map(([code]) => code)).toEqual(['missing-wire', 'no-loss']);
    expect(codes(classifier({ output: muted('Output') }))).toEqual([]);
  });
});

describe('common weights', () => {
  const twice = (first: NodeSketch, second: NodeSketch, block: BlockSketch = { ...hidden, nodes: { ...hidden.nodes, fc: ['Dense', { units: 2 }] } }): GraphDoc => withBlocks(
    classifier({ fc1: null, relu: null, a: first, b: second }, { without: ['data.x -> fc1.x', 'fc1.y -> relu.x', 'relu.y -> fc2.x'], with: ['data.x -> a.x', 'a.y -> b.x', 'b.y -> fc2.x'] }), { hidden: block },
  );
  const shared = (params = {}, more = {}): NodeSketch => instance('hidden', params, { weightGroup: 'g', ...more });
  test('are one entry, counted once', () => {
    const graph = checkedGraph(twice(shared(), shared()));
    expect(layOutParameters(graph).entries.map(({ key, node }) => [key, node])).toEqual([['a.fc.weight', 'a/fc'], ['fc2.weight', 'fc2'], ['a.fc.bias', 'a/fc'], ['fc2.bias', 'fc2']]);
    expect(summarize(graph).trainable).toBe(6 + 9);
    expect(checkGraph(twice(shared(), shared())).found.get('b')?.parameters).toBe(6);
    expect(layOutParameters(checkedGraph(twice(shared(), instance('hidden', {}, { weightGroup: 'h' })))).entries).toHaveLength(6);
    // Inside two instances of one block a group is two groups, unless they share themselves.
    const outer = { nodes: { p: shared(), q: shared() }, wires: ['p.y -> q.x'], inputs: { x: ['p.x'] }, outputs: { y: 'q.y' } };
    const nested = (group?: string) => layOutParameters(checkedGraph(withBlocks(twice(instance('outer', {}, group === undefined ? {} : { weightGroup: group }), instance('outer', {}, group === undefined ? {} : { weightGroup: group })), { outer, hidden: { ...hidden, nodes: { ...hidden.nodes, fc: ['Dense', { units: 2 }] } } }))).entries.length;
    expect([nested(), nested('o')]).toEqual([6, 4]);
  });
  test('that cannot be the same are told, with the numbers', () => {
    expect(checkGraph(twice(shared(), shared({ units: 3 }))).problems).toMatchObject([{ code: 'shared-weights', node: 'b/fc', numbers: { shape: [3, 2], shared: [2, 2] } }]);
    expect(checkGraph(twice(shared({}, { frozen: true }), shared())).problems).toMatchObject([{ code: 'shared-weights', node: 'b/fc' }]);
    expect(checkGraph(twice(shared({}, { learningRateFactor: 2 }), shared())).problems).toMatchObject([{ code: 'shared-weights', numbers: { factor: 1, shared: 2 } }]);
    const optionalBias: BlockSketch = { ...hidden, nodes: { ...hidden.nodes, fc: ['Dense', { units: 2 }] }, params: { bias: 'fc.bias' } };
    expect(checkGraph(twice(shared({ bias: false }), shared(), optionalBias)).problems).toMatchObject([{ code: 'shared-weights', numbers: { shape: [2] } }]);
  });
});

test('a check with a cache says what one without it says, edit after edit', () => {
  const cache = new CheckCache();
  const first = stackedDocument();
  const edits: GraphDoc[] = [
    first,
    { ...first, nodes: { ...first.nodes, a: { ...first.nodes['a']!, params: { units: 5 } } } },
    { ...first, nodes: { ...first.nodes, x: { ...first.nodes['x']!, params: { shape: [3, 4] } } } },
    { ...first, nodes: { ...first.nodes, fc2: { ...first.nodes['fc2']!, params: { units: 0 } } } },
    { ...first, nodes: { ...first.nodes, b: { ...first.nodes['b']!, muted: true } } },
    first,
  ];
  for (const doc of edits) {
    const cached = checkGraph(doc, { cache });
    const plain = checkGraph({ ...doc });
    expect(cached.problems).toEqual(plain.problems);
    expect(cached.found).toEqual(plain.found);
  }
});

test('every problem is told in both languages', () => {
  const { problems } = checkGraph(withBlocks(classifier({ relu: ['Relu6'], fc1: ['Dense', { units: -1, unit: 3 }], m: ['Blobs', {}, { muted: true }], h: instance('ghost') }, { with: ['m.x -> fc2.x', 'fc2.y -> ghost.x', 'fc2.y -> adam.loss'] }), {}));
  expect(problems.length).toBeGreaterThan(5);
  for (const { message, text } of problems) {
    expect(text.en).toBe(message);
    expect(text.zh).toMatch(/[\u4e00-\u9fff].*[。？]$/);
  }
});
