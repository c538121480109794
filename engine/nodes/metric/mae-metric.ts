/** Mean absolute error, reported. */
import { inferElementwise } from '../loss/loss-parts.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { METRIC_INPUTS } from './metric-parts.ts';

export const maeMetric = defineNode<Record<never, never>>({
  type: 'MAEMetric',
  category: 'metric',
  title: text('MAE', '平均绝对误差（指标）'),
  summary: text('Mean absolute error, in the target’s own unit.', '平均绝对误差，单位与目标相同。'),
  synonyms: ['mean absolute error'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: {},
  maths: { forward: '\\frac{1}{M}\\sum_i |x_i - t_i|' },
  infer(_params, ins) {
    inferElementwise(ins);
    return [];
  },
  lower: () => [],
  code: { pytorch: () => '(prediction - target).abs().mean()', keras: () => 'keras.metrics.MeanAbsoluteError()' },
  examples: [{ params: {}, inputs: [{ shape: ['N', 2], dtype: 'f32' }, { shape: ['N', 2], dtype: 'f32' }] }],
});
