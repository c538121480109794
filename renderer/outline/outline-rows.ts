/**
 * The document as lines to be read: nodes in the order in which numbers flow, under each its ports with
 * where they lead, its parameters, and, for a block, the nodes inside. Only what is open is listed.
 */
import type { EdgeId, EdgeRec, GraphDoc, NodeId, NodeRec, ParamValue, PortRef, Subgraph } from '../../engine/graph/document.ts';
import { compareIds } from '../../engine/graph/ids.ts';
import type { ParamSpec, Port } from '../../engine/nodes/node-type.ts';
import { type NodeKind, nodeKind, paramValues } from '../document/node-kind.ts';
import { type BlockPath, flatId, subgraphAt } from '../document/scope.ts';

interface RowBase {
  /** Unique, and the same while the thing it stands for is there. */
  readonly key: string;
  readonly level: number;
  readonly position: number;
  readonly size: number;
  readonly path: BlockPath;
  readonly node: NodeId;
}
export interface NodeRow extends RowBase {
  readonly kind: 'node';
  readonly record: NodeRec;
  readonly what: NodeKind | undefined;
  readonly isOpen: boolean;
  readonly flat: string;
}
export interface PortRow extends RowBase {
  readonly kind: 'input' | 'output';
  readonly port: Port;
  readonly wires: readonly (readonly [EdgeId, EdgeRec])[];
  /** The other ends, as people call them: `conv1.y`. */
  readonly ends: readonly string[];
}
export interface ParamRow extends RowBase {
  readonly kind: 'param';
  readonly param: string;
  readonly spec: ParamSpec;
  readonly value: ParamValue;
}
export type OutlineRow = NodeRow | PortRow | ParamRow;

/** @param open flat ids of the nodes that are open */
export function outlineRows(doc: GraphDoc, open: ReadonlySet<string>): readonly OutlineRow[] {
  const rows: OutlineRow[] = [];
  addLevel(doc, [], 1, 0, open, rows);
  return rows;
}

function addLevel(doc: GraphDoc, path: BlockPath, level: number, before: number, open: ReadonlySet<string>, rows: OutlineRow[]): void {
  const graph = subgraphAt(doc, path);
  const order = flowOrder(graph);
  const wires = wiresByNode(graph);
  for (const [i, id] of order.entries()) {
    const record = graph.nodes[id];
    if (record === undefined) continue;
    const what = nodeKind(doc, record);
    const flat = flatId(path, id);
    const isOpen = open.has(flat);
    rows.push({ kind: 'node', key: flat, level, position: before + i + 1, size: before + order.length, path, node: id, record, what, isOpen, flat });
    if (!isOpen || what === undefined) continue;
    const { into = [], outOf = [] } = wires.get(id) ?? {};
    const values = paramValues(what, record);
    const params = Object.entries(what.params).filter(([, spec]) => spec.when?.(values) ?? true);
    const own = what.inputs.length + what.outputs.length + params.length;
    const size = own + (what.block === undefined ? 0 : Object.keys(what.block.definition.nodes).length);
    let position = 0;
    const base = (key: string) => ({ key: `${flat} ${key}`, level: level + 1, position: ++position, size, path, node: id });
    const end = (ref: PortRef): string => `${graph.nodes[ref.node]?.label ?? ref.node}.${ref.port}`;
    for (const port of what.inputs) {
      const own = into.filter(([, { to }]) => to.port === port.name);
      rows.push({ ...base(`in ${port.name}`), kind: 'input', port, wires: own, ends: own.map(([, { from }]) => end(from)) });
    }
    for (const port of what.outputs) {
      const own = outOf.filter(([, { from }]) => from.port === port.name);
      rows.push({ ...base(`out ${port.name}`), kind: 'output', port, wires: own, ends: own.map(([, { to }]) => end(to)) });
    }
    for (const [param, spec] of params) rows.push({ ...base(`param ${param}`), kind: 'param', param, spec, value: values[param] ?? spec.default });
    if (what.block !== undefined) addLevel(doc, [...path, id], level + 1, own, open, rows);
  }
}

/** Topological, and each source close to what it feeds: the ends of the graph from left to right, before each all that leads to it. */
export function flowOrder({ nodes, edges }: Pick<Subgraph, 'nodes' | 'edges'>): readonly NodeId[] {
  const sources = new Map<NodeId, NodeId[]>();
  const feeding = new Set<NodeId>();
  for (const { from, to } of Object.values(edges)) {
    if (nodes[from.node] === undefined || nodes[to.node] === undefined) continue;
    sources.set(to.node, [...(sources.get(to.node) ?? []), from.node]);
    feeding.add(from.node);
  }
  const place = (id: NodeId) => nodes[id]?.position ?? { x: 0, y: 0 };
  const before = (a: NodeId, b: NodeId): number => place(a).x - place(b).x || place(a).y - place(b).y || compareIds(a, b);
  const order = new Set<NodeId>();
  const begun = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (begun.has(id)) return;
    begun.add(id);
    for (const source of (sources.get(id) ?? []).sort(before)) visit(source);
    order.add(id);
  };
  const all = Object.keys(nodes).sort(before);
  for (const id of all) if (!feeding.has(id)) visit(id);
  // Nodes of a cycle lead to no end.
  for (const id of all) visit(id);
  return [...order];
}

interface NodeWires {
  readonly into: (readonly [EdgeId, EdgeRec])[];
  readonly outOf: (readonly [EdgeId, EdgeRec])[];
}
function wiresByNode({ edges }: Pick<Subgraph, 'edges'>): ReadonlyMap<NodeId, NodeWires> {
  const wires = new Map<NodeId, NodeWires>();
  const of = (id: NodeId): NodeWires => {
    const found = wires.get(id) ?? { into: [], outOf: [] };
    wires.set(id, found);
    return found;
  };
  for (const wire of Object.entries(edges).sort(([a], [b]) => compareIds(a, b))) {
    of(wire[1].to.node).into.push(wire);
    of(wire[1].from.node).outOf.push(wire);
  }
  return wires;
}
