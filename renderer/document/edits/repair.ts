/** The ways out that the checker offers, taken: at the node that it names, inside blocks too. */
import { current } from 'immer';
import { expandBlocks } from '../../../engine/graph/blocks.ts';
import { type EdgeId, type GraphDoc, type NodeId, type PortRef } from '../../../engine/graph/document.ts';
import type { Problem } from '../../../engine/graph/problem.ts';
import { fitWire } from '../../../engine/graph/wire-fit.ts';
import type { Point } from '../editing.ts';
import { type BlockPath, blockAt, pathInto } from '../scope.ts';
import type { DocDraft } from '../store.ts';
import { type EditScope, isAt, portAt, portsAt, scopeAt } from './edit-scope.ts';
import { addNode } from './nodes.ts';
import { setNode, setParam } from './values.ts';
import { connect, disconnect, edgesInto, fittingPort, insertOnWire, removeNodes } from './wires.ts';

/** What a repair was about: to be selected and shown. */
export interface Repaired {
  readonly path: BlockPath;
  readonly node: NodeId | undefined;
}

/** From one layer of nodes to the next, with room for the wire. */
const COLUMN = 260;
const ROW = 130;

/** Undefined when the problem has no repair, or the document is not any more what it was about. */
export function repair(draft: DocDraft, problem: Problem, shown: BlockPath): Repaired | undefined {
  const offered = problem.repair;
  if (offered === undefined) return undefined;
  const at = placeOf(draft, offered.node ?? problem.node);
  switch (offered.kind) {
    case 'set-param':
      return at === undefined ? undefined : repairParam(draft, at.path, at.id, offered.param, offered.value);
    case 'remove-edge': {
      const wire = placeOf(draft, problem.edge, 'edges');
      if (wire === undefined) return undefined;
      disconnect(wire.scope, [wire.id]);
      // Of a node inside a block that the wire leads into, the block is what can be shown beside the wire.
      return { path: wire.path, node: at === undefined ? undefined : [...at.path, at.id][wire.path.length] };
    }
    case 'insert-node': {
      if (at === undefined) return undefined;
      const wire = placeOf(draft, problem.edge, 'edges');
      const id = insertBefore(at.scope, { node: at.id, port: offered.beforePort }, { type: offered.type, params: offered.params ?? {} }, wire?.scope.block === at.scope.block ? wire?.id : undefined);
      return id === undefined ? undefined : { path: at.path, node: id };
    }
    case 'connect': {
      if (at === undefined) return undefined;
      return connectNearest(at.scope, { node: at.id, port: offered.port }, at.path) === undefined ? undefined : { path: at.path, node: at.id };
    }
    case 'add-node': {
      // What a graph lacks as a whole is added to it, not to the block that is looked at; loss and optimizer stand at the top.
      const path = at?.path ?? [];
      const id = addWired(scopeAt(draft, path), offered.type, path);
      return id === undefined ? undefined : { path: at === undefined && shown.length > 0 ? [] : path, node: id };
    }
    case 'remove-param': {
      const node = at?.scope.graph.nodes[at.id];
      if (at === undefined || node === undefined || !Object.hasOwn(node.params, offered.param)) return undefined;
      delete node.params[offered.param];
      return { path: at.path, node: at.id };
    }
    case 'set-muted':
      if (at === undefined) return undefined;
      setNode(at.scope, [at.id], { muted: offered.muted });
      return { path: at.path, node: at.id };
    case 'set-trainer': {
      const places = offered.nodes.flatMap((node) => placeOf(draft, node) ?? []);
      for (const place of places) setNode(place.scope, [place.id], { trainedBy: offered.optimizer });
      return places[0] === undefined ? undefined : { path: places[0].path, node: places[0].id };
    }
    case 'remove-node':
      if (at === undefined) return undefined;
      removeNodes(at.scope, new Set([at.id]), false);
      return { path: at.path, node: undefined };
    default:
      return assertNever(offered);
  }
}

