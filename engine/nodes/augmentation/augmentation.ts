/**
 * What augmentation nodes share: parameters, per-sample draws, and the picking of pixels at other
 * places. All of them act in training alone, each sample with random numbers of its own.
 */
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';
import type { LowerScope } from '../node-type.ts';
import { float, text } from '../params.ts';

export const probabilityParam = (value: number) =>
  float(text('Probability', '概率'), text('Share of the samples that it happens to.', '发生此变换的样本比例。'), value, { min: 0, max: 1, prominent: true });
export const fillParam = float(text('Fill', '填充值'), text('The number that stands where there is no picture: that of the background.', '图像之外的位置所用的数值，即背景的数值。'), 0, { min: -1e6, max: 1e6 });

/** [N, 1, 1, 1]: one number per sample, evenly from [low, high). */
export function perSample({ b, batch, random }: LowerScope, low: number, high: number): Value {
  return b.add(b.mul(random([batch, 1, 1, 1], 'uniform'), high - low), low);
}

/** [N, 1, 1, 1]: 1 for the samples that something happens to, else 0. */
export function happens(scope: LowerScope, probability: number): Value {
  return scope.b.less(scope.random([scope.batch, 1, 1, 1], 'uniform'), probability);
}

/** The row and the column of each pixel as f32: [1, 1, H, 1] and [1, 1, 1, W]. */
export function pixelGrid(b: Builder, height: number, width: number): { readonly row: Value; readonly column: Value } {
  return { row: b.toF32(b.iota([1, 1, height, 1], 2)), column: b.toF32(b.iota([1, 1, 1, width], 3)) };
}

/** The pixels of a batch as the rows of a table [N · H · W, C], and its pictures' size: what can be gathered from. */
interface PixelTable {
  readonly table: Value;
  readonly height: number;
  readonly width: number;
}

/** A margin of `fill` comes around each picture, for the places outside. */
function pixelTable(b: Builder, x: Value, margin: number, fill: number): PixelTable {
  const [samples = 1, channels = 1, height = 1, width = 1] = x.shape;
  const framed = b.pad(x, [0, 0, margin, margin], [0, 0, margin, margin], fill);
  const [framedHeight, framedWidth] = [height + 2 * margin, width + 2 * margin];
  return { table: b.reshape(b.permute(framed, [0, 2, 3, 1]), [samples * framedHeight * framedWidth, channels]), height: framedHeight, width: framedWidth };
}

/** i32 [N, H, W]: the table's row for pixel (row, column) of each sample. In whole numbers: f32 would lose count above 2^24 pixels. */
function tableRows(b: Builder, { height, width }: PixelTable, row: Value, column: Value): Value {
  const inPicture = b.add(b.mul(b.toI32(row), width), b.toI32(column));
  const [samples = 1, , rows = 1, columns = 1] = inPicture.shape;
  const first = b.mul(b.iota([samples, 1, 1, 1], 0), height * width);
  return b.reshape(b.add(inPicture, first), [samples, rows, columns]);
}

const asImages = (b: Builder, pixels: Value): Value => b.permute(pixels, [0, 3, 1, 2]);

/** x [N, C, H, W] cut out of itself: pixel (r, c) is that of (r + down, c + right), whole numbers [N, 1, 1, 1] within ±margin. */
export function shifted(b: Builder, x: Value, down: Value, right: Value, margin: number, fill: number): Value {
  const [, , height = 1, width = 1] = x.shape;
  const pixels = pixelTable(b, x, margin, fill);
  const { row, column } = pixelGrid(b, height, width);
  return asImages(b, b.gather(pixels.table, tableRows(b, pixels, b.add(b.add(row, down), margin), b.add(b.add(column, right), margin))));
}

/**
 * x [N, C, H, W] read at places between its pixels: `row` and `column` [N, 1, H, W] in pixels, the first
 * pixel's middle at 0. Bilinear; outside is `fill`. The gradient by x is exact, that by the places is not told.
 */
export function resampled(b: Builder, x: Value, row: Value, column: Value, fill: number): Value {
  const [samples = 1, channels = 1, height = 1, width = 1] = x.shape;
  const pixels = pixelTable(b, x, 1, fill);
  const along = (place: Value, size: number): { readonly first: Value; readonly share: Value } => {
    const inside = b.min(b.max(b.detach(place), -1), size);
    // The margin's last pixel has none behind it, so the pair in front of it serves that place, with all weight on its second.
    const first = b.min(b.unary('floor', inside), size - 1);
    return { first, share: b.reshape(b.sub(inside, first), [samples, height, width, 1]) };
  };
  const vertical = along(row, height);
  const horizontal = along(column, width);
  const index = tableRows(b, pixels, b.add(vertical.first, 1), b.add(horizontal.first, 1));
  const rows = samples * pixels.height * pixels.width;
  // One index serves all four neighbours: the table begins later for each.
  const neighbour = (offset: number): Value => b.gather(b.slice(pixels.table, 0, offset, rows), index);
  const mixed = (one: Value, two: Value, share: Value): Value => b.add(one, b.mul(b.sub(two, one), b.expand(share, [samples, height, width, channels])));
  const upper = mixed(neighbour(0), neighbour(1), horizontal.share);
  const lower = mixed(neighbour(pixels.width), neighbour(pixels.width + 1), horizontal.share);
  return asImages(b, mixed(upper, lower, vertical.share));
}

/** Per sample, each [N, 1, 1, 1]. The picture is sheared, then scaled, then turned about its middle, then moved. */
export interface Affine {
  /** Radians, clockwise as the rows count downwards. */
  readonly angle: Value;
  readonly scale: Value;
  /** The tangent of the angle by which columns lean. */
  readonly shear: Value;
  /** Pixels. */
  readonly down: Value;
  readonly right: Value;
}

/** Every pixel is looked up where it comes from: the inverse of the map. */
export function affineMapped(b: Builder, x: Value, { angle, scale, shear, down, right }: Affine, fill: number): Value {
  const [, , height = 1, width = 1] = x.shape;
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const { row, column } = pixelGrid(b, height, width);
  const cos = b.div(b.unary('cos', angle), scale);
  const sin = b.div(b.unary('sin', angle), scale);
  const v = b.sub(b.sub(row, middleRow), down);
  const h = b.sub(b.sub(column, middleColumn), right);
  const backV = b.sub(b.mul(cos, v), b.mul(sin, h));
  const backH = b.add(b.mul(cos, h), b.mul(sin, v));
  return resampled(b, x, b.add(backV, middleRow), b.add(b.sub(backH, b.mul(shear, backV)), middleColumn), fill);
}

/** x with `fill` in the rectangle [top, bottom) × [left, right) of each sample, all [N, 1, 1, 1] in pixels. */
export function erased(b: Builder, x: Value, top: Value, bottom: Value, left: Value, right: Value, fill: number): Value {
  const [, , height = 1, width = 1] = x.shape;
  const { row, column } = pixelGrid(b, height, width);
  const inRows = b.mul(b.lessEqual(top, row), b.less(row, bottom));
  const inColumns = b.mul(b.lessEqual(left, column), b.less(column, right));
  return b.select(b.mul(inRows, inColumns), fill, x);
}
