/**
 * Sums of products: matrix products, convolutions and their gradients. Register tiles of a few rows
 * by eight columns walk the depth; the right factor is packed into panels of eight columns when it
 * is read often enough, the left one when its depth lies far apart in memory. The sum of an output
 * is never cut between threads, so results do not depend on their number.
 */
import type { Access, Affine, ContractKernel, PlanBuffer } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { type DepthAxis, type Tuning, depthLoop, emitTile, joinDepth, tileRows } from './contract-tile.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';
import { emitPackRight, packLeft } from './contract-pack.ts';

/** Columns of a tile: two vectors. */
export const PANEL = 8;
/** Depth of a packed block: 8 columns of it are 16 KiB, half of a first-level cache. */
const PACKED_DEPTH = 512;
/** A right factor of more than this is not worth a packed copy if its rows lie close together: writing and reading it again costs more than it saves. */
const LARGE_FACTOR_BYTES = 1 << 20;
const CLOSE_ROWS_BYTES = 1024;
/** Unpacked rows are whole cache lines in few cache sets: about this many bytes of distinct rows stay in the first-level cache. */
const DIRECT_DEPTH_BYTES = 32768;
/** Rows of a block: with 512 deep it fits the second-level cache. */
const MOST_BLOCK_ROWS = 128;
/** Fewer units than this would leave threads without work. */
const ENOUGH_UNITS = 16;
/** Left factors whose depth steps are farther apart than this (in elements) are packed. */
const FAR_DEPTH = 64;

/** Buffer number of the kernel's own scratch memory. */
export const SCRATCH = -1;

export interface ContractShape {
  readonly kernel: ContractKernel;
  readonly a: Access;
  readonly b: Access;
  readonly batch: readonly number[];
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
  /** All sizes, in the order of the strides. */
  readonly sizes: readonly number[];
  readonly mInner: number;
  readonly nInner: number;
  readonly packsRight: boolean;
  readonly packsLeft: boolean;
  /** Panels along the innermost column axis. */
  readonly panels: number;
  readonly depth: number;
  /** Depth axes from here on lie within a block; the axis before is cut into runs of `chunk`. */
  readonly blockFrom: number;
  readonly chunk: number;
  readonly blockRows: number;
  readonly blocks: number;
  /** Where partial sums wait for the next depth block. */
  readonly partial: Access | undefined;
  readonly sharedBytes: number;
  readonly privateBytes: number;
  readonly panelBytes: number;
}

