/** Right answers over all answers. */
import type { ThresholdParams } from '../../nodes/metric/metric-parts.ts';
import { classNumbers } from './classes.ts';
import { type MetricRule, only } from './metric-rule.ts';

export const accuracyRule: MetricRule<ThresholdParams> = {
  sums(b, { threshold }, inputs) {
    const { predicted, truth, count } = classNumbers(b, inputs, threshold);
    return { device: { correct: b.sum(b.equal(predicted, truth)) }, known: { count } };
  },
  result: (_params, sums) => ({ values: { accuracy: only(sums, 'correct') / only(sums, 'count') } }),
};
