/**
 * Nodes become a block, and a block becomes nodes again. The two are exact inverses: ids, wires, their
 * order and positions come back, as far as the ids are still free.
 */
import { current } from 'immer';
import { type BlockDef, type BlockTarget, type EdgeId, type EdgeRec, type GraphDoc, type NodeId, type NodeRec, type PortRef, BLOCK_TYPE } from '../../../engine/graph/document.ts';
import { compareIds } from '../../../engine/graph/ids.ts';
import { nodeType } from '../../../engine/nodes/registry.ts';
import type { Point } from '../editing.ts';
import type { Selection } from '../editor-store.ts';
import { type BlockDraft, type EditScope, isAt, portsAt, wholePoint } from './edit-scope.ts';
import type { Placed } from './fragment.ts';
import { freeId, freshEdgeIds, freshId, idBase, isValidName } from './ids.ts';
import { cleanLine } from './values.ts';
import { moveTrainers, movedTrainer } from './trainers.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** `center` is where the middle of what is grouped lies; `size` that of the instance to come. */
export function group(scope: EditScope, chosen: Pick<Selection, 'nodes' | 'frames' | 'comments'>, name: string, at: Point): NodeId | undefined {
  const { doc, graph, border } = scope;
  const inside = new Set([...chosen.nodes].filter((id) => graph.nodes[id] !== undefined).sort(compareIds));
  if (inside.size === 0) return undefined;
  const position = wholePoint(at);
  const blocks = (doc.blocks ??= {});
  const title = freeTitle(cleanLine(name) || 'Block', Object.values(blocks).map((block) => block.name));
  const block = freshId(idBase(title, 'block'), Object.keys(blocks));
  const instance = freshId(idBase(title, 'block'), Object.keys(graph.nodes).filter((id) => !inside.has(id)));

  const inputs: { name: string; to: BlockTarget[] }[] = [];
  const outputs: { name: string; from: PortRef }[] = [];
  const addInput = (to: BlockTarget): string => {
    const port = portName(to, inputs);
    inputs.push({ name: port, to: [to] });
    return port;
  };
  const outputOf = (from: PortRef): string => {
    const known = outputs.find((output) => isAt(output.from, from));
    if (known !== undefined) return known.name;
    const port = portName(from, outputs);
    outputs.push({ name: port, from: { node: from.node, port: from.port } });
    return port;
  };

  // Before any wire is moved, because it asks which ports have none.
  const open = openPorts(scope, inside);
  const within: Record<EdgeId, EdgeRec> = {};
  const entries = new Map<string, (typeof inputs)[number]>();
  for (const id of Object.keys(graph.edges).sort(compareIds)) {
    const edge = graph.edges[id]!;
    const fromInside = inside.has(edge.from.node);
    const toInside = inside.has(edge.to.node);
    if (fromInside && toInside) {
      within[id] = current(edge);
      delete graph.edges[id];
    } else if (toInside) {
      // One port for each source outside, however many ports inside it feeds.
      const source = `${edge.from.node}.${edge.from.port}`;
      const target: BlockTarget = { node: edge.to.node, port: edge.to.port, edge: id };
      const entry = entries.get(source);
      if (entry !== undefined) {
        entry.to.push(target);
        delete graph.edges[id];
      } else {
        edge.to = { node: instance, port: addInput(target) };
        entries.set(source, inputs.at(-1)!);
      }
    } else if (fromInside) {
      edge.from = { node: instance, port: outputOf(edge.from) };
    }
  }
  const params = border === undefined ? [] : moveBorder(border, inside, instance, { inputs, addInput, outputOf });
  for (const to of open.inputs) addInput(to);
  for (const from of open.outputs) outputOf(from);

  const definition: Mutable<BlockDef> = {
    name: title, inputs, outputs, params, edges: within,
    nodes: Object.fromEntries([...inside].map((id) => [id, relativeTo(current(graph.nodes[id]!) as NodeRec, position)])),
  };
  for (const kind of ['frames', 'comments'] as const) {
    const taken = [...chosen[kind]].flatMap((id) => {
      const record = graph[kind]?.[id];
      return record === undefined ? [] : [[id, relativeTo(current(record), position)] as const];
    });
    if (taken.length === 0) continue;
    Object.assign(definition, { [kind]: Object.fromEntries(taken) });
    for (const [id] of taken) delete graph[kind]![id];
    // As it was before there was one, so that grouping and unpacking leave no trace.
    if (Object.keys(graph[kind]!).length === 0) delete graph[kind];
  }
  for (const id of inside) delete graph.nodes[id];
  blocks[block] = definition as BlockDraft;
  graph.nodes[instance] = { type: BLOCK_TYPE, params: {}, position, block };
  moveTrainers(scope, (trainer) => movedTrainer(trainer, (first) => (inside.has(first) ? `${instance}/${first}` : undefined)));
  return instance;
}

