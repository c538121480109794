/**
 * Reductions over many elements of many rows that lie side by side (statistics of channels over a batch of images):
 * registers hold a few rows only, and to go through memory once for each few is slow. Here all rows are taken through a
 * block of elements after the other, which stays in the first-level cache; accumulators wait in private memory between.
 * The sums of a batch normalisation's gradient take 0.4 of the time.
 */
import type { PlanBuffer, RowKernel, RowStage } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';
import { type Accumulator, accumulate, complete, identity, isInt, lanesAlongRows, makeAccumulators, passes } from './row-accumulators.ts';

/** Elements of a block: with 64 rows of two tensors they take 32 KB. */
const BLOCK = 64;
/** Vectors of rows at a time. */
const GROUP = 4;
/** As many outer rows keep all threads busy. */
const ENOUGH_UNITS = 16;

export interface RowBlocks {
  /** Vectors of rows. */
  readonly vectors: number;
  /** Element axes from here on lie in a block; if that is none, the last one is cut into blocks. */
  readonly blockFrom: number;
  /** All outer rows go through a block, too (the taps of a filter, which read nearly the same numbers), otherwise one after the other. */
  readonly together: boolean;
  readonly privateBytes: number;
  readonly sharedBytes: 0;
}

/** Undefined where rows are few or short, or not side by side. */
export function analyzeRowBlocks(kernel: RowKernel): RowBlocks | undefined {
  const { elementAxes, stages } = kernel;
  const elements = elementAxes.reduce((n, size) => n * size, 1);
  const vectors = Math.ceil((kernel.rowAxes.at(-1) ?? 1) / 4);
  const reduces = stages.filter((stage) => stage.kind === 'reduce');
  if (!lanesAlongRows(kernel) || vectors <= GROUP || elements < 4 * BLOCK || reduces.length === 0 || reduces.some((stage) => stage.fn === 'argmax')) return undefined;
  let blockFrom = elementAxes.length;
  for (let size = 1; blockFrom > 0 && size * (elementAxes[blockFrom - 1] ?? 1) <= BLOCK; blockFrom--) size *= elementAxes[blockFrom - 1] ?? 1;
  const outer = kernel.rowAxes.slice(0, -1).reduce((n, size) => n * size, 1);
  const together = outer < ENOUGH_UNITS;
  return { vectors, blockFrom, together, privateBytes: reduces.length * vectors * 16 * (together ? outer : 1), sharedBytes: 0 };
}

