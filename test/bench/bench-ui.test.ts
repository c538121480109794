/** The parts that the benchmark of the window is made of: a document as large as it says, and figures that are what they are called. */
import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../engine/graph/check.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { largeDocument } from '../../scripts/bench-ui/large-document.mjs';
import { median, percentile } from '../../scripts/bench-ui/statistics.mjs';

describe('a large document', () => {
  test.each([14, 200, 1000])('has %i nodes, and nothing is wrong with it', (count) => {
    const { doc } = parseDocument(JSON.stringify(largeDocument(count)));
    expect(Object.keys(doc!.nodes)).toHaveLength(count);
    expect(checkGraph(doc!).problems).toEqual([]);
    const places = Object.values(doc!.nodes).map(({ position }) => `${position.x} ${position.y}`);
    expect(new Set(places).size).toBe(count);
  });
});

test('medians and percentiles', () => {
  const values = [7, 1, 3, 9, 5, 2, 8, 4, 6, 10, 17, 11, 13, 19, 15, 12, 18, 14, 16, 20];
  expect(median(values)).toBe(10.5);
  expect(median([3, 1, 2])).toBe(2);
  expect(percentile(values, 0.95)).toBe(19);
  expect(percentile(values, 1)).toBe(20);
  expect(percentile([4], 0.95)).toBe(4);
  expect(percentile([], 0.95)).toBeNaN();
});
