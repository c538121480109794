/** Blocks: what ports an instance has, and the flat document that a document with blocks stands for. */
import type { GraphDoc, NodeId } from './document.ts';
import { type Expansion, expand } from './expand.ts';
import type { Problem } from './problem.ts';

export { type NodePorts, portsOf } from './block-ports.ts';

export interface ExpandedDoc {
  /** Without blocks and without muted nodes. What cannot be expanded (a missing or recursive definition) stays as a node of type `Block`. */
  readonly doc: GraphDoc;
  /**
   * Where each flat node and edge stands in the document: the instances that lead to it, then its own
   * id. A wire into a block appears once for each port inside that it feeds; all of them lead to the
   * one wire outside.
   */
  readonly pathOf: ReadonlyMap<NodeId, readonly NodeId[]>;
  /** What is wrong with blocks and muted nodes; part of what `checkGraph` reports. */
  readonly problems: readonly Problem[];
}

/** The same document without blocks and muted nodes: ids of what was inside are paths, `block1/conv2`. */
export function expandBlocks(doc: GraphDoc): ExpandedDoc {
  const expansion = expand(doc);
  return { doc: flatDocument(doc, expansion), pathOf: expansion.pathOf, problems: expansion.problems };
}

function flatDocument(doc: GraphDoc, expansion: Expansion): GraphDoc {
  if (expansion.isFlat) return doc;
  const { blocks: _, ...rest } = doc;
  return {
    ...rest,
    nodes: Object.fromEntries([...expansion.nodes].map(([id, { record }]) => [id, record])),
    edges: Object.fromEntries(expansion.wires.flatMap(({ id, from, to }) => (from === undefined ? [] : [[id, { from, to }]]))),
  };
}
