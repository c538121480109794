/**
 * One chart. uPlot has the axes, the scales and the canvas; the lines are drawn here, straight from the
 * series and only as finely as the pixels can show, so that nothing is copied while a run goes on.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { PlotColors } from './colors.ts';
import { type Chart, type Line, type Range, position, valueRange } from './curve-lines.ts';
import { nearest, polylineSize } from './polyline.ts';
import { linearTicks, logTicks, tickText } from './ticks.ts';

export interface ChartState {
  readonly chart: Chart;
  readonly x: Range;
  readonly logarithmic: boolean;
  readonly smoothing: number;
  readonly cursor: number | undefined;
}

/** In CSS pixels: told apart by more than colour. */
const DASHES: Readonly<Record<Line['split'], readonly number[]>> = { train: [], validation: [7, 4], test: [2, 3] };
const LINE_WIDTH = 1.75;
const RAW_OPACITY = 0.28;
/** More points than this would be a thicker line. */
const MOST_DOTS = 60;
export const lineDash = (split: Line['split']): readonly number[] => DASHES[split];

export class CurveChart {
  readonly #plot: uPlot;
  readonly #crosshair = document.createElement('div');
  readonly #selection = document.createElement('div');
  #dots: HTMLElement[] = [];
  #colors: PlotColors;
  #state: ChartState;
  #y: Range = { min: 0, max: 1 };
  #buffer = new Float64Array(0);

  constructor(element: HTMLElement, state: ChartState, colors: PlotColors, size: { readonly width: number; readonly height: number }) {
    this.#state = state;
    this.#colors = colors;
    const axis = (): uPlot.Axis => ({
      stroke: () => this.#colors.quiet, font: `11px ${colors.font}`, grid: { stroke: () => this.#colors.grid, width: 1 }, ticks: { stroke: () => this.#colors.grid, width: 1, size: 4 }, gap: 4,
    });
    this.#plot = new uPlot({
      ...size, padding: [6, 10, 0, 0],
      series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
      scales: { x: { time: false, auto: false, min: 0, max: 1 }, y: { auto: false, distr: state.logarithmic ? 3 : 1, min: 0.1, max: 1 } },
      axes: [
        { ...axis(), size: 26, space: 64, values: (_plot, splits) => splits.map((each) => (each < 0 ? '' : tickText(each))) },
        {
          ...axis(), size: 48, space: 26, values: (_plot, splits) => splits.map(tickText),
          // uPlot would begin a logarithmic axis with its unround end.
          ...(state.logarithmic ? { splits: (_plot: uPlot, _axis: number, min: number, max: number) => logarithmicTicks(min, max), filter: (_plot: uPlot, splits: number[]) => splits } : {}),
        },
      ],
      legend: { show: false },
      cursor: { show: false },
      hooks: { draw: [() => this.#paint()] },
    }, [[0, 1], [null, null]], element);
    this.#crosshair.className = 'curves-crosshair';
    this.#selection.className = 'curves-selection';
    this.#plot.over.append(this.#crosshair, this.#selection);
    this.set(state);
  }

