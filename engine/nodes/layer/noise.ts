/** Noise: random numbers out of nothing, which a generator turns into pictures. */
import { type TensorType, defineNode } from '../node-type.ts';
import { choice, float, ints, text } from '../params.ts';
import { outputY } from '../ports.ts';
import { tuple } from '../python.ts';

interface NoiseParams {
  readonly shape: readonly number[];
  readonly distribution: 'normal' | 'uniform';
  readonly scale: number;
}

const typeOf = (p: NoiseParams): TensorType => ({ shape: ['N', ...p.shape], dtype: 'f32' });

export const Noise = defineNode<NoiseParams>({
  type: 'Noise',
  category: 'layer',
  title: text('Noise source', '噪声源'),
  summary: text(
    'Fresh random numbers for each sample, from nothing: what the generator of a GAN turns into pictures. An exported model takes them as an input.',
    '凭空为每个样本产生新的随机数：GAN 的生成器把它们变成图像。导出的模型把它们作为输入。',
  ),
  synonyms: ['latent', 'random', 'GAN', 'generator', 'z', 'randn', '随机数', '潜变量', '隐向量', '生成器'],
  inputs: [],
  outputs: [outputY],
  params: {
    shape: ints(
      text('Shape', '形状'), text('Size of one sample, without the batch: 64 to 128 numbers are usual for a generator.', '单个样本的大小，不含批轴；生成器常用 64 到 128 个数。'),
      [64], { min: 1, max: 1 << 20, minLength: 1, maxLength: 6, prominent: true },
    ),
    distribution: choice(
      text('Distribution', '分布'), text('Normal: around 0, most within the scale. Uniform: everything between minus and plus the scale is equally likely.', '正态：以 0 为中心，大多落在尺度之内。均匀：正负尺度之间等可能。'),
      'normal', { normal: text('Normal', '正态'), uniform: text('Uniform', '均匀') },
    ),
    scale: float(text('Scale', '尺度'), text('Standard deviation of normal numbers; half the width of uniform ones.', '正态分布的标准差；均匀分布的半宽。'), 1, { min: 0, max: 1e6, exclusive: 'min' }),
  },
  maths: { forward: String.raw`z \sim \mathcal N(0, s^2)\quad\text{or}\quad z \sim \mathcal U(-s, s)` },
  source: 'I. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, Y. Bengio, “Generative Adversarial Nets”, 2014',
  drawn: true,
  infer: (p) => [typeOf(p)],
  lower({ b, batch, random }, p) {
    const draw = random([batch, ...p.shape], p.distribution);
    // Uniform draws are in [0, 1).
    return [p.distribution === 'normal' ? b.mul(draw, p.scale) : b.mul(b.sub(b.mul(draw, 2), 1), p.scale)];
  },
  code: {
    pytorch: (p) => (p.distribution === 'normal' ? `torch.randn(${tuple([1, ...p.shape])})${times(p.scale)}` : `(torch.rand(${tuple([1, ...p.shape])}) * 2 - 1)${times(p.scale)}`) + '  # any batch',
    keras: (p) => (p.distribution === 'normal' ? `keras.random.normal(${tuple([1, ...p.shape])}, stddev=${p.scale})` : `keras.random.uniform(${tuple([1, ...p.shape])}, ${-p.scale}, ${p.scale})`) + '  # any batch',
  },
  examples: [
    { params: {}, inputs: [] },
    { params: { shape: [3, 5, 7], distribution: 'uniform', scale: 0.5 }, inputs: [] },
  ],
});

const times = (scale: number): string => (scale === 1 ? '' : ` * ${scale}`);