export function analyzeContract(kernel: ContractKernel, buffers: readonly PlanBuffer[], tuning: Tuning): ContractShape {
  if (kernel.a.kind !== 'load' || kernel.b.kind !== 'load') throw new Error(`${kernel.name}: a factor is not in memory`);
  const a = kernel.a.access;
  const b = kernel.b.access;
  for (const access of [a, b]) {
    if (access.guards.length > 0 || access.indirect !== undefined || buffers[access.buffer]?.dtype !== 'f32') throw new Error(`${kernel.name}: a factor is not a plain float32 tensor`);
  }
  // Axes of size 1 stand in for missing ones, so that there is always an innermost row, column and depth axis.
  const widen = (sizes: readonly number[]): readonly number[] => (sizes.length === 0 ? [1] : sizes);
  const [batch, m, n, k] = [kernel.batchAxes, widen(kernel.mAxes), widen(kernel.nAxes), widen(kernel.kAxes)];
  const lengths = [kernel.batchAxes.length, kernel.mAxes.length, kernel.nAxes.length, kernel.kAxes.length] as const;
  const spread = <T extends Affine>(at: T): T => {
    const strides: number[] = [];
    let from = 0;
    [batch, m, n, k].forEach((axes, i) => {
      const count = lengths[i] ?? 0;
      strides.push(...at.strides.slice(from, from + count), ...new Array<number>(axes.length - count).fill(0));
      from += count;
    });
    return { ...at, strides };
  };
  const sizes = [...batch, ...m, ...n, ...k];
  const mInner = batch.length + m.length - 1;
  const nInner = mInner + n.length;
  const [left, right] = [spread(a), spread(b)];
  const product = (list: readonly number[]): number => list.reduce((p, x) => p * x, 1);
  const depth = product(k);
  const panels = Math.ceil((sizes[nInner] ?? 1) / PANEL);
  const rows = product(m);
  const kFirst = nInner + 1;
  const rowBytes = Math.max(...k.map((_, i) => Math.abs(right.strides[kFirst + i] ?? 0)).filter((s) => s > 0), 1) * 4;
  const innerRowBytes = Math.abs(right.strides[sizes.length - 1] ?? 0) * 4;
  const unit = (right.strides[nInner] ?? 0) === 1 && right.strides.slice(kFirst).every((s) => s >= 0);
  const factorBytes = depth * product(n) * product(batch) * 4;
  const packsRight = !(unit && (rows <= PANEL || (factorBytes > LARGE_FACTOR_BYTES && innerRowBytes <= CLOSE_ROWS_BYTES && rowBytes > 0)));

  const direct = Math.max(32, Math.floor(DIRECT_DEPTH_BYTES / Math.max(innerRowBytes, 64)));
  const most = packsRight ? PACKED_DEPTH : rows <= PANEL ? PACKED_DEPTH * 4 : direct;
  const { blockFrom, chunk } = cutDepth(k, most);
  const depthBlocks = k.slice(0, blockFrom).reduce((p, size, i) => p * (i === blockFrom - 1 ? Math.ceil(size / chunk) : size), 1);

  const leftStrides = k.map((_, i) => left.strides[kFirst + i] ?? 0);
  const far = Math.abs(leftStrides.at(-1) ?? 0) >= FAR_DEPTH;
  const packsLeft = (far && (left.strides[mInner] ?? 0) === 1 && panels * product(n.slice(0, -1)) >= 2 && rows > PANEL) || left.strides.slice(batch.length, kFirst).some((s) => s < 0) || leftStrides.some((s) => s < 0);

  const length = sizes[mInner] ?? 1;
  const others = product(batch) * product(m.slice(0, -1)) * product(n.slice(0, -1)) * panels;
  const wanted = Math.max(Math.ceil(length / MOST_BLOCK_ROWS), Math.ceil(ENOUGH_UNITS / others));
  const blocks0 = Math.max(1, Math.min(wanted, Math.ceil(length / (2 * tuning.rows))));
  const blockRows = blocks0 === 1 ? length : Math.ceil(length / blocks0 / tuning.rows) * tuning.rows;
  const blocks = Math.ceil(length / blockRows);

  const panelBytes = depth * PANEL * 4;
  let sharedBytes = packsRight ? product(batch) * product(n.slice(0, -1)) * panels * panelBytes : 0;
  let partial: Access | undefined;
  if (depthBlocks > 1) {
    const [only] = kernel.stores;
    const plain = kernel.stores.length === 1 && only !== undefined && only.value.kind === 'accumulator' && spread(only.to).strides[nInner] === 1;
    if (plain && only !== undefined) partial = spread(only.to);
    else {
      // Row-major [batch, m, n], the innermost columns rounded up to whole panels.
      const padded = [...batch, ...m, ...n.slice(0, -1), panels * PANEL];
      const strides = new Array<number>(sizes.length).fill(0);
      let step = 1;
      for (let d = padded.length - 1; d >= 0; d--) {
        strides[d] = step;
        step *= padded[d] ?? 1;
      }
      partial = { buffer: SCRATCH, offset: sharedBytes / 4, strides, guards: [], fill: 0 };
      sharedBytes += step * 4;
    }
  }
  const inBlock = product(k.slice(blockFrom)) * (blockFrom > 0 ? chunk : 1);
  const privateBytes = packsLeft ? inBlock * (Math.ceil(blockRows / 4) * 4) * 4 : 0;
  const stores = kernel.stores.map((s) => ({ ...s, to: spread(s.to), value: spreadExpr(s.value, spread) }));
  return {
    kernel: { ...kernel, stores }, a: left, b: right, batch, m, n, k, sizes, mInner, nInner, packsRight, packsLeft, panels, depth,
    blockFrom, chunk, blockRows, blocks, partial, sharedBytes, privateBytes, panelBytes,
  };
}

