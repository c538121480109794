/** New nodes, and where nodes, frames and comments lie. */
import { type BlockDef, type GraphDoc, type NodeId, BLOCK_TYPE } from '../../../engine/graph/document.ts';
import { nodeType } from '../../../engine/nodes/registry.ts';
import type { AddOptions, NewNode, Point } from '../editing.ts';
import { holdsBlock } from './border.ts';
import { type EditScope, type NodeDraft, wholePoint } from './edit-scope.ts';
import { freshId, idBase } from './ids.ts';
import { storableParams } from './values.ts';
import { connectLoose, insertOnWire } from './wires.ts';

/** Undefined for a block that does not exist, or that the new node would put into itself. */
export function addNode(scope: EditScope, { type, block, params = {} }: NewNode, position: Point, { wire, onWire }: AddOptions = {}): NodeId | undefined {
  const { doc, graph } = scope;
  const definition = block === undefined ? undefined : doc.blocks?.[block];
  if ((type === BLOCK_TYPE) !== (definition !== undefined)) return undefined;
  if (block !== undefined && scope.block !== undefined && holdsBlock(doc, block, scope.block)) return undefined;
  const id = freshId(idBase(definition?.name ?? type, definition === undefined ? 'node' : 'block'), Object.keys(graph.nodes));
  const node: NodeDraft = { type, params: storableParams(params), position: wholePoint(position) };
  if (block !== undefined) node.block = block;
  graph.nodes[id] = node;
  if (onWire !== undefined) insertOnWire(scope, id, onWire);
  if (wire !== undefined) connectLoose(scope, id, wire);
  return id;
}

/** Whether a node of this type or block may stand in the graph that is shown. */
export function mayAdd(doc: Pick<GraphDoc, 'blocks'>, into: string | undefined, { type, block }: NewNode): boolean {
  if (type !== BLOCK_TYPE) return nodeType(type) !== undefined;
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
