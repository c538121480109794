/** Kullback–Leibler divergence of a predicted distribution (as log-probabilities) from a target distribution. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { alignTarget, inferElementwise, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, WEIGHT_PARAM } from './loss-parts.ts';

const SMALLEST_NORMAL = 1.1754943508222875e-38;

export const klDivergence = defineNode<LossParams>({
  type: 'KLDivergence',
  category: 'loss',
  title: text('KL divergence', 'KL 散度'),
  summary: text(
    'How far a predicted distribution is from a target distribution. The prediction holds log-probabilities: put LogSoftmax in front.',
    '衡量预测分布与目标分布的差距。预测需为对数概率：前面接 LogSoftmax。',
  ),
  synonyms: ['KLDivLoss', 'relative entropy', 'distillation'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: { weight: WEIGHT_PARAM },
  maths: {
    forward: '\\ell = \\frac{1}{N}\\sum_n\\sum_c t_{nc}\\,(\\log t_{nc} - x_{nc}),\\qquad x = \\log p',
    backward: '\\frac{\\partial \\ell}{\\partial x_{nc}} = -\\frac{t_{nc}}{N}',
  },
  source: 'Kullback & Leibler, “On Information and Sufficiency”, 1951',
  classes: () => 'log-probabilities',
  infer: (_params, ins) => inferElementwise(ins),
  lower({ b, batch }, _params, ins) {
    const { prediction, target } = lossValues(ins);
    const t = alignTarget(b, prediction, target);
    // t log t is 0 at t = 0.
    const entropy = b.select(b.less(SMALLEST_NORMAL, t), b.mul(t, b.log(b.max(t, SMALLEST_NORMAL))), 0);
    return [b.mul(b.sum(b.sub(entropy, b.mul(t, prediction))), 1 / batch)];
  },
  code: { pytorch: () => "nn.KLDivLoss(reduction='batchmean')", keras: () => 'keras.losses.KLDivergence()  # takes probabilities: apply exp to the prediction' },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 4], dtype: 'f32' }, { shape: ['N', 4], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 7], dtype: 'f32' }, { shape: ['N', 7], dtype: 'f32' }] },
  ],
});
