/** PlaneData: y = a x₁ + b x₂ + c, with noise. */
import { planeNode } from '../../nodes/data/plane.ts';
import { regressionSet } from './generated.ts';

export const plane = regressionSet(planeNode, 2, ({ slopeX, slopeY, intercept, range, noise }, random) => {
  const x = [random.uniform(-range, range), random.uniform(-range, range)] as const;
  return { x, y: random.normal(slopeX * x[0] + slopeY * x[1] + intercept, noise) };
});