interface Place {
  readonly path: BlockPath;
  readonly id: string;
  readonly scope: EditScope;
}

/** Where a node or wire of a flat id stands; undefined when it is not there any more. */
function placeOf(draft: DocDraft, flat: string | undefined, kind: 'nodes' | 'edges' = 'nodes'): Place | undefined {
  if (flat === undefined) return undefined;
  const doc = current(draft) as GraphDoc;
  const ids = expandBlocks(doc).pathOf.get(flat) ?? flat.split('/');
  const path = ids.slice(0, -1);
  const id = ids.at(-1);
  if (id === undefined || pathInto(doc, path).length < path.length) return undefined;
  const scope = scopeAt(draft, path);
  return scope.graph[kind][id] === undefined ? undefined : { path, id, scope };
}

/** An exposed parameter has its value from the outermost instance that sets it. */
function repairParam(draft: DocDraft, path: BlockPath, id: NodeId, param: string, value: Parameters<typeof setParam>[3]): Repaired {
  for (let depth = 0; depth < path.length; depth++) {
    const instance = scopeAt(draft, path.slice(0, depth)).graph.nodes[path[depth]!];
    const exposed = exposedAs(draft, path, depth, id, param);
    if (instance === undefined || exposed === undefined || instance.params[exposed] === undefined) continue;
    setParam(scopeAt(draft, path.slice(0, depth)), path[depth]!, exposed, value);
    return { path: path.slice(0, depth), node: path[depth] };
  }
  setParam(scopeAt(draft, path), id, param, value);
  return { path, node: id };
}

/** The name under which the instance at `depth` of a path exposes a parameter of a node at the path's end. */
function exposedAs(draft: DocDraft, path: BlockPath, depth: number, id: NodeId, param: string): string | undefined {
  let name: string | undefined = param;
  let node = id;
  for (let level = path.length; level > depth; level--) {
    const block = blockAt(draft as GraphDoc, path.slice(0, level));
    const exposed: { readonly name: string } | undefined = block === undefined ? undefined : draft.blocks?.[block]?.params.find((each) => each.node === node && each.param === name);
    if (exposed === undefined) return undefined;
    name = exposed.name;
    node = path[level - 1]!;
  }
  return name;
}

function insertBefore(scope: EditScope, target: PortRef, node: Parameters<typeof addNode>[1], wire: EdgeId | undefined): NodeId | undefined {
  const { graph, border } = scope;
  if (portAt(scope, target, 'input') === undefined) return undefined;
  const into = edgesInto(scope, target);
  const edge = wire !== undefined && into.includes(wire) ? wire : into[0];
  const input = border?.inputs.find(({ to }) => to.some((each) => isAt(each, target)));
  const source = edge === undefined ? undefined : graph.nodes[graph.edges[edge]!.from.node]?.position;
  const id = addNode(scope, node, makeRoom(scope, target.node, source));
  if (id === undefined) return undefined;
  if (edge !== undefined) {
    if (insertOnWire(scope, id, edge)) return id;
    delete graph.nodes[id];
    return undefined;
  }
  const output = fittingPort(scope, id, 'output', target);
  const own = portsAt(scope, id).inputs[0];
  if (output === undefined) {
    delete graph.nodes[id];
    return undefined;
  }
  if (input !== undefined && own !== undefined) input.to = input.to.map((each) => (isAt(each, target) ? { node: id, port: own.name } : each));
  connect(scope, { node: id, port: output.name }, target);
  return id;
}

