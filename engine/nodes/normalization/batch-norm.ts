/** BatchNorm: each channel gets the batch's mean and variance taken out; evaluation uses what was seen on average. */
import { alongChannels, moments, standardize } from '../../tensor/composites.ts';
import { elementCount } from '../../tensor/ir.ts';
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inputX, outputY } from '../ports.ts';
import { call, unless } from '../python.ts';
import { requireFeatures, sizeOf } from '../shapes.ts';
import { type NormParams, affineParam, affineWeights, epsParam, scaleAndShift } from './affine.ts';

interface BatchNormParams extends NormParams {
  readonly momentum: number;
}

export const BatchNorm = defineNode<BatchNormParams>({
  type: 'BatchNorm',
  category: 'normalization',
  title: text('Batch norm', '批归一化'),
  summary: text(
    'Normalizes each channel over the batch, which allows larger learning rates. Evaluation uses running averages, so single samples work too.',
    '在一个批次上归一化每个通道，从而允许更大的学习率。评估时使用滑动平均，因此单个样本也可以。',
  ),
  synonyms: ['batch normalization', 'bn', 'normalize', '批标准化', '批量归一化'],
  inputs: [inputX],
  outputs: [outputY],
  params: {
    eps: epsParam,
    momentum: float(
      text('Momentum', '动量'),
      text('Share of the new batch in the running averages, as in PyTorch; Keras counts the other way round (0.1 here is 0.9 there).', '新批次在滑动平均中所占的比例，与 PyTorch 相同；Keras 的含义相反（此处 0.1 即 Keras 的 0.9）。'),
      0.1, { min: 0, max: 1 },
    ),
    affine: affineParam(true),
  },
  maths: {
    forward: String.raw`y = \gamma\,\frac{x - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}} + \beta,\qquad \mu_c = \frac1m \sum x,\quad \sigma_c^2 = \frac1m \sum (x - \mu_c)^2`,
    backward: String.raw`\frac{\partial L}{\partial x} = \frac{\gamma}{\sqrt{\sigma_c^2 + \varepsilon}} \Bigl(g - \overline{g} - \hat x\,\overline{g \hat x}\Bigr),\qquad g = \frac{\partial L}{\partial y},\quad \hat x = \frac{x - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}}`,
  },
  source: 'S. Ioffe, C. Szegedy, “Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift”, 2015',
  infer(_p, ins) {
    const x = requireFeatures(ins);
    sizeOf(x, 1);
    return [{ shape: x.shape, dtype: 'f32' }];
  },
  weights(p, ins) {
    const shape = [sizeOf(requireFeatures(ins), 1)];
    return {
      ...affineWeights(p.affine, shape),
      running_mean: { shape, init: { kind: 'zeros' }, buffer: true },
      running_var: { shape, init: { kind: 'ones' }, buffer: true },
    };
  },
  lower(scope, p, [x]) {
    if (x === undefined) return [];
    const { b } = scope;
    const rank = x.shape.length;
    const channels = x.shape[1] ?? 1;
    const along = x.shape.map((_, axis) => (axis === 1 ? channels : 1));
    const runningMean = scope.weight('running_mean');
    const runningVariance = scope.weight('running_var');
    const seen = scope.training
      ? moments(b, x, x.shape.map((_, axis) => axis).filter((axis) => axis !== 1))
      : { mean: alongChannels(b, runningMean, rank), variance: alongChannels(b, runningVariance, rank) };
    const count = elementCount(x.shape) / channels;
    // A single number per channel has no variance to learn from (PyTorch refuses to train on it): the averages stay.
    if (scope.training && count > 1) {
      const blend = (old: typeof x, fresh: typeof x): typeof x => b.add(b.mul(old, 1 - p.momentum), b.mul(b.detach(b.reshape(fresh, [channels])), p.momentum));
      scope.updateBuffer('running_mean', blend(runningMean, seen.mean));
      scope.updateBuffer('running_var', blend(runningVariance, b.mul(seen.variance, count / (count - 1))));
    }
    return [scaleAndShift(scope, p.affine, standardize(b, x, seen, p.eps), along)];
  },
  onnx(scope, p, [x]) {
    if (x === undefined) return [];
    const channels = sizeOf(requireFeatures(scope.inputTypes), 1);
    const constant = (value: number): string => scope.floats(new Array<number>(channels).fill(value), [channels]);
    const [scale, shift] = p.affine ? [scope.weight('weight'), scope.weight('bias')] : [constant(1), constant(0)];
    return [scope.op('BatchNormalization', [x, scale, shift, scope.weight('running_mean'), scope.weight('running_var')], { epsilon: { float: p.eps } })];
  },
  code: {
    pytorch(p, ins) {
      const x = requireFeatures(ins);
      const dimensions = Math.min(3, Math.max(1, x.shape.length - 2));
      return call(`nn.BatchNorm${dimensions}d`, [sizeOf(x, 1)], { eps: unless(p.eps, 1e-5), momentum: unless(p.momentum, 0.1), affine: unless(p.affine, true) });
    },
    keras: (p) => call('layers.BatchNormalization', [], { axis: 1, momentum: Number((1 - p.momentum).toPrecision(12)), epsilon: p.eps, center: unless(p.affine, true), scale: unless(p.affine, true) }),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3, 5, 7], dtype: 'f32' }] },
    { params: { eps: 1e-3, momentum: 0.3 }, inputs: [{ shape: ['N', 5], dtype: 'f32' }] },
    { params: { affine: false }, inputs: [{ shape: ['N', 2, 6], dtype: 'f32' }] },
  ],
});
