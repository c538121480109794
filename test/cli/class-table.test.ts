/** What `netloom predict` shows of a classifier. */
import { expect, test } from 'vitest';
import { classShares, classTable } from '../../engine/cli/class-table.ts';

test('logits, log-probabilities and probabilities give the same shares', () => {
  const probabilities = [0.7, 0.2, 0.1];
  expect(classShares(probabilities)).toEqual(probabilities);
  for (const shift of [0, 5]) for (const [i, share] of classShares(probabilities.map((p) => Math.log(p) + shift)).entries()) expect(share).toBeCloseTo(probabilities[i] ?? 0, 12);
  // Too large for a plain exponential.
  expect(classShares([1000, 0])).toEqual([1, 0]);
});
test('the best class comes first, with the runners-up that count', () => {
  expect(classTable([[0.05, 0.7, 0.25, 0], [0, 1, 0, 0]], (i) => ['cat', 'dog', 'owl', 'eel'][i] ?? '')).toEqual([
    'sample  class     sure  or else',
    '     0  dog     70.0 %  owl 25.0 %, cat 5.0 %',
    '     1  dog    100.0 %',
  ]);
});
