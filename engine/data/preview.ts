/** What is in a dataset, as text for a terminal: a few images in shades, ranges and first rows of tables, counts of the classes. */
import type { SampleArray, Samples } from './dataset.ts';
import { scaledValue } from './scaling.ts';

export interface PreviewOptions {
  /** Samples that are shown. */
  readonly count: number;
  /** Columns of the terminal. */
  readonly width: number;
  /** Where the terminal has no block characters. */
  readonly ascii?: boolean;
  readonly classNames?: readonly string[];
  /** What the tokens of a port are called, where they have names other than the classes. */
  readonly tokenNames?: Readonly<Record<string, readonly string[]>>;
}

/** From empty to full. */
const SHADES = { blocks: [...' ░▒▓█'], ascii: [...' .:-=+*#%@'] } as const;
/** From low to high: a curve in a line of text. */
const HEIGHTS = { blocks: [...'▁▂▃▄▅▆▇█'], ascii: [...'0123456789'] } as const;
/** Columns beside a curve that the targets need, and the fewest steps that make one. */
const BESIDE_CURVES = 16;
const MIN_STEPS = 8;
/** Tokens that are named as the most frequent ones. */
const FREQUENT_TOKENS = 5;
/** Columns of a table that are described one by one; more would scroll away. */
const MAX_COLUMNS = 12;

/** Lines that describe each port's array, then the first samples. */
export function previewSamples(samples: Samples, options: PreviewOptions): string {
  const lines: string[] = [];
  for (const [port, array] of Object.entries(samples)) lines.push(...describeArray(port, array, options));
  const images = Object.entries(samples).find(([, array]) => isImage(array));
  const labels = Object.entries(samples).find(([, array]) => isLabels(array))?.[1];
  lines.push('', ...(images === undefined ? firstRows(samples, options) : imageRows(images[1], labels, options)));
  if (images !== undefined) lines.push(...captionRows(samples, options));
  return lines.join('\n');
}

const isLabels = (array: SampleArray): boolean => array.shape.length === 1 && array.data instanceof Int32Array;
/** [N, channels, height, width] with grey or coloured pixels. */
const isImage = ({ shape }: SampleArray): boolean => shape.length === 4 && (shape[1] === 1 || shape[1] === 3) && (shape[2] ?? 0) > 1 && (shape[3] ?? 0) > 1;
/** [N, steps] of whole numbers. */
const isTokens = ({ shape, data }: SampleArray): boolean => shape.length === 2 && (shape[1] ?? 0) > 1 && data instanceof Int32Array;
/** [N, steps, features]: each feature is a curve. */
const isSequence = ({ shape, data }: SampleArray): boolean => shape.length === 3 && !(data instanceof Int32Array);
const sampleSize = ({ shape }: SampleArray): number => shape.slice(1).reduce((product, size) => product * size, 1);

function describeArray(port: string, array: SampleArray, options: PreviewOptions): string[] {
  const kind = array.data instanceof Uint8Array ? 'bytes' : array.data instanceof Int32Array ? 'whole numbers' : 'numbers';
  const head = `${port}  [${array.shape.join(', ')}] ${kind}`;
  if (isLabels(array)) return [head, `   classes: ${classCounts(array, options.classNames)}`];
  if (isTokens(array)) return [head, `   ${tokenCounts(array, options.tokenNames?.[port] ?? options.classNames)}`];
  if (array.shape.length > 2 || sampleSize(array) > MAX_COLUMNS) return [head, `   ${statistics(array, 0, 1)}`];
  const width = sampleSize(array);
  return [head, ...Array.from({ length: width }, (_, column) => `   ${width === 1 ? '' : `column ${column}: `}${statistics(array, column, width)}`)];
}

function classCounts(array: SampleArray, classNames: readonly string[] | undefined): string {
  const counts = new Map<number, number>();
  for (const label of array.data) counts.set(label, (counts.get(label) ?? 0) + 1);
  const entries = [...counts].sort(([a], [b]) => a - b).map(([label, count]) => `${className(label, classNames)} × ${count}`);
  const shown = entries.slice(0, 20);
  return shown.join(', ') + (entries.length > shown.length ? `, and ${entries.length - shown.length} more classes` : '');
}

/** How many different tokens there are, the most frequent ones, and the share of places without one (below 0). */
function tokenCounts(array: SampleArray, names: readonly string[] | undefined): string {
  const counts = new Map<number, number>();
  for (const token of array.data) counts.set(token, (counts.get(token) ?? 0) + 1);
  const none = [...counts].reduce((sum, [token, count]) => (token < 0 ? sum + count : sum), 0);
  const kinds = [...counts].filter(([token]) => token >= 0).sort(([a, m], [b, n]) => n - m || a - b);
  const often = kinds.slice(0, FREQUENT_TOKENS).map(([token]) => `'${className(token, names)}'`).join(', ');
  return `tokens: ${kinds.length} different, most often ${often}${none === 0 ? '' : `; ${short((100 * none) / array.data.length)} % of the places have none`}`;
}

/** Every `step`-th number from `first` on, as the network gets them. */
function statistics(array: SampleArray, first: number, step: number): string {
  let least = Infinity, most = -Infinity, sum = 0, count = 0, odd = 0;
  for (let i = first; i < array.data.length; i += step) {
    const number = scaledValue(array, i);
    if (!Number.isFinite(number)) {
      odd++;
      continue;
    }
    least = Math.min(least, number);
    most = Math.max(most, number);
    sum += number;
    count++;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = first; i < array.data.length; i += step) {
    const number = scaledValue(array, i);
    if (Number.isFinite(number)) squares += (number - mean) ** 2;
  }
  const notes = odd === 0 ? '' : `, ${odd} not finite`;
  return count === 0 ? `no finite number${notes}` : `${short(least)} … ${short(most)}, mean ${short(mean)}, deviation ${short(Math.sqrt(squares / count))}${notes}`;
}

