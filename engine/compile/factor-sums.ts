/**
 * Factors that a sum does not run over stand in front of it: Σ c · x = c · Σ x. A normalisation's gradient has four sums over a
 * batch, of the gradient and of its products with statistics of a channel; only two of them differ in more than such factors.
 */
import type { Builder } from '../tensor/builder.ts';
import { type Value, isOp } from '../tensor/ir.ts';
import { constantOf } from '../tensor/scalar.ts';

/** Sums of fewer numbers are left as they are. */
const LEAST = 32;

/** The sum of `x` over `axes` with its factors in front; undefined where there are none. `sum` makes a plain one, in which the axes stay as size 1. */
export function factoredSum(b: Builder, x: Value, axes: readonly number[], sum: (x: Value) => Value): Value | undefined {
  if (x.dtype !== 'f32' || axes.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1) < LEAST) return undefined;
  const inside: Value[] = [];
  const outside: (Value | number)[] = [];
  const visit = (value: Value): void => {
    const constant = constantOf(value);
    if (constant !== undefined) outside.push(constant);
    else if (isOp(value, 'map') && value.attrs.fn === 'mul') value.inputs.forEach(visit);
    else if (isOp(value, 'map') && value.attrs.fn === 'neg') {
      outside.push(-1);
      value.inputs.forEach(visit);
    } else {
      const [source] = value.inputs;
      if (isOp(value, 'expand') && source !== undefined && axes.every((axis) => source.shape[axis] === 1)) outside.push(source);
      else inside.push(value);
    }
  };
  visit(x);
  const [first, ...rest] = inside;
  if (first === undefined || outside.length === 0) return undefined;
  const total = sum(rest.reduce((product, factor) => b.mul(product, factor), first));
  // Numbers first, so that together they are one.
  const number = outside.reduce<number>((product, factor) => (typeof factor === 'number' ? product * factor : product), 1);
  const tensors = outside.filter((factor) => typeof factor !== 'number');
  const scaled = number === 1 ? total : number === -1 ? b.neg(total) : b.mul(total, number);
  return tensors.reduce((product, factor) => b.mul(product, factor), scaled);
}
