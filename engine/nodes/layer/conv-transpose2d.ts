/** ConvTranspose2D: a convolution read backwards, which makes images larger. */
import type { Window } from '../../tensor/ir.ts';
import { type BiasParams, type InitParams, biasParams, initParams, kerasInit } from '../initializers.ts';
import { ShapeError, type TensorType, defineNode } from '../node-type.ts';
import { ints, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, tuple, unless } from '../python.ts';
import { perAxis, requireImage } from '../shapes.ts';
import { dilationOf, filterWeights, filtersParam, groupsParam, kernelOf, onnxPads, requireGroups } from './convolution.ts';

interface ConvTransposeParams extends InitParams, BiasParams {
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** The window of the convolution that this layer is the adjoint of, and the size that it makes. */
function geometry(p: ConvTransposeParams, ins: readonly TensorType[]): { channels: number; window: Window; size: number[]; extra: number[] } {
  const { channels, spatial } = requireImage(ins);
  requireGroups(p.groups, channels, p.filters);
  const kernel = perAxis(p.kernel, 2, 'kernel');
  const stride = perAxis(p.stride, 2, 'stride');
  const padding = perAxis(p.padding, 2, 'padding');
  const extra = perAxis(p.outputPadding, 2, 'outputPadding');
  const dilation = perAxis(p.dilation, 2, 'dilation');
  const size = spatial.map((n, i) => {
    const [k = 1, s = 1, pad = 0, e = 0, d = 1] = [kernel[i], stride[i], padding[i], extra[i], dilation[i]];
    if (e >= s) {
      throw new ShapeError({ en: `'outputPadding' is ${e}, but must be below the stride ${s}: more rows than that belong to no input`, zh: `“outputPadding”是 ${e}，但必须小于步幅 ${s}：多出的行不属于任何输入` }, {
        code: 'output-padding', repair: { kind: 'set-param', param: 'outputPadding', value: [0] },
      });
    }
    const out = (n - 1) * s - 2 * pad + d * (k - 1) + e + 1;
    if (out >= 1) return out;
    throw new ShapeError({ en: `its output would have no cells: (${n} − 1)·${s} − 2·${pad} + ${d}·(${k} − 1) + ${e} + 1 = ${out}; use less padding or a larger kernel`, zh: `输出将没有单元：(${n} − 1)·${s} − 2·${pad} + ${d}·(${k} − 1) + ${e} + 1 = ${out}；请减小填充或增大卷积核` }, {
      code: 'window-too-large', port: 'x', repair: { kind: 'set-param', param: 'padding', value: [0] },
    });
  });
  const window: Window = { size: kernel, stride, padBefore: padding, padAfter: padding, dilation };
  return { channels, window, size, extra };
}

export const ConvTranspose2D = defineNode<ConvTransposeParams>({
  type: 'ConvTranspose2D',
  category: 'layer',
  title: text('Transposed conv 2D', '二维转置卷积'),
  summary: text(
    'Stamps a trained filter for every cell, which enlarges an image: decoders, generators, segmentation.',
    '为每个格子印上一个可训练的滤波器，从而放大图像：用于解码器、生成器和分割。',
  ),
  synonyms: ['deconvolution', 'fractionally strided convolution', 'upconvolution', 'decoder', '反卷积', '上采样卷积'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    filters: filtersParam,
    kernel: kernelOf(2),
    stride: ints(text('Stride', '步幅'), text('Distance between stamps in the output; 2 doubles the size.', '输出中相邻印记的间距；取 2 时尺寸加倍。'), [2], { min: 1, max: 64, minLength: 1, maxLength: 2 }),
    padding: ints(text('Padding', '填充'), text('Cells cut off from each side of the output.', '从输出每一侧裁去的格数。'), [0], { min: 0, max: 1024, minLength: 1, maxLength: 2 }),
    outputPadding: ints(text('Output padding', '输出填充'), text('Cells added behind, to reach a size that several inputs share; below the stride.', '在后侧补上的格数，用于区分对应同一输入的多种输出大小；须小于步幅。'), [0], { min: 0, max: 63, minLength: 1, maxLength: 2 }),
    dilation: dilationOf(2),
    groups: groupsParam,
    ...biasParams,
    ...initParams,
  },
  maths: {
    forward: String.raw`y_{n,o,i,j} = b_o + \sum_{c}\;\sum_{\substack{s a + d u - p = i\\ s e + d v - p = j}} w_{c,o,u,v}\; x_{n,c,a,e}`,
    backward: String.raw`\frac{\partial L}{\partial x_{n,c,a,e}} = \sum_{o,u,v} w_{c,o,u,v}\; \frac{\partial L}{\partial y_{n,\,o,\; s a + d u - p,\; s e + d v - p}}`,
  },
  source: 'M. Zeiler, D. Krishnan, G. Taylor, R. Fergus, “Deconvolutional Networks”, 2010; V. Dumoulin, F. Visin, “A guide to convolution arithmetic for deep learning”, 2016',
  infer: (p, ins) => [{ shape: ['N', p.filters, ...geometry(p, ins).size], dtype: 'f32' }],
  weights(p, ins) {
    const { channels, window } = geometry(p, ins);
    return filterWeights(p, [channels, p.filters / p.groups, ...window.size]);
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { b } = scope;
    const { window, size } = geometry(p, scope.inputTypes);
    const y = b.convInputGrad(x, scope.weight('weight'), window, p.groups, [scope.batch, p.filters, ...size]);
    return [p.bias ? b.add(y, b.reshape(scope.weight('bias'), [p.filters, 1, 1])) : y];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { window, extra } = geometry(p, scope.inputTypes);
    return [scope.op('ConvTranspose', [x, scope.weight('weight'), ...(p.bias ? [scope.weight('bias')] : [])], {
      kernel_shape: window.size, strides: window.stride, dilations: window.dilation, pads: onnxPads(window), output_padding: extra, group: p.groups,
    })];
  },
  code: {
    pytorch(p, ins) {
      const { channels, window, extra } = geometry(p, ins);
      return call('nn.ConvTranspose2d', [channels, p.filters, window.size], {
        stride: unless(window.stride, 1), padding: unless(window.padBefore, 0), output_padding: unless(extra, 0), groups: unless(p.groups, 1), bias: unless(p.bias, true), dilation: unless(window.dilation, 1),
      });
    },
    keras(p, ins) {
      const { window, extra } = geometry(p, ins);
      if (p.groups !== 1) return `# Keras has no grouped transposed convolution: split the channels into ${p.groups} parts, one layers.Conv2DTranspose each, then layers.Concatenate(axis=1)`;
      if (window.stride.some((n) => n > 1) && window.dilation.some((n) => n > 1)) {
        return `# Keras has no transposed convolution with stride and dilation at once: take a kernel of ${tuple(window.size.map((n, i) => (window.dilation[i] ?? 1) * (n - 1) + 1))} whose other weights stay zero`;
      }
      // Without an explicit output padding Keras adds rows where the stride exceeds the kernel.
      const needsExtra = extra.some((e, i) => e > 0 || (window.stride[i] ?? 1) > (window.size[i] ?? 1));
      const layer = call('layers.Conv2DTranspose', [p.filters, window.size], {
        strides: unless(window.stride, 1), output_padding: needsExtra ? tuple(extra) : undefined, data_format: "'channels_first'", dilation_rate: unless(window.dilation, 1), use_bias: unless(p.bias, true), kernel_initializer: kerasInit(p),
      });
      if (window.padBefore.every((n) => n === 0)) return layer;
      return `keras.Sequential([${layer}, ${call('layers.Cropping2D', [window.padBefore], { data_format: "'channels_first'" })}])`;
    },
  },
  examples: [
    { params: { filters: 2, kernel: [3], stride: [2], padding: [1], outputPadding: [1] }, inputs: [{ shape: ['N', 3, 4, 3], dtype: 'f32' }] },
    { params: { filters: 4, kernel: [4, 3], stride: [2, 1], padding: [1, 0], groups: 2, bias: false }, inputs: [{ shape: ['N', 2, 3, 5], dtype: 'f32' }] },
    { params: { filters: 1, kernel: [2], stride: [3], dilation: [2] }, inputs: [{ shape: ['N', 1, 3, 2], dtype: 'f32' }] },
  ],
});
