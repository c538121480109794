/** LayerNorm: each sample is normalized by itself over its last axes. */
import { normalize } from '../../tensor/composites.ts';
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { formatShape, requireFeatures, sizesBehindBatch } from '../shapes.ts';
import { type NormParams, affineParam, affineWeights, epsParam, scaleAndShift } from './affine.ts';

interface LayerNormParams extends NormParams {
  readonly axes: number;
}

/** Sizes of the axes that are normalized: PyTorch's `normalized_shape`. */
function normalizedShape(p: LayerNormParams, ins: readonly TensorType[]): number[] {
  const x = requireFeatures(ins);
  const sizes = sizesBehindBatch(x);
  if (p.axes <= sizes.length) return sizes.slice(-p.axes);
  throw new ShapeError({ en: `normalizes the last ${p.axes} axes, but ${formatShape(x.shape)} has only ${sizes.length} behind the batch`, zh: `要对最后 ${p.axes} 个轴做归一化，但 ${formatShape(x.shape)} 除批次轴外只有 ${sizes.length} 个` }, {
    code: 'axis-range', port: 'x', repair: { kind: 'set-param', param: 'axes', value: sizes.length },
  });
}

export const LayerNorm = defineNode<LayerNormParams>({
  type: 'LayerNorm',
  category: 'normalization',
  title: text('Layer norm', '层归一化'),
  summary: text(
    'Normalizes each sample over its last axes, the same in training and evaluation: sequences and transformers.',
    '在每个样本的最后几个轴上归一化，训练与评估时相同：用于序列和 Transformer。',
  ),
  synonyms: ['layer normalization', 'ln', 'transformer', '层标准化'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    axes: int(text('Axes', '轴数'), text('How many of the last axes are normalized together: 1 for features, 3 for whole images.', '把最后几个轴合在一起归一化：特征取 1，整幅图像取 3。'), 1, { min: 1, max: 6 }),
    eps: epsParam,
    affine: affineParam(true),
  },
  maths: {
    forward: String.raw`y = \gamma \odot \frac{x - \mu_n}{\sqrt{\sigma_n^2 + \varepsilon}} + \beta`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{1}{\sqrt{\sigma_n^2 + \varepsilon}} \Bigl(g - \overline{g} - \hat x\,\overline{g \hat x}\Bigr),\qquad g = \gamma \odot \frac{\partial L}{\partial y}`,
  },
  source: 'J. L. Ba, J. R. Kiros, G. Hinton, “Layer Normalization”, 2016',
  infer(p, ins) {
    normalizedShape(p, ins);
    return [{ shape: requireFeatures(ins).shape, dtype: 'f32' }];
  },
  weights: (p, ins) => affineWeights(p.affine, normalizedShape(p, ins)),
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const shape = normalizedShape(p, scope.inputTypes);
    const y = normalize(scope.b, x, shape.map((_, i) => i - shape.length), p.eps);
    return [scaleAndShift(scope, p.affine, y, shape)];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const shape = normalizedShape(p, scope.inputTypes);
    const [scale, shift] = p.affine
      ? [scope.weight('weight'), scope.weight('bias')]
      : [scope.floats(new Array<number>(shape.reduce((product, n) => product * n, 1)).fill(1), shape), ''];
    return [scope.op('LayerNormalization', shift === '' ? [x, scale] : [x, scale, shift], { axis: -shape.length, epsilon: { float: p.eps } })];
  },
  code: {
    pytorch: (p, ins) => call('nn.LayerNorm', [`[${normalizedShape(p, ins).join(', ')}]`], { eps: unless(p.eps, 1e-5), elementwise_affine: unless(p.affine, true) }),
    keras: (p) => call('layers.LayerNormalization', [], {
      axis: p.axes === 1 ? undefined : `[${Array.from({ length: p.axes }, (_, i) => i - p.axes).join(', ')}]`, epsilon: p.eps, center: unless(p.affine, true), scale: unless(p.affine, true),
    }),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5, 8], dtype: 'f32' }] },
    { params: { axes: 3, eps: 1e-3 }, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
    { params: { affine: false }, inputs: [{ shape: ['N', 7], dtype: 'f32' }] },
  ],
});
