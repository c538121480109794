/**
 * The border of a block: its ports and exposed parameters. What is taken away here is taken away
 * from every instance too, so that no wire ends at a port that is gone.
 */
import type { BlockId, NodeId } from '../../../engine/graph/document.ts';
import type { DocDraft } from '../store.ts';
import { type BlockDraft, type EditScope, type Side, allScopes, instancesOf, isAt } from './edit-scope.ts';

/** Takes a port off a block, with the wires at its instances and the ports of outer blocks that led to it alone. */
export function removePort(doc: DocDraft, block: BlockId, side: Side, name: string): void {
  const border = doc.blocks?.[block];
  if (border === undefined) return;
  if (side === 'input') border.inputs = border.inputs.filter((input) => input.name !== name);
  else border.outputs = border.outputs.filter((output) => output.name !== name);
  for (const { scope, id } of instancesOf(doc, block)) detachPort(scope, id, side, name);
}

/** Removes what is connected to one port of a node: wires, and the border's references. */
function detachPort(scope: EditScope, node: NodeId, side: Side, port: string): void {
  const ref = { node, port };
  for (const [id, edge] of Object.entries(scope.graph.edges)) {
    if (isAt(side === 'input' ? edge.to : edge.from, ref)) delete scope.graph.edges[id];
  }
  const { border, block, doc } = scope;
  if (border === undefined || block === undefined) return;
  if (side === 'input') for (const input of border.inputs) input.to = withoutTargets(input.to, (target) => isAt(target, ref));
  else for (const output of border.outputs.filter((each) => isAt(each.from, ref))) removePort(doc, block, 'output', output.name);
}

/** Stops exposing a parameter; instances go back to what the definition says, and outer blocks that exposed theirs no longer do. */
export function removeExposed(doc: DocDraft, block: BlockId, name: string): void {
  const border = doc.blocks?.[block];
  if (border === undefined) return;
  border.params = border.params.filter((param) => param.name !== name);
  for (const { scope, id, node } of instancesOf(doc, block)) {
    delete node.params[name];
    for (const outer of scope.border?.params.filter((param) => param.node === id && param.param === name) ?? []) {
      if (scope.block !== undefined) removeExposed(doc, scope.block, outer.name);
    }
  }
}

/** After nodes have left the inside of a block: its inputs lead nowhere, its outputs and parameters go. */
export function dropFromBorder({ doc, block, border }: EditScope, isGone: (node: NodeId) => boolean): void {
  if (border === undefined || block === undefined) return;
  for (const input of border.inputs) input.to = withoutTargets(input.to, (target) => isGone(target.node));
  for (const output of border.outputs.filter(({ from }) => isGone(from.node))) removePort(doc, block, 'output', output.name);
  for (const { name } of border.params.filter(({ node }) => isGone(node))) {
    // Set together with others that stay: only this one is no longer.
    if (border.params.some((param) => param.name === name && !isGone(param.node))) border.params = border.params.filter((param) => param.name !== name || !isGone(param.node));
    else removeExposed(doc, block, name);
  }
}

/** The same list when nothing is to go, so that no patch says that something changed. */
function withoutTargets(to: BlockDraft['inputs'][number]['to'], isGone: (target: { readonly node: NodeId; readonly port: string }) => boolean): BlockDraft['inputs'][number]['to'] {
  return to.some(isGone) ? to.filter((target) => !isGone(target)) : to;
}

/** Whether the inside of `outer` holds `inner`, at any depth, or is it: placing `outer` in `inner` would never end. */
export function holdsBlock(doc: Pick<DocDraft, 'blocks'>, outer: BlockId, inner: BlockId): boolean {
  const pending = [outer];
  const seen = new Set<BlockId>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === inner) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const node of Object.values(doc.blocks?.[next]?.nodes ?? {})) if (node.block !== undefined) pending.push(node.block);
  }
  return false;
}

/** The definitions that instances somewhere in the document refer to. */
export function usedBlocks(doc: DocDraft): Set<BlockId> {
  const used = new Set<BlockId>();
  for (const { graph } of allScopes(doc)) for (const node of Object.values(graph.nodes)) if (node.block !== undefined) used.add(node.block);
  return used;
}
