/** Moons: two half circles that reach into each other, moved so that the middle of both is the origin. */
import { moonsNode } from '../../nodes/data/moons.ts';
import { pointSet } from './generated.ts';

const MIDDLE = [0.5, 0.25] as const;

export const moons = pointSet(moonsNode, () => 2, ({ noise }, label, random) => {
  const angle = random.uniform(0, Math.PI);
  const [x, y] = label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
  return [random.normal(x - MIDDLE[0], noise), random.normal(y - MIDDLE[1], noise)];
});
