/**
 * 3×3 and 5×5 convolutions of stride 1 and both of their gradients by minimal filtering, F(4×4, 3×3) and F(2×2, 5×5):
 * 36 products of transformed tiles instead of 144 or 100. The error grows to about 1e-5 of the largest
 * result, since the transforms add and subtract numbers of up to 25 times the size.
 */
import type { ContractKernel, PlanBuffer } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { type Tuning, emitTile, rowsOfTile, tileRegisters, tileRows } from './contract-tile.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';
import { type PooledWindows, type SpreadImage, pooledWindows, spreadImage } from './fuse-pooling.ts';
import { SpreadTiles, TilePool, maskBytes } from './winograd-pooling.ts';
import { type Channels, DATA, POINTS as ACROSS, type Transform, type Transforms, emitTransform2D, transformsOf } from './winograd-transforms.ts';

/** Points of a transformed tile. */
const POINTS = ACROSS * ACROSS;
/** Columns are rounded up to this many. */
const NARROW = 8;
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
  /** Reduced instead of stored. */
  readonly pool?: PooledWindows;
  /** What the data of a filter, or the gradient, are made of instead of memory. */
  readonly spread?: SpreadImage;
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
  const tilesDown = Math.ceil(height / tile);
  const tilesAcross = Math.ceil(width / tile);
  const tiles = images * tilesDown * tilesAcross;
  if ((tilesDown * tilesAcross * tile * tile) / (height * width) > MOST_WASTE || tiles < FEWEST_TILES) return undefined;
  const innerPadded = Math.ceil(inner / 4) * 4;
  const columnsPadded = Math.ceil(columns / NARROW) * NARROW;
  const sumPoint = inner * columnsPadded * 4 + GAP_BYTES;
  const partialBytes = POINTS * sumPoint;
  if (!isFilter && partialBytes > MOST_PARTIAL_BYTES) return undefined;
  const fitting = Math.floor(BLOCK_BYTES / (POINTS * 4 * (innerPadded + columnsPadded)));
  const block = Math.max(Math.min(fitting, MOST_TILES, Math.ceil(tiles / PARTS)), FEWEST_TILES);
  const blocks = Math.ceil(tiles / block);
  const parts = Math.min(PARTS, blocks);
  const dataPoint = block * innerPadded * 4 + GAP_BYTES;
  const productPoint = block * columnsPadded * 4 + GAP_BYTES;
  const shape: WinogradShape = {
    kind: sliding.kind, kernel: sliding.kernel, taps, transforms, images, height, width, inner, columns, tilesDown, tilesAcross, tiles, block, blocks, parts, innerPadded, columnsPadded,
    sharedBytes: isFilter ? POINTS * inner * columnsPadded * 4 : parts * partialBytes,
    dataPoint, productPoint, sumPoint, masksAt: POINTS * (dataPoint + productPoint), privateBytes: POINTS * (dataPoint + productPoint) + (kernel.spread === undefined ? 0 : maskBytes(ACROSS)),
  };
  const pool = kernel.pool === undefined ? undefined : pooledWindows(shape, kernel.pool);
  const spread = kernel.spread === undefined ? undefined : spreadImage(shape, kernel.spread);
  if ((pool === undefined) !== (kernel.pool === undefined) || (spread === undefined) !== (kernel.spread === undefined)) throw new Error(`${kernel.name}: pooling was put into a convolution that cannot do it`);
  return { ...shape, ...(pool === undefined ? {} : { pool }), ...(spread === undefined ? {} : { spread }) };
}

interface Context {
  readonly m: ModuleBuilder;
  readonly shape: WinogradShape;
  readonly buffers: readonly PlanBuffer[];
  bufferParam(id: number): Local;
  readonly tuning: Tuning;
}

/** Columns of a panel: wide ones where they fill the padded columns. Nothing else depends on it, so that sums have the same order with any. */
function panelOf({ shape, tuning }: Context): number {
  return shape.columnsPadded % (tuning.vectors * 4) === 0 ? tuning.vectors * 4 : NARROW;
}

