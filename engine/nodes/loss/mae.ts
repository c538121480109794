/** Mean absolute error: regression that outliers do not rule. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { alignTarget, inferElementwise, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, WEIGHT_PARAM } from './loss-parts.ts';

export const mae = defineNode<LossParams>({
  type: 'MAE',
  category: 'loss',
  title: text('Mean absolute error', '平均绝对误差'),
  summary: text(
    'Mean of the absolute differences. For regression with outliers: every error pulls with the same force.',
    '绝对差值的平均值。适合含离群点的回归：每个误差的拉力相同。',
  ),
  synonyms: ['L1 loss', 'L1Loss', 'least absolute deviations'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: { weight: WEIGHT_PARAM },
  maths: {
    forward: '\\ell = \\frac{1}{M}\\sum_i |x_i - t_i|',
    backward: '\\frac{\\partial \\ell}{\\partial x_i} = \\frac{1}{M}\\operatorname{sign}(x_i - t_i)',
  },
  source: 'Boscovich, 1757; Laplace, 1788 (least absolute deviations)',
  infer: (_params, ins) => inferElementwise(ins),
  lower({ b }, _params, ins) {
    const { prediction, target } = lossValues(ins);
    return [b.mean(b.abs(b.sub(prediction, alignTarget(b, prediction, target))))];
  },
  code: { pytorch: () => 'nn.L1Loss()', keras: () => 'keras.losses.MeanAbsoluteError()' },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 5, 7], dtype: 'f32' }, { shape: ['N', 5, 7], dtype: 'f32' }] },
  ],
});
