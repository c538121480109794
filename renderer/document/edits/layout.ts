/** Auto layout: the graph in layers from left to right. The library is loaded when it is first asked for; large graphs are laid out in a worker. */
import type { NodeId, Subgraph } from '../../../engine/graph/document.ts';
import { compareIds } from '../../../engine/graph/ids.ts';
import type { Point } from '../editing.ts';
import { type Box, type SizeOf, boundsOf, boxesOf, frameAround, frameContents } from './geometry.ts';
import type { LayersAnswer, LayersQuestion } from './layers.ts';
import type { Positions } from './nodes.ts';

/** Below this many nodes a layout takes less time (under 50 ms) than the start of a worker. */
const FEW_NODES = 60;
/** A comment follows the node that it stands near, as far as it can be said to stand near one. */
const COMMENT_REACH = 300;

export interface Arrangement {
  readonly positions: Positions;
  /** Frames that held nothing but nodes that have moved are drawn around them anew. */
  readonly frames: ReadonlyMap<string, { readonly position: Point; readonly size: { readonly width: number; readonly height: number } }>;
}

/** Where the given nodes go. Their upper left corner stays where it was. Rejects with the signal's reason when it is given up. */
export async function arrange(graph: Subgraph, ids: ReadonlySet<NodeId>, sizeOf: SizeOf, signal?: AbortSignal): Promise<Arrangement> {
  const boxes = boxesOf(graph, { nodes: new Set([...ids].sort(compareIds)), frames: new Set(), comments: new Set() }, sizeOf);
  if (boxes.length === 0) return { positions: {}, frames: new Map() };
  const arrows = Object.entries(graph.edges).sort(([a], [b]) => compareIds(a, b))
    .flatMap(([, { from, to }]) => (ids.has(from.node) && ids.has(to.node) && from.node !== to.node ? [[from.node, to.node] as const] : []));
  const question: LayersQuestion = { boxes: boxes.map(({ id, width, height }) => ({ id, width, height })), arrows };
  const middles = boxes.length > FEW_NODES && typeof Worker !== 'undefined' ? await askWorker(question, signal) : (await import('./layers.ts')).layersOf(question);
  signal?.throwIfAborted();
  const placed = boxes.map((box, i): Box => ({ ...box, x: middles[i]!.x - box.width / 2, y: middles[i]!.y - box.height / 2 }));
  const before = boundsOf(boxes);
  const after = boundsOf(placed);
  const kept = placed.map((box) => ({ ...box, x: Math.round(box.x + before.left - after.left), y: Math.round(box.y + before.top - after.top) }));
  return { positions: { nodes: new Map(kept.map(({ id, x, y }) => [id, { x, y }])), comments: followers(graph, boxes, kept) }, frames: refittedFrames(graph, ids, kept, sizeOf) };
}

function askWorker(question: LayersQuestion, signal: AbortSignal | undefined): Promise<LayersAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./layers-worker.ts', import.meta.url), { type: 'module' });
    const end = (settle: () => void): void => {
      signal?.removeEventListener('abort', giveUp);
      worker.terminate();
      settle();
    };
    const giveUp = (): void => end(() => reject(signal?.reason as Error));
    worker.onmessage = ({ data }: MessageEvent<LayersAnswer>) => end(() => resolve(data));
    worker.onerror = (event) => end(() => reject(new Error(event.message || 'The worker that lays graphs out did not start.')));
    signal?.addEventListener('abort', giveUp, { once: true });
    worker.postMessage(question);
  });
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
