/**
 * Precision, recall and F1 from confusion counts: the mean over the classes that occur in truth or
 * prediction, or class 1 alone for a single output. A ratio with nothing below the line counts as 0.
 */
import type { ThresholdParams } from '../../nodes/metric/metric-parts.ts';
import { classNumbers, confusionCounts } from './classes.ts';
import { all, type MetricRule, only } from './metric-rule.ts';

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

export const precisionRecallF1Rule: MetricRule<ThresholdParams> = {
  sums(b, { threshold }, inputs) {
    const numbers = classNumbers(b, inputs, threshold);
    // `binary` is added up over the batches like any sum; only whether it is 0 matters.
    return { device: { counts: confusionCounts(b, numbers) }, known: { binary: numbers.binary ? 1 : 0 } };
  },
  result(_params, sums) {
    const counts = all(sums, 'counts');
    const classes = Math.round(Math.sqrt(counts.length));
    const at = (row: number, column: number): number => counts[row * classes + column] ?? 0;
    const scores: { precision: number; recall: number; f1: number }[] = [];
    for (let c = only(sums, 'binary') > 0 ? 1 : 0; c < classes; c++) {
      let truths = 0;
      let predictions = 0;
      for (let other = 0; other < classes; other++) {
        truths += at(c, other);
        predictions += at(other, c);
      }
      if (truths + predictions === 0) continue;
      const hits = at(c, c);
      scores.push({ precision: ratio(hits, predictions), recall: ratio(hits, truths), f1: ratio(2 * hits, truths + predictions) });
    }
    const mean = (name: 'precision' | 'recall' | 'f1'): number => ratio(scores.reduce((sum, score) => sum + score[name], 0), scores.length);
    return { values: { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') } };
  },
};
