/** The rule of each metric type, by the name that documents use. */
import type { ParamValue } from '../../graph/document.ts';
import { accuracyRule } from './accuracy.ts';
import { confusionRule } from './confusion.ts';
import { maeRule, rmseRule } from './errors.ts';
import { matchAccuracyRule } from './match-accuracy.ts';
import type { MetricRule } from './metric-rule.ts';
import { precisionRecallF1Rule } from './precision-recall-f1.ts';
import { r2Rule } from './r2.ts';
import { topKRule } from './top-k.ts';

export type CheckedMetricRule = MetricRule<Readonly<Record<string, ParamValue>>>;
const rules: ReadonlyMap<string, MetricRule<never>> = new Map<string, MetricRule<never>>([
  ['Accuracy', accuracyRule], ['TopKAccuracy', topKRule], ['MatchAccuracy', matchAccuracyRule], ['PrecisionRecallF1', precisionRecallF1Rule], ['Confusion', confusionRule],
  ['MAEMetric', maeRule], ['RMSE', rmseRule], ['R2', r2Rule],
]);

export function metricRule(type: string): CheckedMetricRule {
  const rule = rules.get(type);
  if (rule === undefined) throw new Error(`metric type '${type}' has no rule; known are ${[...rules.keys()].join(', ')}`);
  return rule as unknown as CheckedMetricRule;
}
export const metricTypes = (): readonly string[] => [...rules.keys()];
