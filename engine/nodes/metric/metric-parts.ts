/** What the metrics share: ports, and the reading of a prediction and a target as classes or as numbers. Sums and formulas are in `engine/train/metrics`. */
import { ShapeError, type TensorType } from '../node-type.ts';
import { LOSS_INPUTS, inferClassIndex, inferElementwise, lossTypes, requireClasses, shapeText } from '../loss/loss-parts.ts';
import { float, text } from '../params.ts';

/** A metric judges what a loss judges. */
export const METRIC_INPUTS = LOSS_INPUTS;

export interface ThresholdParams {
  readonly threshold: number;
}
export const THRESHOLD_PARAM = float(
  text('Threshold', '阈值'),
  text('Only for a single output: above it the answer is class 1. 0 for logits, 0.5 for probabilities.', '仅用于单个输出：高于该值判为类别 1。logits 用 0，概率用 0.5。'),
  0, { min: -1e6, max: 1e6 },
);

/**
 * How a prediction is read. `index`: scores over axis 1 against class indices; `one-hot`: scores
 * against a target of the same shape, whose largest entry is the class; `binary`: one score per
 * answer, against 0 or 1.
 */
export type ClassReading = 'index' | 'one-hot' | 'binary';

/** Throws a ShapeError when prediction and target fit no reading. */
export function classReading(ins: readonly TensorType[]): ClassReading {
  const { prediction, target } = lossTypes(ins);
  const oneScore = prediction.shape.length === 1 || (prediction.shape.length === 2 && prediction.shape[1] === 1);
  if (oneScore) {
    inferElementwise(ins);
    return 'binary';
  }
  requireClasses(prediction);
  if (target.dtype === 'f32') {
    if (prediction.shape.length !== target.shape.length || prediction.shape.some((n, i) => n !== target.shape[i])) {
      throw new ShapeError({ en: `the target must hold class indices, or one-hot rows of the prediction's shape ${shapeText(prediction.shape)}; got f32 ${shapeText(target.shape)}`, zh: `目标必须是类别编号，或与预测形状 ${shapeText(prediction.shape)} 相同的独热编码；得到的是 f32 ${shapeText(target.shape)}` }, { port: 'target' });
    }
    return 'one-hot';
  }
  inferClassIndex(ins);
  return 'index';
}
