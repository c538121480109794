/** Random crop: pictures moved by whole pixels inside a border, as in the training of residual networks. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { fillParam, perSample, shifted } from './augmentation.ts';

interface CropParams {
  readonly padding: number;
  readonly fill: number;
}

export const RandomCrop = defineNode<CropParams>({
  type: 'RandomCrop',
  category: 'augmentation',
  title: text('Random crop', '随机裁剪'),
  summary: text('Puts a border around each picture and cuts one of the old size out at a random place, at each training step. Passes pictures on in evaluation.', '每个训练步给图像加边，再在随机位置裁出原来大小的一块。评估时原样通过。'),
  synonyms: ['translate', 'shift', 'jitter', 'padding', 'augmentation', '平移', '裁切', '抖动'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    padding: int(text('Padding', '边宽'), text('Width of the border, and so how far a picture may move each way: 4 for 32 × 32 pictures, 2 for 28 × 28.', '边的宽度，即图像向各方向最多移动的像素数：32 × 32 的图像用 4，28 × 28 的用 2。'), 4, { min: 0, max: 512, prominent: true }),
    fill: fillParam,
  },
  maths: { forward: String.raw`y_{nchw} = x_{nc,\,h + d_n,\,w + r_n},\qquad d_n, r_n \in \{-P, \dots, P\}` },
  source: 'K. He, X. Zhang, S. Ren, J. Sun, “Deep Residual Learning for Image Recognition”, 2016, section 4.2',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training || p.padding === 0) return [x];
    const { b } = scope;
    const shift = (): typeof x => b.unary('floor', perSample(scope, -p.padding, p.padding + 1));
    return [shifted(b, x, shift(), shift(), p.padding, p.fill)];
  },
  code: {
    pytorch: (p, ins) => `nn.Identity()  # while training: torchvision.transforms.RandomCrop((${requireImage(ins).spatial.join(', ')}), padding=${p.padding}, fill=${p.fill})`,
    keras: (p, ins) => `keras.Sequential([layers.ZeroPadding2D(${p.padding}), layers.RandomCrop(${requireImage(ins).spatial.join(', ')})])`,
  },
  examples: [
    { params: { padding: 2 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { padding: 1, fill: -1 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
