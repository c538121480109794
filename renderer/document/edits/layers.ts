/** Boxes and the arrows among them in layers from left to right, as dagre finds them: plain data in and out, so that it can run apart from the window. */
import { Graph, layout } from '@dagrejs/dagre';

/** Room for wires between layers, and for their shapes written on them. */
const LAYER_GAP = 72;
const NODE_GAP = 32;

export interface LayersQuestion {
  readonly boxes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly arrows: readonly (readonly [from: string, to: string])[];
}
/** The middles of the boxes, in their order. */
export type LayersAnswer = readonly { readonly x: number; readonly y: number }[];

export function layersOf({ boxes, arrows }: LayersQuestion): LayersAnswer {
  const graph = new Graph().setGraph({ rankdir: 'LR', nodesep: NODE_GAP, ranksep: LAYER_GAP, marginx: 0, marginy: 0 }).setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const [from, to] of arrows) graph.setEdge(from, to);
  layout(graph);
  return boxes.map(({ id }) => {
    const { x, y } = graph.node(id) as { readonly x: number; readonly y: number };
    return { x, y };
  });
}
