/**
 * Mean and variance of long rows in one pass over memory. By their definition the mean comes first, Σ x / n, then Σ (x − mean)².
 * With d = x − k for any number k this is Σ d² − (Σ d)² / n; the difference loses few digits where k is near
 * the numbers (Chan, Golub & LeVeque 1983: shifted data). It is the middle one of three of them, which no outlier alone can be.
 */
import { usesAccumulator } from './accesses.ts';
import type { Kernel, RowKernel, RowStage, ScalarExpr } from './plan.ts';
import { AccessMapper, exprReplacer } from './rewrite-kernel.ts';

/** Shorter rows stay in the first-level cache between two passes. */
const LONG = 4096;
/** Where along a row the three numbers stand. */
const SAMPLES = [0, 1 / 2, 1];

type Reduce = Extract<RowStage, { kind: 'reduce' }>;
type Call = Extract<ScalarExpr, { kind: 'call' }>;

/** A sum of `values`, and the stage that adds up the squares of their distances from its mean. */
interface Variance {
  readonly sum: Reduce;
  readonly squares: Reduce;
}

export function inOnePass(kernel: Kernel): Kernel {
  if (kernel.kind !== 'row') return kernel;
  const count = kernel.elementAxes.reduce((product, size) => product * size, 1);
  const found = count < LONG ? [] : variances(kernel, count);
  if (found.length === 0) return kernel;
  const samples = SAMPLES.map((share) => elementOf(kernel, share));
  const stages = new Map<Reduce, readonly Reduce[]>();
  const accumulators = new Map<number, ScalarExpr>();
  let next = Math.max(...kernel.stages.map((stage) => (stage.kind === 'reduce' ? stage.index : 0))) + 1;
  for (const { sum, squares } of found) {
    const [a, b, c] = samples.map((sample) => sample.expr(sum.value)) as [ScalarExpr, ScalarExpr, ScalarExpr];
    const distance = call('sub', sum.value, call('max', call('min', a, b), call('min', call('max', a, b), c)));
    const distances: Reduce = { kind: 'reduce', fn: 'sum', index: next++, value: distance };
    stages.set(squares, [distances, { ...squares, value: call('mul', distance, distance) }]);
    const [total, totalSquares] = [accumulator(distances.index), accumulator(squares.index)];
    // Rounding must not make a root of something negative. The largest lets a NaN through.
    accumulators.set(squares.index, call('max', call('sub', totalSquares, call('mul', call('mul', total, total), constant(1 / count))), constant(0)));
  }
  const replaced = exprReplacer((expr) => (expr.kind === 'accumulator' ? accumulators.get(expr.index) : undefined));
  return {
    ...kernel,
    stages: kernel.stages.flatMap((stage): readonly RowStage[] => {
      if (stage.kind === 'each') return [{ ...stage, store: { ...stage.store, value: replaced(stage.store.value) } }];
      return stages.get(stage) ?? [{ ...stage, value: replaced(stage.value) }];
    }),
    finish: kernel.finish.map((store) => ({ ...store, value: replaced(store.value) })),
  };
}

/** What stands for a row's values at one of its elements, so far along each axis. */
function elementOf({ rowAxes, elementAxes }: RowKernel, share: number): AccessMapper {
  const index = elementAxes.map((size) => Math.round((size - 1) * share));
  return new AccessMapper(({ offset, strides }) => ({
    offset: index.reduce((sum, at, axis) => sum + at * (strides[rowAxes.length + axis] ?? 0), offset), strides: strides.map((stride, axis) => (axis < rowAxes.length ? stride : 0)),
  }));
}

function variances(kernel: RowKernel, count: number): Variance[] {
  const sums = kernel.stages.filter((stage): stage is Reduce => stage.kind === 'reduce' && stage.fn === 'sum' && stage.value.kind !== 'accumulator');
  return sums.flatMap((squares) => {
    const mean = meanOf(squares.value, count);
    const sum = sums.find((each) => each.index === mean?.sum && !usesAccumulator(each.value) && same(each.value, mean.values));
    return sum === undefined ? [] : [{ sum, squares }];
  });
}

/** Of (values − mean)², with the mean as a sum's accumulator divided by the count. */
function meanOf(expr: ScalarExpr, count: number): { readonly values: ScalarExpr; readonly sum: number } | undefined {
  if (!isCall(expr, 'mul') || !same(expr.args[0], expr.args[1])) return undefined;
  const [distance] = expr.args;
  if (!isCall(distance, 'sub')) return undefined;
  const [values, mean] = distance.args;
  if (values === undefined || !isCall(mean, 'mul')) return undefined;
  const [sum, share] = mean.args;
  if (sum?.kind !== 'accumulator' || share?.kind !== 'const' || Math.abs(share.value * count - 1) > 1e-6) return undefined;
  return { values, sum: sum.index };
}

const isCall = (expr: ScalarExpr | undefined, fn: Call['fn']): expr is Call => expr?.kind === 'call' && expr.fn === fn;
const same = (a: ScalarExpr | undefined, b: ScalarExpr | undefined): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
const accumulator = (index: number): ScalarExpr => ({ kind: 'accumulator', index, dtype: 'f32' });
const constant = (value: number): ScalarExpr => ({ kind: 'const', value, dtype: 'f32' });
const call = (fn: Call['fn'], ...args: readonly ScalarExpr[]): ScalarExpr => ({ kind: 'call', fn, args, dtype: 'f32' });
