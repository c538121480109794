/**
 * Reductions. Two ways: lanes along the row's elements (softmax over classes), or lanes along
 * neighbouring rows (sums over a batch, pooling over channels), whichever runs through memory.
 * Each row is reduced by one thread in one fixed order, so results do not depend on threads.
 */
import type { PlanBuffer, RowKernel, RowStage } from '../../compile/plan.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { Lanes, type Place } from './lanes.ts';
import type { ModuleBuilder } from './module-builder.ts';
import { Nest, threadShare, unitLoop } from './nest.ts';
import { type Accumulator, accumulate, combine, complete, identity, initialize, isInt, lanesAlongRows, makeAccumulators, passes } from './row-accumulators.ts';
import { type RowBlocks, emitRowBlocks } from './row-blocks.ts';
import { stashTerms } from './row-stash.ts';

/** Partial sums are folded into the total after so many additions: the rounding error grows with this number, not with the row. */
const SUM_BLOCK = 256;
/** Vectors of neighbouring rows that are reduced side by side: two cache lines of memory, half of the sixteen registers. */
const MOST_VECTORS = 8;
/** Rows of so few elements (pooling windows) are written out without loops. */
const SHORT_ROW = 16;

/** `blocks`: what `analyzeRowBlocks` says; then the last parameters are those of scratch memory. */
export function emitRowKernel(m: ModuleBuilder, f: FunctionBuilder, kernel: RowKernel, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local, blocks: RowBlocks | undefined): void {
  if (blocks !== undefined) emitRowBlocks(m, f, kernel, blocks, buffers, bufferParam);
  else if (lanesAlongRows(kernel)) emitAcrossRows(m, f, kernel, buffers, bufferParam);
  else emitAlongRow(m, f, stashTerms(kernel), buffers, bufferParam);
}

// Lanes along the elements of a row --------------------------------------------------------------

function emitAlongRow(m: ModuleBuilder, f: FunctionBuilder, kernel: RowKernel, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local): void {
  const rows = kernel.rowAxes;
  const elements = kernel.elementAxes.length === 0 ? [1] : kernel.elementAxes;
  const sizes = [...rows, ...elements];
  const inner = sizes.length - 1;
  const length = sizes[inner] ?? 1;
  const nest = new Nest(f, bufferParam);
  const accumulators = makeAccumulators(f, kernel, 1);
  const lanes = new Lanes({
    m, nest, buffers, laneAxis: inner, movingAxes: [inner], settles: kernel.settles,
    accumulator: (i) => accumulators.get(i)?.value[0] as Local,
  });
  const exprs = kernel.stages.map((s) => (s.kind === 'reduce' ? s.value : s.store.value));
  lanes.register(exprs, [...kernel.stages.flatMap((s) => (s.kind === 'each' ? [s.store] : [])), ...kernel.finish]);
  const [number, counter] = [f.local('v128'), f.local('i32')];
  const outerElements = elements.slice(0, -1).map((_, i) => rows.length + i);

  const pass = (stages: readonly RowStage[]): void => {
    const reduces = stages.filter((s) => s.kind === 'reduce');
    const eaches = stages.filter((s) => s.kind === 'each').map((s) => s.store);
    const passExprs = stages.map((s) => (s.kind === 'reduce' ? s.value : s.store.value));
    const sums = reduces.filter((s) => s.fn === 'sum').map((s) => accumulators.get(s.index) as Accumulator);
    const totals = sums.map(() => f.local('v128'));
    const long = length > 4 * SUM_BLOCK && sums.length > 0;
    for (const stage of reduces) initialize(f, accumulators.get(stage.index) as Accumulator);
    f.vi32(0, 1, 2, 3).set(number);

    const vectorAt = (count: number): void => {
      lanes.next();
      const place: Place = { group: 0, lanes: count };
      for (const stage of reduces) {
        const value = lanes.vector(stage.value, place);
        let element = value;
        if (count < 4) {
          element = f.local('v128');
          f.get(value);
          identity(f, stage);
          f.vi32(-1, count > 1 ? -1 : 0, count > 2 ? -1 : 0, 0).simd('v128Bitselect').set(element);
        }
        accumulate(f, accumulators.get(stage.index) as Accumulator, 0, element, number);
      }
      if (eaches.length > 0) lanes.storeAll(eaches, [place]);
    };
    const step = (): void => {
      vectorAt(4);
      nest.advance(inner, 4);
      if (reduces.some((s) => s.fn === 'argmax')) f.get(number).vi32(4).simd('i32x4Add').set(number);
    };
    const fold = (): void => sums.forEach((sum, i) => {
      const [total, part] = [totals[i] as Local, sum.value[0] as Local];
      f.get(total).get(part).simd(isInt(sum.stage) ? 'i32x4Add' : 'f32x4Add').set(total).vi32(0).set(part);
    });
    for (const total of totals) f.vi32(0).set(total);
    nest.loops(outerElements, sizes, () => {
      lanes.hoist(passExprs);
      const vectors = Math.floor(length / 4);
      if (long) {
        const blocks = f.local('i32');
        f.repeat(blocks, Math.floor(vectors / SUM_BLOCK), () => {
          f.repeat(counter, SUM_BLOCK, step);
          fold();
        });
        if (vectors % SUM_BLOCK > 0) f.repeat(counter, vectors % SUM_BLOCK, step);
      } else if (vectors > 0) f.repeat(counter, vectors, step);
      if (length % 4 > 0) vectorAt(length % 4);
      // Numbers go on with the next run of elements.
      if (length % 4 > 0 && reduces.some((s) => s.fn === 'argmax')) f.get(number).vi32(length % 4).simd('i32x4Add').set(number);
      nest.advance(inner, -4 * vectors);
      if (outerElements.length > 0) fold();
      lanes.reset();
    });
    if (long || outerElements.length > 0) sums.forEach((sum, i) => f.get(sum.value[0] as Local).get(totals[i] as Local).simd(isInt(sum.stage) ? 'i32x4Add' : 'f32x4Add').set(sum.value[0] as Local));
    for (const stage of reduces) {
      complete(f, accumulators.get(stage.index) as Accumulator);
      reduceLanes(f, accumulators.get(stage.index) as Accumulator);
    }
  };

  unitLoop(f, rows, threadShare(f, rows.reduce((n, size) => n * size, 1)), (index) => {
    nest.start(index);
    for (const stages of passes(kernel.stages)) pass(stages);
    lanes.reset();
    lanes.storeAll(kernel.finish, [{ group: 0, lanes: 1 }]);
    lanes.reset();
  });
}

