/** Reparameterise: a sample of a normal distribution through which gradients reach its mean and its variance. */
import { defineNode } from '../node-type.ts';
import { NORMAL_INPUTS, requireNormal } from '../normal-distribution.ts';
import { text } from '../params.ts';
import { outputY } from '../ports.ts';

export const Reparameterise = defineNode<Record<string, never>>({
  type: 'Reparameterise',
  category: 'layer',
  title: text('Reparameterise', '重参数化'),
  summary: text(
    'Draws a point from the normal distribution that an encoder describes by mean and log-variance, in a way that lets the encoder learn. Gives the mean in evaluation.',
    '从编码器给出的均值与对数方差所描述的正态分布中取样，并让编码器能够学习。评估时输出均值。',
  ),
  synonyms: ['reparametrization trick', 'sampling', 'VAE', 'variational autoencoder', 'latent', 'reparameterize', '变分自编码器', '采样', '潜变量'],
  inputs: NORMAL_INPUTS,
  outputs: [outputY],
  params: {},
  maths: {
    forward: String.raw`z = \mu + e^{\frac{1}{2}\log\sigma^2}\,\varepsilon,\qquad \varepsilon \sim \mathcal N(0, 1)`,
    backward: String.raw`\frac{\partial L}{\partial \mu} = \frac{\partial L}{\partial z},\qquad \frac{\partial L}{\partial \log\sigma^2} = \frac{\sigma\varepsilon}{2}\,\frac{\partial L}{\partial z}`,
  },
  source: 'D. P. Kingma, M. Welling, “Auto-Encoding Variational Bayes”, 2014',
  infer: (_p, ins) => [requireNormal(ins)],
  lower({ b, training, random }, _p, [mean, logVariance]) {
    if (mean === undefined || logVariance === undefined) return [];
    return [training ? b.add(mean, b.mul(b.exp(b.mul(logVariance, 0.5)), random(mean.shape, 'normal'))) : mean];
  },
  code: {
    pytorch: () => 'mean + torch.exp(0.5 * logVariance) * torch.randn_like(mean) if self.training else mean',
    keras: () => 'keras.layers.Lambda(lambda z: z[0] + keras.ops.exp(0.5 * z[1]) * keras.random.normal(keras.ops.shape(z[0])))',
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2], dtype: 'f32' }, { shape: ['N', 2], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 3, 5], dtype: 'f32' }, { shape: ['N', 3, 5], dtype: 'f32' }] },
  ],
});
