/** The way of what a wire carries: all wires that lead to it from the sources, and all that it leads on to. */
import type { EdgeId, NodeId, Subgraph } from '../../engine/graph/document.ts';

export function pathThrough({ edges }: Pick<Subgraph, 'edges'>, edge: EdgeId): ReadonlySet<EdgeId> {
  const found = new Set<EdgeId>();
  const start = edges[edge];
  if (start === undefined) return found;
  found.add(edge);
  const into = new Map<NodeId, EdgeId[]>();
  const outOf = new Map<NodeId, EdgeId[]>();
  for (const [id, { from, to }] of Object.entries(edges)) {
    into.set(to.node, [...(into.get(to.node) ?? []), id]);
    outOf.set(from.node, [...(outOf.get(from.node) ?? []), id]);
  }
  const follow = (at: NodeId, wires: ReadonlyMap<NodeId, readonly EdgeId[]>, end: 'from' | 'to'): void => {
    const seen = new Set<NodeId>();
    const open = [at];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      for (const id of wires.get(node) ?? []) {
        found.add(id);
        open.push(edges[id]![end].node);
      }
    }
  };
  follow(start.from.node, into, 'from');
  follow(start.to.node, outOf, 'to');
  return found;
}
