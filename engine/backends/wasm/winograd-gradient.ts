/** A convolution's gradient by its weights, by minimal filtering. */
import type { FunctionBuilder, Local } from './assembler.ts';
import { emitTile, rowsOfTile, tileRegisters, tileRows } from './contract-tile.ts';
import { Lanes } from './lanes.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';
import { POINTS } from './winograd-shape.ts';
import { type Context, type Registers, type Source, dataSource, eachTile, panelOf, privateParam, sharedParam, transformTile, zero } from './winograd-tiles.ts';
import { DATA, POINTS as ACROSS, emitTransform2D } from './winograd-transforms.ts';

/** Sums of products to [part][point][inner][columns] in shared scratch memory; a part is a fixed run of blocks. */
export function emitGradientMain(c: Context, f: FunctionBuilder): void {
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
function emitOuterProducts(c: Context, f: FunctionBuilder, registers: Registers, data: Local, grads: Local, sums: Local): void {
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

/** Parts added up in order, back to the taps, through the kernel's stores. */
export function emitGradientFinish(c: Context, f: FunctionBuilder): void {
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
