/** The curves as files: every number as CSV, the charts as a drawing of real lines (SVG). Pure text; whoever calls brings names and colours. */
import { stepsPerEpoch } from '../run/run-facts.ts';
import type { RunRecord } from '../run/run-store.ts';
import type { RunSeries } from '../run/series.ts';
import type { PlotColors } from './colors.ts';
import { type Chart, type Line, type Range, fullRange, position, valueRange } from './curve-lines.ts';
import { polylineSize } from './polyline.ts';
import { linearTicks, logTicks, tickText } from './ticks.ts';

/** A field with a comma, a quote or a line break is quoted (RFC 4180). */
const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** One line per number: run, metric, split, step, epoch, value. */
export function curvesCsv(runs: readonly RunRecord[], seriesOf: (run: RunRecord['id']) => RunSeries | undefined, titleOf: (run: RunRecord) => string): string {
  const parts = ['run,metric,split,step,epoch,value\r\n'];
  for (const record of runs) {
    const numbers = seriesOf(record.id);
    if (numbers === undefined) continue;
    const perEpoch = stepsPerEpoch(record) ?? numbers.epochEnds[0];
    const title = csvField(titleOf(record));
    for (const series of [...numbers.all, ...numbers.learningRates]) {
      const start = `${title},${csvField(series.name)},${series.split},`;
      for (let i = 0; i < series.length; i++) {
        const step = series.x[i]!;
        // A step belongs to the epoch that it is part of: the last one of epoch 1 is still of epoch 1.
        const epoch = perEpoch === undefined ? '' : String(Math.ceil(step / perEpoch));
        parts.push(`${start}${step},${epoch},${series.y[i]!}\r\n`);
      }
    }
  }
  return parts.join('');
}

export interface CurvesPicture {
  readonly title: string;
  readonly charts: readonly Chart[];
  readonly titleOfChart: (chart: Chart) => string;
  /** One line per run: its colour, what it is called, in what it differs. */
  readonly legend: readonly { readonly color: number; readonly text: string }[];
  readonly splits: readonly { readonly split: Line['split']; readonly title: string }[];
  readonly xTitle: string;
  readonly range: Range | undefined;
  readonly logarithmic: boolean;
  readonly colors: PlotColors;
  readonly dash: (split: Line['split']) => readonly number[];
}
export interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

const CHART = { width: 560, height: 300 };
const MARGIN = { left: 58, right: 16, top: 34, bottom: 42 };
const PAGE = { side: 20, top: 52, line: 20 };

export function curvesSvg(picture: CurvesPicture): Drawing {
  const { charts, colors, legend } = picture;
  const columns = charts.length > 1 ? 2 : 1;
  const rows = Math.ceil(charts.length / columns);
  const width = PAGE.side * 2 + columns * CHART.width;
  const legendTop = PAGE.top + rows * CHART.height + 12;
  const height = legendTop + (legend.length + 1) * PAGE.line + 12;
  const body: string[] = [
    `<rect width="${width}" height="${height}" fill="${escape(colors.background)}"/>`,
    text(PAGE.side, 32, picture.title, colors.text, 'font-size="18" font-weight="600"'),
  ];
  charts.forEach((chart, i) => {
    body.push(`<g transform="translate(${PAGE.side + (i % columns) * CHART.width} ${PAGE.top + Math.floor(i / columns) * CHART.height})">`, ...drawChart(chart, picture, i), '</g>');
  });
  let x = PAGE.side;
  for (const { split, title } of picture.splits) {
    body.push(`<line x1="${x}" y1="${legendTop + 5}" x2="${x + 28}" y2="${legendTop + 5}" stroke="${escape(colors.text)}" stroke-width="2"${dashes(picture.dash(split))}/>`, text(x + 34, legendTop + 9, title, colors.quiet));
    x += 140;
  }
  legend.forEach((run, i) => {
    const y = legendTop + (i + 1) * PAGE.line;
    body.push(`<rect x="${PAGE.side}" y="${y}" width="12" height="12" rx="2" fill="${escape(colorOf(colors, run.color))}"/>`, text(PAGE.side + 20, y + 10, run.text, colors.text));
  });
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escape(colors.font)}" font-size="12">\n${body.join('\n')}\n</svg>\n`, width, height };
}

