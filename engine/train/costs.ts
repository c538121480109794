/**
 * What a training step costs, counted from its IR: additions, multiplications and function values by
 * the node that they are for, forward, backward and update. A graph without loss or optimizer is counted forward.
 */
import { compileProgram } from '../compile/compile.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import { shapeOf } from '../graph/lower.ts';
import { Builder } from '../tensor/builder.ts';
import { bytesPerElement, elementCount, isOp, makeProgram, type Program, type Value } from '../tensor/ir.ts';
import { scanGroups } from '../tensor/ops/scan.ts';
import { trainModel } from './model.ts';
import { lowerModel, type SampleLayouts, trainingProgram } from './step.ts';

export interface Costs {
  /** By node. */
  readonly flops: Readonly<Record<NodeId, number>>;
  /** Bytes of memory that a step's intermediate values need at once. */
  readonly activationBytes: number;
  readonly parameters: number;
}

/** Above so many values the memory is estimated: laying it out takes a compiler's time, about 0.1 ms a value. */
const MOST_COMPILED = 1200;

export function stepCosts(graph: CheckedGraph): Costs {
  const model = trainModel(graph);
  const { batchSize } = graph.doc.training;
  const isTrained = model.optimizers.length > 0 && graph.losses.length > 0;
  const program = isTrained ? trainingProgram(model, layoutsOf(graph, batchSize), batchSize).program : forwardProgram(graph, batchSize);
  const flops: Record<NodeId, number> = {};
  const add = ({ origin }: Value, count: number): void => {
    if (count > 0 && origin !== undefined) flops[origin] = (flops[origin] ?? 0) + count;
  };
  for (const value of program.values) add(value, operationsOf(value));
  // All results of a scan come from the same steps.
  for (const group of scanGroups(program.values)) {
    const { body, steps } = group[0]!.attrs;
    for (const value of body.values(group.flatMap(({ attrs: { result } }) => (result.kind === 'each' ? [result.value] : [])))) add(value, steps * operationsOf(value));
  }
  return { flops, activationBytes: program.values.length <= MOST_COMPILED ? compileProgram(program).arenaBytes : estimatedBytes(program), parameters: model.parameters };
}

/** Samples of the promised types, as many as a batch has: what they hold does not matter here. */
function layoutsOf({ sources }: CheckedGraph, batch: number): SampleLayouts {
  return Object.fromEntries(sources.map((node) => [node.id, Object.fromEntries(node.definition.outputs.flatMap((port, i) => {
    const type = node.outputTypes[i];
    return type === undefined ? [] : [[port.name, { shape: shapeOf(type, batch), dtype: type.dtype, scale: 1, shift: 0 }]];
  }))]));
}

function forwardProgram(graph: CheckedGraph, batch: number): Program {
  const b = new Builder();
  const computing = graph.order.filter(({ role }) => role === 'compute' || role === 'loss').map(({ id }) => id);
  const { lowered } = lowerModel(trainModel(graph), b, (node, port, type) => b.input(`${node.id}.${port}`, shapeOf(type, batch), type.dtype), { batch, goal: 'train', until: computing });
  return makeProgram(new Map(computing.flatMap((id) => (lowered.values.get(id) ?? []).flatMap((value, i): [string, Value][] => (value === undefined ? [] : [[`${i}.${id}`, value]])))));
}

/** Additions, multiplications, comparisons and function values, one each. Moving numbers costs none. */
function operationsOf(value: Value): number {
  const size = elementCount(value.shape);
  const inputs = value.inputs.map(({ shape }) => elementCount(shape));
  if (isOp(value, 'map')) return value.attrs.fn === 'detach' || value.attrs.fn === 'toF32' || value.attrs.fn === 'toI32' ? 0 : size;
  switch (value.op) {
    case 'dot': return 2 * size * (value.inputs[0]?.shape.at(-1) ?? 1);
    // Each output of a convolution, and each number that its gradients start from, meets one filter.
    case 'conv': return 2 * size * ((inputs[1] ?? 1) / (value.inputs[1]?.shape[0] ?? 1));
    case 'convInputGrad': return 2 * (inputs[0] ?? 1) * ((inputs[1] ?? 1) / (value.inputs[1]?.shape[0] ?? 1));
    case 'convWeightGrad': return 2 * (inputs[1] ?? 1) * (size / (value.shape[0] ?? 1));
    case 'reduce': case 'argmax': return inputs[0] ?? 0;
    case 'maxPool': case 'maxPoolArg': case 'sumPool': return size * windowSize(value);
    case 'sumPoolGrad': return (inputs[0] ?? 0) * windowSize(value);
    case 'maxPoolGrad': case 'scatterAdd': return inputs[1] ?? 0;
    case 'random': return size;
    default: return 0;
  }
}

function windowSize(value: Value): number {
  if (isOp(value, 'maxPool') || isOp(value, 'maxPoolArg') || isOp(value, 'sumPool') || isOp(value, 'sumPoolGrad')) return elementCount(value.attrs.window.size);
  return 1;
}

/** What must be kept from the forward pass for the backward pass, for programs too long to be laid out in passing: every product, convolution, pooling and reduction. */
function estimatedBytes({ values }: Program): number {
  const kept = values.filter(({ op }) => op === 'dot' || op.startsWith('conv') || op.startsWith('maxPool') || op.startsWith('sumPool') || op === 'reduce' || op === 'gather' || op === 'scan');
  return kept.reduce((sum, value) => sum + elementCount(value.shape) * bytesPerElement(value.dtype), 0);
}
