/** Root mean squared error, reported. */
import { inferElementwise } from '../loss/loss-parts.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { METRIC_INPUTS } from './metric-parts.ts';

export const rmse = defineNode<Record<never, never>>({
  type: 'RMSE',
  category: 'metric',
  title: text('RMSE', '均方根误差'),
  summary: text('Root of the mean squared error: in the target’s own unit, with large errors weighing most.', '均方误差的平方根：单位与目标相同，大误差影响更大。'),
  synonyms: ['root mean squared error', 'standard error'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: {},
  maths: { forward: '\\sqrt{\\frac{1}{M}\\sum_i (x_i - t_i)^2}' },
  infer(_params, ins) {
    inferElementwise(ins);
    return [];
  },
  lower: () => [],
  code: { pytorch: () => '(prediction - target).square().mean().sqrt()', keras: () => 'keras.metrics.RootMeanSquaredError()' },
  examples: [{ params: {}, inputs: [{ shape: ['N', 2], dtype: 'f32' }, { shape: ['N', 2], dtype: 'f32' }] }],
});
