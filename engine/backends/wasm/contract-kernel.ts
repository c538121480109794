/**
 * Sums of products: matrix products, convolutions and their gradients. Register tiles of a few rows
 * by eight columns walk the depth; the right factor is packed into panels of eight columns when it
 * is read often enough, the left one when its depth lies far apart in memory. The sum of an output
 * is never cut between threads, so results do not depend on their number.
 */
import type { PlanBuffer } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { Finish } from './contract-finish.ts';
import { LINE, emitPackRight, fetchDepth, packLeft, packPanel } from './contract-pack.ts';
import { type ContractShape, SCRATCH } from './contract-shape.ts';
import { type DepthAxis, type Tuning, depthLoop, emitTile, joinDepth, rowsOfTile, tileRegisters, tileRows } from './contract-tile.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';

/** A factor of so many bytes lies in no cache that is near. */
const FAR_BYTES = 1 << 20;

/** The kernel as functions: `pack` (if any) must be complete on all threads before `main` starts. Both take (thread, threads, …buffers, shared scratch, private scratch), and before the last two the place of partial sums if there is one. */
export function emitContractKernel(m: ModuleBuilder, pack: FunctionBuilder | undefined, f: FunctionBuilder, shape: ContractShape, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local, tuning: Tuning): void {
  if (pack !== undefined) emitPackRight(pack, shape, bufferParam);
  const { batch, sizes, mInner, nInner, blockFrom } = shape;
  const kFirst = nInner + 1;
  const scratch = { sums: f.params.length - 3, shared: f.params.length - 2, private: f.params.length - 1 };
  const nest = new Nest(f, (id) => (id === SCRATCH ? scratch.sums : bufferParam(id)));
  let row: readonly Local[] = [];
  const finish = shape.kernel.stores.every((store) => store.value.kind === 'accumulator') ? undefined : new Finish({ m, f, shape, buffers, nest: new Nest(f, bufferParam) });
  const lanes = new Lanes({ m, nest, buffers, laneAxis: nInner, movingAxes: [mInner], accumulatorMoves: true, settles: shape.kernel.settles, accumulator: (_i, group) => row[group] as Local });
  if (finish === undefined) lanes.register([], shape.kernel.stores);
  const left = nest.address(shape.a.buffer, shape.a, 4);
  const right = shape.packsRight ? undefined : nest.address(shape.b.buffer, shape.b, 4);
  const partial = shape.partial === undefined ? undefined : nest.address(shape.partial.buffer, shape.partial, 4);

  // Units: [batch, outer rows, row blocks, outer columns, panels].
  const outerRows = shape.m.slice(0, -1);
  const outerColumns = shape.n.slice(0, -1);
  const unitSizes = [...batch, ...outerRows, shape.blocks, ...outerColumns, shape.panels];
  const share = threadShare(f, unitSizes.reduce((n, size) => n * size, 1));
  const [rowStart, columnStart, panelAt, isFirst, isLast, depthFlat, unit, unitEnd, packed] = f.locals('i32', 9) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const registers = tileRegisters(f, tuning, shape.panel / 4);

  /** What this thread will pack of a run of depth, where that is cut from longer rows. Units are [row blocks, panels] then. */
  const fetchAhead = (depthIndex: readonly (Local | undefined)[], depthSizes: readonly number[]): void => {
    if (unitSizes.length > 2) return;
    const isFar = (axes: readonly number[]): boolean => axes.reduce((n, size) => n * size, shape.depth * 4) >= FAR_BYTES;
    const firstDepthAxis = kFirst + Math.max(0, blockFrom - 1);
    const [first, lines] = f.locals('i32', 2) as [Local, Local];
    const ask = (factor: Local, start: readonly (Local | undefined)[]): void => {
      f.get(share.begin).get(share.end).op('i32LtU').if(() => {
        nest.start([...start, ...depthIndex]);
        fetchDepth(f, nest, factor, lines, firstDepthAxis, depthSizes, sizes);
      });
    };
    if (shape.packsPanels && right !== undefined && shape.panels > 1 && isFar(shape.n) && shape.b.strides[nInner] === 1) {
      f.get(share.begin).i32(shape.panel).op('i32Mul').set(first);
      f.get(share.end).get(share.begin).op('i32Sub').i32(shape.panel).op('i32Mul').i32(LINE - 1).op('i32Add').i32(LINE).op('i32DivU').set(lines);
      ask(right, [undefined, first]);
    }
    if (shape.packsLeft && shape.blocks > 1 && isFar(shape.m) && shape.a.strides[mInner] === 1) {
      f.get(share.begin).i32(shape.panels).op('i32DivU').set(first);
      f.get(share.end).i32(shape.panels - 1).op('i32Add').i32(shape.panels).op('i32DivU').get(first).op('i32Sub').i32(shape.blockRows).op('i32Mul').i32(LINE - 1).op('i32Add').i32(LINE).op('i32DivU').set(lines);
      f.get(first).i32(shape.blockRows).op('i32Mul').set(first);
      ask(left, [first, undefined]);
    }
  };

  const block = (depthIndex: readonly (Local | undefined)[], depthSizes: readonly number[]): void => {
    f.get(share.begin).set(unit).get(share.end).set(unitEnd).i32(1).set(packed);
    fetchAhead(depthIndex, depthSizes);
    unitLoop(f, unitSizes, { begin: unit, end: unitEnd }, (index) => {
      const blockIndex = index[batch.length + outerRows.length] as Local;
      const panelIndex = index.at(-1) as Local;
      f.get(blockIndex).i32(shape.blockRows).op('i32Mul').set(rowStart);
      f.get(panelIndex).i32(shape.panel).op('i32Mul').set(columnStart);
      const columns = index.slice(batch.length + outerRows.length + 1, -1);
      const start = [...index.slice(0, batch.length + outerRows.length), rowStart, ...columns, columnStart, ...depthIndex];
      nest.start(start);
      finish?.start(start);
      if (shape.packsLeft) {
        // The rows of this block in depth order, when the block is new to this thread.
        for (const column of [...columns, panelIndex]) f.get(column);
        for (let i = 0; i < columns.length; i++) f.op('i32Or');
        f.op('i32Eqz').get(packed).op('i32Or').if(() => packLeft(f, nest, shape, left, scratch.private, kFirst + (blockFrom > 0 ? blockFrom - 1 : 0), depthSizes));
        f.i32(0).set(packed);
      }
      if (shape.packsRight) {
        // Panels follow each other as [batch, outer columns, panel][depth][column].
        f.i32(0);
        [...index.slice(0, batch.length), ...columns, panelIndex].forEach((at, i) => f.i32([...batch, ...outerColumns, shape.panels][i] ?? 1).op('i32Mul').get(at).op('i32Add'));
        f.i32(shape.panelBytes).op('i32Mul').get(depthFlat).i32(shape.panel * 4).op('i32Mul').op('i32Add').get(scratch.shared).op('i32Add').set(panelAt);
      }
      if (shape.packsPanels) {
        f.get(scratch.private).i32(shape.panelAt).op('i32Add').set(panelAt);
        packPanel(f, nest, shape, panelIndex, right as Local, panelAt, kFirst + (blockFrom > 0 ? blockFrom - 1 : 0), depthSizes);
        f.get(scratch.private).i32(shape.panelAt).op('i32Add').set(panelAt);
      }
      const bothBlocks = (places: readonly Place[]): void => {
        const rest = (sizes[mInner] ?? 1) - (shape.blocks - 1) * shape.blockRows;
        const run = (count: number): void => rowsOf(count, places, depthSizes);
        if (shape.blocks === 1 || rest === shape.blockRows) run(shape.blocks === 1 ? rest : shape.blockRows);
        else f.get(blockIndex).i32(shape.blocks - 1).op('i32Eq').if(() => run(rest), () => run(shape.blockRows));
      };
      const full: readonly Place[] = Array.from({ length: shape.panel / 4 }, (_, group): Place => ({ group, lanes: 4 }));
      const width = (sizes[nInner] ?? 1) - (shape.panels - 1) * shape.panel;
      const last = full.slice(0, Math.ceil(width / 4)).map((p, i): Place => ({ group: p.group, lanes: Math.min(4, width - 4 * i) }));
      if (shape.panels === 1) bothBlocks(last);
      else if (width === shape.panel) bothBlocks(full);
      else f.get(panelIndex).i32(shape.panels - 1).op('i32Eq').if(() => bothBlocks(last), () => bothBlocks(full));
    });
  };

  const rowsOf = (count: number, places: readonly Place[], depthSizes: readonly number[]): void => {
    const axes = depthAxes(shape, depthSizes);
    const rowStride = shape.packsLeft ? 1 : (shape.a.strides[mInner] ?? 0);
    const leftAt = shape.packsLeft ? f.local('i32') : left;
    if (shape.packsLeft) f.get(scratch.private).set(leftAt);
    const tile = (rows: number): void => {
      const used = registers.accumulators.slice(0, rows * places.length);
      const start = (): void => {
        for (const acc of used) f.vi32(0).set(acc);
      };
      if (partial === undefined) start();
      else f.get(isFirst).if(start, () => partialTile(f, partial, shape, rows, places, used, 'load'));
      f.get(leftAt).set(registers.a);
      f.get(shape.packsRight || shape.packsPanels ? panelAt : (right as Local)).set(registers.b);
      emitTile(m, f, { rows, vectors: places.length, rowStride, ...registers, accumulators: used, unroll: tuning.unroll }, axes);
      const store = (): void => {
        if (finish === undefined) {
          for (let i = 0; i < rows; i++) {
            row = used.slice(i * places.length, (i + 1) * places.length);
            lanes.storeAll(shape.kernel.stores, places);
            nest.advance(mInner, 1);
          }
          return;
        }
        used.forEach((sum, i) => f.get(scratch.private).get(sum).vStore(shape.tileAt + i * 16));
        finish.call(rows, places, scratch.private);
        nest.advance(mInner, rows);
      };
      if (partial === undefined) store();
      else {
        f.get(isLast).if(store, () => {
          partialTile(f, partial, shape, rows, places, used, 'store');
          nest.advance(mInner, rows);
        });
      }
      if (shape.packsLeft) f.increment(leftAt, rows * 4);
    };
    if (finish !== undefined) {
      if (partial === undefined) finish.fetch(count);
      else f.get(isLast).if(() => finish.fetch(count));
    }
    const tallest = rowsOfTile(tuning, places.length);
    const { full, rest } = tileRows(count, tallest);
    if (full > 0) f.repeat(f.local('i32'), full, () => tile(tallest));
    rest.forEach(tile);
  };

  depthLoop(f, shape, { isFirst, isLast, depthFlat }, block);
}

