/**
 * What of a series can be seen in a plot of so many columns of pixels: of each column its first, smallest,
 * largest and last value, joined up (Jugel et al. 2014, "M4"). That draws the same pixels as all the
 * points would, at a cost that hangs on the width of the plot alone.
 */
import { lowerBound } from '../run/series.ts';
import type { ExtentPyramid, Numbers } from './extent-pyramid.ts';

/** Numbers (x, y alternating) that `polyline` may write. */
export const polylineSize = (columns: number): number => (columns * 4 + 4) * 2;

/**
 * Writes points between `from` and `to` (in the x of the series), and one beyond at each end, so that the
 * line enters and leaves the plot. Returns how many points; the pyramid must be up to date.
 */
export function polyline(numbers: Numbers, pyramid: ExtentPyramid, from: number, to: number, columns: number, out: Float64Array): number {
  const { x, y, length } = numbers;
  const first = Math.max(0, lowerBound(x, length, from) - 1);
  // The first one at or beyond `to` belongs to it.
  const end = Math.min(length, lowerBound(x, length, to) + 1);
  let points = 0;
  const put = (px: number, py: number): void => {
    out[points * 2] = px;
    out[points * 2 + 1] = py;
    points += 1;
  };
  if (end - first <= columns * 3) {
    for (let i = first; i < end; i++) put(x[i]!, y[i]!);
    return points;
  }
  const width = (to - from) / columns;
  let index = first;
  if (x[first]! < from) put(x[first]!, y[index++]!);
  const inside = x[end - 1]! > to ? end - 1 : end;
  for (let column = 0; column < columns && index < inside; column++) {
    const edge = column === columns - 1 ? inside : indexFrom(x, index, inside, from + (column + 1) * width);
    if (edge === index) continue;
    put(x[index]!, y[index]!);
    if (edge - index > 2) {
      pyramid.measure(index, edge);
      const middle = (x[index]! + x[edge - 1]!) / 2;
      // Whichever leads on from the first value: the column looks the same, the joins are shorter.
      const rises = y[index]! - pyramid.min < pyramid.max - y[index]!;
      put(middle, rises ? pyramid.min : pyramid.max);
      put(middle, rises ? pyramid.max : pyramid.min);
    }
    if (edge - index > 1) put(x[edge - 1]!, y[edge - 1]!);
    index = edge;
  }
  if (inside < end) put(x[inside]!, y[inside]!);
  return points;
}

/** Like lowerBound, but from a place that is near: steps that double. */
function indexFrom(x: Float64Array, start: number, end: number, value: number): number {
  let step = 1;
  let low = start;
  while (low + step < end && x[low + step]! < value) {
    low += step;
    step *= 2;
  }
  let high = Math.min(end, low + step);
  if (x[low]! >= value) return low;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sample next to `at`; -1 for an empty series. */
export function nearest({ x, length }: Numbers, at: number): number {
  const right = lowerBound(x, length, at);
  if (right >= length) return length - 1;
  return right > 0 && at - x[right - 1]! < x[right]! - at ? right - 1 : right;
}
