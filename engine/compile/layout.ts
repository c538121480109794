/**
 * Where each stored value lies: order of its axes, a margin of zeros around images, or a place
 * inside of a concatenation. Images lie channels-last, so that the innermost loop runs over
 * channels in convolutions, pooling, norms and activations alike.
 */
import { type Program, type Value, elementCount, isOp } from '../tensor/ir.ts';
import { rowMajorStrides } from '../tensor/ops/shapes.ts';
import { constantOf } from '../tensor/scalar.ts';
import { AxisSpace, type Lin, ZERO, axisLin, rangeLin, shiftLin } from './affine.ts';
import type { Part } from './cluster.ts';
import { isImageOp, isLeaf } from './op-kinds.ts';
import type { Partition } from './partition.ts';
import { reshapeIndex } from './symbolic.ts';

/** Element address of index i: offset + Σ strides[d] · i[d]. */
export interface Storage {
  /** The value whose buffer this is: itself, or the concatenation that it was placed into. */
  readonly owner: Value;
  readonly offset: number;
  readonly strides: readonly number[];
  /** Zeros that may be read before and after each axis. */
  readonly marginBefore: readonly number[];
  readonly marginAfter: readonly number[];
  /** Elements of the owner's buffer, margins included. */
  readonly length: number;
  /** Parts of the buffer are never written and must be zero from the start. */
  readonly cleared: boolean;
}

export interface Layouts {
  readonly storage: ReadonlyMap<Value, Storage>;
  /** Inputs of each concat that need no copy. */
  readonly placed: ReadonlyMap<Value, ReadonlySet<number>>;
}

export function assignLayouts(program: Program, partition: Partition, parts: ReadonlyMap<number, readonly Part[]>, homes: ReadonlyMap<Value, Value>): Layouts {
  const storage = new Map<Value, Storage>();
  const placed = new Map<Value, Set<number>>();
  const roots = new Set<Value>([...program.outputs.values(), ...program.updates.map((u) => u.value)]);
  for (const value of program.values) if (isLeaf(value)) storage.set(value, plain(value, value, value.shape.map((_, i) => i), [], []));
  for (const [value, state] of homes) storage.set(value, plain(value, state, value.shape.map((_, i) => i), [], []));

  const margins = convolutionMargins(partition, parts);
  const orders = preferredOrders(program);
  const fixed = (v: Value): boolean => roots.has(v) || partition.dense.has(v) || isLeaf(v);

  for (const value of program.values) {
    if (!isOp(value, 'concat') || !partition.written.has(value) || storage.has(value)) continue;
    const order = fixed(value) ? undefined : orders.get(value);
    placeInputs(value, order ?? value.shape.map((_, i) => i), partition, fixed, margins, storage, placed, program);
  }
  for (const value of program.values) {
    if (storage.has(value) || !partition.written.has(value)) continue;
    const order = fixed(value) ? value.shape.map((_, i) => i) : (orders.get(value) ?? value.shape.map((_, i) => i));
    const margin = margins.get(value);
    storage.set(value, plain(value, value, order, margin?.before ?? [], margin?.after ?? []));
  }
  return { storage, placed };
}

function plain(value: Value, owner: Value, order: readonly number[], before: readonly number[], after: readonly number[]): Storage {
  const full = value.shape.map((n, d) => n + (before[d] ?? 0) + (after[d] ?? 0));
  const ordered = rowMajorStrides(order.map((d) => full[d] ?? 1));
  const strides = new Array<number>(value.shape.length).fill(0);
  order.forEach((d, i) => (strides[d] = ordered[i] ?? 0));
  const offset = strides.reduce((sum, stride, d) => sum + stride * (before[d] ?? 0), 0);
  return {
    owner, offset, strides, marginBefore: value.shape.map((_, d) => before[d] ?? 0), marginAfter: value.shape.map((_, d) => after[d] ?? 0),
    length: elementCount(full), cleared: before.some((n) => n > 0) || after.some((n) => n > 0),
  };
}

