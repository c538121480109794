/** AvgPool2D: the mean of each window. */
import { averagePool } from '../../tensor/composites.ts';
import { defineNode } from '../node-type.ts';
import { bool, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, tuple, unless } from '../python.ts';
import { padPairs } from '../shapes.ts';
import { onnxPads, torchPads } from './convolution.ts';
import { type PoolGeometry, type PoolParams, fitsTorch, poolGeometry, poolParams } from './pooling.ts';

interface AvgPoolParams extends PoolParams {
  readonly countIncludePad: boolean;
}

const isPadded = ({ window }: PoolGeometry): boolean => [...window.padBefore, ...window.padAfter].some((n) => n > 0);

export const AvgPool2D = defineNode<AvgPoolParams>({
  type: 'AvgPool2D',
  category: 'layer',
  title: text('Average pool 2D', '二维平均池化'),
  summary: text(
    'Takes the mean of each window: makes an image smaller and smoother.',
    '取每个窗口的平均值：使图像更小、更平滑。',
  ),
  synonyms: ['pooling', 'mean pool', 'downsample', 'subsample', '池化', '均值池化', '下采样'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    ...poolParams,
    countIncludePad: bool(
      text('Count padding', '计入填充'),
      text('Divide by the whole window even where it covers padding (PyTorch\'s habit). Off: divide by the cells of the input that it sees (Keras\'s habit).', '即使窗口覆盖了填充，也除以整个窗口的大小（PyTorch 的习惯）。关闭时只除以实际看到的输入格数（Keras 的习惯）。'),
      true,
      { when: (p) => p['padding'] !== 'valid' },
    ),
  },
  maths: {
    forward: String.raw`y_{n,c,i,j} = \frac{1}{|W_{ij}|} \sum_{u,v} x_{n,\,c,\; s i + u - p,\; s j + v - p}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,a,e}} = \sum_{(i,j)\,:\,(a,e) \in W_{ij}} \frac{1}{|W_{ij}|}\,\frac{\partial L}{\partial y_{n,c,i,j}}`,
  },
  source: 'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, “Gradient-Based Learning Applied to Document Recognition”, 1998',
  infer(p, ins) {
    const { channels, places } = poolGeometry(p, ins);
    return [{ shape: ['N', channels, ...places], dtype: 'f32' }];
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    return [averagePool(scope.b, x, poolGeometry(p, scope.inputTypes).window, p.countIncludePad)];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { window } = poolGeometry(p, scope.inputTypes);
    return [scope.op('AveragePool', [x], { kernel_shape: window.size, strides: window.stride, pads: onnxPads(window), count_include_pad: p.countIncludePad ? 1 : 0 })];
  },
  code: {
    pytorch(p, ins) {
      const geometry = poolGeometry(p, ins);
      const { window } = geometry;
      const stride = p.stride.length === 0 ? undefined : window.stride;
      if (fitsTorch(window)) return call('nn.AvgPool2d', [window.size], { stride, padding: unless(window.padBefore, 0), count_include_pad: isPadded(geometry) ? unless(p.countIncludePad, true) : undefined });
      const pads = tuple(torchPads(window.padBefore, window.padAfter));
      const pool = (of: string): string => call('F.avg_pool2d', [`F.pad(${of}, ${pads})`, window.size], { stride });
      return p.countIncludePad ? pool('x') : `${pool('x')} / ${pool('torch.ones_like(x)')}`;
    },
    keras(p, ins) {
      const geometry = poolGeometry(p, ins);
      const { window } = geometry;
      const options = { strides: p.stride.length === 0 ? undefined : window.stride, data_format: "'channels_first'" };
      if (!isPadded(geometry)) return call('layers.AveragePooling2D', [window.size], options);
      if (p.padding === 'same' && !p.countIncludePad) return call('layers.AveragePooling2D', [window.size], { ...options, padding: "'same'" });
      const { before, after } = p.padding === 'explicit' ? padPairs(p.pads, 2) : { before: window.padBefore, after: window.padAfter };
      const pad = call('layers.ZeroPadding2D', [`(${before.map((n, i) => tuple([n, after[i] ?? 0])).join(', ')})`], { data_format: "'channels_first'" });
      const pool = call('layers.AveragePooling2D', [window.size], options);
      if (p.countIncludePad) return `keras.Sequential([${pad}, ${pool}])`;
      return `${pool}(${pad}(x)) / ${pool}(${pad}(keras.ops.ones_like(x)))`;
    },
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 2, 4, 6], dtype: 'f32' }] },
    { params: { size: [3], stride: [2], padding: 'explicit', pads: [1] }, inputs: [{ shape: ['N', 3, 7, 5], dtype: 'f32' }] },
    { params: { size: [3, 2], stride: [2], padding: 'same', countIncludePad: false }, inputs: [{ shape: ['N', 1, 5, 7], dtype: 'f32' }] },
  ],
});
