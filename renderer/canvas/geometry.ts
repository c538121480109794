/**
 * How large a node is and where its ports stand, computed from the document alone. Nothing has to be
 * measured on the screen, so a thousand nodes open at once, wires to nodes out of sight are right, and
 * auto layout knows the sizes. The rows of node-view.tsx are drawn to exactly these heights.
 */
import type { GraphDoc, NodeRec, ParamValue } from '../../engine/graph/document.ts';
import type { ParamSpec, Port } from '../../engine/nodes/node-type.ts';
import { type NodeKind, nodeKind, paramValue, paramValues } from '../document/node-kind.ts';

/** The grid that nodes snap to. */
export const GRID = 20;
export const NODE_WIDTH = 180;
export const TITLE_HEIGHT = 34;
export const PORT_ROW = 22;
export const PARAM_ROW = 28;
export const FOOT_HEIGHT = 22;
/** Under the last row, where rows are all there is. */
const BOTTOM = 6;
/** Across a port's dot; what reacts to the pointer is larger (canvas.css). */
export const PORT_SIZE = 10;
/** More would make a node a form; the inspector has them all. */
const MAX_PARAMS = 3;
/** Ports of a collapsed node keep this far apart. */
const COLLAPSED_STEP = 14;

export interface PortPlace {
  readonly port: Port;
  readonly side: 'input' | 'output';
  /** The middle of its dot, from the node's top left. */
  readonly x: number;
  readonly y: number;
}
export interface ParamRow {
  readonly name: string;
  readonly spec: ParamSpec;
  readonly value: ParamValue;
}
export interface NodeGeometry {
  readonly width: number;
  readonly height: number;
  readonly ports: readonly PortPlace[];
  readonly params: readonly ParamRow[];
  /** Whether there is a line for the number of parameters. */
  readonly hasFoot: boolean;
}

export function nodeGeometry(kind: NodeKind | undefined, node: NodeRec): NodeGeometry {
  if (kind === undefined) return { width: NODE_WIDTH, height: TITLE_HEIGHT + PORT_ROW + BOTTOM, ports: [], params: [], hasFoot: false };
  if (node.collapsed === true) {
    const rows = Math.max(kind.inputs.length, kind.outputs.length, 1);
    const height = Math.max(TITLE_HEIGHT, rows * COLLAPSED_STEP + 6);
    const place = (ports: readonly Port[], side: PortPlace['side']): PortPlace[] => ports.map((port, i) => ({ port, side, x: side === 'input' ? 0 : NODE_WIDTH, y: height / 2 + (i - (ports.length - 1) / 2) * COLLAPSED_STEP }));
    return { width: NODE_WIDTH, height, ports: [...place(kind.inputs, 'input'), ...place(kind.outputs, 'output')], params: [], hasFoot: false };
  }
  const place = (ports: readonly Port[], side: PortPlace['side']): PortPlace[] => ports.map((port, i) => ({ port, side, x: side === 'input' ? 0 : NODE_WIDTH, y: TITLE_HEIGHT + (i + 0.5) * PORT_ROW }));
  const rows = Math.max(kind.inputs.length, kind.outputs.length);
  const params = paramRows(kind, node);
  const hasFoot = kind.definition?.weights !== undefined || kind.block !== undefined;
  const height = TITLE_HEIGHT + rows * PORT_ROW + params.length * PARAM_ROW + (hasFoot ? FOOT_HEIGHT : 0) + BOTTOM;
  return { width: NODE_WIDTH, height, ports: [...place(kind.inputs, 'input'), ...place(kind.outputs, 'output')], params, hasFoot };
}

/** The parameters that are edited on the node: the prominent ones, or what a block exposes. */
function paramRows(kind: NodeKind, node: NodeRec): readonly ParamRow[] {
  const values = paramValues(kind, node);
  return Object.entries(kind.params)
    .filter(([, spec]) => (spec.prominent === true || kind.block !== undefined) && (spec.when?.(values) ?? true))
    .slice(0, MAX_PARAMS)
    .map(([name, spec]) => ({ name, spec, value: paramValue(spec, node, name) }));
}

/** For whoever lays nodes out. */
export const nodeSize = (doc: Pick<GraphDoc, 'blocks'>, node: NodeRec): { readonly width: number; readonly height: number } => nodeGeometry(nodeKind(doc, node), node);
