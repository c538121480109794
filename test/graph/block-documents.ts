/** Short ways to write blocks in tests, and documents that hold them. */
import type { BlockDef, BlockParam, GraphDoc, NodeRec } from '../../engine/graph/document.ts';
import { type NodeSketch, makeDocument } from './documents.ts';

export interface BlockSketch {
  readonly nodes: Readonly<Record<string, NodeSketch>>;
  readonly wires: readonly string[];
  /** By name: `node.port`, for inputs any number of them. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, string>>;
  /** By name: `node.param`. */
  readonly params?: Readonly<Record<string, string>>;
}

const ref = (text: string): { readonly node: string; readonly port: string } => {
  const [node = '', port = ''] = text.split('.');
  return { node, port };
};

export function makeBlock(name: string, { nodes, wires, inputs, outputs, params = {} }: BlockSketch): BlockDef {
  const inside = makeDocument(nodes, wires);
  return {
    name, nodes: inside.nodes, edges: inside.edges,
    inputs: Object.entries(inputs).map(([port, to]) => ({ name: port, to: to.map(ref) })),
    outputs: Object.entries(outputs).map(([port, from]) => ({ name: port, from: ref(from) })),
    params: Object.entries(params).map(([param, text]): BlockParam => ({ name: param, node: ref(text).node, param: ref(text).port })),
  };
}

export const instance = (block: string, params: NodeRec['params'] = {}, more: Partial<NodeRec> = {}): NodeSketch => ['Block', params, { block, ...more }];

export function withBlocks(doc: GraphDoc, blocks: Readonly<Record<string, BlockSketch>>): GraphDoc {
  return { ...doc, blocks: Object.fromEntries(Object.entries(blocks).map(([id, sketch]) => [id, makeBlock(id, sketch)])) };
}

/** Two instances of a block that holds another one, with exposed parameters; and the same by hand. */
export const STACK: BlockSketch = {
  nodes: { fc: ['Dense', { units: 6 }], norm: ['BatchNorm'], act: instance('squash') },
  wires: ['fc.y -> norm.x', 'norm.y -> act.x'],
  inputs: { x: ['fc.x'] }, outputs: { y: 'act.y' }, params: { units: 'fc.units', rate: 'act.rate' },
};
export const SQUASH: BlockSketch = {
  nodes: { tanh: ['Tanh'], drop: ['Dropout', { rate: 0.1 }], add: ['Add'] },
  wires: ['tanh.y -> drop.x', 'drop.y -> add.xs'],
  inputs: { x: ['tanh.x', 'add.xs'] }, outputs: { y: 'add.y' }, params: { rate: 'drop.rate' },
};
const ENDS: Readonly<Record<string, NodeSketch>> = {
  x: ['Input', { shape: [2] }], y: ['Input', { name: 'label', shape: [], dtype: 'i32', classes: 2 }],
  fc2: ['Dense', { units: 2 }], loss: ['CrossEntropy'], accuracy: ['Accuracy'], optimizer: ['Adam', { learningRate: 0.02 }], output: ['Output'],
};
const END_WIRES: readonly string[] = ['fc2.y -> loss.prediction', 'y.y -> loss.target', 'fc2.y -> accuracy.prediction', 'y.y -> accuracy.target', 'loss.loss -> optimizer.loss', 'fc2.y -> output.x'];

export function stackedDocument(first: Partial<NodeRec> = {}, second: Partial<NodeRec> = {}): GraphDoc {
  const doc = makeDocument({
    ...ENDS, a: instance('stack', { units: 8, rate: 0.2 }, first), b: instance('stack', {}, second),
  }, [...END_WIRES, 'x.y -> a.x', 'a.y -> b.x', 'b.y -> fc2.x']);
  return withBlocks(doc, { stack: STACK, squash: SQUASH });
}

/** `stackedDocument()` with everything on one level; ids are the paths. */
export function flattenedByHand(): GraphDoc {
  const inside = (prefix: string, units: number, rate: number): Record<string, NodeSketch> => ({
    [`${prefix}/fc`]: ['Dense', { units }], [`${prefix}/norm`]: ['BatchNorm'],
    [`${prefix}/act/tanh`]: ['Tanh'], [`${prefix}/act/drop`]: ['Dropout', { rate }], [`${prefix}/act/add`]: ['Add'],
  });
  const ends = makeDocument(ENDS, END_WIRES);
  const nodes = makeDocument({ ...inside('a', 8, 0.2), ...inside('b', 6, 0.1) }, []).nodes;
  const wires: [string, string][] = [['x.y', 'a/fc.x'], ['b/act/add.y', 'fc2.x']];
  for (const prefix of ['a', 'b']) {
    wires.push([`${prefix}/fc.y`, `${prefix}/norm.x`], [`${prefix}/norm.y`, `${prefix}/act/tanh.x`], [`${prefix}/act/tanh.y`, `${prefix}/act/drop.x`], [`${prefix}/act/drop.y`, `${prefix}/act/add.xs`], [`${prefix}/norm.y`, `${prefix}/act/add.xs`]);
  }
  wires.push(['a/act/add.y', 'b/fc.x']);
  return { ...ends, nodes: { ...ends.nodes, ...nodes }, edges: { ...ends.edges, ...Object.fromEntries(wires.map(([from, to], i) => [`w${i + 1}`, { from: ref(from), to: ref(to) }])) } };
}

/** A chain of layers, every fifth one a block with a skip. */
export function longDocument(count: number): GraphDoc {
  const nodes: Record<string, NodeSketch> = { data: ['Digits'], flat: ['Flatten'], loss: ['CrossEntropy'], adam: ['Adam'], out: ['Output'] };
  const wires = ['data.x -> flat.x'];
  let last = 'flat';
  for (let i = 0; i < count - 6; i++) {
    const id = `n${i}`;
    nodes[id] = i % 5 === 4 ? instance('residual') : i % 5 === 0 ? ['Dense', { units: 32 }] : i % 5 === 1 ? ['ReLU'] : i % 5 === 2 ? ['BatchNorm'] : ['Dropout'];
    wires.push(`${last}.y -> ${id}.x`);
    last = id;
  }
  nodes['head'] = ['Dense', { units: 10 }];
  wires.push(`${last}.y -> head.x`, 'head.y -> loss.prediction', 'data.y -> loss.target', 'loss.loss -> adam.loss', 'head.y -> out.x');
  const residual: BlockSketch = { nodes: { fc: ['Dense', { units: 32 }], relu: ['ReLU'], add: ['Add'] }, wires: ['fc.y -> relu.x', 'relu.y -> add.xs'], inputs: { x: ['fc.x', 'add.xs'] }, outputs: { y: 'add.y' } };
  return withBlocks(makeDocument(nodes, wires), { residual });
}