function* drawChart(chart: Chart, { charts, range, logarithmic, colors, titleOfChart, xTitle, dash }: CurvesPicture, index: number): Generator<string> {
  const x = range ?? fullRange(charts);
  const y = valueRange(chart.lines, x, logarithmic);
  const width = CHART.width - MARGIN.left - MARGIN.right;
  const height = CHART.height - MARGIN.top - MARGIN.bottom;
  const toX = (value: number): number => round(MARGIN.left + position(value, x, false) * width);
  const toY = (value: number): number => round(MARGIN.top + (1 - Math.max(-1, position(value, y, logarithmic))) * height);
  const bottom = MARGIN.top + height;
  yield text(MARGIN.left, 20, titleOfChart(chart), colors.text, 'font-size="13" font-weight="600"');
  yield `<clipPath id="area-${index}"><rect x="${MARGIN.left}" y="${MARGIN.top}" width="${width}" height="${height}"/></clipPath>`;
  for (const tick of linearTicks(x.min, x.max, 7)) {
    yield `<line x1="${toX(tick)}" x2="${toX(tick)}" y1="${MARGIN.top}" y2="${bottom}" stroke="${escape(colors.grid)}"/>`;
    yield text(toX(tick), bottom + 16, tickText(tick), colors.quiet, 'text-anchor="middle" font-size="11"');
  }
  for (const tick of logarithmic ? logTicks(y.min, y.max) : linearTicks(y.min, y.max, 5)) {
    yield `<line x1="${MARGIN.left}" x2="${MARGIN.left + width}" y1="${toY(tick)}" y2="${toY(tick)}" stroke="${escape(colors.grid)}"/>`;
    yield text(MARGIN.left - 8, toY(tick) + 4, tickText(tick), colors.quiet, 'text-anchor="end" font-size="11"');
  }
  yield text(MARGIN.left + width / 2, bottom + 34, xTitle, colors.quiet, 'text-anchor="middle" font-size="11"');
  yield `<g clip-path="url(#area-${index})" fill="none" stroke-linejoin="round">`;
  const points = new Float64Array(polylineSize(width));
  for (const which of ['raw', 'shown'] as const) {
    for (const line of chart.lines) {
      if (which === 'raw' && !line.curve.isSmoothed) continue;
      const count = line.curve.points(which, x.min / line.scale, x.max / line.scale, width, points);
      const path = Array.from({ length: count }, (_, i) => `${toX(points[i * 2]! * line.scale)},${toY(points[i * 2 + 1]!)}`).join(' ');
      if (count > 0) yield `<polyline points="${path}" stroke="${escape(colorOf(colors, line.color))}" stroke-width="${which === 'raw' ? 1 : 1.75}"${which === 'raw' ? ' stroke-opacity="0.28"' : ''}${dashes(dash(line.split))}/>`;
    }
  }
  yield '</g>';
}

const colorOf = (colors: PlotColors, index: number): string => colors.runs[index] ?? colors.text;
const round = (value: number): number => Math.round(value * 10) / 10;
const escape = (raw: string): string => raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const dashes = (dash: readonly number[]): string => (dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`);
const text = (x: number, y: number, content: string, color: string, more = ''): string => `<text x="${x}" y="${y}" fill="${escape(color)}"${more === '' ? '' : ` ${more}`}>${escape(content)}</text>`;

/** A drawing as pixels, twice as many as it has units. */
export async function drawingToPng({ svg, width, height }: Drawing): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * 2;
  canvas.height = height * 2;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('The picture could not be made: it is too large for this machine.');
  return new Uint8Array(await blob.arrayBuffer());
}
