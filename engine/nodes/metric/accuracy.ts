/** The share of right answers. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { classReading, METRIC_INPUTS, THRESHOLD_PARAM, type ThresholdParams } from './metric-parts.ts';

export const accuracy = defineNode<ThresholdParams>({
  type: 'Accuracy',
  category: 'metric',
  title: text('Accuracy', '准确率'),
  summary: text('Share of samples whose highest score is the true class.', '最高得分恰为真实类别的样本比例。'),
  synonyms: ['hit rate', 'top-1', 'error rate'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: { threshold: THRESHOLD_PARAM },
  maths: { forward: '\\frac{1}{N}\\sum_n\\bigl[\\arg\\max_c x_{nc} = y_n\\bigr]' },
  infer(_params, ins) {
    classReading(ins);
    return [];
  },
  lower: () => [],
  code: {
    pytorch: () => '(prediction.argmax(1) == target).float().mean()',
    keras: () => 'keras.metrics.SparseCategoricalAccuracy()',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }] },
    { params: {}, inputs: [{ shape: ['N', 1], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 2 }] },
  ],
});
