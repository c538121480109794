/** What all ways of reducing rows share: passes, and accumulators in vector registers. */
import { usesAccumulator } from '../../compile/accesses.ts';
import type { RowKernel, RowStage, ScalarExpr } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import { dtypeOf } from './lanes.ts';

export type Reduce = Extract<RowStage, { kind: 'reduce' }>;

/**
 * Whether neighbouring rows, not the elements of a row, lie side by side in memory. What moves along one of the two only is as
 * quickly read either way (as a vector, or one number for all lanes) and decides where nothing else does: statistics that a
 * layer normalisation's gradient reads beside its tensors once made it thirty times slower.
 */
export function lanesAlongRows(kernel: RowKernel): boolean {
  const rowAxis = kernel.rowAxes.length - 1;
  const elementAxis = kernel.rowAxes.length + kernel.elementAxes.length - 1;
  if ((kernel.rowAxes[rowAxis] ?? 1) < 2) return false;
  const across = { moving: 0, still: 0 };
  const along = { moving: 0, still: 0 };
  const seen = new Set<ScalarExpr>();
  const walk = (expr: ScalarExpr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'load') {
      const byRow = expr.access.strides[rowAxis] ?? 0;
      const byElement = kernel.elementAxes.length > 0 ? (expr.access.strides[elementAxis] ?? 0) : 0;
      if (byRow === 1) across[byElement === 0 ? 'still' : 'moving']++;
      if (byElement === 1) along[byRow === 0 ? 'still' : 'moving']++;
    } else if (expr.kind === 'call') expr.args.forEach(walk);
  };
  for (const stage of kernel.stages) walk(stage.kind === 'reduce' ? stage.value : stage.store.value);
  return across.moving === along.moving ? across.still > along.still : across.moving > along.moving;
}

/** Stages that can run in one pass: none uses an accumulator of another. */
export function passes(stages: readonly RowStage[]): RowStage[][] {
  const result: RowStage[][] = [];
  let fresh = new Set<number>();
  for (const stage of stages) {
    const current = result.at(-1);
    const expr = stage.kind === 'reduce' ? stage.value : stage.store.value;
    if (current !== undefined && !usesAccumulator(expr, fresh)) current.push(stage);
    else {
      result.push([stage]);
      fresh = new Set();
    }
    if (stage.kind === 'reduce') fresh.add(stage.index);
  }
  return result;
}

export const dtypeOfReduce = (stage: Reduce): DType => (stage.fn === 'argmax' ? 'i32' : dtypeOf(stage.value));
export const isInt = (stage: Reduce): boolean => stage.fn !== 'argmax' && dtypeOf(stage.value) !== 'f32';

/** The neutral element of a reduction, on the stack. */
export function identity(f: FunctionBuilder, stage: Reduce): void {
  const int = isInt(stage);
  if (stage.fn === 'sum') f.vi32(0);
  else if (stage.fn === 'min') int ? f.vi32(0x7fffffff) : f.vf32(Infinity);
  else int ? f.vi32(-0x80000000) : f.vf32(-Infinity);
}

export function combine(f: FunctionBuilder, stage: Reduce): void {
  const int = isInt(stage);
  if (stage.fn === 'sum') f.simd(int ? 'i32x4Add' : 'f32x4Add');
  else if (stage.fn === 'min') f.simd(int ? 'i32x4MinS' : 'f32x4Min');
  else f.simd(int ? 'i32x4MaxS' : 'f32x4Max');
}

export interface Accumulator {
  readonly stage: Reduce;
  /** Per vector: the result, and for an argmax the best value so far. */
  readonly value: readonly Local[];
  readonly best: readonly Local[];
  /**
   * Per vector, for floats' largest and smallest: ones where a NaN came by. One instruction compares numbers; the one that
   * lets every NaN through is eight on x64, each waiting for the one before: largest elements of rows of 100 take 0.5 of the time.
   */
  readonly poison: readonly Local[];
}

const isPoisoned = (stage: Reduce): boolean => (stage.fn === 'max' || stage.fn === 'min') && !isInt(stage);

export function makeAccumulators(f: FunctionBuilder, kernel: RowKernel, vectors: number): Map<number, Accumulator> {
  const result = new Map<number, Accumulator>();
  for (const stage of kernel.stages) {
    if (stage.kind === 'reduce') result.set(stage.index, { stage, value: f.locals('v128', vectors), best: stage.fn === 'argmax' ? f.locals('v128', vectors) : [], poison: isPoisoned(stage) ? f.locals('v128', vectors) : [] });
  }
  return result;
}

export function initialize(f: FunctionBuilder, { stage, value, best, poison }: Accumulator): void {
  for (const local of poison) f.vi32(0).set(local);
  for (const local of value) {
    if (stage.fn === 'argmax') f.vi32(0).set(local);
    else {
      identity(f, stage);
      f.set(local);
    }
  }
  for (const local of best) {
    identity(f, stage);
    f.set(local);
  }
}

/** Once no element follows for now: what came by reaches the results. A NaN that is there stays when more elements follow. */
export function complete(f: FunctionBuilder, { value, poison }: Accumulator): void {
  poison.forEach((seen, i) => f.get(value[i] as Local).get(seen).simd('v128Or').set(value[i] as Local).vi32(0).set(seen));
}

/** Take a further element in. `number` holds its element numbers, for argmax. */
export function accumulate(f: FunctionBuilder, accumulator: Accumulator, vector: number, element: Local, number: Local): void {
  accumulateAll(f, accumulator, vector, [element], () => f.get(number));
}

/** The same for neighbouring vectors from number `first` on, instruction by instruction: so that V8's revectorizer joins two of them. */
export function accumulateAll(f: FunctionBuilder, { stage, value, best, poison }: Accumulator, first: number, elements: readonly Local[], pushNumber: () => FunctionBuilder): void {
  const each = (emit: (element: Local, vector: number, temporary: Local) => void, temporaries: readonly Local[] = elements): void => elements.forEach((element, i) => emit(element, first + i, temporaries[i] as Local));
  const into = (vector: number): Local => value[vector] as Local;
  if (poison.length > 0) {
    const none = f.locals('v128', elements.length);
    // With the result on the left it stays where the comparison fails: also if it is none.
    each((element, i) => f.get(into(i)).get(element).simd(stage.fn === 'max' ? 'f32x4PMax' : 'f32x4PMin').set(into(i)));
    each((element, _, mask) => f.get(element).get(element).simd('f32x4Ne').set(mask), none);
    each((_, i, mask) => f.get(poison[i] as Local).get(mask).simd('v128Or').set(poison[i] as Local), none);
    return;
  }
  if (stage.fn !== 'argmax') {
    each((element, i) => {
      f.get(into(i)).get(element);
      combine(f, stage);
      f.set(into(i));
    });
    return;
  }
  const better = f.locals('v128', elements.length);
  each((element, i, mask) => f.get(element).get(best[i] as Local).simd('f32x4Gt').set(mask), better);
  each((_, i, mask) => {
    pushNumber();
    f.get(into(i)).get(mask).simd('v128Bitselect').set(into(i));
  }, better);
  each((element, i, mask) => f.get(element).get(best[i] as Local).get(mask).simd('v128Bitselect').set(best[i] as Local), better);
}
