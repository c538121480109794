/** What every measurement of a graph begins with: its data, a backend, the compiled step, and a function that runs and times steps. */
import type { Backend, Feeds } from '../../backends/backend.ts';
import type { BackendRequest } from '../../backends/select.ts';
import { Random } from '../../data/random.ts';
import type { Samples } from '../../data/dataset.ts';
import { datasetOf } from '../../data/graph-data.ts';
import type { CheckedGraph } from '../../graph/checked-graph.ts';
import type { GraphDoc, NodeId } from '../../graph/document.ts';
import { type CompiledBatch, DeviceModel, splitOf } from '../../train/device-model.ts';
import { learningRates, optimizerFeeds } from '../../train/learning-rate.ts';
import { type TrainModel, trainModel } from '../../train/model.ts';
import type { GraphData } from '../../train/run-contract.ts';
import { initialTensors } from '../../train/weights.ts';
import { openBackend } from '../backend.ts';
import { requireChecked } from '../graphs.ts';
import { dataContext, loadGraphData } from '../load-data.ts';
import { syntheticData } from '../synthetic.ts';

/** Each repeat takes about this long unless --steps says how many steps it has. */
export const REPEAT_MS = 400;
/** Long enough for V8 to have replaced its quick code by the fast one. */
export const WARM_UP_MS = 600;
/** Steps in one submission. Training sends several, too. */
export const SUBMISSION = 8;
/** Samples when the data is made up: as many as MNIST has, so that gathers miss the caches as they would, … */
const SYNTHETIC_SAMPLES = 60_000;
/** … but no more numbers than this in all: longer than any cache is enough. */
const SYNTHETIC_NUMBERS = 64e6;

/** A graph to be measured, with the batch that it is measured at. */
export interface BenchGraph {
  readonly name: string;
  readonly doc: GraphDoc;
  readonly batch: number;
}

export interface PrepareOptions {
  readonly backend: BackendRequest;
  readonly datasets: string | undefined;
  /** Processor time of this process instead of the time that passes. */
  readonly cpuTime: boolean;
}

export interface Prepared {
  readonly graph: CheckedGraph;
  readonly model: TrainModel;
  readonly backend: Backend;
  readonly device: DeviceModel;
  readonly compiled: CompiledBatch;
  readonly samples: Readonly<Record<NodeId, Samples>>;
  readonly batch: number;
  /** `real`, or `synthetic`: made-up samples of the same shapes. */
  readonly data: 'real' | 'synthetic';
  /** Every so many steps all optimizers act; all measured steps are such ones, which cost most. */
  readonly stride: number;
  readonly started: number;
  readonly compileMs: number;
  /** Runs so many steps and gives the milliseconds that they took. */
  runSteps(wanted: number): Promise<number>;
  dispose(): Promise<void>;
}

export const clockOf = ({ cpuTime }: Pick<PrepareOptions, 'cpuTime'>): (() => number) => (cpuTime ? processorTime : () => performance.now());

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function leastCommonMultiple(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return (a / larger) * b;
}

export async function prepare({ name, doc, batch }: BenchGraph, options: PrepareOptions): Promise<Prepared> {
  const graph = requireChecked({ ...doc, training: { ...doc.training, batchSize: batch } }, name, { forTraining: true }, () => undefined);
  const { data, kind } = await benchData(graph, batch, options.datasets);
  const { backend } = await openBackend(options.backend);
  const clock = clockOf(options);
  const started = clock();
  const model = trainModel(graph);
  const samples = splitOf(data, 'train');
  if (samples === undefined) throw new Error('The data has no training samples.');
  const device = new DeviceModel(model, backend, { train: samples });
  await device.writeTensors({ weights: initialTensors(model.layout, 1), moments: {} });
  const compileStarted = clock();
  const stride = model.optimizers.reduce((steps, { every }) => leastCommonMultiple(steps, every), 1);
  const compiled = await device.training(batch, stride);
  const compileMs = clock() - compileStarted;

  const count = Object.values(Object.values(samples)[0] ?? {})[0]?.shape[0] ?? batch;
  const random = new Random(1);
  const scalars = optimizerFeeds(model);
  let step = 0;
  const feeds = (): Feeds => {
    const rates = learningRates(model, { step, epoch: 0, totalSteps: 1e6, totalEpochs: 1e3, optimizers: {} });
    step++;
    const index = new Int32Array(batch);
    for (let i = 0; i < batch; i++) index[i] = random.below(count);
    return { index, seed: 1, step, ...scalars(stride * step, rates) };
  };
  const runSteps = async (wanted: number): Promise<number> => {
    const from = clock();
    for (let done = 0; done < wanted; done += SUBMISSION) await compiled.run(Array.from({ length: Math.min(SUBMISSION, wanted - done) }, feeds));
    return clock() - from;
  };
  const dispose = async (): Promise<void> => {
    await device.dispose();
    await backend.dispose();
  };
  return { graph, model, backend, device, compiled, samples, batch, data: kind, stride, started, compileMs, runSteps, dispose };
}

/** The real data when a folder or the cache has it. The first attempt to ask the network ends the search. */
async function benchData(graph: CheckedGraph, batch: number, datasets: string | undefined): Promise<{ data: GraphData; kind: Prepared['data'] }> {
  const numbers = graph.sources.flatMap((node) => node.outputTypes).reduce((sum, type) => sum + (type?.shape ?? []).reduce<number>((product, dim) => product * (dim === 'N' ? 1 : dim), 1), 0);
  const madeUp = (): { data: GraphData; kind: 'synthetic' } => ({ data: syntheticData(graph, Math.max(batch, Math.min(SYNTHETIC_SAMPLES, Math.floor(SYNTHETIC_NUMBERS / Math.max(1, numbers)))), 1), kind: 'synthetic' });
  if (graph.sources.some((node) => datasetOf(node) === undefined)) return madeUp();
  const offline = new AbortController();
  const context = dataContext({ seed: 1, datasets, signal: offline.signal });
  const fetch = async (): Promise<never> => {
    offline.abort();
    throw new Error('a benchmark downloads nothing');
  };
  try {
    return { data: await loadGraphData(graph, undefined, { ...context, platform: { ...context.platform, fetch } }), kind: 'real' };
  } catch (error) {
    if (!offline.signal.aborted) throw error;
    return madeUp();
  }
}

export const round = (ms: number): number => Math.round(ms * 1000) / 1000;

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}
