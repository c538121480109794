/**
 * From a checked graph to IR values: for training, for evaluation or for prediction. Only what the
 * goal needs is lowered, so that a prediction never asks for labels.
 */
import type { Goal, TensorType } from '../nodes/node-type.ts';
import type { Builder } from '../tensor/builder.ts';
import { type Shape, type Value, sameShape } from '../tensor/ir.ts';
import { type CheckedGraph, type CheckedInput, type CheckedNode, ancestors, inputAt, weightKey } from './checked-graph.ts';
import type { NodeId, ParamValue } from './document.ts';
import { NodeScopes } from './node-scopes.ts';
import type { ParameterLayout } from './parameters.ts';

export type { Goal } from '../nodes/node-type.ts';

export interface LowerOptions {
  readonly builder: Builder;
  readonly layout: ParameterLayout;
  /** Rows of the batch, the N of every type. */
  readonly batch: number;
  readonly goal: Goal;
  /** A batch of a data node's port, of an Input, or of a node in `brought`, in the type's shape (N = batch) and dtype. Asked once per port that is used. */
  source(node: CheckedNode, port: string, type: TensorType): Value;
  /** Nodes whose outputs come from `source` and are not computed; what only they depend on is not lowered. */
  readonly brought?: ReadonlySet<NodeId>;
  /** i32 scalars that random numbers are made from. Only asked for when a node draws some. */
  readonly seed?: Value;
  readonly step?: Value;
  /** Lower just what these nodes need, instead of what the goal needs. */
  readonly until?: readonly NodeId[];
  /** Another pass of the same step, after weights have been updated: nodes that see nothing of that keep their values. */
  readonly after?: {
    readonly lowered: Lowered;
    /** By arena: the weights as they are by now. */
    readonly arenas: ReadonlyMap<string, Value>;
    /** The arenas that have changed since `lowered`. */
    readonly updated: ReadonlySet<string>;
  };
}

export interface LoweredInputs {
  readonly node: NodeId;
  readonly type: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** One per wire, as in `CheckedNode.inputs`. */
  readonly inputs: readonly Value[];
  readonly inputTypes: readonly TensorType[];
}

export interface Lowered {
  /** The values at the output ports of every node that was lowered; undefined at a data port that nothing reads. */
  readonly values: ReadonlyMap<NodeId, readonly (Value | undefined)[]>;
  /** The same, and what earlier passes of the step have left that still holds. */
  readonly standing: ReadonlyMap<NodeId, readonly (Value | undefined)[]>;
  /** Flat [count] value of each weight and buffer in use, by key; what gradients are taken by. */
  readonly weightSlices: ReadonlyMap<string, Value>;
  /** The whole new content of the `buffers` arena, when a node updates running statistics (training only). */
  readonly bufferUpdate: { readonly state: Value<'state'>; readonly value: Value } | undefined;
  /** For the next pass of the same step. */
  readonly scopes: NodeScopes;
  /** Scalars, times their weight in the sum. */
  readonly losses: readonly { readonly node: NodeId; readonly value: Value }[];
  /** The sum of `losses`: what is trained. */
  readonly totalLoss: Value | undefined;
  readonly metrics: readonly LoweredInputs[];
  /** What goes into each Output node, in topological order. */
  readonly outputs: readonly { readonly node: NodeId; readonly value: Value; readonly type: TensorType }[];
  /** What goes into the first Output, or else into the first loss's `prediction`. */
  readonly prediction: { readonly node: NodeId; readonly value: Value; readonly type: TensorType } | undefined;
  /** What goes into each lowered loss's `target`. */
  readonly targets: readonly { readonly node: NodeId; readonly value: Value; readonly type: TensorType }[];
}

