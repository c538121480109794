/** MaxPool2D: the largest number of each window. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, tuple, unless } from '../python.ts';
import { padPairs } from '../shapes.ts';
import { onnxPads, torchPads } from './convolution.ts';
import { type PoolParams, fitsTorch, poolGeometry, poolParams } from './pooling.ts';

export const MaxPool2D = defineNode<PoolParams>({
  type: 'MaxPool2D',
  category: 'layer',
  title: text('Max pool 2D', '二维最大池化'),
  summary: text(
    'Keeps the largest number of each window: makes an image smaller and lets a pattern move a little.',
    '保留每个窗口中的最大值：缩小图像，并容许模式有少许位移。',
  ),
  synonyms: ['pooling', 'downsample', 'subsample', 'maximum', '池化', '下采样'],
  inputs: [inputX],
  outputs: [outputY],
  params: poolParams,
  maths: {
    forward: String.raw`y_{n,c,i,j} = \max_{u,v}\; x_{n,\,c,\; s i + u - p,\; s j + v - p}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,a,e}} = \sum_{(i,j)\,:\,(a,e)\ \text{won}} \frac{\partial L}{\partial y_{n,c,i,j}}`,
  },
  source: 'D. Scherer, A. Müller, S. Behnke, “Evaluation of Pooling Operations in Convolutional Architectures for Object Recognition”, 2010',
  infer(p, ins) {
    const { channels, places } = poolGeometry(p, ins);
    return [{ shape: ['N', channels, ...places], dtype: 'f32' }];
  },
  lower: (scope, p, [x]) => (x === undefined ? [] : [scope.b.maxPool(x, poolGeometry(p, scope.inputTypes).window)]),
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { window } = poolGeometry(p, scope.inputTypes);
    return [scope.op('MaxPool', [x], { kernel_shape: window.size, strides: window.stride, pads: onnxPads(window) })];
  },
  code: {
    pytorch(p, ins) {
      const { window } = poolGeometry(p, ins);
      const stride = p.stride.length === 0 ? undefined : window.stride;
      if (fitsTorch(window)) return call('nn.MaxPool2d', [window.size], { stride, padding: unless(window.padBefore, 0) });
      return `nn.Sequential(nn.ConstantPad2d(${tuple(torchPads(window.padBefore, window.padAfter))}, float('-inf')), ${call('nn.MaxPool2d', [window.size], { stride })})`;
    },
    keras(p, ins) {
      const { window } = poolGeometry(p, ins);
      const pool = call('layers.MaxPooling2D', [window.size], { strides: p.stride.length === 0 ? undefined : window.stride, padding: p.padding === 'same' ? "'same'" : undefined, data_format: "'channels_first'" });
      if (p.padding !== 'explicit' || p.pads.every((n) => n === 0)) return pool;
      const { before, after } = padPairs(p.pads, 2);
      const pairs = [[0, 0], [0, 0], ...before.map((n, i) => [n, after[i] ?? 0])].map((pair) => tuple(pair));
      return `keras.Sequential([layers.Lambda(lambda x: keras.ops.pad(x, (${pairs.join(', ')}), constant_values=float('-inf'))), ${pool}])`;
    },
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2, 4, 6], dtype: 'f32' }] },
    { params: { size: [3], stride: [2], padding: 'explicit', pads: [1] }, inputs: [{ shape: ['N', 3, 7, 5], dtype: 'f32' }] },
    { params: { size: [3, 2], stride: [1], padding: 'same' }, inputs: [{ shape: ['N', 1, 5, 3], dtype: 'f32' }] },
  ],
});
