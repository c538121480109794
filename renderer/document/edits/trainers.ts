/** Which optimizer trains a node is said by the optimizer's flat id. Edits that give an optimizer another place keep that true. */
import type { NodeId } from '../../../engine/graph/document.ts';
import type { DocDraft } from '../store.ts';
import { type EditScope, allScopes } from './edit-scope.ts';

/** The flat id with its outermost step replaced: by a path, where the node went into a block. */
export function movedTrainer(trainer: NodeId, to: (outermost: NodeId) => NodeId | undefined): NodeId | undefined {
  const [first = trainer, ...rest] = trainer.split('/');
  const next = to(first);
  return next === undefined ? undefined : [next, ...rest].join('/');
}

/** `to` gives an optimizer's new flat id; undefined leaves it. Only the top level's ids are flat ones, so that inside a block nothing is known of them. */
export function moveTrainers({ doc, block }: Pick<EditScope, 'doc' | 'block'>, to: (trainer: NodeId) => NodeId | undefined): void {
  if (block !== undefined) return;
  for (const node of nodesOf(doc)) {
    if (node.trainedBy === undefined) continue;
    const next = to(node.trainedBy);
    if (next !== undefined) node.trainedBy = next;
  }
}

function* nodesOf(doc: DocDraft) {
  for (const { graph } of allScopes(doc)) yield* Object.values(graph.nodes);
}
