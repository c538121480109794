/** Definitions of blocks as the user shapes them: names, ports, exposed parameters, copies, and what nothing uses any more. */
import type { BlockId, GraphDoc, NodeId, PortRef } from '../../../engine/graph/document.ts';
import { nodeKind } from '../node-kind.ts';
import type { DocDraft } from '../store.ts';
import { usedBlocks } from './border.ts';
import { type BlockDraft, type Side, instancesOf, isAt, portAt, scopeOf } from './edit-scope.ts';
import { freeTitle, portName } from './group.ts';
import { freeId, isValidName } from './ids.ts';
import { cleanLine } from './values.ts';

export function renameBlock(doc: DocDraft, block: BlockId, name: string): void {
  const definition = doc.blocks?.[block];
  const next = cleanLine(name);
  if (definition !== undefined && next !== '') definition.name = next;
}

/** False for a name that is taken, or that no port can have. Wires at all instances follow. */
export function renamePort(doc: DocDraft, block: BlockId, side: Side, name: string, next: string): boolean {
  const definition = doc.blocks?.[block];
  const ports: { name: string }[] = (side === 'input' ? definition?.inputs : definition?.outputs) ?? [];
  const port = ports.find((each) => each.name === name);
  if (port === undefined || !isValidName(next) || ports.some((each) => each.name === next)) return false;
  port.name = next;
  for (const { scope, id } of instancesOf(doc, block)) {
    const old = { node: id, port: name };
    const ends = Object.values(scope.graph.edges).map((edge) => (side === 'input' ? edge.to : edge.from));
    const border = side === 'input' ? scope.border?.inputs.flatMap(({ to }) => to) : scope.border?.outputs.map(({ from }) => from);
    for (const ref of [...ends, ...(border ?? [])]) if (isAt(ref, old)) ref.port = next;
  }
  return true;
}

/** The port's place among those of its side. */
export function movePort(doc: DocDraft, block: BlockId, side: Side, name: string, index: number): void {
  const definition = doc.blocks?.[block];
  const ports: { name: string }[] = (side === 'input' ? definition?.inputs : definition?.outputs) ?? [];
  const at = ports.findIndex((port) => port.name === name);
  const to = Math.max(0, Math.min(ports.length - 1, Math.round(index)));
  if (at < 0 || at === to) return;
  const [port] = ports.splice(at, 1);
  ports.splice(to, 0, port!);
}

/**
 * Makes an inner port one of the block's. An input that is already fed is left alone, and so is an
 * output that is a port already: undefined then. `input` names a port of the block that shall feed this one too.
 */
export function addPort(doc: DocDraft, block: BlockId, side: Side, { node, port }: PortRef, input?: string): string | undefined {
  const scope = scopeOf(doc, block);
  const inner = scope === undefined ? undefined : portAt(scope, { node, port }, side);
  if (scope?.border === undefined || inner === undefined) return undefined;
  const { border, graph } = scope;
  const ref = { node, port };
  if (side === 'output') {
    if (border.outputs.some(({ from }) => isAt(from, ref))) return undefined;
    const name = portName(ref, border.outputs);
    border.outputs.push({ name, from: ref });
    return name;
  }
  const isFed = Object.values(graph.edges).some(({ to }) => isAt(to, ref)) || border.inputs.some(({ to }) => to.some((target) => isAt(target, ref)));
  if (isFed && inner.multiple !== true) return undefined;
  const known = border.inputs.find(({ name }) => name === input);
  if (known !== undefined) {
    if (known.to.some((target) => isAt(target, ref))) return undefined;
    known.to.push(ref);
    return known.name;
  }
  const name = portName(ref, border.inputs);
  border.inputs.push({ name, to: [ref] });
  return name;
}

/**
 * Under a name that is exposed already it is set together with what has that name. False when there is no such
 * parameter inside, when it is exposed already, or when the name is none, or that of a parameter of another kind.
 */
export function exposeParam(doc: DocDraft, block: BlockId, node: NodeId, param: string, name: string): boolean {
  const definition = doc.blocks?.[block];
  if (definition === undefined || !isValidName(name)) return false;
  const kindOf = (at: NodeId, of: string): string | undefined => {
    const record = definition.nodes[at];
    const specs = record === undefined ? undefined : nodeKind(doc as GraphDoc, record)?.params;
    return specs !== undefined && Object.hasOwn(specs, of) ? specs[of]?.kind : undefined;
  };
  const kind = kindOf(node, param);
  if (kind === undefined || definition.params.some((each) => (each.node === node && each.param === param) || (each.name === name && kindOf(each.node, each.param) !== kind))) return false;
  definition.params.push({ name, node, param });
  return true;
}

/** A definition of its own for one instance, so that editing it leaves the others as they are. Undefined when it has one already. */
export function makeUnique(doc: DocDraft, nodes: DocDraft['nodes'], id: NodeId): BlockId | undefined {
  const instance = nodes[id];
  const old = instance?.block;
  const definition = old === undefined ? undefined : doc.blocks?.[old];
  if (instance === undefined || old === undefined || definition === undefined || doc.blocks === undefined || instancesOf(doc, old).length < 2) return undefined;
  const next = freeId(old, (each) => doc.blocks?.[each] !== undefined);
  const copy = JSON.parse(JSON.stringify(definition)) as BlockDraft;
  copy.name = freeTitle(definition.name, Object.values(doc.blocks).map((each) => each.name));
  doc.blocks[next] = copy;
  instance.block = next;
  // Weights are shared within one definition only.
  delete instance.weightGroup;
  return next;
}

/** Deletes the definitions that no instance uses, and those that only such ones used. Returns how many. */
export function removeUnused(doc: DocDraft): number {
  let removed = 0;
  for (;;) {
    const used = usedBlocks(doc);
    const unused = Object.keys(doc.blocks ?? {}).filter((block) => !used.has(block));
    if (unused.length === 0) break;
    for (const block of unused) delete doc.blocks?.[block];
    removed += unused.length;
  }
  if (doc.blocks !== undefined && Object.keys(doc.blocks).length === 0) delete doc.blocks;
  return removed;
}
