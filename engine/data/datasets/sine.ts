/** SineData: y = A sin(2π f x + φ), with noise. */
import { sineNode } from '../../nodes/data/sine.ts';
import { regressionSet } from './generated.ts';

export const sine = regressionSet(sineNode, 1, ({ amplitude, frequency, phase, noise }, random) => {
  const x = random.uniform(-1, 1);
  return { x: [x], y: random.normal(amplitude * Math.sin(2 * Math.PI * frequency * x + phase), noise) };
});
