/** The size of a network with blocks in it: the inside of each instance counts once, shared weights too. */
import { expect, test } from 'vitest';
import { checkGraph } from '../../../engine/graph/check.ts';
import { totalsOf } from '../../../renderer/document/totals.ts';
import { classifier } from '../../graph/documents.ts';
import { workbench } from './workbench.ts';

test('grouping changes neither the number of nodes nor that of weights; an instance more does', () => {
  const bench = workbench(classifier());
  const totals = () => totalsOf(checkGraph(bench.doc()));
  const before = totals();
  expect(before.parameters).toBeGreaterThan(0);
  expect(before.nodes).toBe(Object.keys(bench.doc().nodes).length);
  bench.select('fc1', 'relu');
  const block = bench.editing.group('Part')!;
  expect(totals()).toEqual(before);
  bench.select(block);
  bench.editing.group('Part of a part');
  expect(totals()).toEqual(before);
});