/** Functions to run one after the other, with a barrier in between. Parameters: (thread, threads, …buffers, shared scratch, private scratch). */
export function emitWinograd(context: Context, first: FunctionBuilder, second: FunctionBuilder): void {
  if (context.shape.kind === 'filter') {
    emitFilterTransform(context, first);
    emitFilterMain(context, second);
  } else {
    emitGradientMain(context, first);
    emitGradientFinish(context, second);
  }
}

const sharedParam = (f: FunctionBuilder): Local => f.params.length - 2;
const privateParam = (f: FunctionBuilder): Local => f.params.length - 1;

// Tiles ------------------------------------------------------------------------------------------

/** A tile's number and place, in locals that `step` moves on. */
interface TileCursor {
  readonly number: Local;
  readonly image: Local;
  readonly down: Local;
  readonly across: Local;
  /** Set to the tile that is in `number`. */
  place(): void;
  step(): void;
}

function tileCursor(f: FunctionBuilder, shape: WinogradShape): TileCursor {
  const [number, image, down, across] = f.locals('i32', 4) as [Local, Local, Local, Local];
  return {
    number, image, down, across,
    place: () => {
      f.get(number).i32(shape.tilesAcross).op('i32RemU').set(across);
      f.get(number).i32(shape.tilesAcross).op('i32DivU').tee(down).i32(shape.tilesDown).op('i32DivU').set(image);
      f.get(down).i32(shape.tilesDown).op('i32RemU').set(down);
    },
    step: () => {
      f.increment(number, 1);
      f.increment(across, 1);
      f.get(across).i32(shape.tilesAcross).op('i32Eq').if(() => {
        f.i32(0).set(across);
        f.increment(down, 1);
        f.get(down).i32(shape.tilesDown).op('i32Eq').if(() => {
          f.i32(0).set(down);
          f.increment(image, 1);
        });
      });
    },
  };
}

/** For every tile of the block that starts at the cursor's tile: `body` with its slot's number in a local, or `missing` past the last tile. */
function eachTile(f: FunctionBuilder, shape: WinogradShape, firstTile: Local, body: (cursor: TileCursor, slot: Local) => void, missing?: (slot: Local) => void): void {
  const cursor = tileCursor(f, shape);
  const slot = f.local('i32');
  f.get(firstTile).set(cursor.number);
  cursor.place();
  f.i32(0).set(slot);
  f.loop(() => {
    f.get(cursor.number).i32(shape.tiles).op('i32LtU').if(() => body(cursor, slot), missing === undefined ? undefined : () => missing(slot));
    cursor.step();
    f.get(slot).i32(1).op('i32Add').tee(slot).i32(shape.block).op('i32LtU').branchIf(0);
  });
}

