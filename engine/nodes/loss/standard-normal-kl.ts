/** The divergence of an encoder's normal distributions from the standard normal: the regularizer of a variational autoencoder. */
import { defineNode } from '../node-type.ts';
import { NORMAL_INPUTS, requireNormal } from '../normal-distribution.ts';
import { text } from '../params.ts';
import { LOSS_OUTPUTS, LOSS_TYPE, type LossParams, WEIGHT_PARAM } from './loss-parts.ts';

export const standardNormalKL = defineNode<LossParams>({
  type: 'StandardNormalKL',
  category: 'loss',
  title: text('KL to standard normal', '与标准正态的 KL 散度'),
  summary: text(
    'How far the distributions that an encoder gives by mean and log-variance are from the standard normal, summed over the latents. Its weight is the β of a β-VAE.',
    '编码器以均值和对数方差给出的分布与标准正态分布的差距，对各潜变量求和。其权重即 β-VAE 的 β。',
  ),
  synonyms: ['VAE', 'variational', 'ELBO', 'beta-VAE', 'latent', 'regularizer', 'KLD', '变分自编码器', '正则', '潜变量'],
  inputs: NORMAL_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: { weight: WEIGHT_PARAM },
  maths: {
    forward: String.raw`\ell = \frac{1}{2N}\sum_{n}\sum_{d}\bigl(\mu_{nd}^2 + \sigma_{nd}^2 - 1 - \log\sigma_{nd}^2\bigr)`,
    backward: String.raw`\frac{\partial \ell}{\partial \mu_{nd}} = \frac{\mu_{nd}}{N},\qquad \frac{\partial \ell}{\partial \log\sigma_{nd}^2} = \frac{\sigma_{nd}^2 - 1}{2N}`,
  },
  source: 'D. P. Kingma, M. Welling, “Auto-Encoding Variational Bayes”, 2014, appendix B; the weight: I. Higgins et al., “β-VAE”, 2017',
  infer(_p, ins) {
    requireNormal(ins);
    return [LOSS_TYPE];
  },
  lower({ b, batch }, _p, [mean, logVariance]) {
    if (mean === undefined || logVariance === undefined) throw new RangeError('the divergence is lowered with a mean and a log-variance');
    // e^v - 1 - v cancels near 0, where training ends up: expm1 keeps its digits.
    const spread = b.sub(b.expm1(logVariance), logVariance);
    return [b.mul(b.sum(b.add(b.square(mean), spread)), 0.5 / batch)];
  },
  code: {
    pytorch: () => '0.5 * (mean ** 2 + logVariance.exp() - 1 - logVariance).sum() / mean.shape[0]',
    keras: () => '0.5 * keras.ops.sum(mean ** 2 + keras.ops.exp(logVariance) - 1 - logVariance) / keras.ops.shape(mean)[0]',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2], dtype: 'f32' }, { shape: ['N', 2], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }, { shape: ['N', 3, 5], dtype: 'f32' }] },
  ],
});
