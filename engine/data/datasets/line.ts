/** LineData: y = a x + b, with noise. */
import { lineNode } from '../../nodes/data/line.ts';
import { regressionSet } from './generated.ts';

export const line = regressionSet(lineNode, 1, ({ slope, intercept, noise }, random) => {
  const x = random.uniform(-1, 1);
  return { x: [x], y: random.normal(slope * x + intercept, noise) };
});
