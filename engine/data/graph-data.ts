/** The datasets behind a graph's sources: what loads their samples, draws fresh ones, and says what was done to them. */
import type { CheckedNode } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import type { DataContext, Dataset, LoadedData, Preprocessing, Samples } from './dataset.ts';
import { dataset } from './datasets/index.ts';

/** Undefined for an Input, which is fed from outside. */
export function datasetOf(node: CheckedNode): Dataset | undefined {
  const id = node.definition.data?.dataset;
  if (id === undefined) return undefined;
  const found = dataset(id);
  if (found === undefined) throw new Error(`Node type ${node.definition.type} names the dataset '${id}', which does not exist.`);
  return found;
}

/** Fresh samples for each epoch of the endless datasets among the sources; undefined when there is none. */
export function refreshOf(sources: readonly CheckedNode[], context: DataContext): ((epoch: number) => Promise<Readonly<Record<NodeId, Samples>>>) | undefined {
  const endless = sources.flatMap((node) => {
    const own = datasetOf(node);
    return own?.refresh === undefined ? [] : [{ node, refresh: own.refresh.bind(own) }];
  });
  if (endless.length === 0) return undefined;
  // Downloads are over by now; nothing is left to report.
  const { onProgress: _, ...quiet } = context;
  return async (epoch) => {
    const fresh: Record<NodeId, Samples> = {};
    for (const { node, refresh } of endless) fresh[node.id] = await refresh(node.params, quiet, epoch);
    return fresh;
  };
}

/** What raw samples of each source go through on their way into the network, by `<node id>.<port>`. `given`: those that were fed by a file instead. */
export function preprocessingOf(sources: readonly CheckedNode[], given: Readonly<Record<NodeId, LoadedData>> = {}): Record<string, Preprocessing> {
  const found: Record<string, Preprocessing> = {};
  for (const node of sources) {
    const fed = given[node.id]?.train;
    if (fed !== undefined) {
      for (const [port, { scale = 1, shift = 0, data }] of Object.entries(fed)) {
        if (scale !== 1 || shift !== 0) found[`${node.id}.${port}`] = { scale, shift, ...(data instanceof Uint8Array ? { from: 'bytes 0 … 255' } : {}) };
      }
      continue;
    }
    for (const [port, steps] of Object.entries(datasetOf(node)?.preprocessing?.(node.params) ?? {})) found[`${node.id}.${port}`] = steps;
  }
  return found;
}