/** What the border of the block that is shown had in the grouped nodes leads to the instance now; its parameters are exposed by the new block too. */
function moveBorder(border: BlockDraft, inside: ReadonlySet<NodeId>, instance: NodeId, { inputs, addInput, outputOf }: { readonly inputs: { name: string; to: BlockTarget[] }[]; addInput(to: BlockTarget): string; outputOf(from: PortRef): string }): BlockDef['params'] {
  for (const input of border.inputs) {
    const moved = input.to.filter((target) => inside.has(target.node)).map((target) => current(target) as BlockTarget);
    const [first, ...others] = moved;
    if (first === undefined) continue;
    const port = addInput(first);
    inputs.at(-1)!.to.push(...others);
    input.to = [...input.to.filter((target) => !inside.has(target.node)), { node: instance, port }];
  }
  for (const output of border.outputs) {
    if (inside.has(output.from.node)) output.from = { node: instance, port: outputOf(current(output.from)) };
  }
  const params = border.params.filter(({ node }) => inside.has(node)).map(({ name, node, param }) => ({ name, node, param }));
  // Those that are set together are one parameter of the instance.
  const moved = new Set<string>();
  border.params = border.params.flatMap((param) => {
    if (!inside.has(param.node)) return [param];
    if (moved.has(param.name)) return [];
    moved.add(param.name);
    return [{ name: param.name, node: instance, param: param.name }];
  });
  return params;
}

/** Ports that nothing is wired to and that need it: a block without them could not be used at all. */
function openPorts(scope: EditScope, inside: ReadonlySet<NodeId>): { readonly inputs: readonly PortRef[]; readonly outputs: readonly PortRef[] } {
  const edges = Object.values(scope.graph.edges);
  const used = new Set([...edges.map(({ from }) => from), ...(scope.border?.outputs.map(({ from }) => from) ?? [])].map(({ node }) => node));
  const fed = new Set([...edges.map(({ to }) => to), ...(scope.border?.inputs.flatMap(({ to }) => to) ?? [])].map(({ node, port }) => `${node}.${port}`));
  const inputs: PortRef[] = [];
  const outputs: PortRef[] = [];
  for (const node of inside) {
    const ports = portsAt(scope, node);
    for (const port of ports.inputs) if (port.optional !== true && !fed.has(`${node}.${port.name}`)) inputs.push({ node, port: port.name });
    if (!used.has(node)) for (const port of ports.outputs) outputs.push({ node, port: port.name });
  }
  return { inputs, outputs };
}

/** The inner port's name; where that is taken, with its node's: `x`, `conv2_x`, `conv2_x2`. */
export function portName({ node, port }: PortRef, taken: readonly { readonly name: string }[]): string {
  const isTaken = (name: string): boolean => taken.some((each) => each.name === name);
  const long = `${node}_${port}`;
  return isTaken(port) ? freeId(isValidName(long) ? long : port, isTaken) : port;
}

export function freeTitle(title: string, taken: readonly string[]): string {
  if (!taken.includes(title)) return title;
  const base = title.replace(/ \d+$/, '');
  for (let number = 2; ; number++) if (!taken.includes(`${base} ${number}`)) return `${base} ${number}`;
}

/** Loses nothing in practice: sums of coordinates are rounded to a millionth, which undoes what floating point did to them. */
const exact = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;
function relativeTo<T extends { readonly position: Point }>(record: T, { x, y }: Point, sign: 1 | -1 = -1): T {
  return { ...record, position: { x: exact(record.position.x + sign * x), y: exact(record.position.y + sign * y) } };
}

// Unpacking --------------------------------------------------------------------------------------

interface NewWire {
  /** The id that it had or should have. */
  readonly wanted: EdgeId | undefined;
  readonly edge: { readonly from: PortRef; readonly to: PortRef };
}

export function unpack(scope: EditScope, id: NodeId): Placed | undefined {
  const { graph, border } = scope;
  const doc = current(scope.doc) as GraphDoc;
  const record = graph.nodes[id];
  const definition = record?.block === undefined ? undefined : doc.blocks?.[record.block];
  if (record === undefined || definition === undefined) return undefined;
  const instance = current(record) as NodeRec;

  delete graph.nodes[id];
  const ids = new Map<NodeId, NodeId>();
  const taken = new Set(Object.keys(graph.nodes));
  for (const inner of Object.keys(definition.nodes).sort(compareIds)) {
    const next = freeId(inner, (each) => taken.has(each));
    taken.add(next);
    ids.set(inner, next);
    graph.nodes[next] = unpackedNode(definition, inner, instance) as typeof record;
  }
  moveTrainers(scope, (trainer) => (trainer.startsWith(`${id}/`) ? movedTrainer(trainer.slice(id.length + 1), (first) => ids.get(first)) : undefined));
  const outside = ({ node, port }: PortRef): { node: NodeId; port: string } => ({ node: ids.get(node) ?? node, port });

  const arriving: { id: EdgeId; from: PortRef; port: string }[] = [];
  for (const edge of Object.keys(graph.edges).sort(compareIds)) {
    const { from, to } = graph.edges[edge]!;
    if (to.node === id) {
      if (from.node !== id) arriving.push({ id: edge, from: { node: from.node, port: from.port }, port: to.port });
      delete graph.edges[edge];
    } else if (from.node === id) {
      const output = definition.outputs.find(({ name }) => name === from.port);
      if (output === undefined) delete graph.edges[edge];
      else graph.edges[edge]!.from = outside(output.from);
    }
  }
  const wires: NewWire[] = Object.entries(definition.edges).map(([wanted, { from, to }]) => ({ wanted, edge: { from: outside(from), to: outside(to) } }));
  const entered = new Set<string>();
  for (const { id: edge, from, port } of arriving) {
    const targets = definition.inputs.find(({ name }) => name === port)?.to ?? [];
    const isFirst = !entered.has(port);
    entered.add(port);
    for (const target of targets) wires.push({ wanted: isFirst ? (target.edge ?? (targets.length === 1 ? edge : undefined)) : undefined, edge: { from, to: outside(target) } });
  }
  addWires(scope, wires);
  if (border !== undefined) unpackBorder(border, definition, id, outside);

  const placed = { nodes: new Set(ids.values()), frames: new Set<string>(), comments: new Set<string>() };
  for (const kind of ['frames', 'comments'] as const) {
    for (const [inner, inside] of Object.entries<{ readonly position: Point }>(definition[kind] ?? {})) {
      const records: Record<string, unknown> = (graph[kind] ??= {});
      const next = freeId(inner, (each) => records[each] !== undefined);
      records[next] = relativeTo(structuredClone(inside), instance.position, 1);
      placed[kind].add(next);
    }
  }
  return placed;
}

