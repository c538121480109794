/**
 * Spreads reductions of few rows with very many elements over the whole GPU: partial results of slices of
 * each row first, then their join, as kernels of the ordinary kinds with a small buffer in between. The
 * number of slices depends on the sizes alone, so that the sums come out the same on every run.
 */
import type { Affine, BufferId, Guard, Kernel, MapKernel, RowKernel, RowStage, ScalarExpr, Store } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import { AccessMapper } from '../../compile/rewrite-kernel.ts';
import { collapseAxes, product } from './axes.ts';
import { exprType } from './expressions.ts';

/** Rows of fewer elements than this are one workgroup's work: a second pass would cost more than it saves. */
const LONG_ROW = 1 << 13;
/** Workgroups that fill a large GPU. */
const ENOUGH_WORKGROUPS = 512;
/** Elements that a slice should have at least. */
const ELEMENTS_PER_SLICE = 1 << 10;

/** Makes a temporary buffer and gives its number. */
export type NewBuffer = (dtype: DType, length: number) => BufferId;

/** Slices per row, 1 for none. */
function slicesOf(kernel: RowKernel): number {
  const rows = product(kernel.rowAxes);
  const elements = product(kernel.elementAxes);
  if (elements < LONG_ROW || rows >= ENOUGH_WORKGROUPS / 2) return 1;
  if (kernel.stages.some((s) => s.kind === 'reduce' && s.fn === 'argmax')) return 1;
  const longest = Math.max(...kernel.elementAxes);
  const wanted = Math.min(Math.ceil(ENOUGH_WORKGROUPS / rows), Math.floor(elements / ELEMENTS_PER_SLICE), longest);
  // A divisor near by saves a guard on every load.
  for (let slices = wanted; slices > wanted / 2; slices--) if (longest % slices === 0) return slices;
  return wanted;
}

/** The row kernel itself, or the kernels that do its work in slices. */
export function splitRow(original: RowKernel, newBuffer: NewBuffer, slices = slicesOf(collapseAxes(original))): readonly Kernel[] {
  if (slices <= 1) return [original];
  const kernel = collapseAxes(original);
  const rowCount = product(kernel.rowAxes);
  const rank = kernel.rowAxes.length + kernel.elementAxes.length;
  const kernels: Kernel[] = [];
  /** How later kernels read the accumulators computed so far. */
  const results = new Map<number, ScalarExpr>();
  const base = (suffix: string): { name: string; origins: readonly string[] } => ({ name: `${kernel.name}.${suffix}`, origins: kernel.origins });

  kernel.stages.forEach((stage, position) => {
    const last = position === kernel.stages.length - 1;
    if (stage.kind === 'each') {
      kernels.push({ kind: 'map', ...base(`each${position}`), axes: [...kernel.rowAxes, ...kernel.elementAxes], stores: [replaceInStore(stage.store, results)] } satisfies MapKernel);
      return;
    }
    const dtype: DType = exprType(stage.value);
    const partial = newBuffer(dtype, rowCount * slices);
    kernels.push(partialKernel(kernel, { ...stage, index: 0, value: replaceAccumulators(stage.value, results) }, slices, dtype, partial, base(`part${position}`)));
    // The join; the kernel's finish goes along with the last one.
    const rowStrides = rowMajor(kernel.rowAxes);
    const load: ScalarExpr = { kind: 'load', dtype, access: { buffer: partial, offset: 0, strides: [...rowStrides.map((s) => s * slices), 1], guards: [], fill: 0 } };
    const joined: ScalarExpr = { kind: 'accumulator', index: 0, dtype };
    const finish: Store[] = [];
    if (last) {
      const known = new Map(results).set(stage.index, joined);
      for (const store of kernel.finish) finish.push(replaceInStore(dropElementAxes(store, kernel.rowAxes.length), known));
    } else {
      const result = newBuffer(dtype, rowCount);
      const access = { buffer: result, offset: 0, guards: [], fill: 0 };
      finish.push({ to: { ...access, strides: [...rowStrides, 0] }, value: joined, dtype });
      results.set(stage.index, { kind: 'load', dtype, access: { ...access, strides: Array.from({ length: rank }, (_, d) => rowStrides[d] ?? 0) } });
    }
    kernels.push({ kind: 'row', ...base(`join${position}`), rowAxes: kernel.rowAxes, elementAxes: [slices], stages: [{ kind: 'reduce', fn: stage.fn, index: 0, value: load }], finish });
  });
  const lastStage = kernel.stages[kernel.stages.length - 1];
  if (kernel.finish.length > 0 && lastStage?.kind !== 'reduce') {
    kernels.push({ kind: 'map', ...base('finish'), axes: kernel.rowAxes, stores: kernel.finish.map((s) => replaceInStore(dropElementAxes(s, kernel.rowAxes.length, true), results)) } satisfies MapKernel);
  }
  return kernels;
}

