/** What the raw samples of a graph's sources go through before the network sees them, for the files that a model is exported to. */
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { Preprocessing } from './dataset.ts';
import { dataset } from './datasets/index.ts';

/** By `<node id>.<port>`; ports whose samples are fed as they are stay out. */
export function preprocessingOf(graph: CheckedGraph): Readonly<Record<string, Preprocessing>> {
  return Object.fromEntries(graph.sources.flatMap((node) => {
    const id = node.definition.data?.dataset;
    const ports = id === undefined ? undefined : dataset(id)?.preprocessing?.(node.params);
    return Object.entries(ports ?? {}).map(([port, preprocessing]) => [`${node.id}.${port}`, preprocessing]);
  }));
}
