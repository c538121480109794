/** Right answers over all answers. */
import { countedPlaces } from '../../nodes/loss/loss-parts.ts';
import type { AccuracyParams } from '../../nodes/metric/accuracy.ts';
import type { Value } from '../../tensor/ir.ts';
import { classNumbers } from './classes.ts';
import { type MetricRule, only } from './metric-rule.ts';

export const accuracyRule: MetricRule<AccuracyParams> = {
  sums(b, { threshold, ignoreIndex }, inputs) {
    const { predicted, truth, count } = classNumbers(b, inputs, threshold);
    const right = b.equal(predicted, truth);
    const device: Record<string, Value> = {};
    const known: Record<string, number> = {};
    if (ignoreIndex === null) {
      device['correct'] = b.sum(right);
      known['count'] = count;
    } else {
      const counted = countedPlaces(b, truth, ignoreIndex);
      device['correct'] = b.sum(b.mul(right, counted));
      device['count'] = b.sum(counted);
    }
    return { device, known };
  },
  result: (_params, sums) => ({ values: { accuracy: only(sums, 'correct') / only(sums, 'count') } }),
};
