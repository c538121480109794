/** Small trainable graphs with their data, and a run of them in memory: what the tests of training share. */
import { createRun } from '../../engine/train/run.ts';
import type { GraphData, Run, RunOptions, RunSettings } from '../../engine/train/run-contract.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import type { CheckedGraph } from '../../engine/graph/checked-graph.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import type { RunEvent } from '../../engine/protocol.ts';
import type { SampleArray } from '../../engine/data/dataset.ts';
import type { FileStore } from '../../engine/platform/platform.ts';
import type { Backend } from '../../engine/backends/backend.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument, type NodeSketch } from '../graph/documents.ts';

export function checked(doc: GraphDoc): CheckedGraph {
  const { graph, problems } = checkGraph(doc, { forTraining: true });
  if (graph === undefined) throw new Error(problems.map((problem) => problem.message).join('\n'));
  return graph;
}

export interface ArraySketch {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Data for Input nodes `x` and `y`. */
export function inputData(train: { readonly x: ArraySketch; readonly y: ArraySketch }, test?: { readonly x: ArraySketch; readonly y: ArraySketch }): GraphData {
  const of = (port: 'x' | 'y') => ({ train: { y: train[port] as SampleArray }, ...(test === undefined ? {} : { test: { y: test[port] as SampleArray } }) });
  return { x: of('x'), y: of('y') };
}

/** Points of a ring around the origin and points within it: [n, 2] and a class each, the same for the same seed. */
export function ringData(count: number, seed = 1): { readonly x: ArraySketch; readonly y: ArraySketch } {
  const x = new Float32Array(count * 2);
  const y = new Int32Array(count);
  let bits = seed;
  const next = (): number => {
    bits = (Math.imul(bits, 1664525) + 1013904223) >>> 0;
    return bits / 2 ** 32;
  };
  for (let i = 0; i < count; i++) {
    const angle = 2 * Math.PI * next();
    const ring = next() < 0.5 ? 0 : 1;
    const radius = ring + 0.3 * next();
    x.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    y[i] = ring;
  }
  return { x: { shape: [count, 2], data: x }, y: { shape: [count], data: y } };
}

/** A classifier of the ring with dropout and batch norm, so that random numbers and buffers take part. */
export function ringDocument(changes: Readonly<Record<string, NodeSketch>> = {}, more: readonly string[] = []): GraphDoc {
  const nodes: Record<string, NodeSketch> = {
    x: ['Input', { shape: [2] }], y: ['Input', { name: 'label', shape: [], dtype: 'i32', classes: 2 }],
    fc1: ['Dense', { units: 8 }], norm: ['BatchNorm'], act: ['Tanh'], drop: ['Dropout', { rate: 0.2 }], fc2: ['Dense', { units: 2 }],
    loss: ['CrossEntropy'], accuracy: ['Accuracy'], optimizer: ['Adam', { learningRate: 0.02 }], output: ['Output'], ...changes,
  };
  return makeDocument(nodes, [
    'x.y -> fc1.x', 'fc1.y -> norm.x', 'norm.y -> act.x', 'act.y -> drop.x', 'drop.y -> fc2.x', 'fc2.y -> loss.prediction', 'y.y -> loss.target',
    'fc2.y -> accuracy.prediction', 'y.y -> accuracy.target', 'loss.loss -> optimizer.loss', 'fc2.y -> output.x', ...more,
  ]);
}

export const SETTINGS: RunSettings = { epochs: 3, batchSize: 16, seed: 5, shuffle: true, validationSplit: 0 };

export interface TestRun {
  readonly run: Run;
  readonly events: RunEvent[];
  readonly losses: () => number[];
}

export async function startRun(options: Omit<RunOptions, 'onEvent' | 'files' | 'settings'> & { readonly files?: FileStore; readonly settings?: Partial<RunSettings>; readonly onEvent?: (event: RunEvent) => void; readonly backend: Backend }): Promise<TestRun> {
  const events: RunEvent[] = [];
  const run = await createRun({
    ...options,
    files: options.files ?? memoryPlatform().files,
    settings: { ...SETTINGS, ...options.settings },
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { run, events, losses: () => events.flatMap((event) => (event.kind === 'step' ? [event.loss] : [])) };
}

/** Every weight's bits, so that equality is exact. */
export const bitsOf = (weights: Readonly<Record<string, { readonly data: Float32Array }>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, Array.from(new Uint32Array(Float32Array.from(data).buffer))]));
