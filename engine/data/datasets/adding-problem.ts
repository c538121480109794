/** Adding problem: numbers in [0, 1), and a mark at one place of each half. */
import { addingProblemNode } from '../../nodes/data/adding-problem.ts';
import { Random } from '../random.ts';
import { generatedSet } from './generated.ts';

export const addingProblem = generatedSet(addingProblemNode, ({ length }, split, count, seed) => {
  const x = new Float32Array(count * length * 2);
  const y = new Float32Array(count);
  const half = Math.floor(length / 2);
  for (let i = 0; i < count; i++) {
    const random = new Random(seed, split, i);
    const marked = [random.below(half), half + random.below(length - half)];
    for (let t = 0; t < length; t++) x[2 * (i * length + t)] = random.uniform();
    for (const t of marked) {
      const at = 2 * (i * length + t);
      x[at + 1] = 1;
      y[i] = (y[i] ?? 0) + (x[at] ?? 0);
    }
  }
  return { x: { shape: [count, length, 2], data: x }, y: { shape: [count, 1], data: y } };
});