/** The four lanes to one result, in all lanes. */
function reduceLanes(f: FunctionBuilder, { stage, value, best }: Accumulator): void {
  const result = value[0] as Local;
  const top = best[0];
  const halves: readonly (readonly [number, number, number, number])[] = [[2, 3, 0, 1], [1, 0, 3, 2]];
  for (const order of halves) {
    if (top === undefined) {
      f.get(result).get(result).get(result).shuffle(...order);
      combine(f, stage);
      f.set(result);
      continue;
    }
    // The larger value wins; among equal ones the smaller number.
    const [otherTop, otherNumber, wins] = f.locals('v128', 3) as [Local, Local, Local];
    f.get(top).get(top).shuffle(...order).set(otherTop);
    f.get(result).get(result).shuffle(...order).set(otherNumber);
    f.get(otherTop).get(top).simd('f32x4Gt').get(otherTop).get(top).simd('f32x4Eq').get(otherNumber).get(result).simd('i32x4LtS').simd('v128And').simd('v128Or').set(wins);
    f.get(otherNumber).get(result).get(wins).simd('v128Bitselect').set(result);
    f.get(otherTop).get(top).get(wins).simd('v128Bitselect').set(top);
  }
}

// Lanes along neighbouring rows ------------------------------------------------------------------

function emitAcrossRows(m: ModuleBuilder, f: FunctionBuilder, kernel: RowKernel, buffers: readonly PlanBuffer[], bufferParam: (id: number) => Local): void {
  const laneAxis = kernel.rowAxes.length - 1;
  const length = kernel.rowAxes[laneAxis] ?? 1;
  const sizes = [...kernel.rowAxes, ...kernel.elementAxes];
  const elementAxes = kernel.elementAxes.map((_, i) => kernel.rowAxes.length + i);
  const vectors = Math.ceil(length / 4);
  const registers = kernel.stages.reduce((n, s) => n + (s.kind === 'reduce' ? (s.fn === 'argmax' ? 2 : 1) : 0), 0);
  const groupSize = Math.min(vectors, Math.max(1, Math.floor(MOST_VECTORS / Math.max(registers, 1))));
  const groups = Math.ceil(vectors / groupSize);
  const nest = new Nest(f, bufferParam);
  const accumulators = makeAccumulators(f, kernel, groupSize);
  const lanes = new Lanes({
    m, nest, buffers, laneAxis, movingAxes: elementAxes, settles: kernel.settles,
    accumulator: (i, group) => accumulators.get(i)?.value[group] as Local,
  });
  const exprs = kernel.stages.map((s) => (s.kind === 'reduce' ? s.value : s.store.value));
  lanes.register(exprs, [...kernel.stages.flatMap((s) => (s.kind === 'each' ? [s.store] : [])), ...kernel.finish]);
  const number = f.local('v128');
  const outerAxes = elementAxes.slice(0, -1);
  const innerAxis = elementAxes.at(-1);
  const innerSize = innerAxis === undefined ? 1 : (sizes[innerAxis] ?? 1);

  const pass = (stages: readonly RowStage[], places: readonly Place[]): void => {
    const reduces = stages.filter((s) => s.kind === 'reduce');
    const eaches = stages.filter((s) => s.kind === 'each').map((s) => s.store);
    const sums = reduces.filter((s) => s.fn === 'sum').map((s) => accumulators.get(s.index) as Accumulator);
    const elementCount = kernel.elementAxes.reduce((n, size) => n * size, 1);
    if (elementCount <= SHORT_ROW && innerAxis !== undefined) {
      for (const stage of reduces) initialize(f, accumulators.get(stage.index) as Accumulator);
      for (let e = 0; e < elementCount; e++) {
        const at = elementPlace(elementAxes, sizes, e);
        const here = places.map((place): Place => ({ ...place, at }));
        if (reduces.some((s) => s.fn === 'argmax')) f.vi32(e).set(number);
        for (const stage of reduces) here.forEach((place, i) => accumulate(f, accumulators.get(stage.index) as Accumulator, i, lanes.vector(stage.value, place), number));
        if (eaches.length > 0) lanes.storeAll(eaches, here);
      }
      for (const stage of reduces) complete(f, accumulators.get(stage.index) as Accumulator);
      lanes.reset();
      return;
    }
    const blocked = sums.length > 0 && elementCount > SUM_BLOCK;
    const totals = blocked ? sums.map(() => f.locals('v128', places.length)) : [];
    for (const stage of reduces) initialize(f, accumulators.get(stage.index) as Accumulator);
    for (const total of totals.flat()) f.vi32(0).set(total);
    f.vi32(0).set(number);
    lanes.hoist(stages.map((s) => (s.kind === 'reduce' ? s.value : s.store.value)), places);
    const element = (): void => {
      lanes.next();
      for (const stage of reduces) {
        places.forEach((place, i) => accumulate(f, accumulators.get(stage.index) as Accumulator, i, lanes.vector(stage.value, place), number));
      }
      if (eaches.length > 0) lanes.storeAll(eaches, places);
      if (reduces.some((s) => s.fn === 'argmax')) f.get(number).vi32(1).simd('i32x4Add').set(number);
    };
    const fold = (): void => sums.forEach((sum, s) => places.forEach((_, i) => {
      const [total, part] = [totals[s]?.[i] as Local, sum.value[i] as Local];
      f.get(total).get(part).simd(isInt(sum.stage) ? 'i32x4Add' : 'f32x4Add').set(total).vi32(0).set(part);
    }));
    nest.loops(outerAxes, sizes, () => {
      if (innerAxis === undefined) {
        element();
        return;
      }
      const run = (count: number): void => {
        if (count > 0) f.repeat(f.local('i32'), count, () => {
          element();
          nest.advance(innerAxis, 1);
        });
      };
      if (blocked && innerSize > SUM_BLOCK) {
        f.repeat(f.local('i32'), Math.floor(innerSize / SUM_BLOCK), () => {
          run(SUM_BLOCK);
          fold();
        });
        run(innerSize % SUM_BLOCK);
      } else run(innerSize);
      if (blocked) fold();
      nest.advance(innerAxis, -innerSize);
    });
    for (const stage of reduces) complete(f, accumulators.get(stage.index) as Accumulator);
    if (blocked) sums.forEach((sum, s) => places.forEach((_, i) => f.get(totals[s]?.[i] as Local).set(sum.value[i] as Local)));
    lanes.reset();
  };
  const row = (places: readonly Place[]): void => {
    for (const stages of passes(kernel.stages)) pass(stages, places);
    lanes.storeAll(kernel.finish, places);
    lanes.reset();
  };

  const outerRows = kernel.rowAxes.slice(0, -1);
  const allPlaces = Array.from({ length: groupSize }, (_, group): Place => ({ group, lanes: 4 }));
  const lastVectors = vectors - (groups - 1) * groupSize;
  const lastPlaces = Array.from({ length: lastVectors }, (_, group): Place => ({ group, lanes: group === lastVectors - 1 && length % 4 > 0 ? length % 4 : 4 }));
  const first = f.local('i32');
  unitLoop(f, [...outerRows, groups], threadShare(f, outerRows.reduce((n, size) => n * size, groups)), (index) => {
    const group = index.at(-1) as Local;
    f.get(group).i32(groupSize * 4).op('i32Mul').set(first);
    nest.start([...index.slice(0, -1), first]);
    if (groups === 1) {
      row(lastPlaces);
      return;
    }
    const uneven = lastVectors !== groupSize || length % 4 > 0;
    if (!uneven) row(allPlaces);
    else f.get(group).i32(groups - 1).op('i32Eq').if(() => row(lastPlaces), () => row(allPlaces));
  });
}

/** Axis numbers of the e-th element in row-major order. */
function elementPlace(axes: readonly number[], sizes: readonly number[], e: number): Map<number, number> {
  const at = new Map<number, number>();
  let rest = e;
  for (const axis of [...axes].reverse()) {
    at.set(axis, rest % (sizes[axis] ?? 1));
    rest = Math.floor(rest / (sizes[axis] ?? 1));
  }
  return at;
}
