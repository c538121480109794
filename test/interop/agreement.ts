/** Exports a graph, runs the file in onnxruntime and the graph on the float64 reference, and compares all outputs. */
import { expect } from 'vitest';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { type CheckedGraph, type CheckedNode, weightKey } from '../../engine/graph/checked-graph.ts';
import { type LowerOptions, lowerGraph, shapeOf } from '../../engine/graph/lower.ts';
import { layOutParameters } from '../../engine/graph/parameters.ts';
import { exportOnnx } from '../../engine/interop/onnx/export-onnx.ts';
import { onnxCodec } from '../../engine/interop/onnx/schema.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type Value, makeProgram } from '../../engine/tensor/ir.ts';
import type { NamedTensors } from '../../engine/interop/named-tensors.ts';
import { arenasWith } from '../graph/lowering.ts';
import { randomIntegers, randomTensor } from '../support/oracle.ts';
import { modelProblems } from './onnx-check.ts';
import { type FedTensor, openModel } from './onnx-session.ts';

/** The bound on the largest difference between the file's outputs and the graph's. */
export const TOLERANCE = 1e-4;

/** Weights as after some training: no two alike and none neutral, so that a swapped pair shows. */
export function someWeights(graph: CheckedGraph): NamedTensors {
  return Object.fromEntries(graph.order.flatMap((node, i) => Object.entries(node.weights).map(([name, spec], j) => {
    const fanIn = spec.shape.slice(1).reduce((product, n) => product * n, 1);
    const bound = spec.shape.length > 1 ? Math.sqrt(3 / fanIn) : 0.3;
    const { data } = spec.init.kind === 'ones' ? randomTensor(97 * i + j, spec.shape, 0.5, 1.5) : randomTensor(97 * i + j, spec.shape, -bound, bound);
    return [weightKey(node, name), { shape: spec.shape, data: Float32Array.from(data as Float64Array) }];
  })));
}

interface Reference {
  readonly feeds: Readonly<Record<string, FedTensor>>;
  readonly outputs: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float64Array }>;
}

/** The graph's predictions for random samples, by the names that the model has for its inputs and outputs. */
export function referencePrediction(graph: CheckedGraph, weights: NamedTensors, batch: number): Reference {
  const builder = new Builder();
  const layout = layOutParameters(graph);
  const feeds: Record<string, FedTensor> = {};
  const source: LowerOptions['source'] = (node, port, type) => {
    const shape = shapeOf(type, batch);
    const seed = 31 * Object.keys(feeds).length + batch;
    const name = inputName(graph, node, port);
    feeds[name] = { shape, data: type.dtype === 'i32' ? Int32Array.from(randomIntegers(seed, shape, type.classes ?? 3).data as Float64Array) : Float32Array.from(randomTensor(seed, shape, -2, 2).data as Float64Array) };
    return builder.input(name, shape, type.dtype);
  };
  const lowered = lowerGraph(graph, { builder, layout, batch, goal: 'predict', source, brought: new Set(graph.order.filter(({ definition }) => definition.drawn === true).map(({ id }) => id)) });
  const results = new Map<string, Value>(lowered.outputs.map(({ node, value }) => [String(graph.nodes.get(node)?.params['name'] ?? node), value]));
  if (results.size === 0 && lowered.prediction !== undefined) results.set('prediction', lowered.prediction.value);
  const numbers = Object.fromEntries(Object.entries(weights).map(([key, { data }]) => [key, Array.from(data)]));
  const { outputs } = evaluateProgram(makeProgram(results), Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, data])), arenasWith(layout, numbers));
  return { feeds, outputs };
}

/** The rule that the exporter documents: a data node's port, an Input's name; with the node's id where two would be called the same. */
function inputName(graph: CheckedGraph, node: CheckedNode, port: string): string {
  const own = (source: CheckedNode): string => (source.definition.drawn === true ? source.id : source.definition.type === 'Input' ? String(source.params['name']) : port);
  return graph.order.filter((source) => source.role === 'source' || source.definition.drawn === true).filter((source) => own(source) === own(node)).length > 1 ? `${node.id}.${port}` : own(node);
}

