/** Wires: drawn, moved, taken away, and led through or past a node. */
import { current } from 'immer';
import { compareIds } from '../../../engine/graph/ids.ts';
import { fitWire } from '../../../engine/graph/wire-fit.ts';
import type { EdgeId, GraphDoc, NodeId, PortRef } from '../../../engine/graph/document.ts';
import type { Port } from '../../../engine/nodes/node-type.ts';
import { dropFromBorder } from './border.ts';
import { type EditScope, type Side, isAt, portAt, portsAt } from './edit-scope.ts';
import { freshEdgeIds } from './ids.ts';

const copyOf = ({ node, port }: PortRef): { node: NodeId; port: string } => ({ node, port });

export function edgesInto({ graph }: EditScope, to: PortRef): readonly EdgeId[] {
  return Object.keys(graph.edges).filter((id) => isAt(graph.edges[id]!.to, to)).sort(compareIds);
}

/** Undefined where there is no such port, for a loop onto itself, and for a wire that is there already unless the port takes many: a value may be multiplied by itself. */
export function connect(scope: EditScope, from: PortRef, to: PortRef): EdgeId | undefined {
  if (!canConnect(scope, from, to)) return undefined;
  makeRoom(scope, to, undefined);
  const id = freshEdgeIds(scope.graph.edges)();
  scope.graph.edges[id] = { from: copyOf(from), to: copyOf(to) };
  return id;
}

function canConnect(scope: EditScope, from: PortRef, to: PortRef): boolean {
  const target = portAt(scope, to, 'input');
  return from.node !== to.node && portAt(scope, from, 'output') !== undefined && target !== undefined
    && (target.multiple === true || !edgesInto(scope, to).some((id) => isAt(scope.graph.edges[id]!.from, from)));
}

/** Takes away what a port that takes one wire already has: a wire, or the border's. */
function makeRoom(scope: EditScope, to: PortRef, except: EdgeId | undefined): void {
  if (portAt(scope, to, 'input')?.multiple === true) return;
  for (const id of edgesInto(scope, to)) if (id !== except) delete scope.graph.edges[id];
  for (const input of scope.border?.inputs ?? []) {
    if (input.to.some((target) => isAt(target, to))) input.to = input.to.filter((target) => !isAt(target, to));
  }
}

/** Moves one end or both; false when that gives a wire that cannot be. The wire keeps its id, and so its place. */
export function reconnect(scope: EditScope, id: EdgeId, end: { readonly from?: PortRef; readonly to?: PortRef }): boolean {
  const edge = scope.graph.edges[id];
  if (edge === undefined) return false;
  const from = copyOf(end.from ?? edge.from);
  const to = copyOf(end.to ?? edge.to);
  if (!canConnect(scope, from, to)) return false;
  makeRoom(scope, to, id);
  edge.from = from;
  edge.to = to;
  return true;
}

/** The first port of a node that goes with a wire from (or to) another port: by kind, and where several do, by the checker's word. */
export function fittingPort(scope: EditScope, node: NodeId, side: Side, other: PortRef): Port | undefined {
  const kind = portAt(scope, other, side === 'input' ? 'output' : 'input')?.kind;
  const alike = portsAt(scope, node)[side === 'input' ? 'inputs' : 'outputs'].filter((port) => port.kind === kind);
  if (alike.length < 2) return alike[0];
  // As plain values: the checker walks the whole graph, and remembers what it found.
  const doc = current(scope.doc) as GraphDoc;
  const { nodes, edges } = (scope.block === undefined ? undefined : doc.blocks?.[scope.block]) ?? doc;
  const shown: GraphDoc = { ...doc, nodes, edges };
  const fits = (port: Port): boolean => {
    const own = { node, port: port.name };
    return side === 'input' ? fitWire(shown, other, own).fits : fitWire(shown, own, other).fits;
  };
  const free = side === 'input' ? alike.filter((port) => edgesInto(scope, { node, port: port.name }).length === 0) : alike;
  return free.find(fits) ?? alike.find(fits) ?? free[0] ?? alike[0];
}

