/** PatchEmbedding: an image as a sequence of its patches, each a weighted sum of its pixels: how a vision transformer reads. */
import { type InitParams, type BiasParams, biasInit, biasParams, initParams, kerasInit, weightInit } from '../initializers.ts';
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { divisors, requireImage } from '../shapes.ts';

interface PatchEmbeddingParams extends InitParams, BiasParams {
  readonly patch: number;
  readonly dim: number;
}

function patches(p: PatchEmbeddingParams, ins: readonly TensorType[]): { readonly channels: number; readonly rows: number; readonly columns: number } {
  const { channels, spatial: [height, width] } = requireImage(ins);
  if (height % p.patch !== 0 || width % p.patch !== 0) {
    const { all: common, nearest } = divisors(p.patch, height, width);
    throw new ShapeError({
      en: `patches of ${p.patch} × ${p.patch} do not tile an image of ${height} × ${width}; use a size that divides both: ${common.join(', ')}`,
      zh: `${p.patch} × ${p.patch} 的图块不能铺满 ${height} × ${width} 的图像；请使用能同时整除两者的大小：${common.join('、')}`,
    }, { code: 'not-divisible', port: 'x', repair: { kind: 'set-param', param: 'patch', value: nearest } });
  }
  return { channels, rows: height / p.patch, columns: width / p.patch };
}

export const PatchEmbedding = defineNode<PatchEmbeddingParams>({
  type: 'PatchEmbedding',
  category: 'layer',
  title: text('Patch embedding', '图块嵌入'),
  summary: text(
    'Cuts an image into square patches and turns each into a vector: the words of a vision transformer.',
    '把图像切成方形图块，并把每块变成一个向量：视觉 Transformer 的“词”。',
  ),
  synonyms: ['vit', 'vision transformer', 'patchify', 'tokens', '视觉Transformer', '分块'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    patch: int(text('Patch size', '图块大小'), text('Side of a patch in pixels; it must divide the image.', '图块的边长（像素）；必须能整除图像的边长。'), 4, { min: 1, max: 512, prominent: true, logarithmic: true }),
    dim: int(text('Dimension', '维度'), text('Length of each vector.', '每个向量的长度。'), 64, { min: 1, max: 65536, prominent: true, logarithmic: true }),
    ...biasParams,
    ...initParams,
  },
  maths: {
    forward: String.raw`y_t = W\,\mathrm{vec}(x_{\text{patch } t}) + b`,
    backward: String.raw`\frac{\partial L}{\partial W} = \sum_{n,t} \frac{\partial L}{\partial y_{n,t}}\,\mathrm{vec}(x_{n,\text{patch } t})^\top`,
  },
  source: 'A. Dosovitskiy et al., “An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale”, 2020',
  infer(p, ins) {
    const { rows, columns } = patches(p, ins);
    return [{ shape: ['N', rows * columns, p.dim], dtype: 'f32' }];
  },
  weights(p, ins) {
    const { channels } = patches(p, ins);
    const fanIn = channels * p.patch * p.patch;
    return {
      weight: { shape: [p.dim, channels, p.patch, p.patch], init: weightInit(p, { fanIn, fanOut: p.dim * p.patch * p.patch }) },
      ...(p.bias ? { bias: { shape: [p.dim], init: biasInit(p, fanIn), noDecay: true } } : {}),
    };
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { b } = scope;
    const { channels, rows, columns } = patches(p, scope.inputTypes);
    const n = x.shape[0] ?? 1;
    const size = channels * p.patch * p.patch;
    // Patches do not overlap: laid out as rows, they are one product with the weights.
    const laid = b.reshape(b.permute(b.reshape(x, [n, channels, rows, p.patch, columns, p.patch]), [0, 2, 4, 1, 3, 5]), [n * rows * columns, size]);
    const product = b.dot(laid, b.transpose(b.reshape(scope.weight('weight'), [p.dim, size])));
    return [b.reshape(p.bias ? b.add(product, scope.weight('bias')) : product, [n, rows * columns, p.dim])];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const { rows, columns } = patches(p, scope.inputTypes);
    const y = scope.op('Conv', [x, scope.weight('weight'), ...(p.bias ? [scope.weight('bias')] : [])], { kernel_shape: [p.patch, p.patch], strides: [p.patch, p.patch] });
    return [scope.op('Transpose', [scope.op('Reshape', [y, scope.int64s([0, p.dim, rows * columns])])], { perm: [0, 2, 1] })];
  },
  code: {
    pytorch: (p, ins) => call('nn.Conv2d', [patches(p, ins).channels, p.dim, p.patch], { stride: p.patch, bias: unless(p.bias, true) }),
    pytorchCall: () => 'layer(x).flatten(2).transpose(1, 2)',
    keras(p, ins) {
      const { rows, columns } = patches(p, ins);
      return `keras.Sequential([${call('layers.Conv2D', [p.dim, p.patch], { strides: p.patch, use_bias: unless(p.bias, true), kernel_initializer: kerasInit(p) })}, layers.Reshape((${rows * columns}, ${p.dim}))])`;
    },
  },
  examples: [
    { params: { patch: 2, dim: 5 }, inputs: [{ shape: ['N', 1, 4, 6], dtype: 'f32' }] },
    { params: { patch: 3, dim: 4, bias: false }, inputs: [{ shape: ['N', 3, 3, 9], dtype: 'f32' }] },
  ],
});
