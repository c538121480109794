/** RMSNorm: each sample is divided by the root of the mean square over its last axis. */
import { type WeightSpec, defineNode } from '../node-type.ts';
import { bool, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { requireFeatures, sizeOf } from '../shapes.ts';
import { epsParam } from './affine.ts';

interface RmsNormParams {
  readonly eps: number;
  readonly scale: boolean;
}

export const RMSNorm = defineNode<RmsNormParams>({
  type: 'RMSNorm',
  category: 'normalization',
  title: text('RMS norm', '均方根归一化'),
  summary: text(
    'Divides each sample by the root mean square of its features: layer norm without the centring, as newer transformers have it.',
    '把每个样本除以其特征的均方根：不减均值的层归一化，较新的 Transformer 采用。',
  ),
  synonyms: ['root mean square norm', 'rms', 'layer norm', 'llama', 'transformer', '均方根'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    eps: epsParam,
    scale: bool(text('Scale', '缩放'), text('Train a factor for each feature behind the norm.', '在归一化之后为每个特征训练一个系数。'), true),
  },
  maths: {
    forward: String.raw`y = \gamma \odot \frac{x}{\sqrt{\overline{x^2} + \varepsilon}}`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{1}{r} \Bigl(g - \hat x\,\overline{g \hat x}\Bigr),\qquad r = \sqrt{\overline{x^2} + \varepsilon},\quad g = \gamma \odot \frac{\partial L}{\partial y}`,
  },
  source: 'B. Zhang, R. Sennrich, “Root Mean Square Layer Normalization”, 2019',
  infer(_p, ins) {
    const x = requireFeatures(ins);
    sizeOf(x, -1);
    return [{ shape: x.shape, dtype: 'f32' }];
  },
  weights: (p, ins): Readonly<Record<string, WeightSpec>> => (p.scale ? { weight: { shape: [sizeOf(requireFeatures(ins), -1)], init: { kind: 'ones' }, noDecay: true } } : {}),
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { b } = scope;
    const y = b.mul(x, b.rsqrt(b.add(b.mean(b.square(x), [-1], true), p.eps)));
    return [p.scale ? b.mul(y, scope.weight('weight')) : y];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const square = scope.op('ReduceMean', [scope.op('Mul', [x, x])], { axes: [-1], keepdims: 1 });
    const y = scope.op('Div', [x, scope.op('Sqrt', [scope.op('Add', [square, scope.floats([p.eps], [])])])]);
    return [p.scale ? scope.op('Mul', [y, scope.weight('weight')]) : y];
  },
  code: {
    pytorch: (p, ins) => call('nn.RMSNorm', [sizeOf(requireFeatures(ins), -1)], { eps: p.eps, elementwise_affine: unless(p.scale, true) }),
    keras: (p) => (p.scale ? call('layers.RMSNormalization', [], { epsilon: p.eps }) : `x * keras.ops.rsqrt(keras.ops.mean(x * x, -1, keepdims=True) + ${p.eps})`),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 5, 8], dtype: 'f32' }] },
    { params: { scale: false, eps: 1e-3 }, inputs: [{ shape: ['N', 7], dtype: 'f32' }] },
  ],
});
