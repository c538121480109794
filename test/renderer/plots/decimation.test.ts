/** What is drawn of a long series is what all of its points would draw: held against plain scans. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExtentPyramid } from '../../../renderer/plots/extent-pyramid.ts';
import { nearest, polyline, polylineSize } from '../../../renderer/plots/polyline.ts';
import { Smoothed } from '../../../renderer/plots/smoothing.ts';
import { GrowingSeries } from '../../../renderer/run/series.ts';

const seriesOf = (values: readonly number[], stride = 1): GrowingSeries => {
  const series = new GrowingSeries('loss', 'train', 'step');
  values.forEach((value, i) => series.append(1 + i * stride, value));
  return series;
};
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });

describe('the pyramid of extents', () => {
  it('finds smallest and largest of any stretch, also while it grows', () => {
    fc.assert(fc.property(fc.array(float, { minLength: 1, maxLength: 700 }), fc.nat(), fc.nat(), fc.nat(), (values, grownAt, a, b) => {
      const series = new GrowingSeries('loss', 'train', 'step');
      const pyramid = new ExtentPyramid(series);
      values.forEach((value, i) => {
        series.append(i + 1, value);
        if (i === grownAt % values.length) pyramid.update();
      });
      pyramid.update();
      const [from, to] = [a % (values.length + 1), b % (values.length + 1)].toSorted((p, q) => p - q) as [number, number];
      pyramid.measure(from, to);
      const part = [...series.y.subarray(from, to)];
      expect([pyramid.min, pyramid.max]).toEqual([Math.min(...part), Math.max(...part)]);
    }), { numRuns: 500 });
  });

  it('forgets what was cut off', () => {
    const series = seriesOf(Array.from({ length: 600 }, (_, i) => i));
    const pyramid = new ExtentPyramid(series);
    pyramid.update();
    series.append(100, -7);
    pyramid.update();
    pyramid.measure(0, series.length);
    expect([pyramid.min, pyramid.max, series.length]).toEqual([-7, 98, 100]);
  });

  it('passes over what is no number', () => {
    const series = seriesOf([...Array.from({ length: 40 }, () => Number.NaN), 3, Number.NaN, 5]);
    const pyramid = new ExtentPyramid(series);
    pyramid.update();
    pyramid.measure(0, series.length);
    expect([pyramid.min, pyramid.max]).toEqual([3, 5]);
  });
});

describe('the line that is drawn', () => {
  it('has first, smallest, largest and last of every column of pixels', () => {
    fc.assert(fc.property(fc.array(float, { minLength: 200, maxLength: 1500 }), fc.integer({ min: 5, max: 40 }), fc.double({ min: 0, max: 0.45, noNaN: true }), fc.double({ min: 0.55, max: 1, noNaN: true }), (values, columns, start, end) => {
      const series = seriesOf(values);
      const pyramid = new ExtentPyramid(series);
      pyramid.update();
      const from = 1 + start * values.length;
      const to = 1 + end * values.length;
      const out = new Float64Array(polylineSize(columns));
      const count = polyline(series, pyramid, from, to, columns, out);
      expect(count * 2).toBeLessThanOrEqual(out.length);
      const drawn = Array.from({ length: count }, (_, i) => ({ x: out[i * 2]!, y: out[i * 2 + 1]! }));
      for (let i = 1; i < count; i++) expect(drawn[i]!.x).toBeGreaterThanOrEqual(drawn[i - 1]!.x);
      const width = (to - from) / columns;
      for (let column = 0; column < columns; column++) {
        const isIn = (x: number): boolean => x >= from + column * width && (column === columns - 1 ? x <= to : x < from + (column + 1) * width);
        const all = [...series.y.subarray(0, series.length)].filter((_, i) => isIn(series.x[i]!));
        const seen = drawn.filter(({ x }) => isIn(x)).map(({ y }) => y);
        if (all.length === 0) continue;
        expect([seen[0], Math.min(...seen), Math.max(...seen), seen.at(-1)]).toEqual([all[0], Math.min(...all), Math.max(...all), all.at(-1)]);
      }
    }), { numRuns: 200 });
  });

  it('enters and leaves the plot from the points beside it', () => {
    const series = seriesOf(Array.from({ length: 5000 }, (_, i) => i));
    const pyramid = new ExtentPyramid(series);
    pyramid.update();
    const out = new Float64Array(polylineSize(50));
    const count = polyline(series, pyramid, 1000.5, 4000.5, 50, out);
    expect([out[0], out[(count - 1) * 2]]).toEqual([1000, 4001]);
    const few = polyline(series, pyramid, 1000.5, 1010.5, 50, out);
    expect([few, out[0], out[(few - 1) * 2]]).toEqual([12, 1000, 1011]);
  });

  it('draws a stretch of a million points within a fraction of a frame', () => {
    const series = new GrowingSeries('loss', 'train', 'step');
    for (let i = 1; i <= 1_000_000; i++) series.append(i, Math.sin(i / 5000) + ((i * 7919) % 1000) / 3000);
    const pyramid = new ExtentPyramid(series);
    pyramid.update();
    const out = new Float64Array(polylineSize(2000));
    const frames = 60;
    // Time of this process alone: the machine may be busy with others.
    const began = process.cpuUsage();
    for (let i = 0; i < frames; i++) {
      polyline(series, pyramid, i * 5000, 500_000 + i * 5000, 2000, out);
      pyramid.measure(i * 5000, 500_000 + i * 5000);
    }
    const { user, system } = process.cpuUsage(began);
    // 1.3 ms on the machine that this was written on; a frame has 16.
    expect((user + system) / 1000 / frames).toBeLessThan(8);
  });

  it('knows the sample beside a place', () => {
    const series = seriesOf([1, 2, 3, 4], 10);
    expect([-5, 5, 7, 12, 500].map((at) => nearest(series, at))).toEqual([0, 0, 1, 1, 3]);
    expect(nearest(new GrowingSeries('a', 'train', 'step'), 3)).toBe(-1);
  });
});

describe('smoothing', () => {
  it('is the weighted mean of the past, its weights falling by one factor', () => {
    fc.assert(fc.property(fc.array(float, { minLength: 1, maxLength: 80 }), fc.double({ min: 0.05, max: 0.99, noNaN: true }), fc.nat(), (values, weight, grownAt) => {
      const series = new GrowingSeries('loss', 'train', 'step');
      const smoothed = new Smoothed(series, weight);
      values.forEach((value, i) => {
        series.append(i + 1, value);
        if (i === grownAt % values.length) smoothed.update();
      });
      smoothed.update();
      series.y.subarray(0, series.length).forEach((_, last) => {
        let sum = 0;
        let weights = 0;
        for (let i = 0; i <= last; i++) {
          sum += series.y[i]! * weight ** (last - i);
          weights += weight ** (last - i);
        }
        expect(smoothed.y[last]).toBeCloseTo(sum / weights, 2);
      });
    }));
  });

  it('begins anew when the series went back', () => {
    const series = seriesOf([1, 1, 1, 100, 100]);
    const smoothed = new Smoothed(series, 0.9);
    smoothed.update();
    series.append(4, 1);
    smoothed.update();
    expect([smoothed.length, smoothed.rewinds]).toEqual([4, 1]);
    expect(smoothed.y[3]).toBeCloseTo(1, 6);
  });
});
