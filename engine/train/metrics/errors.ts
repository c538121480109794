/** Mean absolute and root mean squared error. */
import { alignTarget } from '../../nodes/loss/loss-parts.ts';
import type { Builder } from '../../tensor/builder.ts';
import { elementCount, type Value } from '../../tensor/ir.ts';
import { type MetricInputs, type MetricRule, only } from './metric-rule.ts';

type NoParams = Readonly<Record<never, never>>;
const difference = (b: Builder, { prediction, target }: MetricInputs): Value => b.sub(prediction, alignTarget(b, prediction, target));

export const maeRule: MetricRule<NoParams> = {
  sums: (b, _params, inputs) => ({ device: { total: b.sum(b.abs(difference(b, inputs))) }, known: { count: elementCount(inputs.prediction.shape) } }),
  result: (_params, sums) => ({ values: { mae: only(sums, 'total') / only(sums, 'count') } }),
};

export const rmseRule: MetricRule<NoParams> = {
  sums: (b, _params, inputs) => ({ device: { total: b.sum(b.square(difference(b, inputs))) }, known: { count: elementCount(inputs.prediction.shape) } }),
  result: (_params, sums) => ({ values: { rmse: Math.sqrt(only(sums, 'total') / only(sums, 'count')) } }),
};