/** A node of the definition as it was in this instance: with the values that the instance gave, and muted, frozen, slowed or trained as it was. */
function unpackedNode(definition: BlockDef, inner: NodeId, instance: NodeRec): NodeRec {
  const node = relativeTo(structuredClone(definition.nodes[inner]!), instance.position, 1) as Mutable<NodeRec>;
  for (const { name, node: owner, param } of definition.params) {
    const value = instance.params[name];
    if (owner === inner && value !== undefined) node.params = { ...node.params, [param]: structuredClone(value) };
  }
  if (instance.muted === true) node.muted = true;
  if (instance.frozen === true) node.frozen = true;
  const mayHaveWeights = node.block !== undefined || nodeType(node.type)?.weights !== undefined;
  if (node.trainedBy === undefined && instance.trainedBy !== undefined && mayHaveWeights) node.trainedBy = instance.trainedBy;
  const factor = (node.learningRateFactor ?? 1) * (instance.learningRateFactor ?? 1);
  if (factor !== 1) node.learningRateFactor = Math.min(1e6, factor);
  return node;
}

/** Wires take the ids that they want. Where one into a port is taken, all into that port get new ones, in their order, which is what counts. */
function addWires({ graph }: EditScope, wires: readonly NewWire[]): void {
  const byTarget = new Map<string, NewWire[]>();
  for (const wire of wires) {
    const key = `${wire.edge.to.node}.${wire.edge.to.port}`;
    byTarget.set(key, [...(byTarget.get(key) ?? []), wire]);
  }
  const add = (id: EdgeId, { from, to }: NewWire['edge']): void => { graph.edges[id] = { from: { node: from.node, port: from.port }, to: { node: to.node, port: to.port } }; };
  const late: NewWire[] = [];
  for (const group of byTarget.values()) {
    const wanted = new Set(group.map((wire) => wire.wanted));
    const isFree = wanted.size === group.length && group.every((wire) => wire.wanted !== undefined && graph.edges[wire.wanted] === undefined);
    if (isFree) for (const wire of group) add(wire.wanted!, wire.edge);
    else late.push(...group);
  }
  const order = (a: NewWire, b: NewWire): number => (a.wanted === undefined || b.wanted === undefined ? Number(b.wanted === undefined) - Number(a.wanted === undefined) : compareIds(a.wanted, b.wanted));
  const nextId = freshEdgeIds(graph.edges);
  for (const wire of late.sort(order)) add(nextId(), wire.edge);
}

/** What the border of the block that is shown had in the instance leads to its inside now. */
function unpackBorder(border: BlockDraft, definition: BlockDef, id: NodeId, outside: (ref: PortRef) => { node: NodeId; port: string }): void {
  for (const input of border.inputs) {
    if (!input.to.some((target) => target.node === id)) continue;
    input.to = input.to.flatMap((target) => {
      if (target.node !== id) return [target];
      const inner = definition.inputs.find(({ name }) => name === target.port)?.to ?? [];
      return inner.map((each) => ({ ...outside(each), ...(each.edge === undefined ? {} : { edge: each.edge }) }));
    });
  }
  border.outputs = border.outputs.flatMap((output) => {
    if (output.from.node !== id) return [output];
    const inner = definition.outputs.find(({ name }) => name === output.from.port);
    return inner === undefined ? [] : [{ ...output, from: outside(inner.from) }];
  });
  border.params = border.params.flatMap((param) => {
    if (param.node !== id) return [param];
    const inner = definition.params.filter(({ name }) => name === param.param);
    return inner.map((each) => ({ name: param.name, node: outside({ node: each.node, port: '' }).node, param: each.param }));
  });
}
