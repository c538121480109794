/**
 * Affine index forms over iteration axes. A kernel's loops are axes; every tensor index in it is a
 * sum of axis · coefficient plus a constant. Reshapes may split an axis in two while expressions
 * are being built, so forms are resolved against the splits before they are read.
 */
import type { Shape } from '../tensor/ir.ts';

/** One loop of a kernel. Identity matters: two axes of equal size are different loops. */
export interface Axis {
  readonly id: number;
  readonly size: number;
}

/** constant + Σ coefficient · axis. Terms have non-zero coefficients, one per axis. */
export interface Lin {
  readonly constant: number;
  readonly terms: readonly { readonly axis: Axis; readonly coefficient: number }[];
}

export const ZERO: Lin = { constant: 0, terms: [] };
export const constantLin = (constant: number): Lin => ({ constant, terms: [] });
export const axisLin = (axis: Axis): Lin => (axis.size === 1 ? ZERO : { constant: 0, terms: [{ axis, coefficient: 1 }] });

export function addLin(a: Lin, b: Lin): Lin {
  if (b.terms.length === 0) return b.constant === 0 ? a : { constant: a.constant + b.constant, terms: a.terms };
  if (a.terms.length === 0) return a.constant === 0 ? b : { constant: a.constant + b.constant, terms: b.terms };
  const sum = new Map<Axis, number>();
  for (const { axis, coefficient } of a.terms) sum.set(axis, coefficient);
  for (const { axis, coefficient } of b.terms) sum.set(axis, (sum.get(axis) ?? 0) + coefficient);
  const terms = [...sum].filter(([, c]) => c !== 0).map(([axis, coefficient]) => ({ axis, coefficient }));
  terms.sort((p, q) => p.axis.id - q.axis.id);
  return { constant: a.constant + b.constant, terms };
}

export function scaleLin(a: Lin, factor: number): Lin {
  if (factor === 1) return a;
  if (factor === 0) return ZERO;
  return { constant: a.constant * factor, terms: a.terms.map(({ axis, coefficient }) => ({ axis, coefficient: coefficient * factor })) };
}

export const shiftLin = (a: Lin, by: number): Lin => (by === 0 ? a : { constant: a.constant + by, terms: a.terms });

/** Smallest and largest value over all points of the axes. */
export function rangeLin(a: Lin): { readonly min: number; readonly max: number } {
  let min = a.constant;
  let max = a.constant;
  for (const { axis, coefficient } of a.terms) {
    const reach = coefficient * (axis.size - 1);
    if (reach < 0) min += reach;
    else max += reach;
  }
  return { min, max };
}

export const linKey = (a: Lin): string => `${a.constant}${a.terms.map((t) => `+${t.coefficient}*${t.axis.id}`).join('')}`;

/** The axes of one kernel. Axes are made once and may be split; `leaves` gives what is left of each. */
export class AxisSpace {
  #next = 0;
  #splits = new Map<Axis, { readonly outer: Axis; readonly inner: Axis }>();

  axis(size: number): Axis {
    return { id: this.#next++, size };
  }
  axes(shape: Shape): Axis[] {
    return shape.map((n) => this.axis(n));
  }

  /** The axes that stand for `axis` now, outermost first. */
  leaves(axis: Axis): Axis[] {
    const split = this.#splits.get(axis);
    return split === undefined ? [axis] : [...this.leaves(split.outer), ...this.leaves(split.inner)];
  }

  /** Replace split axes by their parts. */
  resolve(lin: Lin): Lin {
    if (this.#splits.size === 0 || !lin.terms.some((t) => this.#splits.has(t.axis))) return lin;
    let result: Lin = constantLin(lin.constant);
    for (const { axis, coefficient } of lin.terms) {
      const split = this.#splits.get(axis);
      if (split === undefined) result = addLin(result, { constant: 0, terms: [{ axis, coefficient }] });
      else {
        result = addLin(result, this.resolve(scaleLin(axisLin(split.outer), coefficient * split.inner.size)));
        result = addLin(result, this.resolve(scaleLin(axisLin(split.inner), coefficient)));
      }
    }
    return result;
  }

  /**
   * lin = quotient · divisor + remainder with 0 <= remainder < divisor, both affine; undefined
   * where that is not possible. May split an axis.
   */
  divide(unresolved: Lin, divisor: number): { readonly quotient: Lin; readonly remainder: Lin } | undefined {
    if (divisor === 1) return { quotient: unresolved, remainder: ZERO };
    const lin = this.resolve(unresolved);
    for (const { axis, coefficient } of lin.terms) {
      // An axis that runs over the border of the divisor is cut there.
      if (coefficient > 0 && coefficient < divisor && coefficient * axis.size > divisor && divisor % coefficient === 0 && axis.size % (divisor / coefficient) === 0) {
        this.#splits.set(axis, { outer: this.axis(axis.size / (divisor / coefficient)), inner: this.axis(divisor / coefficient) });
        return this.divide(lin, divisor);
      }
    }
    const constantRemainder = ((lin.constant % divisor) + divisor) % divisor;
    let quotient = constantLin((lin.constant - constantRemainder) / divisor);
    let remainder = constantLin(constantRemainder);
    for (const term of lin.terms) {
      const only: Lin = { constant: 0, terms: [term] };
      if (term.coefficient % divisor === 0) quotient = addLin(quotient, { constant: 0, terms: [{ axis: term.axis, coefficient: term.coefficient / divisor }] });
      else remainder = addLin(remainder, only);
    }
    const { min, max } = rangeLin(remainder);
    return min >= 0 && max < divisor ? { quotient, remainder } : undefined;
  }

  /** Index of each axis of `shape` from a row-major flat index; undefined where it is not affine. */
  unflatten(flat: Lin, shape: Shape): Lin[] | undefined {
    const index: Lin[] = new Array<Lin>(shape.length).fill(ZERO);
    let rest = flat;
    for (let d = shape.length - 1; d >= 0; d--) {
      const size = shape[d] ?? 1;
      if (size === 1) continue;
      // The outermost axis that is left takes everything.
      if (shape.slice(0, d).every((n) => n === 1)) {
        index[d] = rest;
        return index;
      }
      const parts = this.divide(rest, size);
      if (parts === undefined) return undefined;
      index[d] = parts.remainder;
      rest = parts.quotient;
    }
    return index;
  }
}

/** Row-major flat index. */
export function flattenLin(index: readonly Lin[], shape: Shape): Lin {
  let flat = ZERO;
  for (let d = 0; d < shape.length; d++) flat = addLin(scaleLin(flat, shape[d] ?? 1), index[d] ?? ZERO);
  return flat;
}
