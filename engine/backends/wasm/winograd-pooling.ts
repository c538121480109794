/** Pooling within minimal filtering: windows of a tile reduced while it is in registers, and tiles of an image that only pooling's gradient fills. */
import type { BufferId, PlanBuffer, ScalarExpr, Store } from '../../compile/plan.ts';
import { exprReplacer } from '../../compile/rewrite-kernel.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { PooledWindows, SpreadImage } from './fuse-pooling.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest } from './nest.ts';
import { accumulateAll, complete, initialize, makeAccumulators } from './row-accumulators.ts';
import type { Channels } from './winograd-transforms.ts';

/** Axes of kernels over windows, and within the window of those that reduce it. */
const [ROW, COLUMN, CHANNEL, DOWN, ACROSS] = [1, 2, 3, 4, 5];
/** In what is reduced, the number of the accumulator that is the convolution's result. */
const RESULT = -1;

interface Context {
  readonly m: ModuleBuilder;
  readonly buffers: readonly PlanBuffer[];
  bufferParam(id: number): Local;
}

/** Where a tile stands: its image, and its number down and across. */
interface TilePlace {
  readonly image: Local;
  readonly down: Local;
  readonly across: Local;
}

/** The first window of a tile, and whether those around it are of the image. */
class FirstWindow {
  readonly #f: FunctionBuilder;
  readonly #rows: number;
  readonly #columns: number;
  readonly row: Local;
  readonly column: Local;

  constructor(f: FunctionBuilder, { rows, columns }: { readonly rows: number; readonly columns: number }) {
    this.#f = f;
    [this.#rows, this.#columns] = [rows, columns];
    [this.row, this.column] = f.locals('i32', 2) as [Local, Local];
  }
  /** `windows`: from one tile to the next. */
  start({ down, across }: TilePlace, windows: number): void {
    this.#f.get(down).i32(windows).op('i32Mul').set(this.row).get(across).i32(windows).op('i32Mul').set(this.column);
  }
  /** Of the window so many rows and columns on: on the stack. */
  isInside(row: number, column: number): void {
    this.#f.get(this.row).i32(row).op('i32Add').i32(this.#rows).op('i32LtU').get(this.column).i32(column).op('i32Add').i32(this.#columns).op('i32LtU').op('i32And');
  }
}

// Forwards ----------------------------------------------------------------------------------------

type WindowAccumulators = ReturnType<typeof makeAccumulators>;

/** Reduces the windows of one tile after the other. */
export class TilePool {
  readonly #f: FunctionBuilder;
  readonly #windows: PooledWindows;
  readonly #tile: number;
  readonly #nest: Nest;
  readonly #lanes: Lanes;
  readonly #accumulators: readonly (readonly WindowAccumulators[])[];
  readonly #first: FirstWindow;
  /** What is reduced, by accumulator. */
  readonly #values: ReadonlyMap<number, ScalarExpr>;
  #window: WindowAccumulators | undefined;
  #element: Channels = [];

  /** `image`: what the convolution would store. `tile`: outputs of a tile along each axis; `vectors`: of channels that are reduced side by side. */
  constructor({ m, buffers, bufferParam }: Context, f: FunctionBuilder, windows: PooledWindows, { image, tile, vectors }: { readonly image: BufferId; readonly tile: number; readonly vectors: number }) {
    this.#f = f;
    this.#windows = windows;
    this.#tile = tile;
    this.#nest = new Nest(f, bufferParam);
    this.#lanes = new Lanes({
      m, nest: this.#nest, buffers, laneAxis: CHANNEL, movingAxes: [CHANNEL], accumulatorMoves: true, settles: windows.kernel.settles,
      accumulator: (index, group) => (index === RESULT ? this.#element[group] : this.#window?.get(index)?.value[group]) as Local,
    });
    const ofResult = exprReplacer((expr) => (expr.kind === 'load' && expr.access.buffer === image ? { kind: 'accumulator', index: RESULT, dtype: expr.dtype } : undefined));
    this.#values = new Map(windows.kernel.stages.flatMap((stage) => (stage.kind === 'reduce' ? [[stage.index, ofResult(stage.value)]] : [])));
    this.#lanes.register([...this.#values.values()], windows.kernel.finish);
    const across = tile / windows.size;
    this.#accumulators = Array.from({ length: across }, () => Array.from({ length: across }, () => makeAccumulators(f, windows.kernel, vectors)));
    this.#first = new FirstWindow(f, windows);
  }