/** Reduces each of `slices` slices of each row into `partial` [rows…, slices]. The longest element axis is cut. */
function partialKernel(kernel: RowKernel, stage: RowStage & { kind: 'reduce' }, slices: number, dtype: DType, partial: BufferId, base: { name: string; origins: readonly string[] }): RowKernel {
  const rowRank = kernel.rowAxes.length;
  const cut = kernel.elementAxes.indexOf(Math.max(...kernel.elementAxes));
  const extent = kernel.elementAxes[cut] ?? 1;
  const chunk = Math.ceil(extent / slices);
  const elementAxes = kernel.elementAxes.map((n, d) => (d === cut ? chunk : n));
  const resliced = (at: Affine): Affine => {
    const stride = at.strides[rowRank + cut] ?? 0;
    return { offset: at.offset, strides: [...at.strides.slice(0, rowRank), stride * chunk, ...at.strides.slice(rowRank)] };
  };
  const mapper = new AccessMapper(resliced);
  let value = mapper.expr(stage.value);
  if (chunk * slices !== extent) {
    const unit: Affine = { offset: 0, strides: Array.from({ length: rowRank + kernel.elementAxes.length }, (_, d) => (d === rowRank + cut ? 1 : 0)) };
    const guard: Guard = { ...resliced(unit), extent };
    const identity = stage.fn === 'sum' ? 0 : (stage.fn === 'max' ? -1 : 1) * (dtype === 'f32' ? Infinity : 2 ** 31 - (stage.fn === 'max' ? 0 : 1));
    value = {
      kind: 'call', fn: 'select', dtype,
      args: [{ kind: 'inside', guards: [guard] }, guardLoads(value, guard), { kind: 'const', value: identity, dtype }],
    };
  }
  const strides = [...rowMajor([...kernel.rowAxes, slices]), ...elementAxes.map(() => 0)];
  return {
    kind: 'row', ...base, rowAxes: [...kernel.rowAxes, slices], elementAxes, stages: [{ ...stage, value }],
    finish: [{ to: { buffer: partial, offset: 0, strides, guards: [], fill: 0 }, value: { kind: 'accumulator', index: 0, dtype }, dtype }],
  };
}

export function rowMajor(sizes: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let d = sizes.length - 1; d >= 0; d--) {
    strides.unshift(stride);
    stride *= sizes[d] ?? 1;
  }
  return strides;
}

/** Rewrites an expression bottom-up; equal subexpressions stay equal. `replace` gives the new expression, or undefined for no change. */
function rewrite(expr: ScalarExpr, replace: (expr: ScalarExpr) => ScalarExpr | undefined, done = new Map<ScalarExpr, ScalarExpr>()): ScalarExpr {
  const known = done.get(expr);
  if (known !== undefined) return known;
  const inner = expr.kind === 'call' ? { ...expr, args: expr.args.map((a) => rewrite(a, replace, done)) } : expr;
  const result = replace(inner) ?? inner;
  done.set(expr, result);
  return result;
}

const guardLoads = (value: ScalarExpr, guard: Guard): ScalarExpr =>
  rewrite(value, (e) => (e.kind === 'load' ? { ...e, access: { ...e.access, guards: [...e.access.guards, guard] } } : undefined));

const replaceAccumulators = (value: ScalarExpr, results: ReadonlyMap<number, ScalarExpr>): ScalarExpr =>
  rewrite(value, (e) => (e.kind === 'accumulator' ? results.get(e.index) : undefined));

const replaceInStore = (store: Store, results: ReadonlyMap<number, ScalarExpr>): Store => ({ ...store, value: replaceAccumulators(store.value, results) });

/** A finish store of a kernel whose element axes became one axis (the slices), or none. Its strides there are 0. */
function dropElementAxes(store: Store, rowRank: number, none = false): Store {
  const mapper = new AccessMapper((at) => ({ offset: at.offset, strides: none ? at.strides.slice(0, rowRank) : [...at.strides.slice(0, rowRank), 0] }));
  return mapper.store(store);
}
