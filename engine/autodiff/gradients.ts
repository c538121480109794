/**
 * Reverse-mode differentiation: walks the graph from the loss backwards and lets each op's `vjp`
 * emit more IR. The result is ordinary IR, so it is simplified, fused and differentiated like any other.
 */
import type { Builder } from '../tensor/builder.ts';
import { type Value, isOp, sameShape } from '../tensor/ir.ts';
import { opDef } from '../tensor/ops/index.ts';
import { scanGroups } from '../tensor/ops/scan.ts';
import { valueText } from '../tensor/ops/shapes.ts';
import { scanContributions } from './scan.ts';

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
  return pullBack(b, new Map([[loss, b.constant(1)]]), wrt).map((parts, i) => {
    const value = wrt[i] as Value;
    return b.at(value.origin, () => sumOf(b, parts) ?? b.constant(0, value.shape));
  });
}

/**
 * Carries gradients back from several values at once: `seeds` holds the gradient that each is given
 * from outside. What reaches each of `wrt` comes as the parts of a sum, in the order of their making.
 */
export function pullBack(b: Builder, seeds: ReadonlyMap<Value, Value>, wrt: readonly Value[]): readonly (readonly Value[])[] {
  return pullBackAlong(b, seeds, wrt, true);
}

function pullBackAlong(b: Builder, seeds: ReadonlyMap<Value, Value>, wrt: readonly Value[], joinsFactors: boolean): readonly (readonly Value[])[] {
  const path = valuesBetween([...seeds.keys()], wrt);
  const users = usersWithin(path);
  const contributions = new Map<Value, Value[]>([...seeds].map(([value, gradient]) => [value, [gradient]]));
  const wanted = new Set(wrt);
  const groups = new Map(scanGroups(path).flatMap((group) => group.map((member) => [member as Value, group] as const)));
  const sums = new Map<Value, Value>();
  const contribute = (inputs: readonly Value[], parts: readonly (Value | undefined)[]): void => {
    inputs.forEach((input, i) => {
      const part = parts[i];
      if (part === undefined || !path.has(input)) return;
      const known = contributions.get(input);
      if (known === undefined) contributions.set(input, [part]);
      else known.push(part);
    });
  };
  const isEnd = (v: Value): boolean => wanted.has(v) || seeds.has(v);
  const pass = (value: Value, gradient: Value): void => {
    const shares = sharesOf(value, users, isEnd);
    const source = shares === undefined && joinsFactors ? sourceOf(value, path, users, isEnd) : undefined;
    if (shares !== undefined) contribute([shares.exponents], [b.mul(value, b.sub(gradient, b.sum(b.mul(gradient, value), shares.axes, true)))]);
    else if (source !== undefined) {
      const [parts = []] = pullBackAlong(b, new Map([[value, b.constant(1, value.shape)]]), [source], false);
      contribute([source], [b.mul(gradient, sumOf(b, parts) ?? b.constant(0, value.shape))]);
    } else contribute(value.inputs, opDef(value.op).vjp(b, value, gradient));
  };
  for (const value of path) {
    const parts = contributions.get(value);
    const group = groups.get(value);
    b.at(value.origin, () => {
      const gradient = sumOf(b, parts ?? []);
      if (!wanted.has(value)) contributions.delete(value);
      if (group !== undefined) {
        // The results of a scan are taken together at the one that was made first: then all that reads any of them is done.
        if (gradient !== undefined) sums.set(value, gradient);
        if (value === group.at(-1) && group.some((member) => sums.has(member))) contribute(value.inputs, scanContributions(b, group, sums, pullBack));
      } else if (gradient !== undefined) pass(value, gradient);
    });
  }
  return wrt.map((value) => contributions.get(value) ?? []);
}