/** Depth axes of a block with the steps of both factors, joined where both walk on evenly. */
function depthAxes(shape: ContractShape, depthSizes: readonly number[]): DepthAxis[] {
  const kFirst = shape.nInner + 1 + Math.max(0, shape.blockFrom - 1);
  const padded = Math.ceil(shape.blockRows / 4) * 4;
  const axes = depthSizes.map((size, i): DepthAxis => {
    const inner = depthSizes.slice(i + 1).reduce((p, x) => p * x, 1);
    return {
      size,
      left: shape.packsLeft ? padded * inner : (shape.a.strides[kFirst + i] ?? 0),
      right: shape.packsRight || shape.packsPanels ? shape.panel * inner : (shape.b.strides[kFirst + i] ?? 0),
    };
  });
  return joinDepth(axes);
}

/** Partial sums of a tile to or from where they wait. */
function partialTile(f: FunctionBuilder, at: Local, shape: ContractShape, rows: number, places: readonly Place[], accumulators: readonly Local[], direction: 'load' | 'store'): void {
  const rowBytes = (shape.partial?.strides[shape.mInner] ?? 0) * 4;
  // In scratch memory whole vectors fit; in the result itself the lanes beyond its width belong to others.
  const whole = shape.partial?.buffer === SCRATCH;
  for (let i = 0; i < rows; i++) {
    places.forEach((place, j) => {
      const acc = accumulators[i * places.length + j] as Local;
      const offset = i * rowBytes + j * 16;
      const address = (): void => {
        f.get(at);
        if (offset < 0) f.i32(offset).op('i32Add');
      };
      const immediate = Math.max(offset, 0);
      if (direction === 'load') {
        address();
        f.vLoad(immediate).set(acc);
      } else if (whole || place.lanes === 4) {
        address();
        f.get(acc).vStore(immediate);
      } else {
        for (let lane = 0; lane < place.lanes; lane++) {
          address();
          f.get(acc).vStore32Lane(lane, immediate + lane * 4);
        }
      }
    });
  }
}
