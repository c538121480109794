/** Which wire lies under a point: for nodes that are dropped on wires. The same curve that React Flow draws. */
import type { EdgeId } from '../../engine/graph/document.ts';
import type { Point } from '../document/editing.ts';
import type { FlowEdge, FlowNode } from './flow-model.ts';

/** How near a node's middle must come, in the document's units. */
const REACH = 24;
/** Enough that no piece of an ordinary wire is longer than REACH. */
const PIECES = 24;
/** React Flow's default. */
const CURVATURE = 0.25;

/** Where a port's wire ends; undefined for a node or port that is not there. */
export function portPoint(nodes: ReadonlyMap<string, FlowNode>, node: string, port: string, side: 'input' | 'output'): Point | undefined {
  const found = nodes.get(node);
  if (found?.type !== 'node') return undefined;
  const place = found.data.geometry.ports.find((each) => each.side === side && each.port.name === port);
  return place === undefined ? undefined : { x: found.position.x + place.x, y: found.position.y + place.y };
}

/** The nearest wire within reach, but none of the node's own. */
export function wireAt(point: Point, nodes: ReadonlyMap<string, FlowNode>, edges: readonly FlowEdge[], without?: string): EdgeId | undefined {
  let nearest: EdgeId | undefined;
  let least = REACH;
  for (const { id, source, sourceHandle, target, targetHandle } of edges) {
    if (source === without || target === without) continue;
    const from = portPoint(nodes, source, sourceHandle ?? '', 'output');
    const to = portPoint(nodes, target, targetHandle ?? '', 'input');
    if (from === undefined || to === undefined) continue;
    const distance = distanceToWire(point, from, to, least);
    if (distance < least) {
      least = distance;
      nearest = id;
    }
  }
  return nearest;
}

/** From a point to the curve; Infinity where the curve's bounds are farther than `reach`. */
export function distanceToWire(point: Point, from: Point, to: Point, reach: number): number {
  const offset = to.x >= from.x ? (to.x - from.x) / 2 : CURVATURE * 25 * Math.sqrt(from.x - to.x);
  const xs = [from.x, from.x + offset, to.x - offset, to.x] as const;
  const ys = [from.y, from.y, to.y, to.y] as const;
  if (point.x < Math.min(...xs) - reach || point.x > Math.max(...xs) + reach || point.y < Math.min(...ys) - reach || point.y > Math.max(...ys) + reach) return Infinity;
  let least = Infinity;
  for (let i = 0; i <= PIECES; i++) {
    const t = i / PIECES;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
    least = Math.min(least, Math.hypot(a * xs[0] + b * xs[1] + c * xs[2] + d * xs[3] - point.x, a * ys[0] + b * ys[1] + c * ys[2] + d * ys[3] - point.y));
  }
  return least;
}
