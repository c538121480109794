/** Spiral: Archimedean arms, turned against each other by equal angles. */
import { spiralNode } from '../../nodes/data/spiral.ts';
import { pointSet } from './generated.ts';

/** Where the arms begin, on a scale where they end at 1: at 0 all classes would meet in one point. */
const START = 0.08;

export const spiral = pointSet(spiralNode, (params) => params.classes, ({ classes, turns, noise }, label, random) => {
  const radius = random.uniform(START, 1);
  const angle = 2 * Math.PI * (turns * radius + label / classes);
  return [random.normal(radius * Math.cos(angle), noise), random.normal(radius * Math.sin(angle), noise)];
});
