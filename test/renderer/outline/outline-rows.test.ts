import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BlockDef, EdgeRec, GraphDoc, NodeRec } from '../../../engine/graph/document.ts';
import { candidates } from '../../../renderer/outline/connections.ts';
import { flowOrder, outlineRows } from '../../../renderer/outline/outline-rows.ts';

const digits = JSON.parse(readFileSync(new URL('../../../assets/templates/digits-cnn.netloom', import.meta.url), 'utf8')) as GraphDoc;
const node = (type: string, more: Partial<NodeRec> = {}): NodeRec => ({ type, params: {}, position: { x: 0, y: 0 }, ...more });
const wire = (from: string, to: string): EdgeRec => ({ from: { node: from, port: 'y' }, to: { node: to, port: 'x' } });

describe('the outline', () => {
  it('reads a network in the order in which numbers flow', () => {
    expect(outlineRows(digits, new Set()).map(({ node: id }) => id).slice(0, 8)).toEqual(['digits', 'conv1', 'relu1', 'pool1', 'conv2', 'relu2', 'pool2', 'flatten']);
  });
  it('shows ports with where they lead and the parameters of what is open', () => {
    const rows = outlineRows(digits, new Set(['conv2'])).filter((row) => row.node === 'conv2');
    expect(rows[1]).toMatchObject({ kind: 'input', ends: ['pool1.y'], level: 2, position: 1 });
    expect(rows[2]).toMatchObject({ kind: 'output', ends: ['relu2.x'] });
    expect(rows.find((row) => row.kind === 'param' && row.param === 'filters')).toMatchObject({ value: 32 });
    // Padding sizes matter only with explicit padding.
    expect(rows.some((row) => row.kind === 'param' && row.param === 'pads')).toBe(false);
    expect(rows.slice(1).every(({ size }) => size === rows.length - 1)).toBe(true);
  });
  it('opens blocks into the nodes inside', () => {
    const block: BlockDef = { name: 'B', nodes: { d: node('Dense'), r: node('ReLU') }, edges: { e1: wire('d', 'r') }, inputs: [{ name: 'x', to: [{ node: 'd', port: 'x' }] }], outputs: [{ name: 'y', from: { node: 'r', port: 'y' } }], params: [] };
    const doc: GraphDoc = { ...digits, nodes: { b1: node('Block', { block: 'blk' }) }, edges: {}, blocks: { blk: block } };
    expect(outlineRows(doc, new Set(['b1'])).map(({ key }) => key)).toEqual(['b1', 'b1 in x', 'b1 out y', 'b1/d', 'b1/r']);
    expect(outlineRows(doc, new Set(['b1', 'b1/r'])).at(-1)).toMatchObject({ path: ['b1'], node: 'r', level: 3 });
  });
  it('holds every node once, sources before what they feed, cycles or not', () => {
    const ids = fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f');
    fc.assert(fc.property(fc.uniqueArray(ids), fc.array(fc.tuple(ids, ids), { maxLength: 12 }), (names, pairs) => {
      const nodes = Object.fromEntries(names.map((name) => [name, node('ReLU')]));
      const edges = Object.fromEntries(pairs.map(([from, to], i) => [`e${String(i)}`, wire(from, to)]));
      const order = flowOrder({ nodes, edges });
      expect([...order].sort()).toEqual([...names].sort());
      // Forward wires alone form no cycle.
      const forward = Object.fromEntries(Object.entries(edges).filter(([, { from, to }]) => from.node < to.node));
      const acyclic = flowOrder({ nodes, edges: forward });
      for (const { from, to } of Object.values(forward)) if (names.includes(from.node) && names.includes(to.node)) expect(acyclic.indexOf(from.node)).toBeLessThan(acyclic.indexOf(to.node));
    }));
  });
});

it('what a port can be connected to: fitting ones first, the others with a reason', () => {
  const found = candidates(digits, [], { node: 'fc1', port: 'x' }, 'input');
  expect(found[0]?.fit.fits).toBe(true);
  const loss = found.find(({ name }) => name === 'loss.loss');
  expect(loss?.fit).toMatchObject({ fits: false, why: { en: expect.any(String) as string, zh: expect.any(String) as string } });
  const firstMisfit = found.findIndex(({ fit }) => !fit.fits);
  expect(found.slice(firstMisfit).every(({ fit }) => !fit.fits)).toBe(true);
  expect(found.some(({ ref }) => ref.node === 'fc1')).toBe(false);
});
