/** The canvas's own reckoning: sizes, facts by node, what React Flow is given, wires under points, values as typed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../engine/graph/check.ts';
import { BLOCK_TYPE, type GraphDoc, type NodeRec } from '../../../engine/graph/document.ts';
import { allNodeTypes, nodeType } from '../../../engine/nodes/registry.ts';
import { sharesOf } from '../../../renderer/canvas/cost-store.ts';
import { factsAt } from '../../../renderer/canvas/facts.ts';
import { flowEdges, flowNodes, frameFlowId, subjectOf } from '../../../renderer/canvas/flow-model.ts';
import { intsText, parseInts, shapeText } from '../../../renderer/canvas/format.ts';
import { NODE_WIDTH, nodeGeometry } from '../../../renderer/canvas/geometry.ts';
import { fitsNewNode, portKey, portOf } from '../../../renderer/canvas/wire-fits.ts';
import { distanceToWire, wireAt } from '../../../renderer/canvas/wire-hit.ts';
import { NOTHING } from '../../../renderer/document/editor-store.ts';
import { emptyDocument } from '../../../renderer/document/empty.ts';
import { nodeKind } from '../../../renderer/document/node-kind.ts';

const node = (type: string, x = 0, y = 0, params: NodeRec['params'] = {}): NodeRec => ({ type, params, position: { x, y } });
const small: GraphDoc = {
  ...emptyDocument(),
  nodes: { digits: node('Digits'), conv: node('Conv2D', 260, 0, { filters: 4, kernel: [3, 3] }), relu: node('ReLU', 520, 0), dense: node('Dense', 780, 0, { units: 10 }) },
  edges: {
    a: { from: { node: 'digits', port: 'x' }, to: { node: 'conv', port: 'x' } },
    b: { from: { node: 'conv', port: 'y' }, to: { node: 'relu', port: 'x' } },
    c: { from: { node: 'relu', port: 'y' }, to: { node: 'dense', port: 'x' } },
  },
};

describe('nodeGeometry', () => {
  it('has a place on the right side for every port of every type, collapsed or not', () => {
    for (const { type } of allNodeTypes()) {
      for (const collapsed of [false, true]) {
        const record = { ...node(type), collapsed };
        const kind = nodeKind(small, record)!;
        const { ports, width, height, params } = nodeGeometry(kind, record);
        expect(ports).toHaveLength(kind.inputs.length + kind.outputs.length);
        for (const { side, x, y } of ports) {
          expect(x).toBe(side === 'input' ? 0 : NODE_WIDTH);
          expect(y).toBeGreaterThan(0);
          expect(y).toBeLessThan(height);
        }
        expect(new Set(ports.map(({ x, y }) => `${x},${y}`)).size).toBe(ports.length);
        expect(width).toBe(NODE_WIDTH);
        expect(params.length).toBeLessThanOrEqual(collapsed ? 0 : 3);
      }
    }
  });
  it('shows the prominent parameters with their values', () => {
    const record = node('Conv2D', 0, 0, { filters: 7 });
    expect(nodeGeometry(nodeKind(small, record), record).params.map(({ name, value }) => [name, value])).toEqual([['filters', 7], ['kernel', nodeType('Conv2D')!.params['kernel']!.default]]);
  });
});

describe('factsAt', () => {
  it('tells output types and numbers of parameters', () => {
    const facts = factsAt(small, [], checkGraph(small));
    expect(shapeText(facts.get('conv')!.outputs['y']!)).toBe('4 × 26 × 26');
    expect(facts.get('conv')!.parameters).toBe(4 * 9 + 4);
  });
  it('keeps the facts of what an edit does not concern', () => {
    const before = factsAt(small, [], checkGraph(small));
    const next: GraphDoc = { ...small, nodes: { ...small.nodes, dense: node('Dense', 780, 0, { units: 11 }) } };
    const after = factsAt(next, [], checkGraph(next), before);
    expect(after.get('conv')).toBe(before.get('conv'));
    expect(after.get('dense')).not.toBe(before.get('dense'));
  });
  it('sees through muted nodes and into blocks', () => {
    const doc: GraphDoc = {
      ...small,
      nodes: { digits: small.nodes['digits']!, block: { ...node(BLOCK_TYPE), block: 'unit' }, relu: { ...node('ReLU'), muted: true } },
      edges: { a: { from: { node: 'digits', port: 'x' }, to: { node: 'block', port: 'in' } }, b: { from: { node: 'block', port: 'out' }, to: { node: 'relu', port: 'x' } } },
      blocks: { unit: { name: 'Unit', nodes: { conv: node('Conv2D', 0, 0, { filters: 4, kernel: [3, 3] }) }, edges: {}, inputs: [{ name: 'in', to: [{ node: 'conv', port: 'x' }] }], outputs: [{ name: 'out', from: { node: 'conv', port: 'y' } }], params: [] } },
    };
    const facts = factsAt(doc, [], checkGraph(doc));
    expect(facts.get('block')).toMatchObject({ parameters: 40 });
    expect(facts.get('block')!.outputs['out']!.shape).toEqual(['N', 4, 26, 26]);
    expect(facts.get('relu')!.outputs['y']).toEqual(facts.get('block')!.outputs['out']);
    expect(factsAt(doc, ['block'], checkGraph(doc)).get('conv')!.outputs['y']!.shape).toEqual(['N', 4, 26, 26]);
  });
});

describe('flowNodes and flowEdges', () => {
  it('keep what has not changed', () => {
    const nodes = flowNodes(small, small, NOTHING, new Map());
    const next: GraphDoc = { ...small, nodes: { ...small.nodes, conv: node('Conv2D', 300, 0) } };
    const again = flowNodes(next, next, NOTHING, new Map(nodes.map((each) => [each.id, each])));
    expect(again.filter((each, i) => each !== nodes[i]).map(({ id }) => id)).toEqual(['conv']);
    const edges = flowEdges(small, nodes, NOTHING, new Map());
    const selected = flowEdges(next, again, { ...NOTHING, edges: new Set(['b']) }, new Map(edges.map((each) => [each.id, each])));
    expect(selected.filter((each, i) => each !== edges[i]).map(({ id }) => id)).toEqual(['b']);
  });
  it('draw an instance anew when its block has changed', () => {
    const block = { name: 'Unit', nodes: {}, edges: {}, inputs: [], outputs: [], params: [] };
    const doc: GraphDoc = { ...emptyDocument(), nodes: { i: { ...node(BLOCK_TYPE), block: 'unit' } }, blocks: { unit: block } };
    const nodes = flowNodes(doc, doc, NOTHING, new Map());
    const renamed: GraphDoc = { ...doc, blocks: { unit: { ...block, name: 'Other' } } };
    expect(flowNodes(renamed, renamed, NOTHING, new Map(nodes.map((each) => [each.id, each])))[0]).not.toBe(nodes[0]);
  });
  it('tell frames from nodes by their ids', () => expect([subjectOf(frameFlowId('f1')), subjectOf('conv')]).toEqual([{ subject: 'frames', id: 'f1' }, { subject: 'nodes', id: 'conv' }]));
});

describe('wires under points', () => {
  const nodes = new Map(flowNodes(small, small, NOTHING, new Map()).map((each) => [each.id, each]));
  const edges = flowEdges(small, [...nodes.values()], NOTHING, new Map());
  it('are found between their nodes, and nowhere else', () => {
    expect(wireAt({ x: 220, y: 45 }, nodes, edges)).toBe('a');
    expect(wireAt({ x: 480, y: 60 }, nodes, edges)).toBe('b');
    expect(wireAt({ x: 480, y: 60 }, nodes, edges, 'conv')).toBeUndefined();
    expect(wireAt({ x: 220, y: 200 }, nodes, edges)).toBeUndefined();
  });
  it('touch their ends', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 900 }), fc.integer({ min: -500, max: 500 }), (dx, dy) => {
      expect(distanceToWire({ x: 0, y: 0 }, { x: 0, y: 0 }, { x: dx, y: dy }, 24)).toBe(0);
      expect(distanceToWire({ x: dx, y: dy }, { x: 0, y: 0 }, { x: dx, y: dy }, 24)).toBeCloseTo(0);
    }));
  });
});

describe('fitsNewNode', () => {
  const image = { shape: ['N', 1, 28, 28] as const, dtype: 'f32' as const };
  it('offers what takes the wire, and nothing that cannot', () => {
    expect(fitsNewNode(small, { type: 'Conv2D' }, 'tensor', 'output', image)).toBe(true);
    expect(fitsNewNode(small, { type: 'Conv2D' }, 'tensor', 'output', { shape: ['N', 10], dtype: 'f32' })).toBe(false);
    expect(fitsNewNode(small, { type: 'Adam' }, 'tensor', 'output', image)).toBe(false);
    expect(fitsNewNode(small, { type: 'Adam' }, 'loss', 'output', undefined)).toBe(true);
    expect(fitsNewNode(small, { type: 'Digits' }, 'tensor', 'input', undefined)).toBe(true);
    expect(fitsNewNode(small, { type: 'Output' }, 'tensor', 'input', undefined)).toBe(false);
  });
});

describe('values in one line', () => {
  it('reads lists of whole numbers as people write them', () => {
    for (const text of ['3 × 5', '3x5', '3, 5', '3 5', ' 3*5 ', '3，5']) expect(parseInts(text)).toEqual([3, 5]);
    for (const text of ['', 'a', '3.5', '3 × b']) expect(parseInts(text)).toBeUndefined();
    fc.assert(fc.property(fc.array(fc.integer({ min: -1, max: 4096 }), { minLength: 1, maxLength: 4 }), (values) => { expect(parseInts(intsText(values))).toEqual(values); }));
  });
  it('gives ports back from their keys', () => expect(portOf(portKey({ node: 'a/b', port: 'x' }, 'input'))).toEqual({ node: 'a/b', port: 'x' }));
  it('sums costs over blocks', () => expect(Object.fromEntries(sharesOf({ 'b/conv': 30, 'b/relu': 10, dense: 60 }))).toEqual({ 'b/conv': 0.3, b: 0.4, 'b/relu': 0.1, dense: 0.6 }));
});
