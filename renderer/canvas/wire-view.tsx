/** A wire: its kind by dash and colour, what it carries as a label, what is wrong with it; and the wire that is still being drawn. */
import { BaseEdge, type ConnectionLineComponentProps, type EdgeProps, Position, ViewportPortal, getBezierPath, getSmoothStepPath } from '@xyflow/react';
import { memo } from 'react';
import { useStore } from 'zustand';
import type { Point } from '../document/editing.ts';
import { textNow } from '../i18n/i18n.ts';
import { useWorkspace } from '../workspace/context.tsx';
import { dragShift, shiftOf } from './drag-shift.ts';
import { factsOf } from './facts.ts';
import type { FlowEdge } from './flow-model.ts';
import { isScalar, shapeText } from './format.ts';
import { gapOf, leadsBack } from './wire-hit.ts';
import { wiring } from './wiring-store.ts';

/** How far apart wires between the same two ports run, in canvas units. */
const TWIN_GAP = 20;

/** A curve; where a wire leads back to the left, as at the end of a row, around the nodes in the gap above its target. A twin of another wire bends away from it. */
function wirePath(from: Point, to: Point, twins: number): readonly [path: string, labelX: number, labelY: number] {
  if (twins > 0 && !leadsBack(from, to)) {
    const reach = (to.x - from.x) / 2;
    const bend = twins * TWIN_GAP;
    return [`M${from.x},${from.y} C${from.x + reach},${from.y + bend} ${to.x - reach},${to.y + bend} ${to.x},${to.y}`, (from.x + to.x) / 2, (from.y + to.y) / 2 + 0.75 * bend];
  }
  const ends = { sourceX: from.x, sourceY: from.y, sourcePosition: Position.Right, targetX: to.x, targetY: to.y, targetPosition: Position.Left };
  const [path, x, y] = leadsBack(from, to) ? getSmoothStepPath({ ...ends, borderRadius: 14, offset: 24, centerY: gapOf(from, to) }) : getBezierPath(ends);
  return [path, x, y];
}

/** A digit of the label's type, about. */
const LABEL_DIGIT = 6.2;

export const WireView = memo(function WireView({ id, data, source, target, selected, ...ends }: EdgeProps<FlowEdge>) {
  const facts = factsOf(useWorkspace());
  const from = data?.record.from;
  const to = data?.record.to;
  const type = useStore(facts, ({ byNode }) => (from === undefined ? undefined : byNode.get(from.node)?.outputs[from.port]));
  const problem = useStore(facts, ({ byNode }) => (to === undefined ? undefined : byNode.get(to.node)?.problems.find((each) => each.severity === 'error' && (each.edge === id || (each.edge === undefined && each.port === to.port && each.code !== 'missing-wire')))));
  const isTraced = useStore(wiring, ({ traced }) => traced?.has(id) === true);
  const isDropTarget = useStore(wiring, ({ dropEdge }) => dropEdge === id);
  // While one of its nodes is dragged, its end goes along.
  const sourceShift = useStore(dragShift, ({ shifts }) => shiftOf(shifts, source));
  const targetShift = useStore(dragShift, ({ shifts }) => shiftOf(shifts, target));
  const sourceX = ends.sourceX + sourceShift.x;
  const sourceY = ends.sourceY + sourceShift.y;
  const targetX = ends.targetX + targetShift.x;
  const targetY = ends.targetY + targetShift.y;
  const [path, labelX, labelY] = wirePath({ x: sourceX, y: sourceY }, { x: targetX, y: targetY }, data?.twins ?? 0);
  const label = data?.kind === 'tensor' && type !== undefined && !isScalar(type) ? shapeText(type) : undefined;
  // A label that would lie on the nodes at the wire's ends says nothing that they do not say themselves.
  const hasRoom = label !== undefined && targetX - sourceX > label.length * LABEL_DIGIT + 4;
  // Of wires that fan out from one port, the straight one carries the label; the others when they are pointed at.
  const isSteep = Math.abs(targetY - sourceY) > 60;
  return (
    <g className={`canvas-wire canvas-wire-${data?.kind ?? 'tensor'}${selected === true ? ' is-selected' : ''}${problem === undefined ? '' : ' is-misfit'}${isTraced ? ' is-traced' : ''}${isDropTarget ? ' is-drop' : ''}`}>
      {problem !== undefined && <title>{textNow(problem.text)}</title>}
      <BaseEdge path={path} interactionWidth={18} />
      {hasRoom && <text className={`canvas-wire-label numbers${isSteep ? ' is-steep' : ''}`} x={labelX} y={labelY} dy="-0.45em" textAnchor="middle">{label}</text>}
    </g>
  );
});

/** Red over a port that it does not fit. */
export function DrawnWire({ fromX, fromY, toX, toY, fromPosition, toPosition, connectionStatus, toHandle }: ConnectionLineComponentProps) {
  const kind = useStore(wiring, ({ from }) => from?.kind ?? 'tensor');
  const [path] = getBezierPath({ sourceX: fromX, sourceY: fromY, sourcePosition: fromPosition, targetX: toX, targetY: toY, targetPosition: toPosition });
  return <path d={path} className={`canvas-drawn canvas-wire-${kind}${toHandle !== null && connectionStatus === 'invalid' ? ' is-misfit' : ''}`} fill="none" />;
}

/** The wire that waits for a node to be chosen. */
export function GhostWire() {
  const ghost = useStore(wiring, (state) => state.ghost);
  if (ghost === undefined) return null;
  const { from, to, side, kind } = ghost;
  const [path] = getBezierPath({
    sourceX: from.x, sourceY: from.y, sourcePosition: side === 'output' ? Position.Right : Position.Left,
    targetX: to.x, targetY: to.y, targetPosition: side === 'output' ? Position.Left : Position.Right,
  });
  return <ViewportPortal><svg className="canvas-ghost" aria-hidden><path d={path} className={`canvas-drawn canvas-wire-${kind}`} fill="none" /></svg></ViewportPortal>;
}