/** Connects a node to the loose end of a wire: by its first port that fits. */
export function connectLoose(scope: EditScope, node: NodeId, { port, side }: { readonly port: PortRef; readonly side: Side }): EdgeId | undefined {
  if (side === 'output') {
    const input = fittingPort(scope, node, 'input', port);
    return input === undefined ? undefined : connect(scope, port, { node, port: input.name });
  }
  const output = fittingPort(scope, node, 'output', port);
  return output === undefined ? undefined : connect(scope, { node, port: output.name }, port);
}

/** Leads a wire through a node. The wire keeps its end and its id there, because the order of ids is that of the wires into one port. */
export function insertOnWire(scope: EditScope, node: NodeId, id: EdgeId): boolean {
  const edge = scope.graph.edges[id];
  if (edge === undefined || edge.from.node === node || edge.to.node === node) return false;
  const input = fittingPort(scope, node, 'input', edge.from);
  const output = fittingPort(scope, node, 'output', edge.to);
  if (input === undefined || output === undefined) return false;
  const source = copyOf(edge.from);
  edge.from = { node, port: output.name };
  connect(scope, source, { node, port: input.name });
  return true;
}

export function disconnect({ graph }: EditScope, edges: Iterable<EdgeId>): void {
  for (const id of edges) delete graph.edges[id];
}

/**
 * Deletes nodes with their wires. With `isBypassed`, what a deleted node's first output fed is fed by
 * what fed its first input, through whole chains of deleted nodes, where the kinds agree.
 */
export function removeNodes(scope: EditScope, ids: ReadonlySet<NodeId>, isBypassed: boolean): void {
  const { graph, border } = scope;
  if (isBypassed) bypass(scope, ids);
  for (const [id, edge] of Object.entries(graph.edges)) {
    if (ids.has(edge.from.node) || ids.has(edge.to.node)) delete graph.edges[id];
  }
  if (border !== undefined) dropFromBorder(scope, (node) => ids.has(node));
  for (const id of ids) delete graph.nodes[id];
}

function bypass(scope: EditScope, gone: ReadonlySet<NodeId>): void {
  const { graph, border } = scope;
  /** Where the values of a port that will be gone come from: a port that stays, or an input of the block. */
  const originOf = (ref: PortRef): { readonly ref: PortRef } | { readonly input: string } | undefined => {
    const seen = new Set<NodeId>();
    let at = copyOf(ref);
    while (gone.has(at.node)) {
      const { inputs, outputs } = portsAt(scope, at.node);
      const first = inputs[0];
      if (seen.has(at.node) || first === undefined || outputs[0]?.name !== at.port || outputs[0].kind !== first.kind) return undefined;
      seen.add(at.node);
      const entry = { node: at.node, port: first.name };
      const edge = graph.edges[edgesInto(scope, entry)[0] ?? ''];
      if (edge === undefined) {
        const input = border?.inputs.find(({ to }) => to.some((target) => isAt(target, entry)));
        return input === undefined ? undefined : { input: input.name };
      }
      at = copyOf(edge.from);
    }
    return { ref: at };
  };
  for (const [id, edge] of Object.entries(graph.edges)) {
    if (!gone.has(edge.from.node) || gone.has(edge.to.node)) continue;
    const origin = originOf(edge.from);
    if (origin === undefined) continue;
    if ('ref' in origin) reconnect(scope, id, { from: origin.ref });
    else border?.inputs.find(({ name }) => name === origin.input)?.to.push({ ...copyOf(edge.to), edge: id });
  }
  for (const output of border?.outputs ?? []) {
    const origin = gone.has(output.from.node) ? originOf(output.from) : undefined;
    if (origin !== undefined && 'ref' in origin) output.from = copyOf(origin.ref);
  }
}
