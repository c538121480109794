/** What nodes have in common that take a normal distribution as two wires: its means and the logarithms of its variances. */
import { type Port, ShapeError, type TensorType } from './node-type.ts';
import { text } from './params.ts';
import { formatShape, inputAt, requireFloat } from './shapes.ts';

export const NORMAL_INPUTS: readonly Port[] = [
  { name: 'mean', kind: 'tensor', title: text('Mean', '均值') },
  { name: 'logVariance', kind: 'tensor', title: text('Log-variance', '对数方差') },
];

/** The type of the means; there must be as many log-variances, in the same shape. */
export function requireNormal(ins: readonly TensorType[]): TensorType {
  const mean = inputAt(ins, 0, 'mean');
  const logVariance = inputAt(ins, 1, 'logVariance');
  requireFloat(mean, 'mean');
  requireFloat(logVariance, 'logVariance');
  if (mean.shape.length === logVariance.shape.length && mean.shape.every((n, i) => n === logVariance.shape[i])) return mean;
  throw new ShapeError({
    en: `needs a log-variance for each mean, but the mean is ${formatShape(mean.shape)} and the log-variance ${formatShape(logVariance.shape)}; wire them from two layers of the same size`,
    zh: `需要每个均值都有一个对数方差，但均值为 ${formatShape(mean.shape)}，对数方差为 ${formatShape(logVariance.shape)}；请从两个大小相同的层连线`,
  }, { port: 'logVariance' });
}
