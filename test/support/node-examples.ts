/** The examples that every node type carries, filled with numbers, so that tests of all types need to know none of them. */
import { roleOf } from '../../engine/graph/draft.ts';
import type { AnyNodeType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { allNodeTypes } from '../../engine/nodes/registry.ts';
import { type Leaf, randomIntegers, randomTensor } from './oracle.ts';
import { type NodeCase, shapeOf } from './run-node.ts';

/** Odd, and more than one, so that a statistic over the batch has something to do. */
export const BATCH = 3;

/** Types whose `lower` turns tensors into tensors or a loss: all but sources, metrics, optimizers, schedules and Output. */
export const computingTypes = (): readonly AnyNodeType[] =>
  allNodeTypes().filter((type) => ['compute', 'loss'].includes(roleOf(type)));

export const isLoss = (type: AnyNodeType): boolean => type.outputs.some((port) => port.kind === 'loss');

/** Example number `index` of a type as a case: the same numbers each time. */
export function exampleCase(type: AnyNodeType, index: number, training: boolean, batch = BATCH): NodeCase {
  const example = type.examples[index];
  if (example === undefined) throw new Error(`${type.type} has no example ${index}`);
  const params = validateParams(type, definedOnly(example.params)).values;
  const seed = 17 * index + 1;
  const inputs = example.inputs.map((input, i): Leaf => {
    const shape = shapeOf(input, batch);
    if (input.dtype !== 'f32') return randomIntegers(seed + i, shape, input.classes ?? 3);
    // Losses may take probabilities or their logarithms; numbers between 0 and 1 suit all of them.
    return isLoss(type) ? randomTensor(seed + i, shape, 0.05, 0.95) : randomTensor(seed + i, shape, -2, 2);
  });
  const weights = Object.fromEntries(Object.entries(type.weights?.(params as never, example.inputs) ?? {}).map(([name, spec], i): [string, Leaf] =>
    [name, spec.init.kind === 'ones' ? randomTensor(seed + 50 + i, spec.shape, 0.5, 1.5) : randomTensor(seed + 50 + i, spec.shape)]));
  const upstream = type.infer(params as never, example.inputs).map((output, i) => randomTensor(seed + 90 + i, shapeOf(output, batch), 0.5, 1.5));
  return { type, params, inputTypes: example.inputs, batch, training, inputs, weights, upstream, seed: 7, step: 3 };
}

export function definedOnly<T>(params: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
