/**
 * Turns a value into a scalar expression at given indices, looking through movement ops and maps
 * until it meets stored tensors. The result still speaks of values and their logical indices;
 * strides come later, when layouts are known.
 */
import type { BinaryFn, Distribution, DType, Shape, TernaryFn, UnaryFn, Value } from '../tensor/ir.ts';
import { isOp } from '../tensor/ir.ts';
import { type Axis, type AxisSpace, type Lin, ZERO, flattenLin, linKey, rangeLin, scaleLin, shiftLin } from './affine.ts';

/** Holds where 0 <= lin < extent. */
export interface SymGuard {
  readonly lin: Lin;
  readonly extent: number;
}
export interface SymLoad {
  readonly kind: 'load';
  readonly value: Value;
  /** One form per axis of the value, or one flat row-major form for a value that is stored densely. */
  readonly index: readonly Lin[] | { readonly rowMajor: Lin };
  readonly guards: readonly SymGuard[];
  readonly fill: number;
  /** `axis` stands in `index` for a row number that is read at run time. */
  readonly indirect?: { readonly axis: Axis; readonly row: SymLoad };
  readonly dtype: DType;
}
export type SymExpr =
  | SymLoad
  | { readonly kind: 'const'; readonly value: number; readonly dtype: DType }
  | { readonly kind: 'index'; readonly lin: Lin; readonly dtype: 'i32' }
  | { readonly kind: 'random'; readonly distribution: Distribution; readonly stream: number; readonly at: Lin; readonly seed: SymExpr; readonly step: SymExpr; readonly dtype: 'f32' }
  | { readonly kind: 'call'; readonly fn: UnaryFn | BinaryFn | TernaryFn; readonly args: readonly SymExpr[]; readonly dtype: DType }
  | { readonly kind: 'inside'; readonly guards: readonly SymGuard[]; readonly dtype: 'f32' }
  | { readonly kind: 'accumulator'; readonly index: number; readonly dtype: DType };

/** The value must be written to memory before it can be used in this way; `dense` also fixes its layout to row-major. */
export class NeedsStored extends Error {
  readonly value: Value;
  readonly dense: boolean;
  constructor(value: Value, dense: boolean) {
    super(`value %${value.id} (${value.op}) must be stored`);
    this.value = value;
    this.dense = dense;
  }
}
/** A kernel reads one of its own results at another index: the two cannot be one kernel. */
export class NotFusible extends Error {}

export interface ExprContext {
  readonly space: AxisSpace;
  /** Written to memory by some kernel, or a leaf in memory. */
  isStored(value: Value): boolean;
  /** Stored row-major without gaps, so that flat indices are addresses. */
  isDense(value: Value): boolean;
  /** The expression of a value that this very kernel computes, at `index`; undefined for other values. Throws NotFusible. */
  own(value: Value, index: readonly Lin[], guards: readonly SymGuard[]): SymExpr | undefined;
}

/** Expressions of more operations than this are no longer written out at every place that reads a value: windows that overlap in several axes multiply. */
const MOST_OPERATIONS = 256;

export class ExprBuilder {
  readonly #context: ExprContext;
  readonly #memo = new Map<string, SymExpr>();
  #operations = 0;
  /** At how many indices each value is computed. */
  readonly #places = new Map<Value, number>();

  constructor(context: ExprContext) {
    this.#context = context;
  }

