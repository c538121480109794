/** Circles: class 0 on the unit circle, class 1 on a smaller one inside. */
import { circlesNode } from '../../nodes/data/circles.ts';
import { pointSet } from './generated.ts';

export const circles = pointSet(circlesNode, () => 2, ({ factor, noise }, label, random) => {
  const angle = random.uniform(0, 2 * Math.PI);
  const radius = label === 0 ? 1 : factor;
  return [random.normal(radius * Math.cos(angle), noise), random.normal(radius * Math.sin(angle), noise)];
});
