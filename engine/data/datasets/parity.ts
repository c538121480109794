/** Parity: fair bits, and whether their sum is odd. */
import { parityNode } from '../../nodes/data/parity.ts';
import { Random } from '../random.ts';
import { encodeTargets, generatedSet } from './generated.ts';

export const parity = generatedSet(parityNode, ({ length, targets }, split, count, seed) => {
  const x = new Float32Array(count * length);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const random = new Random(seed, split, i);
    let ones = 0;
    for (let t = 0; t < length; t++) ones += x[i * length + t] = random.below(2);
    labels[i] = ones % 2;
  }
  return { x: { shape: [count, length, 1], data: x }, y: encodeTargets(labels, targets, 2) };
}, () => ['even', 'odd']);
