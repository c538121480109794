/** Random affine: pictures turned, moved, scaled and sheared at random while training, in one resampling. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { affineMapped, fillParam, perSample } from './augmentation.ts';

interface AffineParams {
  readonly degrees: number;
  readonly translate: number;
  readonly scale: number;
  readonly shear: number;
  readonly fill: number;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export const RandomAffine = defineNode<AffineParams>({
  type: 'RandomAffine',
  category: 'augmentation',
  title: text('Random affine', '随机仿射变换'),
  summary: text(
    'Turns, moves, scales and shears each picture a little, at random at each training step and in one pass. Passes pictures on in evaluation.',
    '每个训练步对每幅图像随机作少量旋转、平移、缩放和错切，一次完成。评估时原样通过。',
  ),
  synonyms: ['rotate', 'translate', 'zoom', 'scale', 'shear', 'warp', 'augmentation', '旋转', '平移', '缩放', '错切'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    degrees: float(text('Rotation', '旋转'), text('The largest angle, either way.', '向两侧的最大角度。'), 10, { min: 0, max: 180, unit: text('°', '°'), prominent: true }),
    translate: float(text('Translation', '平移'), text('The furthest move each way, as a share of the height and of the width.', '向各方向的最大移动，以高和宽的比例表示。'), 0.1, { min: 0, max: 1 }),
    scale: float(text('Scale', '缩放'), text('The largest change of size: 0.1 gives sizes from 0.9 to 1.1 times the old one.', '大小的最大变化：0.1 表示原大小的 0.9 到 1.1 倍。'), 0.1, { min: 0, max: 1, exclusive: 'max' }),
    shear: float(text('Shear', '错切'), text('The largest angle by which upright lines lean, either way.', '竖线向两侧倾斜的最大角度。'), 0, { min: 0, max: 80, unit: text('°', '°') }),
    fill: fillParam,
  },
  maths: { forward: String.raw`y_n(p) = x_n\bigl(A_n^{-1}(p - m - t_n) + m\bigr),\qquad A_n = s_n\,R_{\theta_n}\begin{pmatrix}1 & 0\\ \tan\varphi_n & 1\end{pmatrix}` },
  source: 'P. Y. Simard, D. Steinkraus, J. C. Platt, “Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis”, 2003',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training || (p.degrees === 0 && p.translate === 0 && p.scale === 0 && p.shear === 0)) return [x];
    const { b } = scope;
    const [, , height = 1, width = 1] = x.shape;
    const within = (most: number): typeof x => perSample(scope, -most, most);
    const lean = within(radians(p.shear));
    return [affineMapped(b, x, {
      angle: within(radians(p.degrees)), scale: perSample(scope, 1 - p.scale, 1 + p.scale), shear: b.div(b.unary('sin', lean), b.unary('cos', lean)),
      down: within(p.translate * height), right: within(p.translate * width),
    }, p.fill)];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: torchvision.transforms.RandomAffine(${p.degrees}, (${p.translate}, ${p.translate}), (${1 - p.scale}, ${1 + p.scale}), ${p.shear}, InterpolationMode.BILINEAR, ${p.fill})`,
    keras: (p) => `layers.RandomAffine(x_factor=${p.translate}, y_factor=${p.translate})  # and RandomRotation(${p.degrees / 360}), RandomZoom(${p.scale}), RandomShear`,
  },
  examples: [
    { params: { degrees: 20, shear: 15 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { degrees: 180, translate: 0.3, scale: 0.5, fill: -1 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
