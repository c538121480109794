/**
 * The derivative of a scan is a scan that runs the other way. Its body is the derivative of the body, given
 * what the forward steps kept; the gradients of constants (weights) are one product over all steps, outside of it.
 */
import { Builder } from '../tensor/builder.ts';
import { type Value, isOp } from '../tensor/ir.ts';
import { isExpensive } from '../tensor/scalar.ts';
import { ScanBody, type ScanResults } from '../tensor/scan.ts';

type PullBack = (b: Builder, seeds: ReadonlyMap<Value, Value>, wrt: readonly Value[]) => readonly (readonly Value[])[];

/** Values that the backward steps compute again from what was kept: moving, and simple arithmetic. */
function isCheap(value: Value): boolean {
  if (isOp(value, 'map')) return !isExpensive(value.attrs.fn);
  return isMovement(value) || isOp(value, 'constant') || isOp(value, 'literal') || isOp(value, 'iota');
}
const isMovement = (v: Value): boolean => v.op === 'reshape' || v.op === 'permute' || v.op === 'expand' || v.op === 'slice' || v.op === 'flip' || v.op === 'pad';

/**
 * What flows to each input of the scan, when `given` holds the gradients that reached its results;
 * `group` are all of these, with one body and the same inputs.
 */
export function scanContributions(b: Builder, group: readonly Value<'scan'>[], given: ReadonlyMap<Value, Value>, pullBack: PullBack): (Value | undefined)[] {
  const first = group[0] as Value<'scan'>;
  const { inputs, attrs: { body, steps, reverse } } = first;
  const sequences = inputs.slice(0, body.slices.length);
  const initial = inputs.slice(sequences.length, sequences.length + body.carries.length);
  const constants = inputs.slice(sequences.length + initial.length);
  const forward = b.scanOf(body, inputs, steps, reverse);
  const gradientOf = (wanted: (member: Value<'scan'>) => boolean): Value | undefined => {
    const member = group.find(wanted);
    return member === undefined ? undefined : given.get(member);
  };
  const stackGradient = body.carries.map((_, i) => gradientOf(({ attrs: { result } }) => result.kind === 'stack' && result.carry === i));
  const lastGradient = body.carries.map((_, i) => gradientOf(({ attrs: { result } }) => result.kind === 'last' && result.carry === i));
  /** Of a stack [steps + 1, …]: the values after each step, or those before. */
  const after = (stack: Value): Value => (reverse ? b.slice(stack, 0, 0, steps) : b.slice(stack, 0, 1, steps + 1));
  const before = (stack: Value): Value => (reverse ? b.slice(stack, 0, 1, steps + 1) : b.slice(stack, 0, 0, steps));
  const atStart = (stack: Value): Value => b.reshape(reverse ? b.slice(stack, 0, steps, steps + 1) : b.slice(stack, 0, 0, 1), stack.shape.slice(1));

  // The derivative of one step, written over a copy of the step.
  const draft = new Builder();
  const copies = copyInto(draft, body.values(group.flatMap(({ attrs: { result } }) => (result.kind === 'each' ? [result.value] : []))));
  const copyOf = (value: Value): Value => copies.get(value) ?? value;
  const carried = body.carries.flatMap((leaf, i) => (leaf.dtype === 'f32' ? [i] : []));
  const flowing = new Map(carried.map((i) => [i, draft.input(`flowing${i}`, body.carries[i]?.shape ?? [])]));
  const arriving: { readonly leaf: Value; readonly sequence: Value }[] = [];
  const arrive = (sequence: Value): Value => {
    const leaf = draft.input(`arriving${arriving.length}`, sequence.shape.slice(1));
    arriving.push({ leaf, sequence });
    return leaf;
  };
  const seeds = new Map<Value, Value>();
  const seed = (value: Value, gradient: Value): void => {
    const known = seeds.get(copyOf(value));
    seeds.set(copyOf(value), known === undefined ? gradient : draft.add(known, gradient));
  };
  for (const [i, gradient] of flowing) {
    seed(body.next[i] as Value, gradient);
    const outside = stackGradient[i];
    if (outside !== undefined) seed(body.next[i] as Value, arrive(after(outside)));
  }
  for (const member of group) {
    const gradient = given.get(member);
    if (member.attrs.result.kind === 'each' && gradient !== undefined) seed(member.attrs.result.value, arrive(gradient));
  }
  const leaves = [...body.slices, ...body.carries, ...body.constants].filter(({ dtype }) => dtype === 'f32');
  const parts = pullBack(draft, seeds, leaves.map(copyOf));
  const partsOf = new Map(leaves.map((leaf, i) => [leaf, parts[i] ?? []]));
  const total = (leaf: Value): Value | undefined => {
    const [head, ...rest] = partsOf.get(leaf) ?? [];
    return head === undefined ? undefined : rest.reduce((sum, part) => draft.add(sum, part), head);
  };
  const bySlice = body.slices.map(total);
  const byCarry = carried.map((i) => total(body.carries[i] as Value) ?? draft.constant(0, body.carries[i]?.shape));
  const byConstant = body.constants.map((leaf) => partsOf.get(leaf) ?? []);

  // What of the forward step it reads becomes a sequence; the rest is computed again.
  const originals = new Map([...copies].map(([value, copy]) => [copy, value]));
  const kept: { readonly leaf: Value; readonly sequence: Value }[] = [...arriving];
  const held: { readonly leaf: Value; readonly constant: Value }[] = [];
  const cut = new Set<Value>();
  const roots = [...bySlice, ...byCarry, ...byConstant.flat()].filter((v) => v !== undefined);
  const reached = new Set<Value>();
  const open = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (reached.has(value)) continue;
    reached.add(value);
    const original = originals.get(value);
    const constant = original === undefined ? -1 : body.constants.indexOf(original);
    if (constant >= 0) held.push({ leaf: value, constant: constants[constant] as Value });
    else if (original !== undefined && !isCheap(original)) {
      const slice = body.slices.indexOf(original);
      const carry = body.carries.indexOf(original);
      kept.push({ leaf: value, sequence: slice >= 0 ? sequences[slice] as Value : carry >= 0 ? before(forward.stack(carry)) : forward.each(original) });
      cut.add(value);
    } else open.push(...value.inputs);
  }

  const final = new Builder();
  const rebuilt = new Map<Value, Value>();
  const leafOf = (name: string) => ({ leaf }: { readonly leaf: Value }, i: number): Value => {
    const made = final.input(`${name}${i}`, leaf.shape, leaf.dtype);
    rebuilt.set(leaf, made);
    return made;
  };
  // A scan walks along something: where the backward steps read nothing of the forward ones, along a sequence all the same.
  const slices = (kept.length > 0 ? kept : [{ leaf: body.slices[0] as Value, sequence: sequences[0] as Value }]);
  const step = {
    slices: slices.map(leafOf('slice')),
    carries: [...flowing.values()].map((leaf) => ({ leaf })).map(leafOf('carry')),
    constants: held.map(leafOf('constant')),
  };
  copyInto(final, [...reached].sort((x, y) => x.id - y.id).filter((value) => !rebuilt.has(value)), rebuilt);
  const made = (value: Value): Value => rebuilt.get(value) as Value;
  const backward = b.scanOf(
    new ScanBody(step, byCarry.map(made)),
    [...slices.map(({ sequence }) => sequence), ...carried.map((i) => lastGradient[i] ?? b.constant(0, body.carries[i]?.shape)), ...held.map(({ constant }) => constant)],
    steps, !reverse,
  );
  const over = new Steps(b, backward, new Map(step.slices.map((leaf, i) => [leaf, slices[i]?.sequence as Value])), new Map(step.constants.map((leaf, i) => [leaf, held[i]?.constant as Value])), steps);
  return [
    ...bySlice.map((gradient) => (gradient === undefined ? undefined : over.sequence(made(gradient)))),
    ...body.carries.map((leaf, i) => {
      if (leaf.dtype !== 'f32') return undefined;
      const last = backward.last(carried.indexOf(i));
      const outside = stackGradient[i];
      return outside === undefined ? last : b.add(last, atStart(outside));
    }),
    ...byConstant.map((contributions) => {
      const [head, ...rest] = contributions.map((part) => over.sum(made(part)));
      return head === undefined ? undefined : rest.reduce((sum, part) => b.add(sum, part), head);
    }),
  ];
}