  build(value: Value, index: readonly Lin[], guards: readonly SymGuard[] = []): SymExpr {
    const key = `${value.id}@${index.map((lin) => linKey(this.#context.space.resolve(lin))).join()}|${guards.map((g) => `${linKey(this.#context.space.resolve(g.lin))}<${g.extent}`).join()}`;
    let expr = this.#memo.get(key);
    if (expr === undefined) {
      expr = this.#context.own(value, index, guards);
      if (expr === undefined && this.#context.isStored(value)) expr = this.#load(value, index, guards);
      if (expr === undefined) {
        this.#count(value);
        expr = this.inline(value, index, guards);
      }
      this.#memo.set(key, expr);
    }
    return expr;
  }

  /** Throws when what is computed at several indices makes the expression too long; the value that is computed most often is to be stored. */
  #count(value: Value): void {
    if (value.op !== 'map') return;
    this.#places.set(value, (this.#places.get(value) ?? 0) + 1);
    if (++this.#operations <= MOST_OPERATIONS) return;
    let [most, places]: [Value, number] = [value, 1];
    for (const [candidate, count] of this.#places) if (count > places || (count === places && candidate.id > most.id)) [most, places] = [candidate, count];
    if (places > 1) throw new NeedsStored(most, false);
  }

  #load(value: Value, index: readonly Lin[], guards: readonly SymGuard[]): SymLoad {
    return { kind: 'load', value, index, guards, fill: 0, dtype: value.dtype };
  }

  /** The value's own definition, even if it is stored: what the kernel that stores it computes. */
  inline(value: Value, index: readonly Lin[], guards: readonly SymGuard[] = []): SymExpr {
    const input = (i: number): Value => {
      const v = value.inputs[i];
      if (v === undefined) throw new Error(`op ${value.op} lacks input ${i}`);
      return v;
    };
    if (isOp(value, 'constant')) return { kind: 'const', value: value.attrs.value, dtype: value.dtype };
    if (isOp(value, 'iota')) return { kind: 'index', lin: index[value.attrs.axis] ?? ZERO, dtype: 'i32' };
    if (isOp(value, 'random')) {
      return {
        kind: 'random', distribution: value.attrs.distribution, stream: value.attrs.stream, at: flattenLin(index, value.shape),
        seed: this.build(input(0), []), step: this.build(input(1), []), dtype: 'f32',
      };
    }
    if (isOp(value, 'map')) {
      if (value.attrs.fn === 'detach') return this.build(input(0), index, guards);
      return { kind: 'call', fn: value.attrs.fn, args: value.inputs.map((v) => this.build(v, index, guards)), dtype: value.dtype };
    }
    if (isOp(value, 'reshape')) return this.#reshape(input(0), value.shape, index, guards);
    if (isOp(value, 'permute')) {
      const inner = new Array<Lin>(index.length).fill(ZERO);
      value.attrs.order.forEach((axis, i) => (inner[axis] = index[i] ?? ZERO));
      return this.build(input(0), inner, guards);
    }
    if (isOp(value, 'expand')) {
      const source = input(0);
      return this.build(source, index.map((lin, d) => (source.shape[d] === 1 ? ZERO : lin)), guards);
    }
    if (isOp(value, 'slice')) {
      const { start, step } = value.attrs;
      return this.build(input(0), index.map((lin, d) => shiftLin(scaleLin(lin, step[d] ?? 1), start[d] ?? 0)), guards);
    }
    if (isOp(value, 'flip')) {
      const { axes } = value.attrs;
      return this.build(input(0), index.map((lin, d) => (axes.includes(d) ? shiftLin(scaleLin(lin, -1), (value.shape[d] ?? 1) - 1) : lin)), guards);
    }
    if (isOp(value, 'pad')) {
      const source = input(0);
      const inner = index.map((lin, d) => shiftLin(lin, -(value.attrs.before[d] ?? 0)));
      const border = inner.flatMap((lin, d) => guardUnlessInside(lin, source.shape[d] ?? 1));
      if (border.length === 0) return this.build(source, inner, guards);
      const content = this.build(source, inner, [...guards, ...border]);
      const fill = value.attrs.value;
      if (content.kind === 'load' && content.guards.length === guards.length + border.length) return { ...content, fill };
      return { kind: 'call', fn: 'select', args: [{ kind: 'inside', guards: border, dtype: 'f32' }, content, { kind: 'const', value: fill, dtype: value.dtype }], dtype: value.dtype };
    }
    if (isOp(value, 'gather')) return this.#gather(input(0), input(1), index, guards);
    throw new NeedsStored(value, false);
  }

  #reshape(source: Value, shape: Shape, index: readonly Lin[], guards: readonly SymGuard[]): SymExpr {
    if (this.#context.isDense(source)) {
      return { kind: 'load', value: source, index: { rowMajor: flattenLin(index, shape) }, guards, fill: 0, dtype: source.dtype };
    }
    const inner = reshapeIndex(this.#context.space, index, shape, source.shape);
    if (inner === undefined) throw new NeedsStored(source, true);
    return this.build(source, inner, guards);
  }

  #gather(table: Value, indices: Value, index: readonly Lin[], guards: readonly SymGuard[]): SymExpr {
    const rank = indices.shape.length;
    const row = this.build(indices, index.slice(0, rank), guards);
    if (row.kind !== 'load' || row.dtype !== 'i32' || row.indirect !== undefined) throw new NeedsStored(indices, false);
    const axis = this.#context.space.axis(table.shape[0] ?? 1);
    // The pseudo-axis never runs; it carries the row through the table's views.
    const from = this.build(table, [{ constant: 0, terms: [{ axis, coefficient: 1 }] }, ...index.slice(rank)], guards);
    if (from.kind !== 'load' || from.indirect !== undefined || this.#context.space.leaves(axis).length !== 1 || from.guards.some((g) => g.lin.terms.some((t) => t.axis === axis))) {
      throw new NeedsStored(table, false);
    }
    return { ...from, indirect: { axis, row } };
  }
}

/** No guard where the form cannot leave [0, extent). */
export function guardUnlessInside(lin: Lin, extent: number): SymGuard[] {
  const { min, max } = rangeLin(lin);
  return min >= 0 && max < extent ? [] : [{ lin, extent }];
}

/** Index into `to` for an index into `from`, where both are the same elements in row-major order. */
export function reshapeIndex(space: AxisSpace, index: readonly Lin[], from: Shape, to: Shape): Lin[] | undefined {
  const result = new Array<Lin>(to.length).fill(ZERO);
  // Cut both shapes into the shortest runs of equal size, so that axes which do not change stay untouched.
  for (let i = 0, j = 0; i < from.length || j < to.length; ) {
    const startI = i;
    const startJ = j;
    let sizeFrom = i < from.length ? (from[i++] ?? 1) : 1;
    let sizeTo = j < to.length ? (to[j++] ?? 1) : 1;
    while (sizeFrom !== sizeTo) {
      if (sizeFrom < sizeTo && i < from.length) sizeFrom *= from[i++] ?? 1;
      else if (j < to.length) sizeTo *= to[j++] ?? 1;
      else return undefined;
    }
    if (i - startI === 1 && j - startJ === 1) {
      result[startJ] = index[startI] ?? ZERO;
      continue;
    }
    const flat = flattenLin(index.slice(startI, i), from.slice(startI, i));
    const part = space.unflatten(flat, to.slice(startJ, j));
    if (part === undefined) return undefined;
    part.forEach((lin, d) => (result[startJ + d] = lin));
  }
  return result;
}

/** Whether two indices are the same loops. */
export function sameIndex(space: AxisSpace, a: readonly Lin[], b: readonly Lin[]): boolean {
  return a.length === b.length && a.every((lin, d) => linKey(space.resolve(lin)) === linKey(space.resolve(b[d] ?? ZERO)));
}

