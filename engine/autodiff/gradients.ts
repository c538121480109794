/**
 * Reverse-mode differentiation: walks the graph from the loss backwards and lets each op's `vjp`
 * emit more IR. The result is ordinary IR, so it is simplified, fused and differentiated like any other.
 */
import type { Builder } from '../tensor/builder.ts';
import { type Value, isOp } from '../tensor/ir.ts';
import { opDef } from '../tensor/ops/index.ts';
import { valueText } from '../tensor/ops/shapes.ts';

/**
 * The gradient of the scalar `loss` by each of `wrt`, in their shapes; zeros where the loss does not
 * depend on one. `wrt` may be any f32 values of `b`, leaves or not. Contributions add up from the
 * last use to the first, so that the same graph always gives the same rounding.
 */
export function gradients(b: Builder, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.dtype !== 'f32' || loss.shape.length !== 0) throw new RangeError(`gradients need an f32 scalar as loss, got ${valueText(loss)}; reduce it with sum or mean`);
  for (const value of wrt) {
    if (value.dtype !== 'f32') throw new RangeError(`there is no gradient by ${valueText(value)}; only f32 values have one`);
  }
  const path = valuesBetween(loss, wrt);
  const contributions = new Map<Value, Value[]>([[loss, [b.constant(1)]]]);
  const total = new Map<Value, Value>();
  for (const value of path) {
    const parts = contributions.get(value);
    if (parts === undefined) continue;
    contributions.delete(value);
    b.at(value.origin, () => {
      const gradient = parts.reduce((sum, part) => b.add(sum, part));
      total.set(value, gradient);
      const byInput = opDef(value.op).vjp(b, value, gradient);
      for (const [i, input] of value.inputs.entries()) {
        const part = byInput[i];
        if (part === undefined || !path.has(input)) continue;
        const known = contributions.get(input);
        if (known === undefined) contributions.set(input, [part]);
        else known.push(part);
      }
    });
  }
  return wrt.map((value) => total.get(value) ?? b.at(value.origin, () => b.constant(0, value.shape)));
}

/** The values through which the loss may depend on any of `wrt`, both ends included; last made, first. */
function valuesBetween(loss: Value, wrt: readonly Value[]): Set<Value> {
  // Ids grow in topological order: what is older than every target cannot depend on one.
  const oldest = wrt.reduce((least, value) => Math.min(least, value.id), Infinity);
  const reachable = new Set<Value>();
  const stack = [loss];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (value.id < oldest || reachable.has(value)) continue;
    reachable.add(value);
    stack.push(...value.inputs);
  }
  const ascending = [...reachable].sort((a, b) => a.id - b.id);
  const dependent = new Set<Value>(wrt);
  for (const value of ascending) {
    if (carriesGradient(value) && value.inputs.some((input) => dependent.has(input))) dependent.add(value);
  }
  return new Set(ascending.filter((value) => dependent.has(value)).reverse());
}

const carriesGradient = (value: Value): boolean => value.dtype === 'f32' && !(isOp(value, 'map') && value.attrs.fn === 'detach');
