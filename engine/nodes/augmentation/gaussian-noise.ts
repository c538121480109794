/** Gaussian noise: every number disturbed on its own, while training or wherever the network is measured. */
import { clamp } from '../../tensor/composites.ts';
import { defineNode } from '../node-type.ts';
import { bool, float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireFeatures } from '../shapes.ts';

interface GaussianNoiseParams {
  readonly std: number;
  readonly clip: boolean;
  readonly evaluation: boolean;
}

export const GaussianNoise = defineNode<GaussianNoiseParams>({
  type: 'GaussianNoise',
  category: 'augmentation',
  title: text('Gaussian noise', '高斯噪声'),
  summary: text(
    'Adds normal noise to every number at each training step. A denoising autoencoder wants it in evaluation too; answers and exported models never have it.',
    '每个训练步给每个数加上正态噪声。去噪自编码器在评估时也需要它；预测和导出的模型中则没有。',
  ),
  synonyms: ['denoising', 'jitter', 'disturb', 'augmentation', '去噪', '扰动', '加噪'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    std: float(text('Standard deviation', '标准差'), text('How strong the noise is, in the units of the input.', '噪声的强度，单位与输入相同。'), 0.1, { min: 0, max: 1e6, prominent: true }),
    clip: bool(text('Clip to 0 … 1', '截断到 0 … 1'), text('What leaves the range of pixels is cut off.', '超出像素范围的数值被截断。'), false),
    evaluation: bool(text('In evaluation too', '评估时也加'), text('The test loss and the pictures of the inside are then those of noisy samples, with the same noise each time.', '此时测试损失和内部图像都来自加噪的样本，且每次的噪声相同。'), false),
  },
  maths: { forward: String.raw`y = x + \sigma\varepsilon,\qquad \varepsilon_i \sim \mathcal N(0, 1)`, backward: String.raw`\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y}` },
  source: 'C. M. Bishop, “Training with Noise is Equivalent to Tikhonov Regularization”, 1995',
  infer: (_p, ins) => [requireFeatures(ins, 1)],
  lower({ b, goal, random }, p, [x]) {
    if (x === undefined) return [];
    if (goal === 'predict' || (goal === 'evaluate' && !p.evaluation) || p.std === 0) return [x];
    const noisy = b.add(x, b.mul(random(x.shape, 'normal'), p.std));
    return [p.clip ? clamp(b, noisy, 0, 1) : noisy];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: x + ${p.std} * torch.randn_like(x)${p.clip ? ', clamped to [0, 1]' : ''}`,
    keras: (p) => `layers.GaussianNoise(${p.std})${p.clip ? '  # clipped to [0, 1]' : ''}`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 6], dtype: 'f32' }] },
    { params: { std: 0.5, clip: true }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
    { params: { std: 0.5, evaluation: true }, inputs: [{ shape: ['N', 5], dtype: 'f32' }] },
  ],
});
