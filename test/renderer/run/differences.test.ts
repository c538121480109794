/** In what runs differ: settings, parameters, nodes; nothing that they have in common. */
import { produce } from 'immer';
import { describe, expect, it } from 'vitest';
import type { DocDraft } from '../../../renderer/document/store.ts';
import { runDifferences } from '../../../renderer/run/run-differences.ts';
import { record, templateDocument } from './fixtures.ts';

const base = templateDocument('digits-cnn');
const changed = (recipe: (draft: DocDraft) => void) => produce(base, (draft: DocDraft) => {
  recipe(draft);
});
const short = (differences: ReturnType<typeof runDifferences>, id: string): string[] => differences.get(id)!.map((each) => {
  switch (each.kind) {
    case 'training': return `${each.setting} ${each.value}`;
    case 'parameter': return `${each.node} ${each.name} ${String(each.value)}`;
    case 'with-node': case 'without-node': return `${each.kind} ${each.node}`;
    case 'wiring': return 'wiring';
    case 'backend': return `${each.kind} ${each.value}`;
    case 'rate-by-hand': return `${each.kind} ${each.values.join()}`;
  }
});

describe('differences of runs', () => {
  it('are none for one run, or for the same twice', () => {
    expect(runDifferences([record({ id: 'a', doc: base })]).get('a')).toEqual([]);
    expect(runDifferences([record({ id: 'a', doc: base }), record({ id: 'b', doc: base })]).get('b')).toEqual([]);
  });

  it('name settings and parameters, defaults too', () => {
    const other = changed((doc) => {
      doc.training.seed = 7;
      doc.nodes['adam']!.params['learningRate'] = 0.01;
      doc.nodes['conv1']!.params['stride'] = 2;
      doc.nodes['conv1']!.position = { x: 5, y: 5 };
    });
    const found = runDifferences([record({ id: 'a', doc: base }), record({ id: 'b', doc: other })]);
    expect(short(found, 'a')).toEqual(['seed 1', 'Adam adam learningRate 0.003', 'Conv2D conv1 stride 1']);
    expect(short(found, 'b')).toEqual(['seed 7', 'Adam adam learningRate 0.01', 'Conv2D conv1 stride 2']);
  });

  it('name a node that only some have, from the side of the fewer, and not its parameters', () => {
    const other = changed((doc) => {
      doc.nodes['drop'] = { type: 'Dropout', params: {}, position: { x: 0, y: 0 } };
    });
    const found = runDifferences([record({ id: 'a', doc: base }), record({ id: 'b', doc: other }), record({ id: 'c', doc: base })]);
    expect([short(found, 'a'), short(found, 'b'), short(found, 'c')]).toEqual([[], ['with-node Dropout drop'], []]);
    const rest = runDifferences([record({ id: 'a', doc: other }), record({ id: 'b', doc: base }), record({ id: 'c', doc: other })]);
    expect([short(rest, 'a'), short(rest, 'b')]).toEqual([[], ['without-node Dropout drop']]);
  });

  it('look into blocks, at wires, at the device, and at the rate turned by hand', () => {
    const block = { name: 'Part', nodes: { dense: { type: 'Dense', params: { units: 5 }, position: { x: 0, y: 0 } } }, edges: {}, inputs: [], outputs: [], params: [] };
    const withBlock = changed((doc) => {
      doc.blocks = { part: structuredClone(block) };
    });
    const larger = changed((doc) => {
      doc.blocks = { part: { ...structuredClone(block), nodes: { dense: { type: 'Dense', params: { units: 9 }, position: { x: 0, y: 0 } } } } };
    });
    expect(short(runDifferences([record({ id: 'a', doc: withBlock }), record({ id: 'b', doc: larger })]), 'b')).toEqual(['Dense part/dense units 9']);
    const rewired = changed((doc) => {
      delete doc.edges['e2'];
    });
    expect(short(runDifferences([record({ id: 'a', doc: base }), record({ id: 'b', doc: rewired })]), 'b')).toEqual(['wiring']);
    const found = runDifferences([record({ id: 'a', doc: base, backend: 'wasm' }), record({ id: 'b', doc: base, backend: 'webgpu', ratesByHand: { adam: 0.5 } })]);
    expect([short(found, 'a'), short(found, 'b')]).toEqual([['backend wasm'], ['backend webgpu', 'rate-by-hand 0.5']]);
  });
});
