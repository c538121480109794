/**
 * Where in a document one is looking: the top level, or inside a block. A path lists the instances
 * that were entered, outermost first; editing there edits the definition, and so all its instances.
 */
import type { BlockId, GraphDoc, NodeId, Subgraph } from '../../engine/graph/document.ts';
import type { DocDraft } from './store.ts';

export type BlockPath = readonly NodeId[];
/** What an edit works on: a draft of the document's top level or of one block's inside. */
export type SubgraphDraft = Pick<DocDraft, 'nodes' | 'edges' | 'frames' | 'comments'>;

/** The definition that a path ends in; undefined for the top level, or when the path leads nowhere (any more). */
export function blockAt(doc: GraphDoc, path: BlockPath): BlockId | undefined {
  let graph: Subgraph = doc;
  let block: BlockId | undefined;
  for (const id of path) {
    block = graph.nodes[id]?.block;
    const definition = block === undefined ? undefined : doc.blocks?.[block];
    if (definition === undefined) return undefined;
    graph = definition;
  }
  return block;
}

/** As much of a path as there (still) is. */
export function pathInto(doc: GraphDoc, path: BlockPath): BlockPath {
  const broken = path.findIndex((id, i) => {
    const block = subgraphAt(doc, path.slice(0, i)).nodes[id]?.block;
    return block === undefined || doc.blocks?.[block] === undefined;
  });
  return broken < 0 ? path : path.slice(0, broken);
}

/** What the canvas shows for a path; the top level when the path leads nowhere. */
export function subgraphAt(doc: GraphDoc, path: BlockPath): Subgraph {
  const block = blockAt(doc, path);
  return (block === undefined ? undefined : doc.blocks?.[block]) ?? doc;
}

/** The same, to be edited. */
export function draftAt(draft: DocDraft, path: BlockPath): SubgraphDraft {
  const block = blockAt(draft as GraphDoc, path);
  return (block === undefined ? undefined : draft.blocks?.[block]) ?? draft;
}

/** A node's id once all blocks are expanded, which is how problems, types, costs and runs name it: `block1/conv2`. */
export const flatId = (path: BlockPath, id: NodeId): string => [...path, id].join('/');
