/** The truth's rank among the scores: how many are higher, and of the equal ones how many come first. */
import type { TopKParams } from '../../nodes/metric/top-k-accuracy.ts';
import { oneHot } from '../../nodes/loss/loss-parts.ts';
import { elementCount } from '../../tensor/ir.ts';
import { type MetricRule, only } from './metric-rule.ts';

export const topKRule: MetricRule<TopKParams> = {
  sums(b, { k }, { prediction, target }) {
    const own = b.sum(b.select(oneHot(b, target, prediction.shape), prediction, 0), [1], true);
    const classes = b.iota(prediction.shape, 1);
    const truth = b.expand(b.reshape(b.toI32(target), own.shape), prediction.shape);
    // "Not lower or equal" instead of "higher": a score that is not a number then counts as a miss.
    const higher = b.sub(1, b.lessEqual(prediction, own));
    const equalBefore = b.mul(b.equal(prediction, own), b.less(classes, truth));
    const rank = b.sum(b.add(higher, equalBefore), [1]);
    return { device: { correct: b.sum(b.less(rank, k)) }, known: { count: elementCount(rank.shape) } };
  },
  result: ({ k }, sums) => ({ values: { [`top_${k}_accuracy`]: only(sums, 'correct') / only(sums, 'count') } }),
};
