/** Where things lie: bounds, aligning, distributing, frames around nodes. Sizes are the canvas's where it has drawn the node, else estimates. */
import { portsOf } from '../../../engine/graph/blocks.ts';
import { type FrameRec, type GraphDoc, type NodeId, type NodeRec, type Subgraph } from '../../../engine/graph/document.ts';
import { nodeType } from '../../../engine/nodes/registry.ts';
import type { Alignment, Point } from '../editing.ts';
import type { Selection, Size } from '../editor-store.ts';
import type { Positions } from './nodes.ts';

export interface Box extends Point, Size {
  readonly kind: 'nodes' | 'frames' | 'comments';
  readonly id: string;
}
export type SizeOf = (id: NodeId, node: NodeRec) => Size;

const NODE_WIDTH = 200;
const TITLE_HEIGHT = 36;
const ROW_HEIGHT = 26;
/** A frame's air around what it holds, and the room of its title. */
const FRAME_PADDING = 24;
const FRAME_TITLE = 28;

/** About what the canvas would draw: a title, the ports, the parameters shown on the node, a line of numbers. */
export function estimateSize(doc: Pick<GraphDoc, 'blocks'>, node: NodeRec): Size {
  if (node.collapsed === true) return { width: NODE_WIDTH, height: TITLE_HEIGHT };
  const ports = portsOf(doc, node) ?? { inputs: [], outputs: [] };
  const shown = node.block === undefined ? Object.values(nodeType(node.type)?.params ?? {}).filter((spec) => spec.prominent === true).length : new Set(doc.blocks?.[node.block]?.params.map(({ name }) => name)).size;
  return { width: NODE_WIDTH, height: TITLE_HEIGHT + ROW_HEIGHT * (Math.max(1, ports.inputs.length, ports.outputs.length) + Math.min(3, shown) + 1) };
}

export function boxesOf(graph: Subgraph, selection: Pick<Selection, 'nodes' | 'frames' | 'comments'>, sizeOf: SizeOf): readonly Box[] {
  const nodes = [...selection.nodes].flatMap((id): Box[] => {
    const node = graph.nodes[id];
    return node === undefined ? [] : [{ kind: 'nodes', id, ...node.position, ...sizeOf(id, node) }];
  });
  const others = (['frames', 'comments'] as const).flatMap((kind) => [...selection[kind]].flatMap((id): Box[] => {
    const record = graph[kind]?.[id];
    return record === undefined ? [] : [{ kind, id, ...record.position, ...record.size }];
  }));
  return [...nodes, ...others];
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function boundsOf(boxes: readonly (Point & Size)[]): Bounds {
  return {
    left: Math.min(...boxes.map(({ x }) => x)), top: Math.min(...boxes.map(({ y }) => y)),
    right: Math.max(...boxes.map(({ x, width }) => x + width)), bottom: Math.max(...boxes.map(({ y, height }) => y + height)),
  };
}

export const centerOf = ({ left, top, right, bottom }: Bounds): Point => ({ x: (left + right) / 2, y: (top + bottom) / 2 });

function positionsOf(boxes: readonly Pick<Box, 'kind' | 'id' | 'x' | 'y'>[]): Positions {
  const positions = { nodes: new Map<string, Point>(), frames: new Map<string, Point>(), comments: new Map<string, Point>() };
  for (const { kind, id, x, y } of boxes) positions[kind].set(id, { x, y });
  return positions;
}

export function align(boxes: readonly Box[], alignment: Alignment): Positions {
  const bounds = boundsOf(boxes);
  const center = centerOf(bounds);
  return positionsOf(boxes.map((box) => {
    switch (alignment) {
      case 'left': return { ...box, x: bounds.left };
      case 'center': return { ...box, x: center.x - box.width / 2 };
      case 'right': return { ...box, x: bounds.right - box.width };
      case 'top': return { ...box, y: bounds.top };
      case 'middle': return { ...box, y: center.y - box.height / 2 };
      case 'bottom': return { ...box, y: bounds.bottom - box.height };
      default: return assertNever(alignment);
    }
  }));
}

/** Equal gaps between neighbours; the first and the last stay where they are. */
export function distribute(boxes: readonly Box[], axis: 'horizontal' | 'vertical'): Positions {
  const [at, length] = axis === 'horizontal' ? (['x', 'width'] as const) : (['y', 'height'] as const);
  const ordered = [...boxes].sort((a, b) => a[at] + a[length] / 2 - b[at] - b[length] / 2 || (a.id < b.id ? -1 : 1));
  const first = ordered[0];
  const last = ordered.at(-1);
  if (first === undefined || last === undefined || ordered.length < 3) return {};
  const gap = (last[at] + last[length] - first[at] - ordered.reduce((sum, box) => sum + box[length], 0)) / (ordered.length - 1);
  let next = first[at];
  return positionsOf(ordered.map((box, i) => {
    const placed = i === ordered.length - 1 ? box : { ...box, [at]: next };
    next += box[length] + gap;
    return placed;
  }));
}

/** The rectangle of a frame around boxes. */
export function frameAround(boxes: readonly (Point & Size)[]): Pick<FrameRec, 'position' | 'size'> {
  const { left, top, right, bottom } = boundsOf(boxes);
  return {
    position: { x: Math.round(left - FRAME_PADDING), y: Math.round(top - FRAME_PADDING - FRAME_TITLE) },
    size: { width: Math.round(right - left + 2 * FRAME_PADDING), height: Math.round(bottom - top + 2 * FRAME_PADDING + FRAME_TITLE) },
  };
}

/** What lies wholly in a frame, and so moves along with it. */
export function frameContents(graph: Subgraph, frame: FrameRec, sizeOf: SizeOf): Pick<Selection, 'nodes' | 'frames' | 'comments'> {
  const all = boxesOf(graph, { nodes: new Set(Object.keys(graph.nodes)), frames: new Set(Object.keys(graph.frames ?? {})), comments: new Set(Object.keys(graph.comments ?? {})) }, sizeOf);
  const { position: { x, y }, size } = frame;
  const inside = all.filter((box) => box.x >= x && box.y >= y && box.x + box.width <= x + size.width && box.y + box.height <= y + size.height && !(box.kind === 'frames' && graph.frames?.[box.id] === frame));
  const ids = (kind: Box['kind']) => new Set(inside.filter((box) => box.kind === kind).map(({ id }) => id));
  return { nodes: ids('nodes'), frames: ids('frames'), comments: ids('comments') };
}

function assertNever(value: never): never {
  throw new Error(`There is no alignment '${String(value)}'.`);
}
