/**
 * Whether a graph tells classes apart, and how its prediction becomes probabilities: the loss knows,
 * for it says whether it is given logits, log-probabilities or probabilities.
 */
import { type CheckedGraph, type CheckedInput, inputAt } from '../graph/checked-graph.ts';
import type { ClassPrediction } from '../nodes/node-type.ts';
import { softmax } from '../tensor/composites.ts';
import type { Builder } from '../tensor/builder.ts';
import { elementCount, type Value } from '../tensor/ir.ts';

export interface Classifier {
  /** The wires into the loss. */
  readonly prediction: CheckedInput;
  readonly target: CheckedInput;
  readonly reading: ClassPrediction;
  readonly classes: number;
}

/** By the first loss that judges one class per sample; undefined for regressions and for predictions of one class per pixel. */
export function classifierOf(graph: CheckedGraph): Classifier | undefined {
  for (const { node } of graph.losses) {
    const prediction = inputAt(node, 'prediction');
    const target = inputAt(node, 'target');
    if (prediction === undefined || target === undefined) continue;
    const [, width = 1, ...more] = prediction.type.shape;
    if (typeof width !== 'number' || more.length > 0) continue;
    const reading = node.definition.classes?.(node.params);
    if (reading === undefined) continue;
    if (reading === 'logits' || reading === 'log-probabilities') return { prediction, target, reading, classes: width };
    // Several outputs of yes or no are several questions, not several classes.
    if (width === 1) return { prediction, target, reading, classes: 2 };
  }
  return undefined;
}

/** [batch, classes, …] from the value at the loss's `prediction`. */
export function probabilitiesOf(b: Builder, { reading }: Pick<Classifier, 'reading'>, prediction: Value): Value {
  switch (reading) {
    case 'logits': return softmax(b, prediction, 1);
    case 'log-probabilities': return b.exp(prediction);
    case 'logit': case 'probability': {
      const column = b.reshape(prediction, [elementCount(prediction.shape), 1]);
      const yes = reading === 'logit' ? b.sigmoid(column) : column;
      return b.concat([b.sub(1, yes), yes], 1);
    }
  }
}

/** i32 [batch]: the true classes, from the value at the loss's `target`. */
export function targetClasses(b: Builder, { reading }: Classifier, target: Value): Value {
  const count = target.shape[0] ?? 1;
  if (target.dtype === 'i32') return b.reshape(target, [count]);
  if (reading === 'logits' || reading === 'log-probabilities') return b.reshape(b.argmax(target, 1), [count]);
  return b.toI32(b.less(0.5, b.reshape(target, [count])));
}
