/** What a training step is said to cost: a recurrence counts every one of its steps, forward and backward. */
import { expect, test } from 'vitest';
import { stepCosts } from '../../engine/train/costs.ts';
import { makeDocument } from '../graph/documents.ts';
import { checked } from './models.ts';

const costsOf = (length: number): number => stepCosts(checked(makeDocument(
  { x: ['Input', { shape: [length, 8] }], y: ['Input', { name: 'y', shape: [], dtype: 'i32', classes: 3 }], lstm: ['LSTM', { units: 16 }], head: ['Dense', { units: 3 }], loss: ['CrossEntropy'], adam: ['Adam'] },
  ['x.y -> lstm.x', 'lstm.y -> head.x', 'head.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> adam.loss'],
))).flops['lstm'] ?? 0;

test('an LSTM costs its products at every step, and in proportion to their number', () => {
  const [batch, features, units] = [128, 8, 16];
  // Forward and two gradients of the state's product, and of the input's; x itself has no gradient.
  const products = 2 * batch * 4 * units * (3 * units + 2 * features);
  const steps = 20;
  expect(costsOf(steps)).toBeGreaterThan(steps * products);
  expect(costsOf(steps)).toBeLessThan(1.5 * steps * products);
  expect(costsOf(2 * steps) / costsOf(steps)).toBeCloseTo(2, 1);
});