/** The values through which any of `from` may depend on any of `wrt`, both ends included; last made, first. */
function valuesBetween(from: readonly Value[], wrt: readonly Value[]): Set<Value> {
  // Ids grow in topological order: what is older than every target cannot depend on one.
  const oldest = wrt.reduce((least, value) => Math.min(least, value.id), Infinity);
  const reachable = new Set<Value>();
  const stack = [...from];
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

function usersWithin(path: ReadonlySet<Value>): Map<Value, Value[]> {
  const users = new Map<Value, Value[]>([...path].map((value) => [value, []]));
  for (const value of path) for (const input of value.inputs) users.get(input)?.push(value);
  return users;
}

/**
 * e / Σe for e = exp(d), as in a softmax: d, and the axes of the sum. The gradient by d is then y · (g − Σ g y), which
 * asks for y alone, where that of the single steps asks for e and Σe too.
 */
function sharesOf(value: Value, users: ReadonlyMap<Value, readonly Value[]>, isEnd: (v: Value) => boolean): { readonly exponents: Value; readonly axes: readonly number[] } | undefined {
  const [numerator, denominator] = value.inputs;
  if (!isOp(value, 'map') || value.attrs.fn !== 'div' || numerator === undefined || !isOp(numerator, 'map') || numerator.attrs.fn !== 'exp') return undefined;
  const between: Value[] = [];
  let sum = denominator;
  for (; sum !== undefined && (isOp(sum, 'expand') || isOp(sum, 'reshape')); sum = sum.inputs[0]) between.push(sum);
  if (sum === undefined || !isOp(sum, 'reduce') || sum.attrs.fn !== 'sum' || sum.inputs[0] !== numerator) return undefined;
  const alone = [numerator, sum, ...between].every((v) => !isEnd(v) && (users.get(v)?.length ?? 0) === (v === numerator ? 2 : 1));
  const exponents = numerator.inputs[0] as Value;
  return alone && carriesGradient(exponents) && users.has(exponents) ? { exponents, axes: sum.attrs.axes } : undefined;
}

/** Longer chains than any activation's are not searched through, so that the time stays linear. */
const LONGEST_JOINED = 64;

/**
 * The one value of which `value` is a function, number by number, if it is used more than once on the way: as
 * x in x · Φ(x). Its gradient is then the gradient of `value` times one factor, f′(x), which is known in the
 * forward pass already and can be kept in place of all that it is made of.
 */
function sourceOf(value: Value, path: ReadonlySet<Value>, users: ReadonlyMap<Value, readonly Value[]>, isEnd: (v: Value) => boolean): Value | undefined {
  const isLink = (v: Value): boolean => isOp(v, 'map') && carriesGradient(v) && sameShape(v.shape, value.shape);
  if (!isLink(value)) return undefined;
  const members = new Set([value]);
  const waiting = new Set(value.inputs.filter((input) => path.has(input)));
  while (waiting.size > 0 && members.size <= LONGEST_JOINED) {
    // Ids grow in topological order: all users of the latest one were seen.
    const next = [...waiting].reduce((latest, v) => (v.id > latest.id ? v : latest));
    waiting.delete(next);
    const readers = users.get(next) ?? [];
    // Everything goes through it: the ways that parted there have met again.
    if (waiting.size === 0 && readers.filter((reader) => members.has(reader)).length > 1) return sameShape(next.shape, value.shape) ? next : undefined;
    if (!isLink(next) || isEnd(next) || !readers.every((reader) => members.has(reader))) return undefined;
    members.add(next);
    for (const input of next.inputs) if (path.has(input)) waiting.add(input);
  }
  return undefined;
}

const carriesGradient = (value: Value): boolean => value.dtype === 'f32' && !(isOp(value, 'map') && value.attrs.fn === 'detach');

function sumOf(b: Builder, parts: readonly Value[]): Value | undefined {
  if (parts.length === 0) return undefined;
  return sideBySide(b, parts) ?? parts.reduce((sum, part) => b.add(sum, part));
}

/** Slices of one tensor give gradients that are zero outside of their places: together they are a concatenation, not a sum. */
function sideBySide(b: Builder, parts: readonly Value[]): Value | undefined {
  if (parts.length < 2) return undefined;
  let along: number | undefined;
  const pieces: { readonly start: number; readonly content: Value }[] = [];
  for (const part of parts) {
    if (!isOp(part, 'pad') || part.attrs.value !== 0) return undefined;
    const { before, after } = part.attrs;
    const padded = before.flatMap((n, axis) => (n > 0 || (after[axis] ?? 0) > 0 ? [axis] : []));
    if (padded.length !== 1 || (along !== undefined && along !== padded[0])) return undefined;
    along = padded[0] as number;
    pieces.push({ start: before[along] ?? 0, content: part.inputs[0] as Value });
  }
  const axis = along as number;
  const shape = parts[0]?.shape ?? [];
  pieces.sort((p, q) => p.start - q.start);
  const row: Value[] = [];
  let end = 0;
  const fill = (upTo: number): void => {
    if (upTo > end) row.push(b.constant(0, shape.map((n, i) => (i === axis ? upTo - end : n))));
  };
  for (const { start, content } of pieces) {
    if (start < end) return undefined;
    fill(start);
    row.push(content);
    end = start + (content.shape[axis] ?? 1);
  }
  fill(shape[axis] ?? 1);
  return b.concat(row, axis);
}
