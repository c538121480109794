/** The course of wires, and which one lies under a point: for nodes that are dropped on wires. */
import type { EdgeId } from '../../engine/graph/document.ts';
import type { Point } from '../document/editing.ts';
import type { FlowEdge, FlowNode } from './flow-model.ts';
import { PORT_ROW, TITLE_HEIGHT } from './geometry.ts';

/** How near a node's middle must come, in the document's units. */
const REACH = 24;
/** Enough that no piece of an ordinary wire is longer than REACH. */
const PIECES = 24;
/** Above a target's title, where its row is free. */
const GAP_ABOVE = TITLE_HEIGHT + PORT_ROW / 2 + 20;

export const leadsBack = (from: Point, to: Point): boolean => to.x < from.x;
/** The height at which a wire leads back: above its target, if that is in a row below. */
export const gapOf = (from: Point, to: Point): number => (to.y - GAP_ABOVE > from.y + GAP_ABOVE / 2 ? to.y - GAP_ABOVE : (from.y + to.y) / 2);

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
  if (leadsBack(from, to)) {
    const y = gapOf(from, to);
    return Math.abs(point.y - y) < reach && point.x > to.x - reach && point.x < from.x + reach ? Math.abs(point.y - y) : Infinity;
  }
  const half = (to.x - from.x) / 2;
  const xs = [from.x, from.x + half, to.x - half, to.x] as const;
  const ys = [from.y, from.y, to.y, to.y] as const;
  if (point.x < from.x - reach || point.x > to.x + reach || point.y < Math.min(from.y, to.y) - reach || point.y > Math.max(from.y, to.y) + reach) return Infinity;
  let least = Infinity;
  for (let i = 0; i <= PIECES; i++) {
    const t = i / PIECES;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
    least = Math.min(least, Math.hypot(a * xs[0] + b * xs[1] + c * xs[2] + d * xs[3] - point.x, a * ys[0] + b * ys[1] + c * ys[2] + d * ys[3] - point.y));
  }
  return least;
}
