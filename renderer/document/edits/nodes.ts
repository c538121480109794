/** New nodes, and where nodes, frames and comments lie. */
import { current } from 'immer';
import { type BlockDef, type BlockId, type GraphDoc, type NodeId, BLOCK_TYPE } from '../../../engine/graph/document.ts';
import { nodeType } from '../../../engine/nodes/registry.ts';
import type { AddOptions, NewNode, Point } from '../editing.ts';
import { textNow } from '../../i18n/i18n.ts';
import { inDocument, readyBlock } from '../ready-blocks.ts';
import { holdsBlock } from './border.ts';
import { type BlockDraft, type EditScope, type NodeDraft, wholePoint } from './edit-scope.ts';
import { freeTitle } from './group.ts';
import { freeId, freshId, idBase } from './ids.ts';
import { storableParams } from './values.ts';
import { connectLoose, insertOnWire } from './wires.ts';

/** Undefined for a block that does not exist, or that the new node would put into itself. */
export function addNode(scope: EditScope, { type, block: named, ready, params = {} }: NewNode, position: Point, { wire, onWire }: AddOptions = {}): NodeId | undefined {
  const { doc, graph } = scope;
  const block = ready === undefined ? named : bringBlock(scope, ready);
  const definition = block === undefined ? undefined : doc.blocks?.[block];
  if ((type === BLOCK_TYPE) !== (definition !== undefined)) return undefined;
  if (block !== undefined && scope.block !== undefined && holdsBlock(doc, block, scope.block)) return undefined;
  const id = freshId(idBase(ready ?? definition?.name ?? type, definition === undefined ? 'node' : 'block'), Object.keys(graph.nodes));
  const node: NodeDraft = { type, params: storableParams(params), position: wholePoint(position) };
  if (block !== undefined) node.block = block;
  graph.nodes[id] = node;
  if (onWire !== undefined) insertOnWire(scope, id, onWire);
  if (wire !== undefined) connectLoose(scope, id, wire);
  return id;
}

/** The document's block that a ready one is, put there if need be, under a name in the language of the window. */
function bringBlock({ doc }: EditScope, id: string): BlockId | undefined {
  const ready = readyBlock(id);
  if (ready === undefined) return undefined;
  const known = inDocument(current(doc) as GraphDoc, ready);
  if (known !== undefined) return known;
  const blocks = (doc.blocks ??= {});
  const next = freeId(ready.id, (each) => blocks[each] !== undefined);
  blocks[next] = structuredClone({ ...ready.definition, name: freeTitle(textNow(ready.title), Object.values(blocks).map(({ name }) => name)) }) as BlockDraft;
  return next;
}

/** Whether a node of this type or block may stand in the graph that is shown. */
export function mayAdd(doc: Pick<GraphDoc, 'blocks'>, into: string | undefined, { type, block: named, ready: id }: NewNode): boolean {
  if (type !== BLOCK_TYPE) return nodeType(type) !== undefined;
  const ready = id === undefined ? undefined : readyBlock(id);
  if (id !== undefined && ready === undefined) return false;
  const block = ready === undefined ? named : inDocument(doc, ready);
  if (ready !== undefined && block === undefined) return true;
  const definition: BlockDef | undefined = block === undefined ? undefined : doc.blocks?.[block];
  return definition !== undefined && block !== undefined && (into === undefined || !holdsBlock(doc as Parameters<typeof holdsBlock>[0], block, into));
}

export type Positions = Readonly<Partial<Record<'nodes' | 'frames' | 'comments', ReadonlyMap<string, Point>>>>;

export function move({ graph }: EditScope, positions: Positions): void {
  for (const kind of ['nodes', 'frames', 'comments'] as const) {
    for (const [id, point] of positions[kind] ?? []) {
      const record = graph[kind]?.[id];
      if (record === undefined) continue;
      const next = wholePoint(point);
      if (next.x !== record.position.x || next.y !== record.position.y) record.position = next;
    }
  }
}
