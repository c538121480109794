/** The trained scale and shift that norms end with, one pair per channel or feature. */
import type { Value } from '../../tensor/ir.ts';
import type { LowerScope, WeightSpec } from '../node-type.ts';
import { bool, float, text } from '../params.ts';

export interface NormParams {
  readonly eps: number;
  readonly affine: boolean;
}

export const epsParam = float(
  text('Epsilon', 'ε'), text('Added to the variance, so that constant input does not divide by zero.', '加在方差上的小数，避免输入恒定时除以零。'),
  1e-5, { min: 0, max: 1, exclusive: 'min', logarithmic: true },
);
export const affineParam = (on: boolean) => bool(text('Scale and shift', '缩放与平移'), text('Train a factor and an offset behind the norm.', '在归一化之后训练一个系数和一个偏移。'), on);

export function affineWeights(affine: boolean, shape: readonly number[]): Record<string, WeightSpec> {
  if (!affine) return {};
  return { weight: { shape, init: { kind: 'ones' }, noDecay: true }, bias: { shape, init: { kind: 'zeros' }, noDecay: true } };
}

/** y · weight + bias, with the weights brought to `shape` for broadcasting. */
export function scaleAndShift(scope: LowerScope, affine: boolean, y: Value, shape: readonly number[]): Value {
  if (!affine) return y;
  const { b } = scope;
  return b.add(b.mul(y, b.reshape(scope.weight('weight'), shape)), b.reshape(scope.weight('bias'), shape));
}
