/** The parts that the benchmark of the window is made of: a document as large as it says, and figures that are what they are called. */
import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../engine/graph/check.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import { largeDocument } from '../../scripts/bench-ui/large-document.mjs';
import { readTrace, workPerEvent } from '../../scripts/bench-ui/main-thread.mjs';
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

test("a trace's tasks are the page's own, the outer ones, and each counts for the event before it", () => {
  const main = { pid: 1, tid: 1 };
  const task = (ts: number, dur: number, tdur: number, at = main) => ({ name: 'RunTask', ph: 'X', ts: ts * 1000, dur: dur * 1000, tdur: tdur * 1000, ...at });
  const event = (ts: number) => ({ name: 'EventDispatch', ph: 'X', ts: ts * 1000, dur: 10, args: { data: { type: 'pointermove' } }, ...main });
  const trace = readTrace([
    { name: 'thread_name', ph: 'M', ...main, args: { name: 'CrRendererMain' } }, { name: 'thread_name', ph: 'M', pid: 1, tid: 2, args: { name: 'Compositor' } },
    task(10, 6, 3), task(11, 2, 1), event(12), task(30, 4, 4), task(60, 5, 5), task(0, 500, 500, { pid: 1, tid: 2 }),
    task(100, 2, 2), event(101), task(190, 7, 7),
  ]);
  const times = trace.eventTimes('pointermove');
  expect(times).toEqual([12, 101]);
  // The task at 60 lies beyond the gap, the one at 190 too.
  expect(workPerEvent(trace, times, 40)).toEqual([{ wall: 10, cpu: 7, longest: 6 }, { wall: 2, cpu: 2, longest: 2 }]);
  expect(workPerEvent(trace, times, 80)[0]).toEqual({ wall: 15, cpu: 12, longest: 6 });
});