function spreadExpr(expr: ContractKernel['a'], spread: <T extends Affine>(at: T) => T): ContractKernel['a'] {
  const memo = new Map<ContractKernel['a'], ContractKernel['a']>();
  const access = (a: Access): Access => ({ ...spread(a), guards: a.guards.map((g) => spread(g)), ...(a.indirect === undefined ? {} : { indirect: { ...a.indirect, index: access(a.indirect.index) } }) });
  const walk = (e: ContractKernel['a']): ContractKernel['a'] => {
    const known = memo.get(e);
    if (known !== undefined) return known;
    let result: ContractKernel['a'] = e;
    if (e.kind === 'load') result = { ...e, access: access(e.access) };
    else if (e.kind === 'index') result = { ...e, at: spread(e.at) };
    else if (e.kind === 'inside') result = { ...e, guards: e.guards.map((g) => spread(g)) };
    else if (e.kind === 'random') result = { ...e, at: spread(e.at), seed: walk(e.seed), step: walk(e.step) };
    else if (e.kind === 'call') result = { ...e, args: e.args.map(walk) };
    memo.set(e, result);
    return result;
  };
  return walk(expr);
}

/** Innermost axes that fit `most` together, and runs of nearly equal length of the axis around them. */
function cutDepth(k: readonly number[], most: number): { blockFrom: number; chunk: number } {
  let inside = 1;
  let from = k.length;
  while (from > 0 && inside * (k[from - 1] ?? 1) <= most) inside *= k[--from] ?? 1;
  if (from === 0) return { blockFrom: 0, chunk: 1 };
  const size = k[from - 1] ?? 1;
  const runs = Math.ceil(size / Math.max(1, Math.floor(most / inside)));
  return { blockFrom: from, chunk: Math.ceil(size / runs) };
}