/** Channels last for what convolutions and pooling make and read; elementwise results follow their inputs. */
function preferredOrders(program: Program): Map<Value, readonly number[]> {
  const orders = new Map<Value, readonly number[]>();
  const channelsLast = (rank: number): number[] => [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
  for (const value of program.values) {
    // The gradient of a filter is a filter.
    if (isImageOp(value) && value.op !== 'convWeightGrad') orders.set(value, channelsLast(value.shape.length));
    if (isImageOp(value)) {
      value.inputs.forEach((input, i) => {
        const isWeight = (value.op === 'conv' || value.op === 'convInputGrad') && i === 1;
        if (!isWeight && !orders.has(input) && !isLeaf(input)) orders.set(input, channelsLast(input.shape.length));
      });
    }
    if (value.op === 'map' || value.op === 'reduce' || value.op === 'concat' || value.op === 'pad' || value.op === 'slice' || value.op === 'flip') {
      const model = value.inputs.find((v) => v.shape.length === value.shape.length && orders.has(v));
      if (model !== undefined && !orders.has(value)) orders.set(value, orders.get(model)!);
    }
  }
  return orders;
}

interface Margin {
  readonly before: number[];
  readonly after: number[];
}

/** How far the contractions read beyond each image; zeros are kept there instead of a test per element. */
export function convolutionMargins(partition: Partition, parts: ReadonlyMap<number, readonly Part[]>): Map<Value, Margin> {
  const margins = new Map<Value, Margin>();
  for (const cluster of partition.clusters) {
    for (const part of parts.get(cluster.id) ?? []) {
      if (part.kind !== 'contract') continue;
      for (const factor of [part.a, part.b]) {
        if (factor.kind !== 'load' || factor.guards.length === 0 || 'rowMajor' in factor.index || isLeaf(factor.value)) continue;
        const { value, index } = factor;
        const margin = margins.get(value) ?? { before: value.shape.map(() => 0), after: value.shape.map(() => 0) };
        index.forEach((lin, d) => {
          const { min, max } = rangeLin(part.space.resolve(lin));
          margin.before[d] = Math.max(margin.before[d] ?? 0, -min);
          margin.after[d] = Math.max(margin.after[d] ?? 0, max - (value.shape[d] ?? 1) + 1);
        });
        margins.set(value, margin);
      }
    }
  }
  return margins;
}

/** Let the kernels that compute a concatenation's inputs write straight into it. */
function placeInputs(concat: Value<'concat'>, order: readonly number[], partition: Partition, fixed: (v: Value) => boolean, margins: ReadonlyMap<Value, Margin>, storage: Map<Value, Storage>, placed: Map<Value, Set<number>>, program: Program): void {
  const { axis } = concat.attrs;
  const margin = margins.get(concat);
  const own = plain(concat, concat, order, margin?.before ?? [], margin?.after ?? []);
  const whole = own.strides;
  const done = new Set<number>();
  const isRoot = [...program.outputs.values()].includes(concat) || program.updates.some((u) => u.value === concat);
  let { cleared } = own;
  let start = 0;
  concat.inputs.forEach((input, i) => {
    const offset = own.offset + start * (whole[axis] ?? 1);
    start += input.shape[axis] ?? 1;
    if (constantOf(input) === 0) {
      done.add(i);
      cleared = true;
      return;
    }
    // Follow reshapes and permutations down to the value that a kernel writes.
    const chain: Value[] = [];
    let base = input;
    while ((base.op === 'reshape' || base.op === 'permute' || (isOp(base, 'pad') && base.attrs.value === 0)) && !partition.stored.has(base) && base.inputs[0] !== undefined) {
      chain.push(base);
      base = base.inputs[0];
    }
    if (isRoot && chain.some((view) => view.op === 'pad')) return;
    if (!partition.written.has(base) || fixed(base) || storage.has(base) || margins.has(base) || base.op === 'concat') return;
    const space = new AxisSpace();
    const axes = space.axes(base.shape);
    let index: readonly Lin[] = axes.map(axisLin);
    for (const view of chain.reverse()) {
      if (isOp(view, 'permute')) index = view.attrs.order.map((d) => index[d] ?? ZERO);
      else if (isOp(view, 'pad')) index = index.map((lin, d) => shiftLin(lin, view.attrs.before[d] ?? 0));
      else {
        const next = reshapeIndex(space, index, view.inputs[0]?.shape ?? [], view.shape);
        if (next === undefined) return;
        index = next;
      }
    }
    const strides = axes.map(() => 0);
    let first = offset;
    for (const [d, lin] of index.entries()) {
      first += lin.constant * (whole[d] ?? 1);
      for (const { axis: term, coefficient } of space.resolve(lin).terms) {
        const at = axes.indexOf(term);
        // A reshape that cut an axis of the value: its address is not affine in that axis.
        if (at < 0) return;
        strides[at] = (strides[at] ?? 0) + coefficient * (whole[d] ?? 1);
      }
    }
    storage.set(base, { owner: concat, offset: first, strides, marginBefore: base.shape.map(() => 0), marginAfter: base.shape.map(() => 0), length: own.length, cleared: false });
    done.add(i);
    // What a pad adds is never written.
    cleared ||= chain.some((view) => view.op === 'pad');
  });
  if (cleared && isRoot) {
    // Only temporaries start as zeros: outputs and states get their zeros written.
    concat.inputs.forEach((input, i) => constantOf(input) === 0 && done.delete(i));
    cleared = false;
  }
  storage.set(concat, { ...own, cleared });
  placed.set(concat, done);
}
