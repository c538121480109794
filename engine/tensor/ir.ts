/**
 * The intermediate representation: an immutable dataflow graph of tensor values with static shapes.
 * About thirty ops; everything that trains is composed of them, so that one derivative rule, one
 * reference and one code generator per op family serve every layer, loss, metric and optimizer.
 */

import type { ScanBody, ScanResult } from './scan.ts';

export type DType = 'f32' | 'i32' | 'u8';
export type Shape = readonly number[];

/** Elementwise functions of one argument. Each has a row in `scalar.ts` (JavaScript, WGSL, derivative) and in the WASM emitter. */
export type UnaryFn =
  | 'neg' | 'abs' | 'sign' | 'floor' | 'round' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'rsqrt' | 'sin' | 'cos'
  | 'tanh' | 'sigmoid' | 'erf' | 'relu' | 'toF32' | 'toI32' | 'detach';
/** Comparisons give 1 or 0 of type f32. `pow` needs a non-negative base unless the exponent is a whole number. */
export type BinaryFn = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'pow' | 'less' | 'lessEqual' | 'equal';
/** `select(condition, ifNonZero, ifZero)`: the branch not taken contributes nothing, not even a NaN. */
export type TernaryFn = 'select';
export type ScalarFn = UnaryFn | BinaryFn | TernaryFn;

/** A window that slides over the trailing spatial axes. All arrays have one entry per spatial axis. */
export interface Window {
  readonly size: readonly number[];
  readonly stride: readonly number[];
  /** Zeros (minus infinity for max) in front of and behind each axis. */
  readonly padBefore: readonly number[];
  readonly padAfter: readonly number[];
  readonly dilation: readonly number[];
}

export type ReduceFn = 'sum' | 'max' | 'min';
export type Distribution = 'uniform' | 'normal';

/**
 * The ops and their attributes. Shapes in the comments: `[…]` is any number of axes.
 *
 * Leaves:
 * - `input`     fed anew at each step (a batch of indices, a learning rate).
 * - `state`     lives from step to step on the device (weights arena, moments, running statistics, the dataset).
 * - `constant`  one number in every element.
 * - `literal`   a small array written into the plan.
 * - `iota`      the index along `axis`, i32.
 * - `random`    inputs: seed i32 [], step i32 []. Element i depends on (seed, step, stream, i) alone: see `random.ts`.
 */
export interface OpAttrs {
  input: { readonly name: string };
  state: { readonly name: string };
  constant: { readonly value: number };
  literal: { readonly data: Float32Array | Int32Array };
  iota: { readonly axis: number };
  random: { readonly distribution: Distribution; readonly stream: number };
  /** Elementwise; all inputs have the output's shape (the builder expands). */
  map: { readonly fn: ScalarFn };
  /** Over `axes` (ascending); they stay as size 1. NaN wins in max and min. */
  reduce: { readonly fn: ReduceFn; readonly axes: readonly number[] };
  /** Index (i32) of the first largest element along `axis`, which stays as size 1. */
  argmax: { readonly axis: number };
  reshape: Record<never, never>;
  /** Output axis i is input axis order[i]. */
  permute: { readonly order: readonly number[] };
  /** Axes of size 1 repeated to the output's shape; same rank. */
  expand: Record<never, never>;
  /** x[start[i] : start[i] + step[i]*size : step[i]] for each axis; steps are positive. */
  slice: { readonly start: readonly number[]; readonly step: readonly number[] };
  flip: { readonly axes: readonly number[] };
  pad: { readonly before: readonly number[]; readonly after: readonly number[]; readonly value: number };
  concat: { readonly axis: number };
  /** [batch…, M, K] · [batch…, K, N] -> [batch…, M, N]; the batch axes are equal. */
  dot: Record<never, never>;
  /** Cross-correlation. x [N, C, …spatial], w [O, C/groups, …kernel] -> [N, O, …]. */
  conv: { readonly window: Window; readonly groups: number };
  /** Adjoint of `conv` by x. dy [N, O, …], w [O, C/groups, …] -> the output's shape [N, C, …]. Also the transposed convolution. */
  convInputGrad: { readonly window: Window; readonly groups: number };
  /** Adjoint of `conv` by w. x [N, C, …], dy [N, O, …] -> [O, C/groups, …kernel]. */
  convWeightGrad: { readonly window: Window; readonly groups: number };
  /** x [N, C, …] -> [N, C, …]; padding never wins. */
  maxPool: { readonly window: Window };
  /** i32: which tap of the window (row-major) held the first maximum. */
  maxPoolArg: { readonly window: Window };
  /** arg, dy [N, C, …pooled] -> [N, C, …] : dy at the winning taps, zero elsewhere. */
  maxPoolGrad: { readonly window: Window };
  sumPool: { readonly window: Window };
  sumPoolGrad: { readonly window: Window };
  /** table [V, …rest], index i32 […i] -> […i, …rest]. An index outside [0, V) is clamped. */
  gather: Record<never, never>;
  /** index i32 […i], updates […i, …rest] -> [V, …rest]: repeated indices add up. */
  scatterAdd: Record<never, never>;
  /**
   * `body` again and again, `steps` times, each time on what the time before left: recurrence. Inputs:
   * the body's slices as [steps, …], its initial carries, its constants. The results of one scan are
   * values of their own that share body and inputs: see `ScanResult`. Reversed, it begins with the last slice.
   */
  scan: { readonly body: ScanBody; readonly result: ScanResult; readonly steps: number; readonly reverse: boolean };
}
export type OpName = keyof OpAttrs;