/** A place between two nodes; where they stand too close, the second and all that it leads to make way. */
function makeRoom({ graph }: EditScope, target: NodeId, source: Point | undefined): Point {
  const { x, y } = graph.nodes[target]!.position;
  if (source === undefined) return { x: x - COLUMN, y };
  if (x - source.x >= 2 * COLUMN - 60) return { x: (x + source.x) / 2, y: (y + source.y) / 2 };
  const shift = Math.max(0, source.x + 2 * COLUMN - x);
  const behind = new Set<NodeId>([target]);
  for (const node of behind) for (const { from, to } of Object.values(graph.edges)) if (from.node === node) behind.add(to.node);
  // A cycle would lead back to the source, which stays.
  for (const node of behind) {
    const record = graph.nodes[node];
    if (record !== undefined && record.position.x >= x) record.position = { x: Math.round(record.position.x + shift), y: record.position.y };
  }
  return { x: source.x + COLUMN, y: (y + source.y) / 2 };
}

/** A wire from the nearest output that fits and does not depend on the node; one that feeds nothing yet is the likelier. */
function connectNearest(scope: EditScope, to: PortRef, path: BlockPath): EdgeId | undefined {
  const from = nearestOutput(scope, to, path);
  return from === undefined ? undefined : connect(scope, from, to);
}

function nearestOutput(scope: EditScope, to: PortRef, path: BlockPath): PortRef | undefined {
  const port = portAt(scope, to, 'input');
  const target = scope.graph.nodes[to.node];
  if (port === undefined || target === undefined) return undefined;
  const doc = current(scope.doc) as GraphDoc;
  const graph = (scope.block === undefined ? undefined : doc.blocks?.[scope.block]) ?? doc;
  const edges = Object.values(graph.edges);
  const behind = new Set<NodeId>([to.node]);
  for (const node of behind) for (const edge of edges) if (edge.from.node === node) behind.add(edge.to.node);
  const used = new Set(edges.map((edge) => `${edge.from.node}.${edge.from.port}`));
  const rank = ({ node, port: name }: PortRef): number => {
    const { x, y } = graph.nodes[node]!.position;
    // A node to the right is an unlikely source, a used output a less likely one.
    return Math.hypot(target.position.x - x, target.position.y - y) + (x > target.position.x ? 1e5 : 0) + (used.has(`${node}.${name}`) ? 1e4 : 0);
  };
  const candidates = Object.keys(graph.nodes).filter((id) => !behind.has(id))
    .flatMap((id) => portsAt(scope, id).outputs.filter(({ kind }) => kind === port.kind).map(({ name }): PortRef => ({ node: id, port: name })))
    .filter((from) => !edges.some((edge) => isAt(edge.from, from) && isAt(edge.to, to)))
    .sort((a, b) => rank(a) - rank(b));
  return candidates.find((from) => fitWire(doc, from, to, path).fits);
}

/** A new node at the right, with its required inputs wired where something fits, and its outputs led where only they are missing. */
function addWired(scope: EditScope, type: string, path: BlockPath): NodeId | undefined {
  const positions = Object.values(scope.graph.nodes).map(({ position }) => position);
  const right = Math.max(0, ...positions.map(({ x }) => x));
  const top = positions.reduce((best, { x, y }) => (x === right ? Math.max(best, y + ROW) : best), 0);
  const id = addNode(scope, { type }, positions.length === 0 ? { x: 0, y: 0 } : { x: right, y: top });
  if (id === undefined) return undefined;
  const { inputs, outputs } = portsAt(scope, id);
  for (const port of inputs) if (port.optional !== true) connectNearest(scope, { node: id, port: port.name }, path);
  for (const output of outputs) {
    if (output.kind === 'tensor') continue;
    const waiting = Object.keys(scope.graph.nodes).sort().flatMap((node) => portsAt(scope, node).inputs.filter(({ kind }) => kind === output.kind).map(({ name }): PortRef => ({ node, port: name })))
      .find((to) => to.node !== id && edgesInto(scope, to).length === 0);
    if (waiting !== undefined) connect(scope, { node: id, port: output.name }, waiting);
  }
  return id;
}

function assertNever(value: never): never {
  throw new Error(`There is no repair ${JSON.stringify(value)}.`);
}
