/** Counts of truth against prediction. */
import type { ThresholdParams } from '../../nodes/metric/metric-parts.ts';
import { classNumbers, confusionCounts } from './classes.ts';
import { all, type MetricRule } from './metric-rule.ts';

export const confusionRule: MetricRule<ThresholdParams> = {
  sums(b, { threshold }, inputs) {
    return { device: { counts: confusionCounts(b, classNumbers(b, inputs, threshold)) }, known: {} };
  },
  result(_params, sums) {
    const data = all(sums, 'counts');
    const classes = Math.round(Math.sqrt(data.length));
    return { values: {}, table: { name: 'confusion', shape: [classes, classes], data } };
  },
};
