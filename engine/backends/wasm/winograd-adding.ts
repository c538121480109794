/** Minimal filtering by tiles of the data, whose results overlap and are summed up. */
import type { FunctionBuilder, Local } from './assembler.ts';
import { Lanes, type Place } from './lanes.ts';
import { Nest } from './nest.ts';
import type { AddingShape, WinogradShape } from './winograd-shape.ts';
import { type Context, type Registers, type Source, dataSource, eachTile, emitProducts, transformTile, vectorsOf, zero } from './winograd-tiles.ts';
import { Arithmetic, type Channels, DATA_TRANSPOSED, POINTS as ACROSS, emitTransform2D } from './winograd-transforms.ts';

/** The result of a group of images, by tiles of the data whose results overlap. */
export function emitGroup(c: Context, f: FunctionBuilder, adding: AddingShape, registers: Registers, group: Local, data: Local, products: Local): void {
  const { shape } = c;
  const { taps, columnsPadded, transforms: { tile, outputGradient } } = shape;
  const tilesPerImage = shape.tilesDown * shape.tilesAcross;
  const [firstTile, endTile, image, endImage, sums] = f.locals('i32', 5) as [Local, Local, Local, Local, Local];
  const firstImage = f.local('i32');
  f.get(group).i32(adding.group).op('i32Mul').tee(firstImage).i32(adding.group).op('i32Add').tee(endImage).i32(shape.images).get(endImage).i32(shape.images).op('i32LtU').op('select').set(endImage);
  f.get(firstImage).i32(tilesPerImage).op('i32Mul').set(firstTile).get(endImage).i32(tilesPerImage).op('i32Mul').set(endTile);
  f.get(data).i32(adding.sumsAt).op('i32Add').set(sums);
  // A tile is the first to reach all places but the rows above it and the columns before it that its window hangs over.
  const [at, line] = f.locals('i32', 2) as [Local, Local];
  f.get(sums).set(at);
  f.repeat(f.local('i32'), adding.group, () => {
    zero(f, at, (taps - 1) * adding.rowBytes);
    f.get(at).set(line);
    f.repeat(f.local('i32'), adding.imageBytes / adding.rowBytes, () => {
      zero(f, line, (taps - 1) * columnsPadded * 4);
      f.increment(line, adding.rowBytes);
    });
    f.increment(at, adding.imageBytes);
  });
  const source = addingSource(shape, adding);
  f.repeat(f.local('i32'), adding.blocks, () => {
    eachTile(f, shape, firstTile, (cursor, slot) => transformTile(c, f, source, outputGradient, cursor, slot, data, shape.innerPadded, shape.dataPoint), undefined, endTile);
    emitProducts(c, f, registers, data, products);
    eachTile(f, shape, firstTile, (cursor, slot) => {
      f.get(sums).get(cursor.image).get(firstImage).op('i32Sub').i32(adding.imageBytes).op('i32Mul').op('i32Add');
      f.get(cursor.down).i32(tile * adding.rowBytes).op('i32Mul').op('i32Add').get(cursor.across).i32(tile * columnsPadded * 4).op('i32Mul').op('i32Add').set(at);
      addTile(c, f, adding, products, slot, at);
    }, undefined, endTile);
    f.increment(firstTile, shape.block);
  });
  f.get(firstImage).set(image);
  f.loop(() => {
    emitSums(c, f, adding, image, sums);
    f.increment(sums, adding.imageBytes);
    f.get(image).i32(1).op('i32Add').tee(image).get(endImage).op('i32LtU').branchIf(0);
  });
}

/** The image itself, without its margins. */
function addingSource(shape: WinogradShape, { rows, columns, skipRows, skipColumns }: AddingShape): Source {
  const source = dataSource(shape);
  const [before, left] = [shape.taps - 1 - skipRows, shape.taps - 1 - skipColumns];
  const spread = source.spread === undefined ? undefined : { ...source.spread, padRows: source.spread.padRows - before, padColumns: source.spread.padColumns - left };
  return { ...source, spread, offset: source.offset + before * source.row + left * source.column, height: rows, width: columns };
}

/** Products of one tile to what it adds to the sums from `at` on. */
function addTile(c: Context, f: FunctionBuilder, adding: AddingShape, products: Local, slot: Local, at: Local): void {
  const { shape } = c;
  const vectors = vectorsOf(c, shape.columns);
  const from = f.local('i32');
  f.get(products).get(slot).i32(shape.columnsPadded * 4).op('i32Mul').op('i32Add').set(from);
  const before = Array.from({ length: vectors }, () => f.local('v128'));
  f.repeat(f.local('i32'), Math.ceil(shape.columns / (4 * vectors)), () => {
    emitTransform2D(c.m, f, DATA_TRANSPOSED, vectors, (i, j, into) => into.forEach((local, v) => f.get(from).vLoad((i * ACROSS + j) * shape.productPoint + v * 16).set(local)), (i, j, value) => {
      const offset = i * adding.rowBytes + j * shape.columnsPadded * 4;
      let sum: Channels = value;
      if (i < shape.taps - 1 || j < shape.taps - 1) {
        before.forEach((local, v) => f.get(at).vLoad(offset + v * 16).set(local));
        sum = new Arithmetic(c.m, f, vectors).add(before, value);
      }
      sum.forEach((vector, v) => f.get(at).get(vector).vStore(offset + v * 16));
    });
    f.increment(from, 16 * vectors);
    f.increment(at, 16 * vectors);
  });
}

/** The finished sums of an image, which begin at `sums`, through the kernel's stores. */
function emitSums(c: Context, f: FunctionBuilder, adding: AddingShape, image: Local, sums: Local): void {
  const { shape } = c;
  const nest = new Nest(f, c.bufferParam);
  const vectors = vectorsOf(c, shape.columns);
  const pixel = Array.from({ length: vectors }, () => f.local('v128'));
  const lanes = new Lanes({ m: c.m, nest, buffers: c.buffers, laneAxis: 3, movingAxes: [3], accumulatorMoves: true, settles: shape.kernel.settles, accumulator: (_, group) => pixel[group] as Local });
  lanes.register([], shape.kernel.stores);
  const [line, at] = f.locals('i32', 2) as [Local, Local];
  nest.start([image]);
  f.get(sums).i32(adding.skipRows * adding.rowBytes + adding.skipColumns * shape.columnsPadded * 4).op('i32Add').set(line);
  const some = (count: number, groups: number): void => {
    lanes.reset();
    pixel.slice(0, groups).forEach((local, v) => f.get(at).vLoad(v * 16).set(local));
    lanes.storeAll(shape.kernel.stores, Array.from({ length: groups }, (_, group): Place => ({ group, lanes: count })));
    f.increment(at, 16 * groups);
    nest.advance(3, 4 * groups);
  };
  const whole = Math.floor(shape.columns / (4 * vectors));
  const rest = shape.columns % 4;
  f.repeat(f.local('i32'), shape.height, () => {
    f.get(line).set(at);
    f.repeat(f.local('i32'), shape.width, () => {
      if (whole > 0) f.repeat(f.local('i32'), whole, () => some(4, vectors));
      if (rest > 0) some(rest, 1);
      f.increment(at, (shape.columnsPadded - 4 * Math.ceil(shape.columns / 4)) * 4);
      nest.advance(3, -4 * Math.ceil(shape.columns / 4));
      nest.advance(2, 1);
    });
    nest.advance(2, -shape.width);
    nest.advance(1, 1);
    f.increment(line, adding.rowBytes);
  });
  lanes.reset();
}