  /** Ahead of a tile's channels. */
  start(place: TilePlace): void {
    this.#first.start(place, this.#tile / this.#windows.size);
    this.#nest.start([place.image, this.#first.row, this.#first.column]);
  }
  /** Ahead of the element at this place of the tile; they come row by row. */
  open(i: number, j: number): void {
    const { size } = this.#windows;
    // Windows begin and end one by one: fewer numbers wait at the same time.
    if (i % size === 0 && j % size === 0) for (const accumulator of this.#accumulators[i / size]?.[j / size]?.values() ?? []) initialize(this.#f, accumulator);
  }
  /** Take in the element there. */
  take(i: number, j: number, element: Channels): void {
    const { size } = this.#windows;
    const [row, column, down, across] = [Math.floor(i / size), Math.floor(j / size), i % size, j % size];
    const window = this.#accumulators[row]?.[column];
    this.#element = element;
    this.#lanes.reset();
    for (const [index, accumulator] of window ?? []) {
      const at = new Map([[ROW, row], [COLUMN, column], [DOWN, down], [ACROSS, across]]);
      const values = this.#lanes.vectors(this.#values.get(index) as ScalarExpr, element.map((_, group) => ({ group, lanes: 4, at })));
      accumulateAll(this.#f, accumulator, 0, values, () => this.#f.vIntegerConstant(down * size + across));
    }
  }
  /** Behind an element: what became of a window that it completes is stored, if that is within the image. */
  close(i: number, j: number, places: readonly Place[], isWhole: boolean): void {
    const { size, kernel } = this.#windows;
    if ((i + 1) % size !== 0 || (j + 1) % size !== 0) return;
    const [row, column] = [(i + 1) / size - 1, (j + 1) / size - 1];
    this.#window = this.#accumulators[row]?.[column];
    for (const accumulator of this.#window?.values() ?? []) complete(this.#f, accumulator);
    const store = (): void => {
      this.#lanes.reset();
      this.#lanes.storeAll(kernel.finish, places.map((place) => ({ ...place, at: new Map([[ROW, row], [COLUMN, column]]) })));
    };
    if (isWhole) store();
    else {
      this.#first.isInside(row, column);
      this.#f.if(store);
    }
    this.#lanes.reset();
  }
  /** On to the next channels. */
  advance(channels: number): void {
    this.#nest.advance(CHANNEL, channels);
  }
  /** Whether a tile that is within the result is within the pooled windows, too. */
  coversWhole(height: number, width: number): boolean {
    const { size, rows, columns } = this.#windows;
    return rows * size === height && columns * size === width;
  }
}

// Backwards ---------------------------------------------------------------------------------------

/** Bytes of memory of its own for each window of a tile: its mask, for two vectors. */
const MASK_BYTES = 32;

/** A window of the tile. */
interface Window {
  /** Counted from the one where the tile stands. */
  readonly row: number;
  readonly column: number;
  readonly nest: Nest;
  readonly lanes: Lanes;
  readonly maskAt: number;
}

/** Computes the elements of tiles of an image that is not in memory. */
export class SpreadTiles {
  readonly #f: FunctionBuilder;
  readonly #image: SpreadImage;
  readonly #tile: number;
  readonly #first: FirstWindow;
  /** All windows of a tile that lies within the image. */
  readonly #within: Pick<Window, 'nest' | 'lanes'>;
  /** Each by itself: of those outside, one within is read instead, and masked. Branches would keep V8 from joining vectors. */
  readonly #windows: readonly Window[];
  readonly #masks: Local;

  /** `step`: elements from one tile to the next; `size`: of a tile. `masks`: the address of `maskBytes` that are the thread's own. */
  constructor(c: Context, f: FunctionBuilder, image: SpreadImage, { step, size, masks }: { readonly step: number; readonly size: number; readonly masks: Local }) {
    this.#f = f;
    this.#image = image;
    this.#tile = step;
    this.#masks = masks;
    this.#first = new FirstWindow(f, image);
    const reader = (): Pick<Window, 'nest' | 'lanes'> => {
      const nest = new Nest(f, c.bufferParam);
      const lanes = new Lanes({ m: c.m, nest, buffers: c.buffers, laneAxis: CHANNEL, movingAxes: [CHANNEL], accumulator: () => { throw new Error('a map kernel has no accumulators'); } });
      lanes.register(image.stores.map(({ value }) => value), []);
      return { nest, lanes };
    };
    this.#within = reader();
    const range = (pad: 'padRows' | 'padColumns'): number[] => [...new Set(Array.from({ length: size }, (_, element) => windowOf(image, element, pad)))];
    const places = range('padRows').flatMap((row) => range('padColumns').map((column) => ({ row, column })));
    this.#windows = places.map((place, i) => ({ ...place, ...reader(), maskAt: i * MASK_BYTES }));
  }

  /** Ahead of a tile's channels: what is done for those of a tile within the image, and for those of another one. */
  start(place: TilePlace, within: () => void, otherwise: () => void): void {
    const f = this.#f;
    const { image } = place;
    this.#first.start(place, this.#tile / this.#image.size);
    const [first, last] = [this.#windows[0] as Window, this.#windows.at(-1) as Window];
    this.#first.isInside(first.row, first.column);
    this.#first.isInside(last.row, last.column);
    f.op('i32And').if(() => {
      this.#within.nest.start([image, this.#first.row, this.#first.column]);
      within();
    }, () => {
      const [row, column, inside] = f.locals('i32', 3) as [Local, Local, Local];
      for (const window of this.#windows) {
        this.#first.isInside(window.row, window.column);
        f.set(inside);
        f.get(this.#first.row).i32(window.row).op('i32Add').i32(0).get(inside).op('select').set(row);
        f.get(this.#first.column).i32(window.column).op('i32Add').i32(0).get(inside).op('select').set(column);
        window.nest.start([image, row, column]);
        for (const at of [0, 16]) f.get(this.#masks).i32(0).get(inside).op('i32Sub').simd('i32x4Splat').vStore(window.maskAt + at);
      }
      otherwise();
    });
  }
  /** Ahead of some of the channels: nothing is known of them yet. */
  begin(): void {
    for (const { lanes } of [this.#within, ...this.#windows]) lanes.reset();
  }
  /** Set `into` to the tile's element (i, j). */
  element(i: number, j: number, into: Channels, isWithin: boolean): void {
    const f = this.#f;
    const { size, padRows, padColumns, stores } = this.#image;
    const [row, column] = [windowOf(this.#image, i, 'padRows'), windowOf(this.#image, j, 'padColumns')];
    const { value } = stores[(i - padRows - row * size) * size + (j - padColumns - column * size)] as Store;
    if (isWithin) {
      const at = new Map([[ROW, row], [COLUMN, column]]);
      const found = this.#within.lanes.vectors(value, into.map((_, group) => ({ group, lanes: 4, at })));
      into.forEach((local, group) => f.get(found[group] as Local).set(local));
      return;
    }
    const window = this.#windows.find((each) => each.row === row && each.column === column) as Window;
    const found = window.lanes.vectors(value, into.map((_, group) => ({ group, lanes: 4 })));
    into.forEach((local, group) => f.get(found[group] as Local).get(this.#masks).vLoad(window.maskAt + group * 16).simd('v128And').set(local));
  }
  /** On to the next channels. */
  end(channels: number, isWithin: boolean): void {
    for (const { nest } of isWithin ? [this.#within] : this.#windows) nest.advance(CHANNEL, channels);
  }
}

/** Which window an element of a tile is of, counted from the one where the tile stands. */
function windowOf(image: SpreadImage, element: number, pad: 'padRows' | 'padColumns'): number {
  return Math.floor((element - image[pad]) / image.size);
}

/** Memory for the masks of a tile of so many elements along each axis, in bytes. */
export const maskBytes = (size: number): number => size * size * MASK_BYTES;
