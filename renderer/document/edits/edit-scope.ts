/**
 * Where an edit takes place: a draft of the whole document, and in it the graph that is shown. Inside
 * a block that graph has a border, the block's ports and parameters, which edits must keep true.
 */
import type { Draft } from 'immer';
import { portsOf } from '../../../engine/graph/blocks.ts';
import { type BlockDef, type BlockId, type EdgeRec, type GraphDoc, type NodeId, type NodeRec, type PortRef, BLOCK_TYPE } from '../../../engine/graph/document.ts';
import type { Port } from '../../../engine/nodes/node-type.ts';
import { type BlockPath, type SubgraphDraft, blockAt, draftAt } from '../scope.ts';
import type { DocDraft } from '../store.ts';

export type BlockDraft = Draft<BlockDef>;
export type NodeDraft = Draft<NodeRec>;
export type EdgeDraft = Draft<EdgeRec>;

export interface EditScope {
  readonly doc: DocDraft;
  readonly graph: SubgraphDraft;
  /** The definition whose inside `graph` is; undefined at the top level. */
  readonly block: BlockId | undefined;
  readonly border: BlockDraft | undefined;
}

export function scopeAt(doc: DocDraft, path: BlockPath): EditScope {
  const block = blockAt(doc as GraphDoc, path);
  return { doc, graph: draftAt(doc, path), block, border: block === undefined ? undefined : doc.blocks?.[block] };
}

/** The same for the inside of a definition, whichever way it is shown. */
export function scopeOf(doc: DocDraft, block: BlockId): EditScope | undefined {
  const border = doc.blocks?.[block];
  return border === undefined ? undefined : { doc, graph: border, block, border };
}

export type Side = 'input' | 'output';

export function portsAt({ doc, graph }: EditScope, node: NodeId): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } {
  const record = graph.nodes[node];
  if (record === undefined) return { inputs: [], outputs: [] };
  // Ports of blocks are remembered by the record of definitions; a draft's changes, so it is given as a new one.
  return portsOf(record.type === BLOCK_TYPE ? { blocks: { ...doc.blocks } as GraphDoc['blocks'] & object } : {}, record as NodeRec) ?? { inputs: [], outputs: [] };
}

export const portAt = (scope: EditScope, { node, port }: PortRef, side: Side): Port | undefined =>
  portsAt(scope, node)[side === 'input' ? 'inputs' : 'outputs'].find((each) => each.name === port);

export const isAt = (a: PortRef, b: PortRef): boolean => a.node === b.node && a.port === b.port;

/** Every graph of the document: the top level and the inside of each block. */
export function* allScopes(doc: DocDraft): Generator<EditScope> {
  yield { doc, graph: doc, block: undefined, border: undefined };
  for (const [block, border] of Object.entries(doc.blocks ?? {})) yield { doc, graph: border, block, border };
}

/** Every instance of a definition, with the graph that it stands in. */
export function instancesOf(doc: DocDraft, block: BlockId): readonly { readonly scope: EditScope; readonly id: NodeId; readonly node: NodeDraft }[] {
  return [...allScopes(doc)].flatMap((scope) =>
    Object.entries(scope.graph.nodes).flatMap(([id, node]) => (node.type === BLOCK_TYPE && node.block === block ? [{ scope, id, node }] : [])));
}

/** Positions are whole: half a pixel is no one's intention, and whole numbers read well in files. */
export const wholePoint = ({ x, y }: { readonly x: number; readonly y: number }): { x: number; y: number } => ({ x: clampCoordinate(x), y: clampCoordinate(y) });

/** Files hold coordinates up to ten million; what is no number lands at the origin. */
const clampCoordinate = (value: number): number => (Number.isFinite(value) ? Math.max(-1e7, Math.min(1e7, Math.round(value))) + 0 : 0);
