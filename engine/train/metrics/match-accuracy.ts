/** Whether each sample's own partner is among the nearest of the batch. */
import { unitRows } from '../../nodes/loss/contrastive.ts';
import { type MetricRule, only } from './metric-rule.ts';

/** Equal partners come to similarities that differ in rounding only. */
const ROUNDING = 1e-5;

export const matchAccuracyRule: MetricRule = {
  // A metric's two inputs come in the order of its ports.
  sums(b, _params, { prediction: left, target: right }) {
    const [one, other] = [unitRows(b, left), unitRows(b, right)];
    const nearest = b.reduceMax(b.dot(one, b.transpose(other)), [1]);
    const own = b.sum(b.mul(one, other), [1]);
    return { device: { correct: b.sum(b.lessEqual(nearest, b.add(own, ROUNDING))) }, known: { count: left.shape[0] ?? 0 } };
  },
  result: (_params, sums) => ({ values: { match_accuracy: only(sums, 'correct') / only(sums, 'count') } }),
};
