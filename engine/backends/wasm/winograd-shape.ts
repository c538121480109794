/**
 * How a convolution of stride 1, or either of its gradients, is run by minimal filtering: with r × r taps, 36 products of transformed
 * tiles give (7 − r)² results, where the definition takes r² products for each (Winograd 1980; Lavin & Gray 2015). That is 36 instead of 100 for
 * 2×2 and 5×5 taps, of 144 for 3×3 and 4×4. The phases of a strided convolution's gradient by its input are such convolutions, too. The
 * error grows to about 1e-5 of the largest result, since the transforms add and subtract numbers of up to 25 times the size.
 */
import type { ContractKernel, SlidingForm } from '../../compile/plan.ts';
import { type PooledWindows, type SpreadImage, pooledWindows, spreadImage } from './fuse-pooling.ts';
import { maskBytes } from './winograd-pooling.ts';
import { POINTS as ACROSS, type Transforms, transformsOf } from './winograd-transforms.ts';

/** Points of a transformed tile. */
export const POINTS = ACROSS * ACROSS;
/** Columns are rounded up to this many. */
export const NARROW = 8;
/** Transformed data and products of one block of tiles stay in the second-level cache beside the filter. */
const BLOCK_BYTES = 400_000;
const MOST_TILES = 64;
const FEWEST_TILES = 8;
/** Fewer channels than this do not pay for the transforms. */
const FEWEST_CHANNELS = 8;
/** Tiles that hang over the edge are wasted work; beyond this factor the direct way is faster. */
const MOST_WASTE = 1.7;
/** Sums of a weight gradient are made in so many fixed parts, which threads share; fixed, so that results do not depend on threads. */
const PARTS = 8;
const MOST_PARTIAL_BYTES = 4_000_000;

/** Of the tiles of the result that tiles of the data may be; summing up costs as much as the rest. */
const MOST_ADDING = 0.9;
/** Sums of an image stay in the second-level cache. */
const MOST_SUM_BYTES = 1 << 19;

/**
 * Between points, beside what they hold: a cache line. All 36 points of a tile are written or read together, and at distances
 * that are powers of two they would fall into the same few sets of the cache (16 channels: 0.75 of the time).
 */
const GAP_BYTES = 64;

export interface WinogradShape {
  readonly kind: 'filter' | 'weightGrad';
  readonly kernel: ContractKernel;
  /** Of the filter along each axis, and what follows from it. */
  readonly taps: number;
  readonly transforms: Transforms;
  readonly images: number;
  /** Output positions (filter) or positions of dy (weight gradient). */
  readonly height: number;
  readonly width: number;
  readonly inner: number;
  readonly columns: number;
  readonly tilesDown: number;
  readonly tilesAcross: number;
  readonly tiles: number;
  /** Tiles of one block, and blocks. */
  readonly block: number;
  readonly blocks: number;
  readonly parts: number;
  /** Channels rounded up to whole vectors and panels. */
  readonly innerPadded: number;
  readonly columnsPadded: number;
  /** Bytes from one point to the next: of a block's data, of its products or gradients, and of a weight gradient's sums. */
  readonly dataPoint: number;
  readonly productPoint: number;
  readonly sumPoint: number;
  readonly sharedBytes: number;
  readonly privateBytes: number;
  /** Where in private memory, in bytes, `spread` keeps its masks. */
  readonly masksAt: number;
  /** Of a filter: tiles of the data instead of the result. */
  readonly adding?: AddingShape;
  /** Reduced instead of stored. */
  readonly pool?: PooledWindows;
  /** What the data of a filter, or the gradient, are made of instead of memory. */
  readonly spread?: SpreadImage;
}

/**
 * A filter over an image with margins, as the gradient by the input of a convolution without padding: tiles cover the image
 * alone, and what each of them adds to the result, a margin around it included, is summed up. 24 × 24 places of a gradient are
 * 36 tiles, where the 26 × 26 of the result are 49.
 */
export interface AddingShape {
  /** Images whose sums one thread has at a time. */
  readonly group: number;
  /** Of tiles in a group. */
  readonly blocks: number;
  readonly rows: number;
  readonly columns: number;
  /** From the first place of the sums to the first of the result. */
  readonly skipRows: number;
  readonly skipColumns: number;
  /** Bytes of a row of sums and of an image, and where in private memory they begin. */
  readonly rowBytes: number;
  readonly imageBytes: number;
  readonly sumsAt: number;
}

