/** The share of right answers. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { IGNORE_INDEX_PARAM, type IgnoreParams } from '../loss/loss-parts.ts';
import { classReading, METRIC_INPUTS, THRESHOLD_PARAM, type ThresholdParams } from './metric-parts.ts';

export interface AccuracyParams extends ThresholdParams, IgnoreParams {}

export const accuracy = defineNode<AccuracyParams>({
  type: 'Accuracy',
  category: 'metric',
  title: text('Accuracy', '准确率'),
  summary: text('Share of samples whose highest score is the true class.', '最高得分恰为真实类别的样本比例。'),
  synonyms: ['hit rate', 'top-1', 'error rate'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: { threshold: THRESHOLD_PARAM, ignoreIndex: IGNORE_INDEX_PARAM },
  maths: { forward: '\\frac{1}{N}\\sum_n\\bigl[\\arg\\max_c x_{nc} = y_n\\bigr]' },
  infer(_params, ins) {
    classReading(ins);
    return [];
  },
  lower: () => [],
  code: {
    pytorch: ({ ignoreIndex }) => (ignoreIndex === null ? '(prediction.argmax(1) == target).float().mean()' : `(prediction.argmax(1) == target)[target != ${ignoreIndex}].float().mean()`),
    keras: ({ ignoreIndex }) => `keras.metrics.SparseCategoricalAccuracy()${ignoreIndex === null ? '' : `  # sample_weight=(target != ${ignoreIndex})`}`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }] },
    { params: {}, inputs: [{ shape: ['N', 1], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 2 }] },
  ],
});