/** The kernel as functions: `pack` (if any) must be complete on all threads before `main` starts. Both take (thread, threads, …buffers, shared scratch, private scratch). */
export function emitContractKernel(m: ModuleBuilder, pack: FunctionBuilder | undefined, f: FunctionBuilder, shape: ContractShape, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local, tuning: Tuning): void {
  if (pack !== undefined) emitPackRight(pack, shape, bufferParam);
  const { batch, sizes, mInner, nInner, blockFrom } = shape;
  const kFirst = nInner + 1;
  const scratch = { shared: f.params.length - 2, private: f.params.length - 1 };
  const nest = new Nest(f, (id) => (id === SCRATCH ? scratch.shared : bufferParam(id)));
  let row: readonly Local[] = [];
  const lanes = new Lanes({ m, nest, buffers, laneAxis: nInner, movingAxes: [mInner], accumulatorMoves: true, accumulator: (_i, group) => row[group] as Local });
  lanes.register([], shape.kernel.stores);
  const left = nest.address(shape.a.buffer, shape.a, 4);
  const right = shape.packsRight ? undefined : nest.address(shape.b.buffer, shape.b, 4);
  const partial = shape.partial === undefined ? undefined : nest.address(shape.partial.buffer, shape.partial, 4);

  // Units: [batch, outer rows, row blocks, outer columns, panels].
  const outerRows = shape.m.slice(0, -1);
  const outerColumns = shape.n.slice(0, -1);
  const unitSizes = [...batch, ...outerRows, shape.blocks, ...outerColumns, shape.panels];
  const share = threadShare(f, unitSizes.reduce((n, size) => n * size, 1));
  const [rowStart, columnStart, panelAt, isFirst, isLast, depthFlat, unit, unitEnd, packed] = f.locals('i32', 9) as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
  const registers = { accumulators: f.locals('v128', tuning.rows * 2), right: f.locals('v128', 2), left: f.local('v128'), a: f.local('i32'), b: f.local('i32'), end: f.local('i32') };

  const block = (depthIndex: readonly (Local | undefined)[], depthSizes: readonly number[]): void => {
    const inBlock = depthSizes.reduce((p, x) => p * x, 1);
    f.get(share.begin).set(unit).get(share.end).set(unitEnd).i32(1).set(packed);
    unitLoop(f, unitSizes, { begin: unit, end: unitEnd }, (index) => {
      const blockIndex = index[batch.length + outerRows.length] as Local;
      const panelIndex = index.at(-1) as Local;
      f.get(blockIndex).i32(shape.blockRows).op('i32Mul').set(rowStart);
      f.get(panelIndex).i32(PANEL).op('i32Mul').set(columnStart);
      const columns = index.slice(batch.length + outerRows.length + 1, -1);
      nest.start([...index.slice(0, batch.length + outerRows.length), rowStart, ...columns, columnStart, ...depthIndex]);
      if (shape.packsLeft) {
        // The rows of this block in depth order, when the block is new to this thread.
        for (const column of [...columns, panelIndex]) f.get(column);
        for (let i = 0; i < columns.length; i++) f.op('i32Or');
        f.op('i32Eqz').get(packed).op('i32Or').if(() => packLeft(f, nest, shape, left, scratch.private, kFirst + (blockFrom > 0 ? blockFrom - 1 : 0), depthSizes));
        f.i32(0).set(packed);
      }
      if (shape.packsRight) {
        // Panels follow each other as [batch, outer columns, panel][depth][8].
        f.i32(0);
        [...index.slice(0, batch.length), ...columns, panelIndex].forEach((at, i) => f.i32([...batch, ...outerColumns, shape.panels][i] ?? 1).op('i32Mul').get(at).op('i32Add'));
        f.i32(shape.panelBytes).op('i32Mul').get(depthFlat).i32(PANEL * 4).op('i32Mul').op('i32Add').get(scratch.shared).op('i32Add').set(panelAt);
      }
      const bothBlocks = (places: readonly Place[]): void => {
        const rest = (sizes[mInner] ?? 1) - (shape.blocks - 1) * shape.blockRows;
        const run = (count: number): void => rowsOf(count, places, depthSizes, inBlock);
        if (shape.blocks === 1 || rest === shape.blockRows) run(shape.blocks === 1 ? rest : shape.blockRows);
        else f.get(blockIndex).i32(shape.blocks - 1).op('i32Eq').if(() => run(rest), () => run(shape.blockRows));
      };
      const full: readonly Place[] = [{ group: 0, lanes: 4 }, { group: 1, lanes: 4 }];
      const width = (sizes[nInner] ?? 1) - (shape.panels - 1) * PANEL;
      const last = full.slice(0, Math.ceil(width / 4)).map((p, i): Place => ({ group: p.group, lanes: Math.min(4, width - 4 * i) }));
      if (shape.panels === 1) bothBlocks(last);
      else if (width === PANEL) bothBlocks(full);
      else f.get(panelIndex).i32(shape.panels - 1).op('i32Eq').if(() => bothBlocks(last), () => bothBlocks(full));
    });
  };

  const rowsOf = (count: number, places: readonly Place[], depthSizes: readonly number[], inBlock: number): void => {
    lanes.hoist(shape.kernel.stores.map((s) => s.value), places);
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
      f.get(shape.packsRight ? panelAt : (right as Local)).set(registers.b);
      emitTile(m, f, { rows, vectors: places.length, rowStride, ...registers, accumulators: used, unroll: tuning.unroll }, axes);
      const finish = (): void => {
        for (let i = 0; i < rows; i++) {
          row = used.slice(i * places.length, (i + 1) * places.length);
          lanes.next();
          lanes.storeAll(shape.kernel.stores, places);
          nest.advance(mInner, 1);
        }
      };
      if (partial === undefined) finish();
      else {
        f.get(isLast).if(finish, () => {
          partialTile(f, partial, shape, rows, places, used, 'store');
          nest.advance(mInner, rows);
        });
      }
      if (shape.packsLeft) f.increment(leftAt, rows * 4);
    };
    const { full, rest } = tileRows(count, tuning.rows);
    if (full > 0) f.repeat(f.local('i32'), full, () => tile(tuning.rows));
    rest.forEach(tile);
    lanes.reset();
    void inBlock;
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
      right: shape.packsRight ? PANEL * inner : (shape.b.strides[kFirst + i] ?? 0),
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
