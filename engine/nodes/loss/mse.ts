/** Mean squared error: the loss of regression, and of autoencoders. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { alignTarget, inferElementwise, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, WEIGHT_PARAM } from './loss-parts.ts';

export const mse = defineNode<LossParams>({
  type: 'MSE',
  category: 'loss',
  title: text('Mean squared error', '均方误差'),
  summary: text('Mean of the squared differences. The usual loss of regression; large errors weigh most.', '差值平方的平均值。回归任务最常用的损失，大误差的影响最大。'),
  synonyms: ['L2 loss', 'MSELoss', 'quadratic loss', 'least squares'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: { weight: WEIGHT_PARAM },
  maths: {
    forward: '\\ell = \\frac{1}{M}\\sum_i (x_i - t_i)^2',
    backward: '\\frac{\\partial \\ell}{\\partial x_i} = \\frac{2}{M}\\,(x_i - t_i)',
  },
  source: 'Legendre, “Nouvelles méthodes pour la détermination des orbites des comètes”, 1805',
  infer: (_params, ins) => inferElementwise(ins),
  lower({ b }, _params, ins) {
    const { prediction, target } = lossValues(ins);
    return [b.mean(b.square(b.sub(prediction, alignTarget(b, prediction, target))))];
  },
  code: { pytorch: () => 'nn.MSELoss()', keras: () => 'keras.losses.MeanSquaredError()' },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 1], dtype: 'f32' }, { shape: ['N'], dtype: 'f32' }] },
  ],
});