/** The same values in another builder. `known` holds what stands for some of them already. */
function copyInto(b: Builder, values: readonly Value[], known = new Map<Value, Value>()): Map<Value, Value> {
  for (const value of values) {
    if (known.has(value)) continue;
    const inputs = value.inputs.map((input) => known.get(input) as Value);
    known.set(value, b.at(value.origin, () => b.make(value.op, inputs, value.attrs, { shape: value.shape, dtype: value.dtype })));
  }
  return known;
}

/** Values of a scan's body seen from outside, over all steps. */
class Steps {
  readonly #b: Builder;
  readonly #results: ScanResults;
  readonly #sequences: ReadonlyMap<Value, Value>;
  readonly #constants: ReadonlyMap<Value, Value>;
  readonly #steps: number;

  constructor(b: Builder, results: ScanResults, sequences: ReadonlyMap<Value, Value>, constants: ReadonlyMap<Value, Value>, steps: number) {
    this.#b = b;
    this.#results = results;
    this.#sequences = sequences;
    this.#constants = constants;
    this.#steps = steps;
  }

  /** [steps, …]: the value at each step. Movement is done outside, on what is there anyway. */
  sequence(value: Value): Value {
    const b = this.#b;
    const given = this.#sequences.get(value);
    if (given !== undefined) return given;
    const constant = this.#constants.get(value);
    if (constant !== undefined) return b.expand(b.reshape(constant, [1, ...constant.shape]), [this.#steps, ...constant.shape]);
    if (isOp(value, 'reshape')) return b.reshape(this.sequence(value.inputs[0] as Value), [this.#steps, ...value.shape]);
    if (isOp(value, 'permute')) return b.permute(this.sequence(value.inputs[0] as Value), [0, ...value.attrs.order.map((axis) => axis + 1)]);
    return this.#results.each(value);
  }

  /** Σ over all steps. A sum of products is one long product. */
  sum(value: Value): Value {
    const b = this.#b;
    const input = value.inputs[0] as Value;
    if (isOp(value, 'reshape')) return b.reshape(this.sum(input), value.shape);
    if (isOp(value, 'permute')) return b.permute(this.sum(input), value.attrs.order);
    if (isOp(value, 'reduce') && value.attrs.fn === 'sum') return b.reshape(b.sum(this.sequence(input), [0, ...value.attrs.axes.map((axis) => axis + 1)]), value.shape);
    if (isOp(value, 'dot') && value.shape.length === 2) {
      const [left, right] = value.inputs.map((factor) => this.sequence(factor)) as [Value, Value];
      const [rows, inner] = input.shape as [number, number];
      return b.dot(b.reshape(b.permute(left, [1, 0, 2]), [rows, this.#steps * inner]), b.reshape(right, [this.#steps * inner, value.shape[1] as number]));
    }
    return b.sum(this.sequence(value), [0]);
  }
}
