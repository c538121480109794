/** Copy memory: blank 0, symbols 1 … K, signal K + 1. */
import { copyMemoryNode, copyMemorySteps } from '../../nodes/data/copy-memory.ts';
import { Random } from '../random.ts';
import { generatedSet } from './generated.ts';

export const copyMemory = generatedSet(copyMemoryNode, (params, split, count, seed) => {
  const { length, delay, symbols } = params;
  const steps = copyMemorySteps(params);
  const x = new Int32Array(count * steps);
  const y = new Int32Array(count * steps);
  for (let i = 0; i < count; i++) {
    const random = new Random(seed, split, i);
    for (let t = 0; t < length; t++) {
      const symbol = 1 + random.below(symbols);
      x[i * steps + t] = symbol;
      y[i * steps + length + delay + t] = symbol;
    }
    x[i * steps + length + delay - 1] = symbols + 1;
  }
  return { x: { shape: [count, steps], data: x }, y: { shape: [count, steps], data: y } };
}, ({ symbols }) => ['·', ...Array.from({ length: symbols }, (_, i) => `${i + 1}`), '?']);