function imageRows(images: SampleArray, labels: SampleArray | undefined, { count, width, ascii, classNames }: PreviewOptions): string[] {
  const [total = 0, channels = 1, height = 1, imageWidth = 1] = images.shape;
  const shades = ascii === true ? SHADES.ascii : SHADES.blocks;
  const perRow = Math.max(1, Math.floor((width + 2) / (imageWidth + 2)));
  const { least, most } = range(images, Math.min(count, total));
  const lines: string[] = [];
  for (let first = 0; first < Math.min(count, total); first += perRow) {
    const row = Array.from({ length: Math.min(perRow, Math.min(count, total) - first) }, (_, i) => first + i);
    lines.push(row.map((sample) => (labels === undefined ? `#${sample}` : className(labels.data[sample] ?? 0, classNames)).padEnd(imageWidth).slice(0, imageWidth)).join('  ').trimEnd());
    // A character is about twice as high as wide: it takes two pixels, one above the other.
    for (let y = 0; y < height; y += 2) {
      lines.push(row.map((sample) => Array.from({ length: imageWidth }, (_, x) => {
        let sum = 0, pixels = 0;
        for (const line of [y, y + 1]) {
          if (line >= height) continue;
          // The brightest channel: the mean would make a blue shape as grey as its ground.
          sum += Math.max(...Array.from({ length: channels }, (__, c) => scaledValue(images, ((sample * channels + c) * height + line) * imageWidth + x)));
          pixels++;
        }
        const level = most > least ? (sum / pixels - least) / (most - least) : 0;
        return shades[Math.min(shades.length - 1, Math.floor(level * shades.length))] ?? ' ';
      }).join('')).join('  ').trimEnd());
    }
  }
  return lines;
}

function range(images: SampleArray, samples: number): { least: number; most: number } {
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < samples * sampleSize(images); i++) {
    least = Math.min(least, scaledValue(images, i));
    most = Math.max(most, scaledValue(images, i));
  }
  return { least, most };
}

function firstRows(samples: Samples, options: PreviewOptions): string[] {
  const { count, classNames } = options;
  const ports = Object.entries(samples);
  const total = Math.min(count, ...ports.map(([, array]) => array.shape[0] ?? 0));
  const cells = Array.from({ length: total }, (_, i) => ports.map(([port, array]) => {
    if (isLabels(array)) return className(array.data[i] ?? 0, classNames);
    if (isTokens(array)) return tokenRow(array, i, options.tokenNames?.[port] ?? options.classNames);
    if (isSequence(array)) return curves(array, i, options);
    const size = sampleSize(array);
    const numbers = Array.from({ length: Math.min(size, MAX_COLUMNS) }, (__, k) => short(scaledValue(array, i * size + k)));
    return numbers.join('  ') + (size > MAX_COLUMNS ? ' …' : '');
  }));
  const table = [ports.map(([port]) => port), ...cells];
  const widths = ports.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  |  ').trimEnd());
}

/** Words that belong to the pictures, below them. */
function captionRows(samples: Samples, { count, classNames, tokenNames }: PreviewOptions): string[] {
  const ports = Object.entries(samples).filter(([, array]) => isTokens(array));
  return ports.flatMap(([port, array]) => ['', ...Array.from({ length: Math.min(count, array.shape[0] ?? 0) }, (_, i) => `${port} #${i}: ${tokenRow(array, i, tokenNames?.[port] ?? classNames)}`)]);
}

/** Tokens by their names, close together where each is one character; below 0 there are none. */
function tokenRow(array: SampleArray, sample: number, names: readonly string[] | undefined): string {
  const size = sampleSize(array);
  const isClose = names !== undefined && names.every((name) => [...name].length <= 1);
  const tokens = Array.from(array.data.subarray(sample * size, (sample + 1) * size), (token) => (token < 0 ? '_' : className(token, names)));
  return (isClose ? tokens.join('') : tokens.filter((token) => token !== '').join(' ')).trimEnd();
}

/** Each feature of a sequence as a line of blocks, on a scale from its least to its largest value among all samples that are shown. */
function curves(array: SampleArray, sample: number, { count, width, ascii }: PreviewOptions): string {
  const [total = 0, steps = 0, features = 0] = array.shape;
  const heights = ascii === true ? HEIGHTS.ascii : HEIGHTS.blocks;
  const shown = Math.min(steps, Math.max(MIN_STEPS, Math.floor((width - BESIDE_CURVES) / features) - 2));
  return Array.from({ length: features }, (_, feature) => {
    let least = Infinity, most = -Infinity;
    for (let i = feature; i < Math.min(count, total) * steps * features; i += features) {
      least = Math.min(least, scaledValue(array, i));
      most = Math.max(most, scaledValue(array, i));
    }
    const curve = Array.from({ length: shown }, (__, t) => {
      const level = most > least ? (scaledValue(array, (sample * steps + t) * features + feature) - least) / (most - least) : 0;
      return heights[Math.min(heights.length - 1, Math.floor(level * heights.length))] ?? ' ';
    });
    return curve.join('') + (steps > shown ? ' …' : '');
  }).join('  ');
}

const className = (label: number, names: readonly string[] | undefined): string => names?.[label] ?? `${label}`;
const short = (number: number): string => (Number.isInteger(number) && Math.abs(number) < 1e6 ? `${number}` : number.toPrecision(4).replace(/^(-?\d+\.\d*?)0+$/, '$1').replace(/\.$/, ''));
