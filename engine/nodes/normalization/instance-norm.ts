/** InstanceNorm: each channel of each sample is normalized by itself. */
import { normalize } from '../../tensor/composites.ts';
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { formatShape, requireFeatures, sizeOf } from '../shapes.ts';
import { type NormParams, affineParam, affineWeights, epsParam, scaleAndShift } from './affine.ts';

function requireInstances(ins: readonly TensorType[]): TensorType {
  const x = requireFeatures(ins, 3);
  const cells = x.shape.slice(2).reduce<number>((product, _, i) => product * sizeOf(x, i + 2), 1);
  if (cells > 1) return x;
  throw new ShapeError({ en: `normalizes each channel over its cells, but ${formatShape(x.shape)} has one cell per channel: all results would be 0`, zh: `在每个通道内部做归一化，但 ${formatShape(x.shape)} 每个通道只有一个单元：结果将全部为 0` }, { code: 'shape-mismatch', port: 'x' });
}

export const InstanceNorm = defineNode<NormParams>({
  type: 'InstanceNorm',
  category: 'normalization',
  title: text('Instance norm', '实例归一化'),
  summary: text(
    'Normalizes each channel of each image by itself, which takes out contrast and brightness: style transfer, image generation.',
    '对每幅图像的每个通道单独归一化，从而去除对比度和亮度：用于风格迁移和图像生成。',
  ),
  synonyms: ['instance normalization', 'contrast normalization', 'style transfer', '实例标准化', '风格迁移'],
  inputs: [inputX],
  outputs: [outputY],
  params: { eps: epsParam, affine: affineParam(false) },
  maths: {
    forward: String.raw`y = \frac{x - \mu_{n,c}}{\sqrt{\sigma_{n,c}^2 + \varepsilon}}`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{1}{\sqrt{\sigma_{n,c}^2 + \varepsilon}} \Bigl(g - \overline{g} - y\,\overline{g y}\Bigr),\qquad g = \frac{\partial L}{\partial y}`,
  },
  source: 'D. Ulyanov, A. Vedaldi, V. Lempitsky, “Instance Normalization: The Missing Ingredient for Fast Stylization”, 2016',
  infer: (_p, ins) => [{ shape: requireInstances(ins).shape, dtype: 'f32' }],
  weights: (p, ins) => affineWeights(p.affine, [sizeOf(requireInstances(ins), 1)]),
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const y = normalize(scope.b, x, x.shape.slice(2).map((_, i) => i + 2), p.eps);
    return [scaleAndShift(scope, p.affine, y, x.shape.map((n, axis) => (axis === 1 ? n : 1)))];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const channels = sizeOf(requireInstances(scope.inputTypes), 1);
    const constant = (value: number): string => scope.floats(new Array<number>(channels).fill(value), [channels]);
    const [scale, shift] = p.affine ? [scope.weight('weight'), scope.weight('bias')] : [constant(1), constant(0)];
    return [scope.op('InstanceNormalization', [x, scale, shift], { epsilon: { float: p.eps } })];
  },
  code: {
    pytorch(p, ins) {
      const x = requireInstances(ins);
      return call(`nn.InstanceNorm${Math.min(3, x.shape.length - 2)}d`, [sizeOf(x, 1)], { eps: unless(p.eps, 1e-5), affine: unless(p.affine, false) });
    },
    keras: (p) => call('layers.GroupNormalization', [], { groups: -1, axis: 1, epsilon: p.eps, center: unless(p.affine, true), scale: unless(p.affine, true) }),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
    { params: { affine: true, eps: 1e-3 }, inputs: [{ shape: ['N', 2, 5], dtype: 'f32' }] },
  ],
});
