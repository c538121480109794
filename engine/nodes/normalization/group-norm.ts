/** GroupNorm: each sample is normalized by itself over groups of channels. */
import { groupNormalize } from '../../tensor/composites.ts';
import { type TensorType, ShapeError, defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import type { OnnxScope } from '../onnx-scope.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { requireFeatures, sizeOf } from '../shapes.ts';
import { type NormParams, affineParam, affineWeights, epsParam, scaleAndShift } from './affine.ts';

interface GroupNormParams extends NormParams {
  readonly groups: number;
}

function requireChannels(p: GroupNormParams, ins: readonly TensorType[]): { readonly type: TensorType; readonly channels: number } {
  const type = requireFeatures(ins);
  const channels = sizeOf(type, 1);
  if (channels % p.groups === 0) return { type, channels };
  throw new ShapeError({ en: `${channels} channels do not split into ${p.groups} groups: ${channels} / ${p.groups} = ${(channels / p.groups).toFixed(2)}`, zh: ` ${channels} 个通道不能平均分成 ${p.groups} 组：${channels} / ${p.groups} = ${(channels / p.groups).toFixed(2)}` }, {
    code: 'groups', port: 'x', repair: { kind: 'set-param', param: 'groups', value: largestDivisor(channels, p.groups) },
  });
}

function largestDivisor(count: number, limit: number): number {
  for (let n = Math.min(count, limit); n > 1; n--) if (count % n === 0) return n;
  return 1;
}

/** Opset 17 has no group norm: instance norm over the groups, as if each were a channel. */
function onnxGroupNorm(scope: OnnxScope, p: GroupNormParams, x: string): string {
  const { type, channels } = requireChannels(p, scope.inputTypes);
  const behind = type.shape.slice(2).map((_, i) => sizeOf(type, i + 2));
  const constant = (value: number): string => scope.floats(new Array<number>(p.groups).fill(value), [p.groups]);
  const grouped = scope.op('Reshape', [x, scope.int64s([0, p.groups, -1])]);
  const normalized = scope.op('InstanceNormalization', [grouped, constant(1), constant(0)], { epsilon: { float: p.eps } });
  const y = scope.op('Reshape', [normalized, scope.int64s([-1, channels, ...behind])]);
  if (!p.affine) return y;
  const along = (name: string): string => scope.op('Reshape', [scope.weight(name), scope.int64s([channels, ...behind.map(() => 1)])]);
  return scope.op('Add', [scope.op('Mul', [y, along('weight')]), along('bias')]);
}

export const GroupNorm = defineNode<GroupNormParams>({
  type: 'GroupNorm',
  category: 'normalization',
  title: text('Group norm', '组归一化'),
  summary: text(
    'Normalizes each sample over groups of channels. A stand-in for batch norm where batches are small.',
    '在每个样本的通道分组上归一化。批次很小时可代替批归一化。',
  ),
  synonyms: ['group normalization', 'gn', 'normalize', '分组归一化'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    groups: int(text('Groups', '分组数'), text('Channels are split into this many groups; 1 normalizes all channels together.', '把通道分成这么多组；1 表示所有通道一起归一化。'), 8, { min: 1, max: 65536, prominent: true }),
    eps: epsParam,
    affine: affineParam(true),
  },
  maths: {
    forward: String.raw`y = \gamma_c\,\frac{x - \mu_{n,g}}{\sqrt{\sigma_{n,g}^2 + \varepsilon}} + \beta_c,\qquad g = \Bigl\lfloor \frac{c\,G}{C} \Bigr\rfloor`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{1}{\sqrt{\sigma_{n,g}^2 + \varepsilon}} \Bigl(h - \overline{h} - \hat x\,\overline{h \hat x}\Bigr),\qquad h = \gamma_c \frac{\partial L}{\partial y}`,
  },
  source: 'Y. Wu, K. He, “Group Normalization”, 2018',
  infer: (p, ins) => [{ shape: requireChannels(p, ins).type.shape, dtype: 'f32' }],
  weights: (p, ins) => affineWeights(p.affine, [requireChannels(p, ins).channels]),
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    return [scaleAndShift(scope, p.affine, groupNormalize(scope.b, x, p.groups, p.eps), x.shape.map((n, axis) => (axis === 1 ? n : 1)))];
  },
  onnx: (scope, p, [x]) => (x === undefined ? [] : [onnxGroupNorm(scope, p, x)]),
  code: {
    pytorch: (p, ins) => call('nn.GroupNorm', [p.groups, requireChannels(p, ins).channels], { eps: unless(p.eps, 1e-5), affine: unless(p.affine, true) }),
    keras: (p) => call('layers.GroupNormalization', [p.groups], { axis: 1, epsilon: p.eps, center: unless(p.affine, true), scale: unless(p.affine, true) }),
  },
  examples: [
    { params: { groups: 2 }, inputs: [{ shape: ['N', 4, 3, 5], dtype: 'f32' }] },
    { params: { groups: 3, affine: false }, inputs: [{ shape: ['N', 9], dtype: 'f32' }] },
    { params: { groups: 1, eps: 1e-3 }, inputs: [{ shape: ['N', 3, 7], dtype: 'f32' }] },
  ],
});
