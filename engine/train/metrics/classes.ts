/** Reading predictions and targets as class numbers, for the metrics of classifiers. */
import { classReading } from '../../nodes/metric/metric-parts.ts';
import type { Builder } from '../../tensor/builder.ts';
import { elementCount, type Value } from '../../tensor/ir.ts';
import type { MetricInputs } from './metric-rule.ts';

export interface ClassNumbers {
  /** i32 [M] each: a sample's class, or each position's in a dense prediction. */
  readonly predicted: Value;
  readonly truth: Value;
  readonly count: number;
  readonly classes: number;
  /** One score per answer, cut at the threshold. */
  readonly binary: boolean;
}

export function classNumbers(b: Builder, { prediction, target, types }: MetricInputs, threshold: number): ClassNumbers {
  const reading = classReading(types);
  const flat = (x: Value): Value => b.reshape(x, [elementCount(x.shape)]);
  if (reading === 'binary') {
    const count = elementCount(prediction.shape);
    return {
      predicted: b.toI32(b.less(threshold, flat(prediction))),
      truth: target.dtype === 'f32' ? b.toI32(b.less(0.5, flat(target))) : flat(b.toI32(target)),
      count, classes: 2, binary: true,
    };
  }
  const predicted = flat(b.argmax(prediction, 1));
  return {
    predicted, truth: reading === 'one-hot' ? flat(b.argmax(target, 1)) : flat(b.toI32(target)),
    count: elementCount(predicted.shape), classes: prediction.shape[1] ?? 1, binary: false,
  };
}

/** [classes, classes] counts: row the truth, column the prediction. Truths outside the classes are not counted. */
export function confusionCounts(b: Builder, { predicted, truth, count, classes }: ClassNumbers): Value {
  const hot = (index: Value, axis: 0 | 1): Value => {
    const shape = axis === 0 ? [classes, count] : [count, classes];
    return b.equal(b.iota(shape, axis), b.expand(b.reshape(index, axis === 0 ? [1, count] : [count, 1]), shape));
  };
  return b.dot(hot(truth, 0), hot(predicted, 1));
}
