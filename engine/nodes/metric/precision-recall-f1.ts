/** Precision, recall and their harmonic mean: what accuracy hides when the classes are of unequal size. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { classReading, METRIC_INPUTS, THRESHOLD_PARAM, type ThresholdParams } from './metric-parts.ts';

export const precisionRecallF1 = defineNode<ThresholdParams>({
  type: 'PrecisionRecallF1',
  category: 'metric',
  title: text('Precision, recall, F1', '精确率、召回率、F1'),
  summary: text(
    'How many of the answers are right, and how many of the truths are found: the mean over the classes, or that of class 1 when there is a single output.',
    '判为某类的有多少是对的，真正属于该类的有多少被找到：各类别的平均，单输出时为类别 1 的值。',
  ),
  synonyms: ['F-score', 'sensitivity', 'macro average'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: { threshold: THRESHOLD_PARAM },
  maths: { forward: 'P_c = \\frac{TP_c}{TP_c + FP_c},\\quad R_c = \\frac{TP_c}{TP_c + FN_c},\\quad F_c = \\frac{2 P_c R_c}{P_c + R_c},\\quad\\text{mean over } c' },
  source: 'van Rijsbergen, “Information Retrieval”, 1979',
  infer(_params, ins) {
    classReading(ins);
    return [];
  },
  lower: () => [],
  code: {
    pytorch: () => "sklearn.metrics.precision_recall_fscore_support(target, prediction.argmax(1), average='macro', zero_division=0)",
    keras: () => "keras.metrics.F1Score(average='macro')",
  },
  examples: [{ params: {}, inputs: [{ shape: ['N', 4], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 4 }] }],
});
