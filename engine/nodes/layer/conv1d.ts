/** Conv1D: filters that slide along a sequence. */
import { type TensorType, defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { requireSequence, slidingWindow } from '../shapes.ts';
import { type ConvParams, convParams, filterWeights, kerasConv, onnxPads, pytorchConv, requireGroups } from './convolution.ts';

function geometry(p: ConvParams, ins: readonly TensorType[]) {
  const { channels, length } = requireSequence(ins);
  requireGroups(p.groups, channels, p.filters);
  return { channels, ...slidingWindow([length], { size: p.kernel, stride: p.stride, dilation: p.dilation, padding: p.padding, pads: p.pads, sizeParam: 'kernel' }) };
}

export const Conv1D = defineNode<ConvParams>({
  type: 'Conv1D',
  category: 'layer',
  title: text('Conv 1D', '一维卷积'),
  summary: text(
    'Slides small trained filters along a sequence [N, channels, length]: sound, sensors, text.',
    '让可训练的小滤波器沿序列 [N, 通道, 长度] 滑动：声音、传感器、文本。',
  ),
  synonyms: ['convolution', 'temporal convolution', 'tcn', 'signal', '时序卷积', '序列卷积'],
  inputs: [inputX],
  outputs: [outputY],
  params: convParams(1),
  maths: {
    forward: String.raw`y_{n,o,i} = b_o + \sum_{c,u} w_{o,c,u}\; x_{n,\,c,\; s i + d u - p}`,
    backward: String.raw`\frac{\partial L}{\partial w_{o,c,u}} = \sum_{n,i} \frac{\partial L}{\partial y_{n,o,i}}\; x_{n,\,c,\; s i + d u - p}`,
  },
  source: 'A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. Lang, “Phoneme Recognition Using Time-Delay Neural Networks”, 1989',
  infer: (p, ins) => [{ shape: ['N', p.filters, ...geometry(p, ins).places], dtype: 'f32' }],
  weights(p, ins) {
    const { channels, window } = geometry(p, ins);
    return filterWeights(p, [p.filters, channels / p.groups, ...window.size]);
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { b } = scope;
    const y = b.conv(x, scope.weight('weight'), geometry(p, scope.inputTypes).window, p.groups);
    return [p.bias ? b.add(y, b.reshape(scope.weight('bias'), [p.filters, 1])) : y];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { window } = geometry(p, scope.inputTypes);
    return [scope.op('Conv', [x, scope.weight('weight'), ...(p.bias ? [scope.weight('bias')] : [])], {
      kernel_shape: window.size, strides: window.stride, dilations: window.dilation, pads: onnxPads(window), group: p.groups,
    })];
  },
  code: {
    pytorch(p, ins) {
      const { channels, window } = geometry(p, ins);
      return pytorchConv('Conv1d', p, channels, 1, window);
    },
    keras: (p, ins) => kerasConv('Conv1D', p, 1, geometry(p, ins).window),
  },
  examples: [
    { params: { filters: 3, padding: 'same' }, inputs: [{ shape: ['N', 2, 7], dtype: 'f32' }] },
    { params: { filters: 4, kernel: [2], stride: [2], dilation: [3], padding: 'explicit', pads: [2, 1], groups: 2, bias: false }, inputs: [{ shape: ['N', 4, 9], dtype: 'f32' }] },
  ],
});