/** One tensor of the graph. Immutable; `id` grows in topological order within its builder. */
export interface Value<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly attrs: OpAttrs[K];
  readonly inputs: readonly Value[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** The document node that this value was lowered from, for errors, costs and inspection. */
  readonly origin: string | undefined;
}

/** Narrow a value to one op: `if (isOp(v, 'conv')) v.attrs.window`. */
export function isOp<K extends OpName>(value: Value, op: K): value is Value<K> {
  return value.op === op;
}

/** A whole computation: what is kept, fed, returned and written back at its end. */
export interface Program {
  /** All values that are reachable from outputs and updates, in topological order. */
  readonly values: readonly Value[];
  readonly inputs: readonly Value<'input'>[];
  readonly states: readonly Value<'state'>[];
  readonly outputs: ReadonlyMap<string, Value>;
  /** After every value is computed, `state` takes `value` (same shape and dtype). */
  readonly updates: readonly { readonly state: Value<'state'>; readonly value: Value }[];
}

export const elementCount = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);
export const bytesPerElement = (dtype: DType): number => (dtype === 'u8' ? 1 : 4);

/** Collect a program from its results: dead values are left out, order is topological. */
export function makeProgram(
  outputs: ReadonlyMap<string, Value>,
  updates: readonly { readonly state: Value<'state'>; readonly value: Value }[] = [],
): Program {
  const seen = new Set<Value>();
  const values: Value[] = [];
  // An explicit stack: a 1,000-layer network must not overflow the call stack.
  const stack: { value: Value; next: number }[] = [];
  const visit = (root: Value): void => {
    if (seen.has(root)) return;
    seen.add(root);
    stack.push({ value: root, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const input = top.value.inputs[top.next++];
      if (input === undefined) {
        values.push(top.value);
        stack.pop();
      } else if (!seen.has(input)) {
        seen.add(input);
        stack.push({ value: input, next: 0 });
      }
    }
  };
  for (const value of outputs.values()) visit(value);
  for (const update of updates) {
    visit(update.state);
    visit(update.value);
  }
  const inputs: Value<'input'>[] = [];
  const states: Value<'state'>[] = [];
  for (const value of values) {
    if (isOp(value, 'input')) inputs.push(value);
    else if (isOp(value, 'state')) states.push(value);
  }
  expectDistinctNames('inputs', inputs);
  expectDistinctNames('states', states);
  return { values, inputs, states, outputs, updates };
}

/** Devices bind leaves by name alone, so one name means one shape and dtype. */
function expectDistinctNames(what: string, leaves: readonly Value<'input' | 'state'>[]): void {
  const known = new Map<string, Value>();
  for (const leaf of leaves) {
    const { name } = leaf.attrs;
    const other = known.get(name);
    if (other !== undefined) throw new Error(`two ${what} are called '${name}': ${other.dtype}[${other.shape.join(', ')}] and ${leaf.dtype}[${leaf.shape.join(', ')}]`);
    known.set(name, leaf);
  }
}
