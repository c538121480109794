/** Cutout: a square hole in each picture, so that no single part of it is relied upon. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { erased, fillParam, happens, perSample, probabilityParam } from './augmentation.ts';

interface CutoutParams {
  readonly size: number;
  readonly probability: number;
  readonly fill: number;
}

export const Cutout = defineNode<CutoutParams>({
  type: 'Cutout',
  category: 'augmentation',
  title: text('Cutout', '随机遮挡'),
  summary: text('Blanks a square at a random place of each picture at each training step; it may lie partly outside. Passes pictures on in evaluation.', '每个训练步在每幅图像的随机位置抹去一个正方形，它可以部分落在图外。评估时原样通过。'),
  synonyms: ['occlusion', 'mask', 'hole', 'augmentation', 'Cutout', '遮挡', '掩码', '挖空'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    size: int(text('Size', '边长'), text('Side of the square in pixels: 16 for 32 × 32 photographs of ten classes, less for digits.', '正方形的边长，单位为像素：十类 32 × 32 照片用 16，数字用得更小。'), 8, { min: 1, max: 1024, prominent: true }),
    probability: probabilityParam(1),
    fill: fillParam,
  },
  maths: { forward: String.raw`y_{nchw} = \begin{cases} f & |h - h_n| < \tfrac L2 \wedge |w - w_n| < \tfrac L2\\ x_{nchw} & \text{else}\end{cases}` },
  source: 'T. DeVries, G. W. Taylor, “Improved Regularization of Convolutional Neural Networks with Cutout”, 2017',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training) return [x];
    const { b } = scope;
    const [, , height = 1, width = 1] = x.shape;
    /** The middle is any pixel. */
    const first = (size: number): typeof x => b.sub(b.unary('floor', perSample(scope, 0, size)), Math.floor(p.size / 2));
    const top = first(height);
    const left = first(width);
    // No hole where it does not happen: it ends where it begins.
    const side = b.mul(happens(scope, p.probability), p.size);
    return [erased(b, x, top, b.add(top, side), left, b.add(left, side), p.fill)];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: cutout of ${p.size} x ${p.size} pixels with probability ${p.probability}`,
    keras: (p) => `layers.RandomErasing(factor=${p.probability}, fill_value=${p.fill})  # a square of ${p.size} pixels`,
  },
  examples: [
    { params: { size: 2 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { size: 3, probability: 0.5, fill: 0.25 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
