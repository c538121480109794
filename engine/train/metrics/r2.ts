/**
 * R²: batches give mean and squared deviations of the target, merged without cancellation (Chan,
 * Golub & LeVeque, “Updating Formulae and a Pairwise Algorithm for Computing Sample Variances”, 1979).
 */
import { alignTarget } from '../../nodes/loss/loss-parts.ts';
import { elementCount } from '../../tensor/ir.ts';
import { all, type MetricRule, only } from './metric-rule.ts';

export const r2Rule: MetricRule<Readonly<Record<never, never>>> = {
  sums(b, _params, { prediction, target }) {
    const rows = prediction.shape[0] ?? 1;
    const shape = [rows, elementCount(prediction.shape) / rows];
    const x = b.reshape(prediction, shape);
    const t = b.reshape(alignTarget(b, prediction, target), shape);
    const mean = b.mean(t, [0], true);
    return {
      device: { mean: b.reshape(mean, [shape[1] ?? 1]), deviations: b.sum(b.square(b.sub(t, mean)), [0]), residuals: b.sum(b.square(b.sub(t, x)), [0]) },
      known: { count: rows },
    };
  },
  merge(a, b) {
    const countA = only(a, 'count');
    const countB = only(b, 'count');
    const count = countA + countB;
    const meanA = all(a, 'mean');
    const meanB = all(b, 'mean');
    const pair = (name: string, f: (x: number, y: number, i: number) => number): number[] => all(a, name).map((x, i) => f(x, all(b, name)[i] ?? 0, i));
    return {
      count: [count],
      mean: pair('mean', (x, y) => x + ((y - x) * countB) / count),
      deviations: pair('deviations', (x, y, i) => x + y + (((meanB[i] ?? 0) - (meanA[i] ?? 0)) ** 2 * countA * countB) / count),
      residuals: pair('residuals', (x, y) => x + y),
    };
  },
  result(_params, sums) {
    const residuals = all(sums, 'residuals');
    const deviations = all(sums, 'deviations');
    // A constant target has nothing to explain: 1 when it is met, else 0 (scikit-learn's convention).
    const scores = residuals.map((residual, i) => {
      const deviation = deviations[i] ?? 0;
      return deviation > 0 ? 1 - residual / deviation : residual === 0 ? 1 : 0;
    });
    return { values: { r2: scores.reduce((sum, score) => sum + score, 0) / scores.length } };
  },
};