export function lowerGraph(graph: CheckedGraph, options: LowerOptions): Lowered {
  const { builder: b, layout, batch, goal, seed, step, after } = options;
  const scopes = new NodeScopes({ builder: b, layout, batch, goal, seed, step, after: after === undefined ? undefined : { scopes: after.lowered.scopes, arenas: after.arenas, updated: after.updated } });
  const wantsLoss = goal !== 'predict';
  const needed = ancestors(graph, options.until ?? goalNodes(graph, goal), options.brought);
  const values = new Map<NodeId, readonly (Value | undefined)[]>();
  const losses: { node: NodeId; value: Value }[] = [];
  const metrics: LoweredInputs[] = [];
  const outputs: { node: NodeId; value: Value; type: TensorType }[] = [];
  const targets: { node: NodeId; value: Value; type: TensorType }[] = [];
  const lossWeights = new Map(graph.losses.map((loss) => [loss.node.id, loss.weight]));

  const wire = (input: CheckedInput): Value => {
    const value = values.get(input.from)?.[input.output];
    if (value === undefined) throw new Error(`Node '${input.from}' gave no value at its output '${input.fromPort}'.`);
    return value;
  };
  const lowerNode = (node: CheckedNode): void => {
    switch (options.brought?.has(node.id) === true ? 'source' : node.role) {
      case 'source': {
        const isRead = usedOutputs(graph, needed, options.until ?? [], node);
        values.set(node.id, node.definition.outputs.map((port, i) => {
          if (!isRead(i)) return undefined;
          const type = node.outputTypes[i]!;
          const value = options.source(node, port.name, type);
          requireType(node, port.name, value, type, batch);
          return value;
        }));
        return;
      }
      case 'metric':
        if (wantsLoss) metrics.push({ node: node.id, type: node.definition.type, params: node.params, inputs: node.inputs.map(wire), inputTypes: node.inputTypes });
        return;
      case 'output': {
        const input = node.inputs[0];
        if (input !== undefined) outputs.push({ node: node.id, value: wire(input), type: input.type });
        return;
      }
      case 'optimizer':
      case 'schedule':
        return;
      case 'loss':
      case 'compute': {
        const results = node.definition.lower(scopes.of(node), node.params, node.inputs.map(wire));
        node.definition.outputs.forEach((port, i) => {
          const value = results[i];
          if (value === undefined) throw new Error(`Node type ${node.definition.type} lowers to ${results.length} values, but it has an output '${port.name}'.`);
          requireType(node, port.name, value, node.outputTypes[i]!, batch);
        });
        values.set(node.id, results);
        if (node.role === 'loss') {
          const target = inputAt(node, 'target');
          if (target !== undefined) targets.push({ node: node.id, value: wire(target), type: target.type });
          const weight = lossWeights.get(node.id);
          if (weight !== undefined) losses.push({ node: node.id, value: weight === 1 ? results[0]! : b.mul(results[0]!, weight) });
        }
        return;
      }
    }
  };
  const changed = new Set<NodeId>();
  const standing = new Map<NodeId, readonly (Value | undefined)[]>();
  for (const node of graph.order) {
    const sees = after !== undefined && (node.inputs.some((input) => changed.has(input.from)) || Object.keys(node.weights).some((name) => after.updated.has(layout.byKey.get(weightKey(node, name))?.arena ?? '')));
    if (sees) changed.add(node.id);
    const known = sees ? undefined : after?.lowered.standing.get(node.id);
    // A source is asked again, for another of its ports may be wanted now; equal expressions are one value.
    const isKept = known !== undefined && node.role === 'compute';
    if (needed.has(node.id)) {
      if (isKept) values.set(node.id, known);
      else b.at(node.id, () => lowerNode(node));
    }
    const value = values.get(node.id) ?? known;
    if (value !== undefined) standing.set(node.id, value);
  }

  const from = graph.prediction;
  const predicted = from === undefined ? undefined : values.get(from.node)?.[from.output];
  return {
    values, standing, weightSlices: scopes.weightSlices, losses, metrics, outputs, targets,
    totalLoss: sumOfLosses(b, losses),
    prediction: from === undefined || predicted === undefined ? undefined : { node: from.node, value: predicted, type: from.type },
    bufferUpdate: scopes.bufferUpdate(), scopes,
  };
}

/** Undefined of none. */
export function sumOfLosses(b: Builder, losses: readonly { readonly value: Value }[]): Value | undefined {
  return losses.slice(1).reduce<Value | undefined>((total, { value }) => (total === undefined ? value : b.add(total, value)), losses[0]?.value);
}

/** The nodes whose results the goal is after. */
export function goalNodes(graph: CheckedGraph, goal: Goal): NodeId[] {
  const ids = goal === 'predict' ? [] : [...graph.losses.map((loss) => loss.node.id), ...graph.metrics.map((node) => node.id)];
  ids.push(...graph.outputs.map((node) => node.id));
  if (graph.prediction !== undefined) ids.push(graph.prediction.node);
  return ids;
}

/** Which outputs of a source are read by a needed node, are the prediction, or were asked for by name. */
function usedOutputs(graph: CheckedGraph, needed: ReadonlySet<NodeId>, asked: readonly NodeId[], source: CheckedNode): (output: number) => boolean {
  if (asked.includes(source.id)) return () => true;
  const used = new Set<number>();
  if (graph.prediction?.node === source.id) used.add(graph.prediction.output);
  for (const node of graph.order) {
    if (!needed.has(node.id)) continue;
    for (const input of node.inputs) if (input.from === source.id) used.add(input.output);
  }
  return (output) => used.has(output);
}

/** A type's shape for a batch of a given size. */
export function shapeOf(type: TensorType, batch: number): Shape {
  return type.shape.map((dim) => (dim === 'N' ? batch : dim));
}

/** `infer` and `lower` must agree; a mismatch is a fault of the node type, found here and not in a kernel. */
function requireType(node: CheckedNode, port: string, value: Value, type: TensorType, batch: number): void {
  const shape = shapeOf(type, batch);
  if (sameShape(value.shape, shape) && value.dtype === type.dtype) return;
  throw new Error(`Node '${node.label}' (${node.definition.type}) lowers its output '${port}' to ${value.dtype} [${value.shape.join(', ')}], but promised ${type.dtype} [${shape.join(', ')}].`);
}
