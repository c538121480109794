/** How large a network is. Instances of blocks stand among what the checker found, with the sums of their insides; those are not counted again. */
import type { NodeId } from '../../engine/graph/document.ts';
import type { ChecksState } from './checks.ts';

export interface Totals {
  /** Once all blocks are expanded. */
  readonly nodes: number;
  /** Trained numbers; what several nodes have in common counts once, as far as the checker got. */
  readonly parameters: number;
}

export function totalsOf({ found, graph }: { readonly found: ChecksState['found']; readonly graph?: ChecksState['graph'] | undefined }): Totals {
  const instances = new Set<NodeId>();
  for (const id of found.keys()) {
    for (let at = id.lastIndexOf('/'); at > 0; at = id.lastIndexOf('/', at - 1)) instances.add(id.slice(0, at));
  }
  let nodes = 0;
  let parameters = 0;
  for (const [id, node] of found) {
    if (instances.has(id)) continue;
    nodes++;
    const owner = graph?.nodes.get(id)?.weightOwner ?? id;
    if (owner === id) parameters += node.parameters;
  }
  return { nodes, parameters };
}