  /** The plotting area: pointers act on it. */
  get area(): HTMLElement { return this.#plot.over; }
  get canvas(): HTMLCanvasElement { return this.#plot.ctx.canvas; }
  get y(): Range { return this.#y; }

  set(state: ChartState): void {
    const onlyCursor = state.chart === this.#state.chart && state.x === this.#state.x && state.smoothing === this.#state.smoothing && state.cursor !== this.#state.cursor;
    this.#state = state;
    if (onlyCursor) return this.#placeCursor();
    this.draw();
  }

  /** Takes in new points and draws them. */
  draw(): void {
    const { chart, x, logarithmic, smoothing } = this.#state;
    for (const { curve } of chart.lines) curve.update(smoothing);
    this.#y = valueRange(chart.lines, x, logarithmic);
    this.#plot.batch(() => {
      this.#plot.setScale('x', { min: x.min, max: x.max });
      this.#plot.setScale('y', { min: this.#y.min, max: this.#y.max });
      this.#plot.redraw(false);
    });
    this.#placeCursor();
  }

  resize(size: { readonly width: number; readonly height: number }): void {
    if (size.width === this.#plot.width && size.height === this.#plot.height) return;
    this.#plot.setSize(size);
    this.draw();
  }
  recolor(colors: PlotColors): void {
    this.#colors = colors;
    this.draw();
  }
  destroy(): void {
    this.#plot.destroy();
  }

  /** x of the chart under a pointer. */
  xAt(clientX: number): number {
    const { left, width } = this.#plot.over.getBoundingClientRect();
    const { min, max } = this.#state.x;
    return min + Math.min(1, Math.max(0, (clientX - left) / width)) * (max - min);
  }

  /** Marks a stretch while it is dragged; none takes the mark away. */
  select(stretch: Range | undefined): void {
    const { style } = this.#selection;
    style.display = stretch === undefined ? 'none' : 'block';
    if (stretch === undefined) return;
    const { x } = this.#state;
    style.left = `${Math.max(0, position(stretch.min, x, false)) * 100}%`;
    style.right = `${Math.max(0, 1 - position(stretch.max, x, false)) * 100}%`;
  }

  #placeCursor(): void {
    const { cursor, x, chart, logarithmic } = this.#state;
    const isShown = cursor !== undefined && cursor >= x.min && cursor <= x.max;
    this.#crosshair.style.display = isShown ? 'block' : 'none';
    if (isShown) this.#crosshair.style.left = `${position(cursor, x, false) * 100}%`;
    chart.lines.forEach((line, i) => {
      let dot = this.#dots[i];
      if (dot === undefined) {
        this.#dots[i] = dot = document.createElement('div');
        dot.className = 'curves-dot';
        this.#plot.over.append(dot);
      }
      const index = isShown ? nearest(line.curve.shown, cursor / line.scale) : -1;
      const at = index < 0 ? NaN : line.curve.shown.x[index]! * line.scale;
      const height = index < 0 ? NaN : position(line.curve.shown.y[index]!, this.#y, logarithmic);
      const isInside = at >= x.min && at <= x.max && height >= 0 && height <= 1;
      dot.style.display = isInside ? 'block' : 'none';
      if (!isInside) return;
      dot.style.left = `${position(at, x, false) * 100}%`;
      dot.style.bottom = `${height * 100}%`;
      dot.style.background = this.#colors.runs[line.color] ?? this.#colors.text;
    });
    for (const dot of this.#dots.slice(chart.lines.length)) dot.style.display = 'none';
  }

  #paint(): void {
    const { ctx, bbox } = this.#plot;
    const { lines } = this.#state.chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineJoin = 'round';
    // What is noisy goes behind, and what is held out in front.
    for (const line of lines) if (line.curve.isSmoothed) this.#stroke(line, 'raw');
    for (const line of lines) this.#stroke(line, 'shown');
    ctx.restore();
  }

  #stroke(line: Line, which: 'raw' | 'shown'): void {
    const { ctx, bbox } = this.#plot;
    const { x, logarithmic } = this.#state;
    const columns = Math.max(1, Math.round(bbox.width));
    if (this.#buffer.length < polylineSize(columns)) this.#buffer = new Float64Array(polylineSize(columns));
    const points = this.#buffer;
    const count = line.curve.points(which, x.min / line.scale, x.max / line.scale, columns, points);
    if (count === 0) return;
    const perX = (bbox.width * line.scale) / (x.max - x.min);
    const left = bbox.left - (x.min * bbox.width) / (x.max - x.min);
    const bottom = bbox.top + bbox.height;
    const y = this.#y;
    const toX = (i: number): number => left + points[i * 2]! * perX;
    const toY = (i: number): number => bottom - position(points[i * 2 + 1]!, y, logarithmic) * bbox.height;
    const ratio = uPlot.pxRatio;
    const color = this.#colors.runs[line.color] ?? this.#colors.text;
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.globalAlpha = which === 'raw' ? RAW_OPACITY : 1;
    ctx.lineWidth = (which === 'raw' ? 1 : LINE_WIDTH) * ratio;
    ctx.setLineDash(DASHES[line.split].map((each) => each * ratio));
    ctx.beginPath();
    for (let i = 0; i < count; i++) {
      if (i === 0) ctx.moveTo(toX(i), toY(i));
      else ctx.lineTo(toX(i), toY(i));
    }
    ctx.stroke();
    if (which === 'shown' && (line.series.per === 'epoch' || count === 1) && count <= MOST_DOTS) {
      ctx.setLineDash([]);
      ctx.beginPath();
      for (let i = 0; i < count; i++) {
        ctx.moveTo(toX(i) + 2.5 * ratio, toY(i));
        ctx.arc(toX(i), toY(i), 2.5 * ratio, 0, 2 * Math.PI);
      }
      ctx.fill();
    }
    ctx.globalAlpha = 1;
  }
}

/** Within less than a factor of two there may be no 1, 2 or 5. */
function logarithmicTicks(min: number, max: number): number[] {
  const ticks = logTicks(min, max);
  return ticks.length >= 2 ? ticks : linearTicks(min, max, 4);
}
