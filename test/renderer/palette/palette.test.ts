import { describe, expect, it } from 'vitest';
import { READY_BLOCKS } from '../../../engine/graph/ready-blocks.ts';
import { allNodeTypes, nodeType } from '../../../engine/nodes/registry.ts';
import { readyBlock } from '../../../renderer/document/ready-blocks.ts';
import { freePlace, wireFor } from '../../../renderer/palette/add-node.ts';
import { type PaletteOptions, paletteRows, toggled } from '../../../renderer/palette/palette-rows.ts';

const options = (part: Partial<PaletteOptions> = {}): PaletteOptions => ({ query: '', blocks: undefined, favourites: ['ReLU', 'Dense'], closed: new Set(), ...part });
const entriesOf = (part: Partial<PaletteOptions> = {}) => paletteRows(options(part)).flatMap((row) => (row.kind === 'entry' ? [row] : []));

describe('the palette lists', () => {
  it('every type once in its category, after the favourites', () => {
    const entries = entriesOf({ favourites: [] }).map(({ entry }) => entry.node);
    expect(entries.flatMap(({ ready }) => ready ?? [])).toEqual(READY_BLOCKS.map(({ id }) => id));
    const types = entries.flatMap(({ type, ready }) => (ready === undefined ? [type] : []));
    expect([...types].sort()).toEqual(allNodeTypes().map(({ type }) => type).sort());
    const rows = paletteRows(options());
    expect(rows[0]).toMatchObject({ kind: 'section', section: 'favourites', count: 2 });
    expect(rows.slice(1, 3).map((row) => row.kind === 'entry' && row.entry.node.type)).toEqual(['ReLU', 'Dense']);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  });

  it('no entries of a section that is closed', () => {
    const rows = paletteRows(options({ favourites: [], closed: new Set(['loss'] as const) }));
    expect(rows.find(({ key }) => key === 'section:loss')).toMatchObject({ isOpen: false });
    expect(rows.some((row) => row.kind === 'entry' && row.entry.category === 'loss')).toBe(false);
  });

  it('the blocks of the document as a category of their own, before those that ship with the product', () => {
    const block = { name: 'Residual', nodes: {}, edges: {}, inputs: [], outputs: [], params: [] };
    const rows = paletteRows(options({ blocks: { b1: block } }));
    const at = rows.findIndex((row) => row.kind === 'section' && row.section === 'block');
    expect(rows[at]).toMatchObject({ count: 1 + READY_BLOCKS.length });
    expect(rows[at + 1]).toMatchObject({ kind: 'entry', entry: { node: { type: 'Block', block: 'b1' } } });
    expect(rows[at + 2]).toMatchObject({ kind: 'entry', entry: { node: { type: 'Block', ready: READY_BLOCKS[0]!.id } } });
  });

  it('a ready block no longer once the document has it, unless it was changed there', () => {
    const { definition } = readyBlock('residual')!;
    const offered = (blocks: PaletteOptions['blocks']) => entriesOf({ favourites: [], blocks }).some(({ entry }) => entry.node.ready === 'residual');
    expect([offered(undefined), offered({ mine: { ...definition, name: '残差块' } }), offered({ mine: { ...definition, params: [] } })]).toEqual([true, false, true]);
  });

  it('ready blocks by their names in both languages and their synonyms', () => {
    const found = (query: string) => entriesOf({ query })[0]?.entry.node.ready;
    expect(['residual block', '残差块', 'googlenet', 'xception', '编码器块'].map(found)).toEqual(['residual', 'residual', 'inception', 'depthwise-separable', 'transformer-encoder']);
  });

  it('what a search finds without sections, whatever is closed', () => {
    const rows = paletteRows(options({ query: 'linear', closed: new Set(['layer'] as const) }));
    expect(rows.every(({ kind }) => kind === 'entry')).toBe(true);
    expect(rows[0]).toMatchObject({ entry: { node: { type: 'Dense' } } });
  });
});

it('pins at the end and unpins', () => {
  expect(toggled(['A', 'B'], 'C')).toEqual(['A', 'B', 'C']);
  expect(toggled(['A', 'B'], 'A')).toEqual(['B']);
});

describe('a node that is added beside another', () => {
  const ports = (type: string) => {
    const found = nodeType(type);
    if (found === undefined) throw new Error(`no type ${type}`);
    return found;
  };
  const edge = (from: string, to: string) => ({ from: { node: 'other', port: from }, to: { node: 'focus', port: to } });

  it('takes its output', () => {
    expect(wireFor({ edges: {} }, 'focus', ports('Conv2D'), ports('ReLU'))).toEqual({ port: { node: 'focus', port: 'y' }, side: 'output' });
  });
  it('or feeds an input that waits for it', () => {
    expect(wireFor({ edges: {} }, 'focus', ports('Adam'), ports('CosineSchedule'))).toEqual({ port: { node: 'focus', port: 'schedule' }, side: 'input' });
    expect(wireFor({ edges: { e1: edge('schedule', 'schedule') } }, 'focus', ports('Adam'), ports('CosineSchedule'))).toBeUndefined();
    expect(wireFor({ edges: { e1: edge('loss', 'loss') } }, 'focus', ports('Adam'), ports('MSE'))).toEqual({ port: { node: 'focus', port: 'loss' }, side: 'input' });
  });
  it('stands free of the others', () => {
    const nodes = [{ position: { x: 0, y: 0 } }, { position: { x: 20, y: 110 } }, { position: { x: 900, y: 240 } }];
    expect(freePlace(nodes, { x: 0, y: 0 })).toEqual({ x: 0, y: 240 });
    expect(freePlace([], { x: 3, y: 4 })).toEqual({ x: 3, y: 4 });
  });
});
