/** Random flip: pictures mirrored at random while training. */
import { defineNode } from '../node-type.ts';
import { choice, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireImage } from '../shapes.ts';
import { happens, probabilityParam } from './augmentation.ts';

interface FlipParams {
  readonly direction: 'horizontal' | 'vertical' | 'both';
  readonly probability: number;
}

export const RandomFlip = defineNode<FlipParams>({
  type: 'RandomFlip',
  category: 'augmentation',
  title: text('Random flip', '随机翻转'),
  summary: text('Mirrors some of the pictures at each training step: right for photographs, wrong for letters and digits. Passes them on in evaluation.', '每个训练步随机镜像一部分图像：适合照片，不适合字母和数字。评估时原样通过。'),
  synonyms: ['mirror', 'horizontal flip', 'vertical flip', 'augmentation', '镜像', '水平翻转', '垂直翻转'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    direction: choice(text('Direction', '方向'), text('Horizontal swaps left and right, vertical top and bottom.', '水平：左右互换；垂直：上下互换。'), 'horizontal', {
      horizontal: text('Horizontal', '水平'), vertical: text('Vertical', '垂直'), both: text('Both, each on its own', '两者，各自独立'),
    }, { prominent: true }),
    probability: probabilityParam(0.5),
  },
  maths: { forward: String.raw`y_{nchw} = \begin{cases} x_{nch(W-1-w)} & u_n < p\\ x_{nchw} & \text{else}\end{cases},\qquad u_n \sim \mathcal U(0, 1)` },
  source: 'A. Krizhevsky, I. Sutskever, G. E. Hinton, “ImageNet Classification with Deep Convolutional Neural Networks”, 2012',
  infer: (_p, ins) => [requireImage(ins).type],
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    if (!scope.training) return [x];
    const { b } = scope;
    const flipped = (image: typeof x, axis: number): typeof x => b.select(happens(scope, p.probability), b.flip(image, [axis]), image);
    const sideways = p.direction === 'vertical' ? x : flipped(x, 3);
    return [p.direction === 'horizontal' ? sideways : flipped(sideways, 2)];
  },
  code: {
    pytorch: (p) => `nn.Identity()  # while training: ${[...(p.direction === 'vertical' ? [] : ['RandomHorizontalFlip']), ...(p.direction === 'horizontal' ? [] : ['RandomVerticalFlip'])].map((name) => `torchvision.transforms.${name}(${p.probability})`).join(', ')}`,
    keras: (p) => `layers.RandomFlip('${p.direction === 'both' ? 'horizontal_and_vertical' : p.direction}')`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { direction: 'both' }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
  ],
});
