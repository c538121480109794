/** How often each class was taken for each other. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { classReading, METRIC_INPUTS, THRESHOLD_PARAM, type ThresholdParams } from './metric-parts.ts';

export const confusion = defineNode<ThresholdParams>({
  type: 'Confusion',
  category: 'metric',
  title: text('Confusion matrix', '混淆矩阵'),
  summary: text('Counts how often each true class (row) was predicted as each class (column).', '统计每个真实类别（行）被预测为各类别（列）的次数。'),
  synonyms: ['confusion counts', 'contingency table'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: { threshold: THRESHOLD_PARAM },
  maths: { forward: 'M_{ij} = \\sum_n [\\,y_n = i\\,]\\,[\\,\\arg\\max_c x_{nc} = j\\,]' },
  infer(_params, ins) {
    classReading(ins);
    return [];
  },
  lower: () => [],
  code: {
    pytorch: () => 'sklearn.metrics.confusion_matrix(target, prediction.argmax(1))',
    keras: () => 'tf.math.confusion_matrix(target, keras.ops.argmax(prediction, 1))',
  },
  examples: [{ params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 3 }] }],
});
