/** Random rotation: pictures turned about their middle by a random angle while training. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { affineMapped, fillParam, perSample } from './augmentation.ts';

interface RotationParams {
  readonly degrees: number;
  readonly fill: number;
}

export const RandomRotation = defineNode<RotationParams>({
  type: 'RandomRotation',
  category: 'augmentation',
  title: text('Random rotation', '随机旋转'),
  summary: text('Turns each picture about its middle by a random angle at each training step. Passes pictures on in evaluation.', '每个训练步把每幅图像绕中心旋转一个随机角度。评估时原样通过。'),
  synonyms: ['rotate', 'turn', 'angle', 'augmentation', '转动', '角度'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    degrees: float(text('Degrees', '角度'), text('The largest angle, either way: 10 to 15 for digits, 180 where there is no up and down.', '向两侧的最大角度：数字用 10 到 15，无上下之分的图像用 180。'), 10, { min: 0, max: 180, unit: text('°', '°'), prominent: true }),
    fill: fillParam,
  },
  maths: { forward: String.raw`y_n(p) = x_n\bigl(R_{-\theta_n}(p - m) + m\bigr),\qquad \theta_n \sim \mathcal U(-D, D)` },
  source: 'P. Y. Simard, D. Steinkraus, J. C. Platt, “Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis”, 2003',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training || p.degrees === 0) return [x];
    const { b } = scope;
    const most = (p.degrees * Math.PI) / 180;
    const none = b.constant(0, [1, 1, 1, 1]);
    return [affineMapped(b, x, { angle: perSample(scope, -most, most), scale: b.constant(1, [1, 1, 1, 1]), shear: none, down: none, right: none }, p.fill)];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: torchvision.transforms.RandomRotation(${p.degrees}, interpolation=InterpolationMode.BILINEAR, fill=${p.fill})`,
    keras: (p) => `layers.RandomRotation(${p.degrees / 360}, fill_mode='constant', fill_value=${p.fill})`,
  },
  examples: [
    { params: { degrees: 30 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { degrees: 180, fill: 0.5 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
