/** Numbers as pixels: images of data sets, kernels around zero, maps over their own range. */
import type { TensorData } from '../../engine/protocol.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
}
export function rangeOf(values: TensorData['data']): Range {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : { min: 0, max: 1 };
}

type Rgb = readonly [number, number, number];
/** Blue for negative, white for nothing, red for positive (after ColorBrewer's RdBu, which survives colour blindness). */
export function diverging(value: number, most: number): Rgb {
  const t = most > 0 ? Math.max(-1, Math.min(1, value / most)) : 0;
  const end: Rgb = t < 0 ? [33, 102, 172] : [178, 24, 43];
  const part = Math.abs(t);
  return [247 + (end[0] - 247) * part, 247 + (end[1] - 247) * part, 247 + (end[2] - 247) * part];
}
/** Dark violet to yellow, evenly for the eye: points of Matplotlib's viridis (Smith & van der Walt, 2015). */
const VIRIDIS: readonly Rgb[] = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];
export function sequential(share: number): Rgb {
  const at = Math.max(0, Math.min(1, share)) * (VIRIDIS.length - 1);
  const low = VIRIDIS[Math.floor(at)]!;
  const high = VIRIDIS[Math.ceil(at)]!;
  const part = at - Math.floor(at);
  return [low[0] + (high[0] - low[0]) * part, low[1] + (high[1] - low[1]) * part, low[2] + (high[2] - low[2]) * part];
}
const grey = (share: number): Rgb => [share * 255, share * 255, share * 255];

export type Palette = 'grey' | 'sequential' | 'diverging';
/** One plane of `width` × `height` values into a canvas of that size. */
export function paintPlane(canvas: HTMLCanvasElement, values: TensorData['data'], width: number, height: number, palette: Palette, range: Range): void {
  paint(canvas, width, height, (i) => {
    const value = values[i] ?? 0;
    if (palette === 'diverging') return diverging(value, Math.max(Math.abs(range.min), Math.abs(range.max)));
    const share = range.max > range.min ? (value - range.min) / (range.max - range.min) : 0;
    return palette === 'grey' ? grey(share) : sequential(share);
  });
}
/** A sample as a data set has it: [channels, height, width], 0 to 1, grey or coloured. */
export function paintImage(canvas: HTMLCanvasElement, values: TensorData['data'], channels: number, height: number, width: number, range: Range = { min: 0, max: 1 }): void {
  const size = width * height;
  const share = (value: number | undefined): number => (range.max > range.min ? Math.max(0, Math.min(1, ((value ?? 0) - range.min) / (range.max - range.min))) : 0);
  paint(canvas, width, height, (i) => (channels === 3 ? [share(values[i]) * 255, share(values[size + i]) * 255, share(values[2 * size + i]) * 255] : grey(share(values[i]))));
}
function paint(canvas: HTMLCanvasElement, width: number, height: number, color: (index: number) => Rgb): void {
  if (width < 1 || height < 1) return;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) return;
  const picture = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = color(i);
    picture.data[i * 4] = red;
    picture.data[i * 4 + 1] = green;
    picture.data[i * 4 + 2] = blue;
    picture.data[i * 4 + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}