/** How to run the kernel by minimal filtering, or undefined where that is impossible or does not pay. */
export function analyzeWinograd(kernel: ContractKernel): WinogradShape | undefined {
  const { sliding } = kernel;
  if (sliding === undefined || sliding.kernel.a.kind !== 'load' || sliding.kernel.b.kind !== 'load') return undefined;
  const a = sliding.kernel.a.access.strides;
  const isFilter = sliding.kind === 'filter';
  const [images = 1, height = 1, width = 1] = isFilter ? sliding.kernel.mAxes : sliding.kernel.kAxes;
  const taps = (isFilter ? sliding.kernel.kAxes : sliding.kernel.mAxes)[0] ?? 1;
  const transforms = transformsOf(taps);
  const { tile } = transforms;
  const inner = (isFilter ? sliding.kernel.kAxes : sliding.kernel.mAxes)[2] ?? 1;
  const columns = sliding.kernel.nAxes[0] ?? 1;
  // Axes: m, n, k. Positions and taps must step alike through the data, forwards.
  const steps = isFilter ? [[a[1], a[4]], [a[2], a[5]]] : [[a[5], a[0]], [a[6], a[1]]];
  if (height > 1 && steps[0]?.[0] !== steps[0]?.[1]) return undefined;
  if (width > 1 && steps[1]?.[0] !== steps[1]?.[1]) return undefined;
  if (steps.flat().some((s) => (s ?? 0) < 0) || inner < FEWEST_CHANNELS || columns < FEWEST_CHANNELS) return undefined;
  const isAdding = isFilter && addsTiles(sliding, transforms, columns);
  const [rows = 1, across = 1] = isAdding ? sliding.image : [height, width];
  const tilesDown = Math.ceil(rows / tile);
  const tilesAcross = Math.ceil(across / tile);
  const tiles = images * tilesDown * tilesAcross;
  if ((tilesDown * tilesAcross * tile * tile) / (height * width) > MOST_WASTE || tiles < FEWEST_TILES) return undefined;
  const innerPadded = Math.ceil(inner / 4) * 4;
  const columnsPadded = Math.ceil(columns / NARROW) * NARROW;
  const sumPoint = inner * columnsPadded * 4 + GAP_BYTES;
  const partialBytes = POINTS * sumPoint;
  if (!isFilter && partialBytes > MOST_PARTIAL_BYTES) return undefined;
  const fitting = Math.max(FEWEST_TILES, Math.min(MOST_TILES, Math.floor(BLOCK_BYTES / (POINTS * 4 * (innerPadded + columnsPadded)))));
  const group = Math.max(1, Math.floor(fitting / (tilesDown * tilesAcross)));
  const groupBlocks = Math.ceil((group * tilesDown * tilesAcross) / fitting);
  const block = isAdding ? Math.ceil((group * tilesDown * tilesAcross) / groupBlocks) : Math.max(Math.min(fitting, Math.ceil(tiles / PARTS)), FEWEST_TILES);
  const blocks = isAdding ? Math.ceil(images / group) : Math.ceil(tiles / block);
  const parts = Math.min(PARTS, blocks);
  const dataPoint = block * innerPadded * 4 + GAP_BYTES;
  const productPoint = block * columnsPadded * 4 + GAP_BYTES;
  const tileBytes = POINTS * (dataPoint + productPoint);
  const masks = kernel.spread === undefined ? 0 : maskBytes(ACROSS);
  const rowBytes = (tilesAcross * tile + taps - 1) * columnsPadded * 4;
  const adding: AddingShape | undefined = !isAdding ? undefined : {
    group, blocks: groupBlocks, rows, columns: across, skipRows: taps - 1 - (sliding.before[0] ?? 0), skipColumns: taps - 1 - (sliding.before[1] ?? 0),
    rowBytes, imageBytes: (tilesDown * tile + taps - 1) * rowBytes, sumsAt: tileBytes + masks,
  };
  const shape: WinogradShape = {
    kind: sliding.kind, kernel: sliding.kernel, taps, transforms, images, height, width, inner, columns, tilesDown, tilesAcross, tiles, block, blocks, parts, innerPadded, columnsPadded,
    sharedBytes: isFilter ? POINTS * inner * columnsPadded * 4 : parts * partialBytes,
    dataPoint, productPoint, sumPoint, masksAt: tileBytes, privateBytes: tileBytes + masks + (adding === undefined ? 0 : group * adding.imageBytes), ...(adding === undefined ? {} : { adding }),
  };
  const pool = kernel.pool === undefined ? undefined : pooledWindows(shape, kernel.pool);
  const spread = kernel.spread === undefined ? undefined : spreadImage(shape, kernel.spread);
  if ((pool === undefined) !== (kernel.pool === undefined) || (spread === undefined) !== (kernel.spread === undefined)) throw new Error(`${kernel.name}: pooling was put into a convolution that cannot do it`);
  return { ...shape, ...(pool === undefined ? {} : { pool }), ...(spread === undefined ? {} : { spread }) };
}

/** Whether tiles of the data are few enough to be worth it, and there are images for all threads. */
function addsTiles({ kernel, image, before }: SlidingForm, { tile }: Transforms, columns: number): boolean {
  const [images = 1, height = 1, width = 1] = kernel.mAxes;
  const [taps = 1] = kernel.kAxes;
  const [rows = 1, across = 1] = image;
  const count = (down: number, wide: number): number => Math.ceil(down / tile) * Math.ceil(wide / tile);
  const reaches = before.every((margin, d) => margin >= 0 && margin < taps && [height, width][d]! - 1 + taps - margin <= (image[d] ?? 1) + taps - 1);
  const sumBytes = (rows + tile + taps) * (across + tile + taps) * (columns + NARROW) * 4;
  return reaches && images >= PARTS && count(rows, across) <= MOST_ADDING * count(height, width) && sumBytes <= MOST_SUM_BYTES;
}
