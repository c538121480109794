/** Huber's loss: squared near zero, linear beyond delta. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { call, unless } from '../python.ts';
import { alignTarget, inferElementwise, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams {
  readonly delta: number;
}

export const huber = defineNode<Params>({
  type: 'Huber',
  category: 'loss',
  title: text('Huber', 'Huber 损失'),
  summary: text('Squared for small errors, linear for large ones: smooth at the goal and calm about outliers.', '小误差取平方，大误差取线性：在目标附近平滑，又不受离群点支配。'),
  synonyms: ['HuberLoss', 'smooth L1', 'robust regression'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: {
    delta: float(
      text('Delta', 'δ'), text('Errors beyond this size count linearly.', '超过该值的误差按线性计算。'),
      1, { min: 0, max: 1e6, exclusive: 'min', prominent: true },
    ),
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = \\frac{1}{M}\\sum_i \\begin{cases}\\tfrac12 d_i^2 & |d_i|\\le\\delta\\\\ \\delta\\,(|d_i|-\\tfrac12\\delta) & \\text{otherwise}\\end{cases},\\qquad d = x - t',
    backward: '\\frac{\\partial \\ell}{\\partial x_i} = \\frac{1}{M}\\max(-\\delta,\\min(\\delta, d_i))',
  },
  source: 'Huber, “Robust Estimation of a Location Parameter”, 1964',
  infer: (_params, ins) => inferElementwise(ins),
  lower({ b }, { delta }, ins) {
    const { prediction, target } = lossValues(ins);
    const difference = b.sub(prediction, alignTarget(b, prediction, target));
    const size = b.abs(difference);
    const linear = b.mul(b.sub(size, delta / 2), delta);
    return [b.mean(b.select(b.lessEqual(size, delta), b.mul(b.square(difference), 0.5), linear))];
  },
  code: { pytorch: ({ delta }) => call('nn.HuberLoss', [], { delta: unless(delta, 1) }), keras: ({ delta }) => call('keras.losses.Huber', [], { delta: unless(delta, 1) }) },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'f32' }] },
    { params: { delta: 0.7 }, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N', 5], dtype: 'f32' }] },
  ],
});
