/** Conv1D: filters that slide along a sequence. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import type { ConvParams } from './convolution.ts';
import { slidingConv } from './sliding-conv.ts';

export const Conv1D = defineNode<ConvParams>({
  ...slidingConv(1),
  type: 'Conv1D',
  title: text('Conv 1D', '一维卷积'),
  summary: text(
    'Slides small trained filters along a sequence [N, channels, length]: sound, sensors, text.',
    '让可训练的小滤波器沿序列 [N, 通道, 长度] 滑动：声音、传感器、文本。',
  ),
  synonyms: ['convolution', 'temporal convolution', 'tcn', 'signal', '时序卷积', '序列卷积'],
  maths: {
    forward: String.raw`y_{n,o,i} = b_o + \sum_{c,u} w_{o,c,u}\; x_{n,\,c,\; s i + d u - p}`,
    backward: String.raw`\frac{\partial L}{\partial w_{o,c,u}} = \sum_{n,i} \frac{\partial L}{\partial y_{n,o,i}}\; x_{n,\,c,\; s i + d u - p}`,
  },
  source: 'A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. Lang, “Phoneme Recognition Using Time-Delay Neural Networks”, 1989',
  examples: [
    { params: { filters: 3, padding: 'same' }, inputs: [{ shape: ['N', 2, 7], dtype: 'f32' }] },
    { params: { filters: 4, kernel: [2], stride: [2], dilation: [3], padding: 'explicit', pads: [2, 1], groups: 2, bias: false }, inputs: [{ shape: ['N', 4, 9], dtype: 'f32' }] },
  ],
});
