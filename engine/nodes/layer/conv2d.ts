/** Conv2D: the same small filters slide over an image. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import type { ConvParams } from './convolution.ts';
import { slidingConv } from './sliding-conv.ts';

export const Conv2D = defineNode<ConvParams>({
  ...slidingConv(2),
  type: 'Conv2D',
  title: text('Conv 2D', '二维卷积'),
  summary: text(
    'Slides small trained filters over an image and tells where each pattern is. Few weights, and a pattern is found wherever it lies.',
    '让可训练的小滤波器在图像上滑动，指出每种模式出现在哪里。权重少，且模式无论在何处都能被找到。',
  ),
  synonyms: ['convolution', 'conv', 'cnn', 'filter', 'depthwise', '卷积层', '滤波器', '深度卷积'],
  maths: {
    forward: String.raw`y_{n,o,i,j} = b_o + \sum_{c,u,v} w_{o,c,u,v}\; x_{n,\,c,\; s i + d u - p,\; s j + d v - p}`,
    backward: String.raw`\frac{\partial L}{\partial w_{o,c,u,v}} = \sum_{n,i,j} \frac{\partial L}{\partial y_{n,o,i,j}}\; x_{n,\,c,\; s i + d u - p,\; s j + d v - p},\qquad \frac{\partial L}{\partial b_o} = \sum_{n,i,j} \frac{\partial L}{\partial y_{n,o,i,j}}`,
  },
  source: 'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, “Gradient-Based Learning Applied to Document Recognition”, 1998; dilation: F. Yu, V. Koltun, “Multi-Scale Context Aggregation by Dilated Convolutions”, 2016',
  examples: [
    { params: { filters: 3, padding: 'same' }, inputs: [{ shape: ['N', 2, 5, 7], dtype: 'f32' }] },
    { params: { filters: 4, kernel: [3, 2], stride: [2, 1], padding: 'explicit', pads: [1, 0], groups: 2 }, inputs: [{ shape: ['N', 4, 7, 5], dtype: 'f32' }] },
    { params: { filters: 3, kernel: [4], padding: 'same', bias: false }, inputs: [{ shape: ['N', 1, 6, 5], dtype: 'f32' }] },
    { params: { filters: 2, kernel: [3], dilation: [2], stride: [2], padding: 'explicit', pads: [0, 1, 2, 3] }, inputs: [{ shape: ['N', 3, 7, 6], dtype: 'f32' }] },
  ],
});