/** Fails unless the exported model is well-formed and gives the graph's predictions, for more than one batch size. Returns the file. */
export async function expectAgreement(graph: CheckedGraph, options: { readonly weights?: NamedTensors; readonly batches?: readonly number[] } = {}): Promise<Uint8Array> {
  const weights = options.weights ?? someWeights(graph);
  const bytes = exportOnnx({ graph, weights });
  expect(modelProblems(bytes)).toEqual([]);
  const model = await openModel(bytes);
  try {
    for (const batch of options.batches ?? [1, 5]) {
      const { feeds, outputs } = referencePrediction(graph, weights, batch);
      expect([...model.inputNames].sort()).toEqual(Object.keys(feeds).sort());
      expect([...model.outputNames].sort()).toEqual([...outputs.keys()].sort());
      const found = await model.run(feeds);
      for (const [name, wanted] of outputs) {
        expect(found[name]?.shape, `shape of '${name}' for a batch of ${batch}`).toEqual(wanted.shape);
        expect(largestDifference(found[name]?.data ?? [], wanted.data), `'${name}' for a batch of ${batch}`).toBeLessThan(TOLERANCE);
      }
    }
  } finally {
    await model.close();
  }
  await expectToldShapes(graph, weights, bytes);
  return bytes;
}

/** Runs the model with every intermediate as an output: onnxruntime's shapes must be those that `value_info` tells. */
async function expectToldShapes(graph: CheckedGraph, weights: NamedTensors, bytes: Uint8Array): Promise<void> {
  const batch = 4;
  const model = onnxCodec.decode('ModelProto', bytes);
  const told = model.graph?.valueInfo ?? [];
  if (model.graph === undefined || told.length === 0) return;
  const opened = await openModel(onnxCodec.encode('ModelProto', { ...model, graph: { ...model.graph, valueInfo: [], output: [...model.graph.output, ...told] } }));
  try {
    const found = await opened.run(referencePrediction(graph, weights, batch).feeds);
    for (const { name = '', type } of told) {
      const wanted = type?.tensorType?.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? sizeNamed(dimParam ?? '', batch));
      expect(found[name]?.shape, `shape of '${name}'`).toEqual(wanted);
    }
  } finally {
    await opened.close();
  }
}

/** `batch`, `batch*49` or `batch*2+1`, for a batch of this size. */
function sizeNamed(name: string, batch: number): number {
  const match = /^batch(?:\*(\d+))?([+-]\d+)?$/.exec(name);
  return match === null ? NaN : batch * Number(match[1] ?? 1) + Number(match[2] ?? 0);
}

/** NaN and infinities must be in the same places; they count as an infinite difference elsewhere. */
export function largestDifference(found: readonly number[], wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Infinity;
  return found.reduce((worst, value, i) => {
    const other = wanted[i] ?? NaN;
    const difference = Object.is(value, other) ? 0 : Math.abs(value - other);
    return Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }, 0);
}

/** ONNX writes these by operators of its own only: they repeat a step. */
export const STEP_BY_STEP: ReadonlySet<string> = new Set(['RNN', 'LSTM', 'GRU']);

/** The same graph, its nodes stripped of their own ONNX forms: everything is exported from IR, but for the nodes of these types. */
export function withoutOwnForms(graph: CheckedGraph, kept: ReadonlySet<string> = new Set()): CheckedGraph {
  const strip = (node: CheckedNode): CheckedNode => {
    if (kept.has(node.definition.type)) return node;
    const { onnx: _onnx, ...definition } = node.definition;
    return { ...node, definition };
  };
  return { ...graph, order: graph.order.map(strip), nodes: new Map([...graph.nodes].map(([id, node]) => [id, strip(node)])) };
}
