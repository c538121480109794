/** A convolution, or its gradient by the input, by minimal filtering. */
import type { FunctionBuilder, Local } from './assembler.ts';
import { tileRegisters } from './contract-tile.ts';
import { Lanes, type Place } from './lanes.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';
import { emitGroup } from './winograd-adding.ts';
import { TilePool } from './winograd-pooling.ts';
import { POINTS } from './winograd-shape.ts';
import { type Context, dataSource, eachTile, emitProducts, panelOf, privateParam, sharedParam, transformTile, vectorsOf } from './winograd-tiles.ts';
import { type Channels, DATA, POINTS as ACROSS, emitTransform2D } from './winograd-transforms.ts';

/** The filter to [point][panel][inner channel][column] in shared scratch memory. */
export function emitFilterTransform(c: Context, f: FunctionBuilder): void {
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
          // Summed up, tap t adds to the place t before: the filter runs backwards.
          const [down, across] = shape.adding === undefined ? [i, j] : [shape.taps - 1 - i, shape.taps - 1 - j];
          const at = (lane: number): number => (down * tapRow + across * tapColumn + (part * 4 + lane) * columnStride) * 4;
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

export function emitFilterMain(c: Context, f: FunctionBuilder): void {
  const { shape } = c;
  const share = threadShare(f, shape.blocks);
  const [firstTile, products] = f.locals('i32', 2) as [Local, Local];
  const data = privateParam(f);
  f.get(data).i32(POINTS * shape.dataPoint).op('i32Add').set(products);
  const registers = tileRegisters(f, c.tuning, panelOf(c) / 4);
  unitLoop(f, [shape.blocks], share, ([at]) => {
    if (shape.adding !== undefined) {
      emitGroup(c, f, shape.adding, registers, at as Local, data, products);
      return;
    }
    f.get(at as Local).i32(shape.block).op('i32Mul').set(firstTile);
    eachTile(f, shape, firstTile, (cursor, slot) => transformTile(c, f, dataSource(shape), DATA, cursor, slot, data, shape.innerPadded, shape.dataPoint));
    emitProducts(c, f, registers, data, products);
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
      emitTransform2D(c.m, f, output, vectors, (i, j, into) => into.forEach((local, v) => f.get(from).vLoad((i * ACROSS + j) * shape.productPoint + v * 16).set(local)), (i, j, value) => {
        const at = new Map([[1, i], [2, j]]);
        const store = (): void => {
          pixel = value;
          const places = value.map((_, group): Place => ({ group, lanes: count, at }));
          if (pool === undefined || stored === undefined) lanes.storeAll(shape.kernel.stores, places);
          else pool.take(i, j, lanes.vectors(stored.value, places));
        };
        pool?.open(i, j);
        if (whole) store();
        else {
          f.i32(i).get(rows).op('i32LtS').i32(j).get(columns).op('i32LtS').op('i32And').if(store);
          // What was computed inside the branch is not there outside.
          lanes.reset();
        }
        pool?.close(i, j, value.map((_, group): Place => ({ group, lanes: count })), whole && pool.coversWhole(shape.height, shape.width));
      });
      pool?.advance(4 * vectors);
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
