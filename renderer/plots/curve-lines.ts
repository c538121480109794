/** Which charts there are and which lines stand in each: runs, metrics and splits, without anything of how they are drawn. */
import type { RunId } from '../../engine/protocol.ts';
import { stepsPerEpoch } from '../run/run-facts.ts';
import type { RunRecord } from '../run/run-store.ts';
import { type RunSeries, type Series, type SeriesSplit, LEARNING_RATE, lowerBound } from '../run/series.ts';
import { ExtentPyramid, type Numbers } from './extent-pyramid.ts';
import { polyline } from './polyline.ts';
import { Smoothed } from './smoothing.ts';

export type XAxis = 'step' | 'epoch';

export interface Line {
  readonly run: RunId;
  /** Index into the colours of runs. */
  readonly color: number;
  readonly split: SeriesSplit;
  readonly series: Series;
  /** From the series' x, a step, to that of the chart. */
  readonly scale: number;
  readonly curve: Curve;
}
export interface Chart {
  /** The metric's name. */
  readonly key: string;
  readonly lines: readonly Line[];
}

/** A series with what is needed to draw it fast, kept as long as the series itself. */
export class Curve {
  readonly raw: Numbers;
  readonly #rawPyramid: ExtentPyramid;
  #smoothed: { readonly numbers: Smoothed; readonly pyramid: ExtentPyramid } | undefined;
  /** Points per epoch are few and mean what they say. */
  readonly canSmooth: boolean;

  constructor(series: Series) {
    this.raw = series;
    this.#rawPyramid = new ExtentPyramid(series);
    this.canSmooth = series.per === 'step' && !series.name.startsWith(LEARNING_RATE);
  }

  /** Takes in new points. `weight` 0 is no smoothing. */
  update(weight: number): void {
    this.#rawPyramid.update();
    if (weight <= 0 || !this.canSmooth) {
      this.#smoothed = undefined;
      return;
    }
    if (this.#smoothed?.numbers.weight !== weight) {
      const numbers = new Smoothed(this.raw, weight);
      this.#smoothed = { numbers, pyramid: new ExtentPyramid(numbers) };
    }
    this.#smoothed.numbers.update();
    this.#smoothed.pyramid.update();
  }

  get isSmoothed(): boolean { return this.#smoothed !== undefined; }
  /** What is drawn in full and told in the legend. */
  get shown(): Numbers { return this.#smoothed?.numbers ?? this.raw; }

  /** Points of the raw or the shown line; see `polyline`. */
  points(which: 'raw' | 'shown', from: number, to: number, columns: number, out: Float64Array): number {
    return which === 'shown' && this.#smoothed !== undefined
      ? polyline(this.#smoothed.numbers, this.#smoothed.pyramid, from, to, columns, out)
      : polyline(this.raw, this.#rawPyramid, from, to, columns, out);
  }
  /** Range of the raw values between two indices. */
  extent(from: number, to: number): readonly [number, number] {
    this.#rawPyramid.measure(from, to);
    return [this.#rawPyramid.min, this.#rawPyramid.max];
  }
}

const curves = new WeakMap<Series, Curve>();
function curveOf(series: Series): Curve {
  let curve = curves.get(series);
  if (curve === undefined) curves.set(series, (curve = new Curve(series)));
  return curve;
}

export interface ChartOptions {
  readonly xAxis: XAxis;
  readonly learningRate: boolean;
}

/** The loss first, then the metrics in the order in which runs have them, then the learning rate. Hidden runs have no lines. */
export function chartsOf(runs: readonly RunRecord[], seriesOf: (run: RunId) => RunSeries | undefined, { xAxis, learningRate }: ChartOptions): Chart[] {
  const charts = new Map<string, Line[]>([['loss', []]]);
  const add = (record: RunRecord, series: Series): void => {
    const perEpoch = stepsPerEpoch(record) ?? seriesOf(record.id)?.epochEnds[0];
    if (xAxis === 'epoch' && perEpoch === undefined) return;
    const lines = charts.get(series.name) ?? [];
    charts.set(series.name, lines);
    lines.push({ run: record.id, color: record.color, split: series.split, series, scale: xAxis === 'step' ? 1 : 1 / perEpoch!, curve: curveOf(series) });
  };
  const visible = runs.filter((record) => record.visible);
  for (const record of visible) {
    const all = seriesOf(record.id)?.all ?? [];
    const bySteps = new Set(all.filter((each) => each.per === 'step').map(({ name, split }) => `${split}:${name}`));
    for (const series of all) {
      // By epoch, each point is an epoch's mean; by step, that would double the line of the steps.
      const isWanted = xAxis === 'epoch' ? series.per === 'epoch' : series.per === 'step' || !bySteps.has(`${series.split}:${series.name}`);
      if (isWanted) add(record, series);
    }
  }
  if (learningRate) {
    for (const record of visible) {
      for (const series of seriesOf(record.id)?.learningRates ?? []) add(record, series);
    }
  }
  return [...charts].map(([key, lines]) => ({ key, lines }));
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** All that there is of x, from 0, over all charts; so that they can be read one above the other. */
export function fullRange(charts: readonly Chart[]): Range {
  let max = 0;
  for (const { lines } of charts) for (const { series, scale } of lines) if (series.length > 0) max = Math.max(max, series.x[series.length - 1]! * scale);
  return { min: 0, max: max > 0 ? max : 1 };
}

/** Room above and below the lines. */
const PADDING = 0.06;
/** How far below its largest value a logarithmic chart goes, where there is nothing above zero to go by. */
const LEAST_LOG = 1e-4;

/** Range of what the lines show between `x.min` and `x.max`, with a little room. */
export function valueRange(lines: readonly Line[], x: Range, logarithmic: boolean): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const { curve, scale } of lines) {
    const { raw } = curve;
    const from = lowerBound(raw.x, raw.length, x.min / scale);
    const to = Math.min(raw.length, lowerBound(raw.x, raw.length, x.max / scale) + 1);
    if (to <= from) continue;
    const [min, max] = curve.extent(from, to);
    low = Math.min(low, min);
    high = Math.max(high, max);
  }
  if (!(low <= high)) return logarithmic ? { min: 0.1, max: 1 } : { min: 0, max: 1 };
  if (logarithmic) {
    const top = high > 0 ? high : 1;
    const bottom = low > 0 ? low : top * LEAST_LOG;
    const room = Math.max((top / bottom) ** PADDING, 1.1);
    return { min: bottom / room, max: top * room };
  }
  const room = high > low ? (high - low) * PADDING : Math.abs(high) * 0.1 || 0.5;
  // What cannot be negative is not shown as if it could.
  return { min: low >= 0 && low - room < 0 ? 0 : low - room, max: high + room };
}

/** Between min and max (0 to 1), or outside of them. */
export function position(value: number, { min, max }: Range, logarithmic: boolean): number {
  if (!logarithmic) return (value - min) / (max - min);
  // What has no logarithm lies below everything.
  return value > 0 ? Math.log(value / min) / Math.log(max / min) : -1;
}
