/** Brings the samples of every source of a graph: from `--data` where it feeds them, else from the node's own dataset. */
import type { DataContext, LoadedData, Samples } from '../data/dataset.ts';
import { datasetOf, refreshOf as refreshOfSources } from '../data/graph-data.ts';
import type { CheckedGraph, CheckedNode } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import { nodePlatform } from '../platform/node.ts';
import type { GraphData } from '../train/run-contract.ts';
import { InputError } from './errors.ts';
import type { GivenData } from './given-data.ts';
import type { Terminal } from './terminal.ts';
import { formatBytes } from './text.ts';

/** A person reads no more than a few changes a second. */
const REDRAW_MS = 100;

export interface DataOptions {
  readonly seed: number;
  /** `--datasets`; the variable NETLOOM_DATASETS when left out. */
  readonly datasets: string | undefined;
  readonly signal?: AbortSignal;
  /** Who is told how far downloads are; nobody when left out. */
  readonly terminal?: Terminal;
}

export function dataContext({ seed, datasets, signal, terminal }: DataOptions): DataContext {
  const source = datasets ?? process.env['NETLOOM_DATASETS'];
  let lastShown = Number.NEGATIVE_INFINITY;
  let announced = '';
  const onProgress: DataContext['onProgress'] = ({ what: { en: what }, done, total }) => {
    if (terminal === undefined) return;
    if (!terminal.interactive) {
      // In a pipe, one line says what is going on.
      if (what !== announced) terminal.out(`${what}${total === undefined ? '' : ` (${formatBytes(total)})`} …`);
      announced = what;
      return;
    }
    const now = performance.now();
    if (now - lastShown < REDRAW_MS) return;
    lastShown = now;
    terminal.status(`${what}: ${formatBytes(done)}${total === undefined ? '' : ` of ${formatBytes(total)}`}`.slice(0, terminal.columns - 1));
  };
  return {
    platform: nodePlatform,
    seed,
    ...(source === undefined || source === '' ? {} : { source }),
    ...(signal === undefined ? {} : { signal }),
    ...(terminal === undefined ? {} : { onProgress }),
  };
}

/** `sources` are those that are needed; all of the graph's when left out. */
export async function loadGraphData(graph: CheckedGraph, given: GivenData | undefined, context: DataContext, sources: readonly CheckedNode[] = graph.sources): Promise<GraphData> {
  const data: Record<NodeId, LoadedData> = {};
  for (const node of sources) {
    const fed = given?.sources[node.id];
    if (fed !== undefined) {
      data[node.id] = fed;
      continue;
    }
    const own = datasetOf(node);
    if (own === undefined) throw new InputError(`The input '${node.id}' is fed by nothing: give its samples with --data, as an array named '${node.id}' (or 'x' when it is the only source).`);
    data[node.id] = await own.load(node.params, context);
  }
  return data;
}

/** Fresh samples for each epoch of the endless datasets among the sources; undefined when there is none. */
export function refreshOf(graph: CheckedGraph, given: GivenData | undefined, context: DataContext): ((epoch: number) => Promise<Readonly<Record<NodeId, Samples>>>) | undefined {
  return refreshOfSources(graph.sources.filter((node) => given?.sources[node.id] === undefined), context);
}

/** What a sample is called: "images" where the first source gives [channels, height, width]. */
export function sampleUnit(graph: CheckedGraph): string {
  const rank = graph.sources[0]?.outputTypes[0]?.shape.length ?? 0;
  return rank >= 4 ? 'images' : 'samples';
}
