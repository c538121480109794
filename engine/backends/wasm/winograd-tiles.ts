/** What minimal filtering of all kinds does tile by tile: walking over them, transforming them, and their products with a filter. */
import type { PlanBuffer } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { type Tuning, emitTile, rowsOfTile, type tileRegisters, tileRows } from './contract-tile.ts';
import type { SpreadImage } from './fuse-pooling.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { SpreadTiles } from './winograd-pooling.ts';
import { NARROW, POINTS, type WinogradShape } from './winograd-shape.ts';
import { type Channels, POINTS as ACROSS, type Transform, emitTransform2D } from './winograd-transforms.ts';

export type Registers = ReturnType<typeof tileRegisters>;

export interface Context {
  readonly m: ModuleBuilder;
  readonly shape: WinogradShape;
  readonly buffers: readonly PlanBuffer[];
  bufferParam(id: number): Local;
  readonly tuning: Tuning;
}

/** Columns of a panel: wide ones where they fill the padded columns. Nothing else depends on it, so that sums have the same order with any. */
export function panelOf({ shape, tuning }: Context): number {
  return shape.columnsPadded % (tuning.vectors * 4) === 0 ? tuning.vectors * 4 : NARROW;
}

export const sharedParam = (f: FunctionBuilder): Local => f.params.length - 2;
export const privateParam = (f: FunctionBuilder): Local => f.params.length - 1;

/** A tile's number and place, in locals that `step` moves on. */
export interface TileCursor {
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

/** For every tile of the block that starts at the cursor's tile: `body` with its slot's number in a local, or `missing` past the last tile (or `end`). */
export function eachTile(f: FunctionBuilder, shape: WinogradShape, firstTile: Local, body: (cursor: TileCursor, slot: Local) => void, missing?: (slot: Local) => void, end?: Local): void {
  const cursor = tileCursor(f, shape);
  const slot = f.local('i32');
  f.get(firstTile).set(cursor.number);
  cursor.place();
  f.i32(0).set(slot);
  f.loop(() => {
    f.get(cursor.number);
    if (end === undefined) f.i32(shape.tiles);
    else f.get(end);
    f.op('i32LtU').if(() => body(cursor, slot), missing === undefined ? undefined : () => missing(slot));
    cursor.step();
    f.get(slot).i32(1).op('i32Add').tee(slot).i32(shape.block).op('i32LtU').branchIf(0);
  });
}

export interface Source {
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
export function transformTile(c: Context, f: FunctionBuilder, source: Source, transform: Transform, cursor: TileCursor, slot: Local, target: Local, padded: number, point: number): void {
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
export function vectorsOf({ tuning }: Context, channels: number): number {
  return tuning.joins && channels % 8 === 0 ? 2 : 1;
}

/** The image that the window slides over, as the transform reads it. */
export function dataSource(shape: WinogradShape): Source {
  if (shape.kernel.a.kind !== 'load') throw new Error(`${shape.kernel.name}: the data are not in memory`);
  const { buffer, offset, strides } = shape.kernel.a.access;
  const [image = 0, row = 0, column = 0] = shape.kind === 'filter' ? [strides[0], strides[4], strides[5]] : [strides[4], strides[0], strides[1]];
  return { spread: shape.kind === 'filter' ? shape.spread : undefined, buffer, offset, image, row, column, height: shape.height + shape.taps - 1, width: shape.width + shape.taps - 1, channels: shape.inner };
}

/** 36 products: [tiles, inner] · [inner, columns]. */
export function emitProducts(c: Context, f: FunctionBuilder, registers: Registers, data: Local, products: Local): void {
  const { shape, tuning } = c;
  const { block, innerPadded, columnsPadded } = shape;
  const panel = panelOf(c);
  const vectors = panel / 4;
  const tallest = rowsOfTile(tuning, vectors);
  const [left, right, out] = f.locals('i32', 3) as [Local, Local, Local];
  f.get(data).set(left).get(sharedParam(f)).set(right).get(products).set(out);
  f.repeat(f.local('i32'), POINTS, () => {
    f.repeat(f.local('i32'), columnsPadded / panel, () => {
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
}

/** `bytes` is a multiple of 32: whole panels. */
export function zero(f: FunctionBuilder, start: Local, bytes: number): void {
  const at = f.local('i32');
  f.get(start).set(at);
  f.repeat(f.local('i32'), bytes / 32, () => {
    f.get(at).vi32(0).vStore(0);
    f.get(at).vi32(0).vStore(16);
    f.increment(at, 32);
  });
}
