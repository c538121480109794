/** XOR: class 1 where the coordinates' signs differ. The noise comes after the class is known, so that it blurs the borders. */
import { xorNode } from '../../nodes/data/xor.ts';
import { pointSet } from './generated.ts';

/** Without noise no point is nearer to an axis than this: the classes are apart. */
const GAP = 0.05;

export const xor = pointSet(xorNode, () => 2, ({ noise }, label, random) => {
  const side = random.chance(0.5) ? 1 : -1;
  const x = side * random.uniform(GAP, 1);
  const y = (label === 0 ? side : -side) * random.uniform(GAP, 1);
  return [random.normal(x, noise), random.normal(y, noise)];
});