interface Source {
  /** Of a filter's data or a weight gradient's: this instead of memory. */
  readonly spread?: SpreadImage | undefined;
  readonly buffer: number;
  readonly offset: number;
  readonly image: number;
  readonly row: number;
  readonly column: number;
  /** Rows and columns that exist. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Transform one tile of as many elements as the transform has inputs along each axis, for all channels, to [point][slot][channels] at
 * `target`. Elements beyond the image are zeros.
 */
function transformTile(c: Context, f: FunctionBuilder, source: Source, transform: Transform, cursor: TileCursor, slot: Local, target: Local, padded: number, point: number): void {
  const { shape } = c;
  const { tile } = shape.transforms;
  const size = transform.inputs;
  const vectors = vectorsOf(c, source.channels);
  const storeTo = (to: Local) => (i: number, j: number, value: Channels): void => value.forEach((vector, v) => f.get(to).get(vector).vStore((i * ACROSS + j) * point + v * 16));
  if (source.spread !== undefined) {
    const to = f.local('i32');
    f.get(target).get(slot).i32(padded * 4).op('i32Mul').op('i32Add').set(to);
    const masks = f.local('i32');
    f.get(privateParam(f)).i32(shape.masksAt).op('i32Add').set(masks);
    const tiles = new SpreadTiles(c, f, source.spread, { step: tile, size, masks });
    const channels = (isWithin: boolean) => (): void => void f.repeat(f.local('i32'), Math.ceil(source.channels / (4 * vectors)), () => {
      tiles.begin();
      emitTransform2D(c.m, f, transform, vectors, (i, j, into) => tiles.element(i, j, into, isWithin), storeTo(to));
      tiles.end(4 * vectors, isWithin);
      f.increment(to, 16 * vectors);
    });
    tiles.start(cursor, channels(true), channels(false));
    return;
  }
  const [from, to, rows, columns] = f.locals('i32', 4) as [Local, Local, Local, Local];
  f.get(c.bufferParam(source.buffer)).i32(source.offset * 4).op('i32Add');
  for (const [at, stride] of [[cursor.image, source.image], [cursor.down, source.row * tile], [cursor.across, source.column * tile]] as const) f.get(at).i32(stride * 4).op('i32Mul').op('i32Add');
  f.set(from);
  f.get(target).get(slot).i32(padded * 4).op('i32Mul').op('i32Add').set(to);
  f.i32(source.height).get(cursor.down).i32(tile).op('i32Mul').op('i32Sub').set(rows);
  f.i32(source.width).get(cursor.across).i32(tile).op('i32Mul').op('i32Sub').set(columns);
  const channels = (load: (i: number, j: number, into: Channels) => void): void => {
    f.repeat(f.local('i32'), Math.ceil(source.channels / (4 * vectors)), () => {
      emitTransform2D(c.m, f, transform, vectors, load, storeTo(to));
      f.increment(from, 16 * vectors);
      f.increment(to, 16 * vectors);
    });
  };
  const offset = (i: number, j: number): number => (i * source.row + j * source.column) * 4;
  const whole = (i: number, j: number, into: Channels): void => into.forEach((vector, v) => f.get(from).vLoad(offset(i, j) + v * 16).set(vector));
  const clipped = (i: number, j: number, into: Channels): void => {
    for (const vector of into) f.vi32(0).set(vector);
    f.i32(i).get(rows).op('i32LtS').i32(j).get(columns).op('i32LtS').op('i32And').if(() => whole(i, j, into));
  };
  const even = (n: number): boolean => n % tile === size - tile;
  if (even(source.height) && even(source.width)) channels(whole);
  else f.get(rows).i32(size).op('i32GeS').get(columns).i32(size).op('i32GeS').op('i32And').if(() => channels(whole), () => channels(clipped));
}

/** Vectors of channels that are transformed together: two where V8 makes one of them, and the channels are whole pairs. */
function vectorsOf({ tuning }: Context, channels: number): number {
  return tuning.joins && channels % 8 === 0 ? 2 : 1;
}

/** The image that the window slides over, as the transform reads it. */
function dataSource(shape: WinogradShape): Source {
  if (shape.kernel.a.kind !== 'load') throw new Error(`${shape.kernel.name}: the data are not in memory`);
  const { buffer, offset, strides } = shape.kernel.a.access;
  const [image = 0, row = 0, column = 0] = shape.kind === 'filter' ? [strides[0], strides[4], strides[5]] : [strides[4], strides[0], strides[1]];
  return { spread: shape.kind === 'filter' ? shape.spread : undefined, buffer, offset, image, row, column, height: shape.height + shape.taps - 1, width: shape.width + shape.taps - 1, channels: shape.inner };
}

// Convolution, and its gradient by the input -------------------------------------------------------

/** The filter to [point][panel][inner channel][column] in shared scratch memory. */
function emitFilterTransform(c: Context, f: FunctionBuilder): void {
  const { shape } = c;
  if (shape.kernel.b.kind !== 'load') throw new Error(`${shape.kernel.name}: the filter is not in memory`);
  const { access } = shape.kernel.b;
  const panel = panelOf(c);
  const panels = shape.columnsPadded / panel;
  const [columnStride = 0, tapRow = 0, tapColumn = 0, innerStride = 0] = access.strides.slice(3);
  const [from, to] = f.locals('i32', 2) as [Local, Local];
  unitLoop(f, [panels, shape.inner], threadShare(f, panels * shape.inner), ([number, inner]) => {
    f.get(c.bufferParam(access.buffer)).i32(access.offset * 4).op('i32Add').get(number as Local).i32(panel * columnStride * 4).op('i32Mul').op('i32Add').get(inner as Local).i32(innerStride * 4).op('i32Mul').op('i32Add').set(from);
    f.get(number as Local).i32(shape.inner).op('i32Mul').get(inner as Local).op('i32Add').i32(panel * 4).op('i32Mul').get(sharedParam(f)).op('i32Add').set(to);
    const transform = (columns: number): void => {
      for (let part = 0; part < panel / 4; part++) {
        const lanes = Math.max(0, Math.min(4, columns - part * 4));
        emitTransform2D(c.m, f, shape.transforms.filter, 1, (i, j, [into = 0]) => {
          const at = (lane: number): number => (i * tapRow + j * tapColumn + (part * 4 + lane) * columnStride) * 4;
          if (columnStride === 1 && lanes === 4) {
            f.get(from).i32(at(0)).op('i32Add').vLoad().set(into);
            return;
          }
          f.vi32(0).set(into);
          for (let lane = 0; lane < lanes; lane++) f.get(from).i32(at(lane)).op('i32Add').get(into).vLoad32Lane(lane).set(into);
        }, (i, j, [value = 0]) => f.get(to).get(value).vStore(((i * ACROSS + j) * panels * shape.inner * panel + part * 4) * 4));
      }
    };
    const width = shape.columns - (panels - 1) * panel;
    if (width === panel) transform(panel);
    else if (panels === 1) transform(width);
    else f.get(number as Local).i32(panels - 1).op('i32Eq').if(() => transform(width), () => transform(panel));
  });
}

function emitFilterMain(c: Context, f: FunctionBuilder): void {
  const { shape, tuning } = c;
  const { block, innerPadded, columnsPadded } = shape;
  const panel = panelOf(c);
  const panels = columnsPadded / panel;
  const vectors = panel / 4;
  const tallest = rowsOfTile(tuning, vectors);
  const share = threadShare(f, shape.blocks);
  const [firstTile, products] = f.locals('i32', 2) as [Local, Local];
  const data = privateParam(f);
  f.get(data).i32(POINTS * shape.dataPoint).op('i32Add').set(products);
  const registers = tileRegisters(f, tuning, vectors);
  unitLoop(f, [shape.blocks], share, ([at]) => {
    f.get(at as Local).i32(block).op('i32Mul').set(firstTile);
    eachTile(f, shape, firstTile, (cursor, slot) => transformTile(c, f, dataSource(shape), DATA, cursor, slot, data, innerPadded, shape.dataPoint));
    // 36 products: [tiles, inner] · [inner, columns].
    const [left, right, out] = f.locals('i32', 3) as [Local, Local, Local];
    f.get(data).set(left).get(sharedParam(f)).set(right).get(products).set(out);
    f.repeat(f.local('i32'), POINTS, () => {
      f.repeat(f.local('i32'), panels, () => {
        const rows = (count: number): void => {
          for (const acc of registers.accumulators.slice(0, count * vectors)) f.vi32(0).set(acc);
          f.get(left).set(registers.a).get(right).set(registers.b);
          emitTile(c.m, f, { ...registers, rows: count, vectors, rowStride: innerPadded, unroll: tuning.unroll }, [{ size: shape.inner, left: 1, right: panel }]);
          for (let i = 0; i < count; i++) for (let j = 0; j < vectors; j++) f.get(out).get(registers.accumulators[i * vectors + j] as Local).vStore((i * columnsPadded + j * 4) * 4);
          f.increment(left, count * innerPadded * 4);
          f.increment(out, count * columnsPadded * 4);
        };
        const { full, rest } = tileRows(block, tallest);
        if (full > 0) f.repeat(f.local('i32'), full, () => rows(tallest));
        rest.forEach(rows);
        f.increment(left, -block * innerPadded * 4);
        f.increment(out, -block * columnsPadded * 4 + panel * 4);
        f.increment(right, shape.inner * panel * 4);
      });
      f.increment(left, shape.dataPoint);
      f.increment(out, shape.productPoint - columnsPadded * 4);
    });
    emitOutputTransform(c, f, firstTile, products);
  });
}

/** Products back to pixels, through the kernel's stores. */
function emitOutputTransform(c: Context, f: FunctionBuilder, firstTile: Local, products: Local): void {
  const { shape } = c;
  const { columnsPadded, transforms: { tile, output } } = shape;
  const nest = new Nest(f, c.bufferParam);
  let pixel: Channels = [];
  const lanes = new Lanes({ m: c.m, nest, buffers: c.buffers, laneAxis: 3, movingAxes: [3], accumulatorMoves: true, accumulator: (_, group) => pixel[group] as Local });
  lanes.register([], shape.kernel.stores);
  const [row, column, from, rows, columns] = f.locals('i32', 5) as [Local, Local, Local, Local, Local];
  const [stored] = shape.kernel.stores;
  const pool = shape.pool === undefined || stored === undefined ? undefined : new TilePool(c, f, shape.pool, { image: stored.to.buffer, tile, vectors: vectorsOf(c, shape.columns) });
  eachTile(f, shape, firstTile, (cursor, slot) => {
    f.get(cursor.down).i32(tile).op('i32Mul').set(row).get(cursor.across).i32(tile).op('i32Mul').set(column);
    f.i32(shape.height).get(row).op('i32Sub').set(rows).i32(shape.width).get(column).op('i32Sub').set(columns);
    nest.start([cursor.image, row, column]);
    pool?.start(cursor);
    f.get(products).get(slot).i32(columnsPadded * 4).op('i32Mul').op('i32Add').set(from);
    const vector = (count: number, whole: boolean, vectors: number): void => {
      lanes.reset();
      pool?.begin();
      emitTransform2D(c.m, f, output, vectors, (i, j, into) => into.forEach((local, v) => f.get(from).vLoad((i * ACROSS + j) * shape.productPoint + v * 16).set(local)), (i, j, value) => {
        const at = new Map([[1, i], [2, j]]);
        const store = (): void => {
          pixel = value;
          const places = value.map((_, group): Place => ({ group, lanes: count, at }));
          if (pool === undefined || stored === undefined) lanes.storeAll(shape.kernel.stores, places);
          else pool.take(i, j, lanes.vectors(stored.value, places));
        };
        if (whole) store();
        else {
          f.i32(i).get(rows).op('i32LtS').i32(j).get(columns).op('i32LtS').op('i32And').if(store);
          // What was computed inside the branch is not there outside.
          lanes.reset();
        }
      });
      pool?.end(Array.from({ length: vectors }, (_, group): Place => ({ group, lanes: count })), whole && pool.coversWhole(shape.height, shape.width), 4 * vectors);
      nest.advance(3, 4 * vectors);
      f.increment(from, 16 * vectors);
    };
    const all = (whole: boolean): void => {
      const vectors = vectorsOf(c, shape.columns);
      f.repeat(f.local('i32'), Math.floor(shape.columns / (4 * vectors)), () => vector(4, whole, vectors));
      if (shape.columns % 4 > 0) vector(shape.columns % 4, whole, 1);
      lanes.reset();
    };
    if (shape.height % tile === 0 && shape.width % tile === 0) all(true);
    else f.get(rows).i32(tile).op('i32GeS').get(columns).i32(tile).op('i32GeS').op('i32And').if(() => all(true), () => all(false));
  });
}

// Gradient by the weights --------------------------------------------------------------------------

/** Sums of products to [part][point][inner][columns] in shared scratch memory; a part is a fixed run of blocks. */
function emitGradientMain(c: Context, f: FunctionBuilder): void {
  const { shape, tuning } = c;
  const { block, innerPadded, columnsPadded } = shape;
  if (shape.kernel.b.kind !== 'load') throw new Error(`${shape.kernel.name}: the gradient is not in memory`);
  const { access } = shape.kernel.b;
  const [image = 0, row = 0, column = 0] = access.strides.slice(4);
  const gradient: Source = { spread: shape.spread, buffer: access.buffer, offset: access.offset, image, row, column, height: shape.height, width: shape.width, channels: shape.columns };
  const perPart = Math.ceil(shape.blocks / shape.parts);
  const partBytes = POINTS * shape.sumPoint;
  const [firstTile, grads, sums, blockAt, blockEnd] = f.locals('i32', 5) as [Local, Local, Local, Local, Local];
  const data = privateParam(f);
  f.get(data).i32(POINTS * shape.dataPoint).op('i32Add').set(grads);
  const registers = tileRegisters(f, tuning, panelOf(c) / 4);
  unitLoop(f, [shape.parts], threadShare(f, shape.parts), ([part]) => {
    f.get(part as Local).i32(partBytes).op('i32Mul').get(sharedParam(f)).op('i32Add').set(sums);
    zero(f, sums, partBytes);
    f.get(part as Local).i32(perPart).op('i32Mul').tee(blockAt).i32(perPart).op('i32Add').tee(blockEnd).i32(shape.blocks).get(blockEnd).i32(shape.blocks).op('i32LtU').op('select').set(blockEnd);
    f.get(blockAt).get(blockEnd).op('i32LtU').if(() => f.loop(() => {
      f.get(blockAt).i32(block).op('i32Mul').set(firstTile);
      const clear = (target: Local, padded: number, point: number) => (slot: Local): void => {
        // A slot without a tile adds zero products.
        const [to, count] = f.locals('i32', 2) as [Local, Local];
        f.get(target).get(slot).i32(padded * 4).op('i32Mul').op('i32Add').set(to);
        f.repeat(count, POINTS, () => {
          for (let at = 0; at < padded; at += 4) f.get(to).vi32(0).vStore(at * 4);
          f.increment(to, point);
        });
      };
      eachTile(f, shape, firstTile, (cursor, slot) => transformTile(c, f, dataSource(shape), DATA, cursor, slot, data, innerPadded, shape.dataPoint), clear(data, innerPadded, shape.dataPoint));
      eachTile(f, shape, firstTile, (cursor, slot) => transformTile(c, f, gradient, shape.transforms.outputGradient, cursor, slot, grads, columnsPadded, shape.productPoint), clear(grads, columnsPadded, shape.productPoint));
      emitOuterProducts(c, f, registers, data, grads, sums);
      f.get(blockAt).i32(1).op('i32Add').tee(blockAt).get(blockEnd).op('i32LtU').branchIf(0);
    }));
  });
}

/** sums[point] += data[point]ᵀ · grads[point], for each of the 36 points. */
function emitOuterProducts(c: Context, f: FunctionBuilder, registers: ReturnType<typeof tileRegisters>, data: Local, grads: Local, sums: Local): void {
  const { shape, tuning } = c;
  const { block, innerPadded, columnsPadded, inner } = shape;
  const panel = panelOf(c);
  const vectors = panel / 4;
  const tallest = rowsOfTile(tuning, vectors);
  const [left, right, out] = f.locals('i32', 3) as [Local, Local, Local];
  f.get(data).set(left).get(grads).set(right).get(sums).set(out);
  f.repeat(f.local('i32'), POINTS, () => {
    f.repeat(f.local('i32'), columnsPadded / panel, () => {
      const rows = (count: number): void => {
        const used = registers.accumulators.slice(0, count * vectors);
        used.forEach((acc, i) => f.get(out).vLoad((Math.floor(i / vectors) * columnsPadded + (i % vectors) * 4) * 4).set(acc));
        f.get(left).set(registers.a).get(right).set(registers.b);
        emitTile(c.m, f, { ...registers, rows: count, vectors, rowStride: 1, unroll: tuning.unroll }, [{ size: block, left: innerPadded, right: columnsPadded }]);
        used.forEach((acc, i) => f.get(out).get(acc).vStore((Math.floor(i / vectors) * columnsPadded + (i % vectors) * 4) * 4));
        f.increment(left, count * 4);
        f.increment(out, count * columnsPadded * 4);
      };
      const { full, rest } = tileRows(inner, tallest);
      if (full > 0) f.repeat(f.local('i32'), full, () => rows(tallest));
      rest.forEach(rows);
      f.increment(left, -inner * 4);
      f.increment(out, -inner * columnsPadded * 4 + panel * 4);
      f.increment(right, panel * 4);
    });
    f.increment(left, shape.dataPoint);
    f.increment(right, shape.productPoint - columnsPadded * 4);
    f.increment(out, shape.sumPoint - columnsPadded * 4);
  });
}

/** `bytes` is a multiple of 32: whole panels. */
function zero(f: FunctionBuilder, start: Local, bytes: number): void {
  const at = f.local('i32');
  f.get(start).set(at);
  f.repeat(f.local('i32'), bytes / 32, () => {
    f.get(at).vi32(0).vStore(0);
    f.get(at).vi32(0).vStore(16);
    f.increment(at, 32);
  });
}

/** Parts added up in order, back to the taps, through the kernel's stores. */
function emitGradientFinish(c: Context, f: FunctionBuilder): void {
  const { shape } = c;
  const { inner, columnsPadded } = shape;
  const vectors = Math.ceil(shape.columns / 4);
  const partBytes = POINTS * shape.sumPoint;
  const nest = new Nest(f, c.bufferParam);
  let tap: Local = 0;
  const lanes = new Lanes({ m: c.m, nest, buffers: c.buffers, laneAxis: 3, movingAxes: [3], accumulatorMoves: true, accumulator: () => tap });
  lanes.register([], shape.kernel.stores);
  const [column, from] = f.locals('i32', 2) as [Local, Local];
  unitLoop(f, [inner, vectors], threadShare(f, inner * vectors), ([channel, vector]) => {
    f.get(vector as Local).i32(4).op('i32Mul').set(column);
    nest.start([undefined, undefined, channel, column]);
    f.get(channel as Local).i32(columnsPadded).op('i32Mul').get(column).op('i32Add').i32(4).op('i32Mul').get(sharedParam(f)).op('i32Add').set(from);
    const finish = (count: number): void => {
      lanes.reset();
      emitTransform2D(c.m, f, shape.transforms.filterGradient, 1, (i, j, [into = 0]) => {
        const offset = (i * ACROSS + j) * shape.sumPoint;
        f.get(from).vLoad(offset).set(into);
        for (let part = 1; part < shape.parts; part++) f.get(into).get(from).vLoad(offset + part * partBytes).simd('f32x4Add').set(into);
      }, (i, j, [value = 0]) => {
        tap = value;
        lanes.storeAll(shape.kernel.stores, [{ group: 0, lanes: count, at: new Map([[0, i], [1, j]]) }]);
      });
      lanes.reset();
    };
    const rest = shape.columns % 4;
    if (rest === 0) finish(4);
    else f.get(vector as Local).i32(vectors - 1).op('i32Eq').if(() => finish(rest), () => finish(4));
  });
}
