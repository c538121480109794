/** Auto layout: the graph in layers from left to right, as dagre finds them. The library is loaded when it is first asked for. */
import type { NodeId, Subgraph } from '../../../engine/graph/document.ts';
import { compareIds } from '../../../engine/graph/ids.ts';
import type { Point } from '../editing.ts';
import { type Box, type SizeOf, boundsOf, boxesOf, frameAround, frameContents } from './geometry.ts';
import type { Positions } from './nodes.ts';

/** Room for wires between layers, and for their shapes written on them. */
const LAYER_GAP = 72;
const NODE_GAP = 32;
/** A comment follows the node that it stands near, as far as it can be said to stand near one. */
const COMMENT_REACH = 300;

export interface Arrangement {
  readonly positions: Positions;
  /** Frames that held nothing but nodes that have moved are drawn around them anew. */
  readonly frames: ReadonlyMap<string, { readonly position: Point; readonly size: { readonly width: number; readonly height: number } }>;
}

/** Where the given nodes go. Their upper left corner stays where it was. */
export async function createLayout(): Promise<(graph: Subgraph, ids: ReadonlySet<NodeId>, sizeOf: SizeOf) => Arrangement> {
  const { Graph, layout } = await import('@dagrejs/dagre');
  return (graph, ids, sizeOf) => {
    const boxes = boxesOf(graph, { nodes: new Set([...ids].sort(compareIds)), frames: new Set(), comments: new Set() }, sizeOf);
    if (boxes.length === 0) return { positions: {}, frames: new Map() };
    const layers = new Graph().setGraph({ rankdir: 'LR', nodesep: NODE_GAP, ranksep: LAYER_GAP, marginx: 0, marginy: 0 }).setDefaultEdgeLabel(() => ({}));
    for (const { id, width, height } of boxes) layers.setNode(id, { width, height });
    for (const [, { from, to }] of Object.entries(graph.edges).sort(([a], [b]) => compareIds(a, b))) {
      if (ids.has(from.node) && ids.has(to.node) && from.node !== to.node) layers.setEdge(from.node, to.node);
    }
    layout(layers);
    const placed = boxes.map((box): Box => {
      // dagre gives middles.
      const { x, y } = layers.node(box.id) as Point;
      return { ...box, x: x - box.width / 2, y: y - box.height / 2 };
    });
    const before = boundsOf(boxes);
    const after = boundsOf(placed);
    const kept = placed.map((box) => ({ ...box, x: Math.round(box.x + before.left - after.left), y: Math.round(box.y + before.top - after.top) }));
    return { positions: { nodes: new Map(kept.map(({ id, x, y }) => [id, { x, y }])), comments: followers(graph, boxes, kept) }, frames: refittedFrames(graph, ids, kept, sizeOf) };
  };
}

/** Comments keep their place beside the nearest node that moves. */
function followers(graph: Subgraph, before: readonly Box[], after: readonly Box[]): Map<string, Point> {
  const moved = new Map<string, Point>();
  for (const [id, { position, size }] of Object.entries(graph.comments ?? {})) {
    const distance = (box: Box): number => Math.hypot(
      Math.max(0, box.x - position.x - size.width, position.x - box.x - box.width), Math.max(0, box.y - position.y - size.height, position.y - box.y - box.height));
    const nearest = before.reduce((a, b) => (distance(b) < distance(a) ? b : a));
    const next = after.find((box) => box.id === nearest.id);
    if (next !== undefined && distance(nearest) <= COMMENT_REACH) moved.set(id, { x: position.x + next.x - nearest.x, y: position.y + next.y - nearest.y });
  }
  return moved;
}

function refittedFrames(graph: Subgraph, ids: ReadonlySet<NodeId>, after: readonly Box[], sizeOf: SizeOf): Arrangement['frames'] {
  return new Map(Object.entries(graph.frames ?? {}).flatMap(([id, frame]) => {
    const held = [...frameContents(graph, frame, sizeOf).nodes];
    if (held.length === 0 || held.some((node) => !ids.has(node))) return [];
    return [[id, frameAround(after.filter((box) => held.includes(box.id)))] as const];
  }));
}