export function emitRowBlocks(m: ModuleBuilder, f: FunctionBuilder, kernel: RowKernel, { vectors, blockFrom, together }: RowBlocks, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local): void {
  const scratch = f.params.length - 1;
  const laneAxis = kernel.rowAxes.length - 1;
  const length = kernel.rowAxes[laneAxis] ?? 1;
  const sizes = [...kernel.rowAxes, ...kernel.elementAxes];
  const elementAxes = kernel.elementAxes.map((_, i) => kernel.rowAxes.length + i);
  const nest = new Nest(f, bufferParam);
  const accumulators = makeAccumulators(f, kernel, GROUP);
  const lanes = new Lanes({ m, nest, buffers, laneAxis, movingAxes: elementAxes, settles: kernel.settles, accumulator: (i, group) => accumulators.get(i)?.value[group] as Local });
  lanes.register(kernel.stages.map((s) => (s.kind === 'reduce' ? s.value : s.store.value)), [...kernel.stages.flatMap((s) => (s.kind === 'each' ? [s.store] : [])), ...kernel.finish]);
  const [number, group, groupEnd, first, count, kept] = [f.local('v128'), ...f.locals('i32', 5)] as [Local, Local, Local, Local, Local, Local];
  const slots = [...accumulators.keys()];
  /** Bytes from `kept` to an accumulator's vector of the present group. */
  const slotOf = (index: number, vector: number): number => (slots.indexOf(index) * vectors + vector) * 16;
  const rest = vectors % GROUP;
  const tail = length % 4;
  const placesOf = (n: number, isLast: boolean): readonly Place[] => Array.from({ length: n }, (_, i): Place => ({ group: i, lanes: isLast && i === n - 1 && tail > 0 ? tail : 4 }));

  const groups = Math.ceil(vectors / GROUP);
  const outerRows = kernel.rowAxes.slice(0, -1);
  /** Every group of this thread's, with its places and outer rows; `first` is its first row. */
  const eachGroup = ({ begin, end, outer }: Share, body: (places: readonly Place[], outer: readonly Local[]) => void): void => {
    f.get(begin).set(group).get(end).set(groupEnd);
    unitLoop(f, [...(together ? outerRows : []), groups], { begin: group, end: groupEnd }, (units) => {
      const index = units.at(-1) as Local;
      const rows = together ? units.slice(0, -1) : outer;
      f.get(index).i32(GROUP * 4).op('i32Mul').set(first);
      f.get(scratch).get(index).i32(GROUP * 16).op('i32Mul').op('i32Add').set(kept);
      if (together) {
        f.i32(0);
        rows.forEach((row, i) => f.i32(outerRows[i] ?? 1).op('i32Mul').get(row).op('i32Add'));
        f.i32(slots.length * vectors * 16).op('i32Mul').get(kept).op('i32Add').set(kept);
      }
      const full = placesOf(GROUP, rest === 0 && vectors === GROUP);
      const last = placesOf(rest === 0 ? GROUP : rest, true);
      if (rest === 0 && tail === 0) body(full, rows);
      else f.get(index).i32(groups - 1).op('i32Eq').if(() => body(last, rows), () => body(placesOf(GROUP, false), rows));
    });
  };
  const fetch = (index: number, places: readonly Place[]): void => places.forEach((_, i) => f.get(kept).vLoad(slotOf(index, i)).set(accumulators.get(index)?.value[i] as Local));

  const pass = (stages: readonly RowStage[], earlier: readonly number[], share: Share): void => {
    const reduces = stages.filter((s) => s.kind === 'reduce');
    const eaches = stages.filter((s) => s.kind === 'each').map((s) => s.store);
    eachGroup(share, (places) => reduces.forEach((stage) => places.forEach((_, i) => {
      f.get(kept);
      identity(f, stage);
      f.vStore(slotOf(stage.index, i));
    })));
    const block = (before: readonly Local[], start: Local | undefined): void => eachGroup(share, (places, outer) => {
      nest.start([...outer, first, ...before, ...(start === undefined ? [] : [start])]);
      for (const index of earlier) fetch(index, places);
      for (const stage of reduces) {
        // Sums begin anew in each block, so that their rounding errors grow with its length; the rest goes on.
        if (stage.fn !== 'sum') fetch(stage.index, places);
        else for (let i = 0; i < places.length; i++) f.vi32(0).set(accumulators.get(stage.index)?.value[i] as Local);
      }
      lanes.hoist(stages.map((s) => (s.kind === 'reduce' ? s.value : s.store.value)), places);
      const element = (): void => {
        lanes.next();
        for (const stage of reduces) places.forEach((place, i) => accumulate(f, accumulators.get(stage.index)!, i, lanes.vector(stage.value, place), number));
        if (eaches.length > 0) lanes.storeAll(eaches, places);
      };
      if (start === undefined) nest.loops(elementAxes.slice(blockFrom), sizes, element);
      else {
        const axis = elementAxes.at(-1) as number;
        const left = f.local('i32');
        f.get(count).set(left);
        f.loop(() => {
          element();
          nest.advance(axis, 1);
          f.get(left).i32(1).op('i32Sub').tee(left).branchIf(0);
        });
      }
      for (const stage of reduces) {
        complete(f, accumulators.get(stage.index) as Accumulator);
        places.forEach((_, i) => {
          const value = accumulators.get(stage.index)?.value[i] as Local;
          f.get(kept);
          if (stage.fn === 'sum') f.get(kept).vLoad(slotOf(stage.index, i)).get(value).simd(isInt(stage) ? 'i32x4Add' : 'f32x4Add');
          else f.get(value);
          f.vStore(slotOf(stage.index, i));
        });
      }
      lanes.reset();
    });
    walkBlocks(f, kernel.elementAxes, blockFrom, count, block);
  };

  const outerCount = outerRows.reduce((n, size) => n * size, 1);
  const reduceAll = (share: Share): void => {
    const done: number[] = [];
    for (const stages of passes(kernel.stages)) {
      pass(stages, done, share);
      done.push(...stages.flatMap((stage) => (stage.kind === 'reduce' ? [stage.index] : [])));
    }
    eachGroup(share, (places, outer) => {
      nest.start([...outer, first]);
      for (const index of slots) fetch(index, places);
      lanes.storeAll(kernel.finish, places);
      lanes.reset();
    });
  };
  if (together) {
    reduceAll({ ...threadShare(f, outerCount * groups), outer: [] });
    return;
  }
  const [begin, end] = f.locals('i32', 2) as [Local, Local];
  f.i32(0).set(begin).i32(groups).set(end);
  unitLoop(f, outerRows, threadShare(f, outerCount), (outer) => reduceAll({ begin, end, outer }));
}

/** Units from `begin` to `end`: groups of rows, and outer rows where these are taken together; else those that the loops are at. */
interface Share {
  readonly begin: Local;
  readonly end: Local;
  readonly outer: readonly Local[];
}

/** Calls `block` in a loop over all blocks: with the numbers of the axes before a block, and where the last axis is cut with its first element; `count` is then its length. */
function walkBlocks(f: FunctionBuilder, axes: readonly number[], blockFrom: number, count: Local, block: (before: readonly Local[], start: Local | undefined) => void): void {
  const isCut = blockFrom === axes.length;
  const walked = isCut ? axes.slice(0, -1) : axes.slice(0, blockFrom);
  const [at, end] = f.locals('i32', 2) as [Local, Local];
  f.i32(0).set(at).i32(walked.reduce((n, size) => n * size, 1)).set(end);
  unitLoop(f, walked, { begin: at, end }, (before) => {
    if (!isCut) {
      block(before, undefined);
      return;
    }
    const size = axes.at(-1) ?? 1;
    const start = f.local('i32');
    f.i32(0).set(start);
    f.loop(() => {
      // The last block is shorter.
      f.i32(size).get(start).op('i32Sub').set(count);
      f.i32(BLOCK).get(count).get(count).i32(BLOCK).op('i32GtS').op('select').set(count);
      block(before, start);
      f.increment(start, BLOCK);
      f.get(start).i32(size).op('i32LtU').branchIf(0);
    });
  });
}
