/**
 * Builds IR values. Every method checks shapes and dtypes (by the op's `infer`), and equal
 * expressions become one value, so that lowerings may ask for the same thing twice.
 */
import { type BinaryFn, type Distribution, type DType, type OpAttrs, type OpName, type ReduceFn, type Shape, type UnaryFn, type Value, type Window, elementCount, sameShape } from './ir.ts';
import { inferOp } from './ops/index.ts';
import { ScanBody, type ScanResult, type ScanResults, type ScanStep } from './scan.ts';

/** A tensor or a plain number; numbers become constants of the other operand's shape. */
export type Operand = Value | number;

export class Builder {
  #nextId = 0;
  #interned = new Map<string, Value>();
  #literals = new WeakMap<object, number>();
  #literalCount = 0;
  #origin: string | undefined;

  /** Run `body`; the values it makes carry `origin` (a document node's id). */
  at<T>(origin: string | undefined, body: () => T): T {
    const before = this.#origin;
    this.#origin = origin;
    try {
      return body();
    } finally {
      this.#origin = before;
    }
  }

  /** Make any op. Prefer the named methods below. `shape` and `dtype` are for ops whose result the inputs do not determine. */
  make<K extends OpName>(op: K, inputs: readonly Value[], attrs: OpAttrs[K], wanted?: { shape?: Shape; dtype?: DType }): Value<K> {
    const { shape, dtype } = inferOp(op, inputs, attrs, wanted ?? {});
    const key = `${op}(${inputs.map((v) => v.id).join()})${this.#attrsKey(attrs)}:${dtype}[${shape.join()}]`;
    const known = this.#interned.get(key);
    if (known !== undefined) return known as Value<K>;
    const value: Value<K> = Object.freeze({ id: this.#nextId++, op, attrs, inputs, shape, dtype, origin: this.#origin });
    this.#interned.set(key, value);
    return value;
  }

  #attrsKey(attrs: object): string {
    return JSON.stringify(attrs, (_key, item: unknown) => {
      if (isValue(item)) return `%${item.id}`;
      if (!ArrayBuffer.isView(item)) return typeof item === 'number' && !Number.isFinite(item) ? `#${item}` : Object.is(item, -0) ? '#-0' : item;
      let id = this.#literals.get(item);
      if (id === undefined) this.#literals.set(item, (id = this.#literalCount++));
      return `literal ${id}`;
    });
  }

  // Leaves ------------------------------------------------------------------------------------

  input(name: string, shape: Shape, dtype: DType = 'f32'): Value<'input'> {
    return this.make('input', [], { name }, { shape, dtype });
  }
  state(name: string, shape: Shape, dtype: DType = 'f32'): Value<'state'> {
    return this.make('state', [], { name }, { shape, dtype });
  }
  constant(value: number, shape: Shape = [], dtype: DType = 'f32'): Value {
    const scalar = this.make('constant', [], { value }, { shape: [], dtype });
    return shape.length === 0 ? scalar : this.expand(this.reshape(scalar, shape.map(() => 1)), shape);
  }
  literal(data: Float32Array | Int32Array, shape: Shape): Value {
    return this.make('literal', [], { data }, { shape, dtype: data instanceof Int32Array ? 'i32' : 'f32' });
  }
  iota(shape: Shape, axis: number): Value {
    return this.make('iota', [], { axis: this.#axis(axis, shape.length) }, { shape, dtype: 'i32' });
  }
  /** f32 numbers that depend on (seed, step, stream, element index) alone. Uniform is in [0, 1). */
  random(shape: Shape, distribution: Distribution, stream: number, seed: Value, step: Value): Value {
    return this.make('random', [seed, step], { distribution, stream }, { shape });
  }

  // Elementwise --------------------------------------------------------------------------------

  unary(fn: UnaryFn, x: Value): Value {
    return this.make('map', [x], { fn });
  }
  /** With NumPy's broadcasting: shapes align at their last axes, sizes 1 repeat. */
  binary(fn: BinaryFn, a: Operand, b: Operand): Value {
    const [x, y] = this.broadcast([a, b]);
    return this.make('map', [x!, y!], { fn });
  }
  add(a: Operand, b: Operand): Value { return this.binary('add', a, b); }
  sub(a: Operand, b: Operand): Value { return this.binary('sub', a, b); }
  mul(a: Operand, b: Operand): Value { return this.binary('mul', a, b); }
  div(a: Operand, b: Operand): Value { return this.binary('div', a, b); }
  max(a: Operand, b: Operand): Value { return this.binary('max', a, b); }
  min(a: Operand, b: Operand): Value { return this.binary('min', a, b); }
  pow(a: Operand, b: Operand): Value { return this.binary('pow', a, b); }
  less(a: Operand, b: Operand): Value { return this.binary('less', a, b); }
  lessEqual(a: Operand, b: Operand): Value { return this.binary('lessEqual', a, b); }
  equal(a: Operand, b: Operand): Value { return this.binary('equal', a, b); }
  neg(x: Value): Value { return this.unary('neg', x); }
  abs(x: Value): Value { return this.unary('abs', x); }
  sign(x: Value): Value { return this.unary('sign', x); }
  exp(x: Value): Value { return this.unary('exp', x); }
  expm1(x: Value): Value { return this.unary('expm1', x); }
  log(x: Value): Value { return this.unary('log', x); }
  log1p(x: Value): Value { return this.unary('log1p', x); }
  sqrt(x: Value): Value { return this.unary('sqrt', x); }
  rsqrt(x: Value): Value { return this.unary('rsqrt', x); }
  tanh(x: Value): Value { return this.unary('tanh', x); }
  sigmoid(x: Value): Value { return this.unary('sigmoid', x); }
  erf(x: Value): Value { return this.unary('erf', x); }
  relu(x: Value): Value { return this.unary('relu', x); }
  square(x: Value): Value { return this.mul(x, x); }
  toF32(x: Value): Value { return x.dtype === 'f32' ? x : this.unary('toF32', x); }
  toI32(x: Value): Value { return x.dtype === 'i32' ? x : this.unary('toI32', x); }
  /** The same numbers, through which no gradient flows. */
  detach(x: Value): Value { return this.unary('detach', x); }
  select(condition: Value, ifNonZero: Operand, ifZero: Operand): Value {
    // Numbers take the type of the other branch, not that of the condition.
    const dtype = typeof ifNonZero !== 'number' ? ifNonZero.dtype : typeof ifZero !== 'number' ? ifZero.dtype : 'f32';
    const branch = (operand: Operand): Value => (typeof operand === 'number' ? this.constant(operand, [], dtype) : operand);
    const [c, a, b] = this.broadcast([condition, branch(ifNonZero), branch(ifZero)]);
    return this.make('map', [c!, a!, b!], { fn: 'select' });
  }

  // Reductions ---------------------------------------------------------------------------------

  /** Over `axes` (all when left out; negative counts from the end). With `keep`, reduced axes stay as size 1. */
  reduce(fn: ReduceFn, x: Value, axes?: readonly number[], keep = false): Value {
    const rank = x.shape.length;
    const which = [...new Set((axes ?? x.shape.map((_, i) => i)).map((a) => this.#axis(a, rank)))].sort((a, b) => a - b);
    const kept = which.length === 0 ? x : this.make('reduce', [x], { fn, axes: which });
    return keep ? kept : this.reshape(kept, x.shape.filter((_, i) => !which.includes(i)));
  }
  sum(x: Value, axes?: readonly number[], keep = false): Value { return this.reduce('sum', x, axes, keep); }
  reduceMax(x: Value, axes?: readonly number[], keep = false): Value { return this.reduce('max', x, axes, keep); }
  reduceMin(x: Value, axes?: readonly number[], keep = false): Value { return this.reduce('min', x, axes, keep); }
  mean(x: Value, axes?: readonly number[], keep = false): Value {
    const total = this.sum(x, axes, keep);
    return this.mul(total, elementCount(total.shape) / elementCount(x.shape));
  }
  /** Index (i32) of the first maximum along `axis`; the axis is removed. */
  argmax(x: Value, axis: number): Value {
    const at = this.#axis(axis, x.shape.length);
    return this.reshape(this.make('argmax', [x], { axis: at }), x.shape.filter((_, i) => i !== at));
  }

  // Movement: views, free of charge until something must be written ------------------------------

  reshape(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.make('reshape', [x], {}, { shape });
  }
  permute(x: Value, order: readonly number[]): Value {
    return order.every((axis, i) => axis === i) ? x : this.make('permute', [x], { order });
  }
  /** Swap the last two axes. */
  transpose(x: Value): Value {
    const n = x.shape.length;
    return this.permute(x, x.shape.map((_, i) => (i === n - 2 ? n - 1 : i === n - 1 ? n - 2 : i)));
  }
  /** NumPy's broadcast_to: new axes in front, axes of size 1 repeated. */
  expand(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const aligned = this.reshape(x, [...shape.slice(0, shape.length - x.shape.length).map(() => 1), ...x.shape]);
    return sameShape(aligned.shape, shape) ? aligned : this.make('expand', [aligned], {}, { shape });
  }
  /** x[start : stop : step] along one axis. */
  slice(x: Value, axis: number, start: number, stop: number, step = 1): Value {
    const at = this.#axis(axis, x.shape.length);
    if (start === 0 && step === 1 && stop === x.shape[at]) return x;
    const shape = x.shape.map((n, i) => (i === at ? Math.ceil((stop - start) / step) : n));
    return this.make('slice', [x], { start: shape.map((_, i) => (i === at ? start : 0)), step: shape.map((_, i) => (i === at ? step : 1)) }, { shape });
  }
  flip(x: Value, axes: readonly number[]): Value {
    return this.make('flip', [x], { axes: axes.map((a) => this.#axis(a, x.shape.length)).sort((a, b) => a - b) });
  }
  pad(x: Value, before: readonly number[], after: readonly number[], value = 0): Value {
    return [...before, ...after].every((n) => n === 0) ? x : this.make('pad', [x], { before, after, value });
  }
  concat(parts: readonly Value[], axis: number): Value {
    return parts.length === 1 ? parts[0]! : this.make('concat', parts, { axis: this.#axis(axis, parts[0]?.shape.length ?? 0) });
  }

  // Contractions, windows, indexing --------------------------------------------------------------

  /** Matrix product over the last two axes; leading axes are broadcast. */
  dot(a: Value, b: Value): Value {
    const lead = broadcastShapes([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    return this.make('dot', [this.expand(a, [...lead, ...a.shape.slice(-2)]), this.expand(b, [...lead, ...b.shape.slice(-2)])], {});
  }
  conv(x: Value, w: Value, window: Window, groups = 1): Value { return this.make('conv', [x, w], { window, groups }); }
  convInputGrad(dy: Value, w: Value, window: Window, groups: number, inputShape: Shape): Value {
    return this.make('convInputGrad', [dy, w], { window, groups }, { shape: inputShape });
  }
  convWeightGrad(x: Value, dy: Value, window: Window, groups: number, weightShape: Shape): Value {
    return this.make('convWeightGrad', [x, dy], { window, groups }, { shape: weightShape });
  }
  maxPool(x: Value, window: Window): Value { return this.make('maxPool', [x], { window }); }
  maxPoolArg(x: Value, window: Window): Value { return this.make('maxPoolArg', [x], { window }); }
  maxPoolGrad(arg: Value, dy: Value, window: Window, inputShape: Shape): Value {
    return this.make('maxPoolGrad', [arg, dy], { window }, { shape: inputShape });
  }
  sumPool(x: Value, window: Window): Value { return this.make('sumPool', [x], { window }); }
  sumPoolGrad(dy: Value, window: Window, inputShape: Shape): Value {
    return this.make('sumPoolGrad', [dy], { window }, { shape: inputShape });
  }
  gather(table: Value, index: Value): Value { return this.make('gather', [table, index], {}); }
  scatterAdd(index: Value, updates: Value, rows: number): Value {
    return this.make('scatterAdd', [index, updates], {}, { shape: [rows, ...updates.shape.slice(index.shape.length)] });
  }

  /**
   * A recurrence. `body` says, once, what a step makes of its slices (each input of `slices` without its first
   * axis, the time), of what it carries on and of the constants: the next carries, in their order, shapes and
   * types. It builds with the builder that it is given, from nothing but these. Backwards with `reverse`.
   */
  scan(given: { readonly slices: readonly Value[]; readonly initial: readonly Value[]; readonly constants?: readonly Value[]; readonly reverse?: boolean }, body: (b: Builder, step: ScanStep) => readonly Value[]): ScanResults {
    const { slices, initial, constants = [], reverse = false } = given;
    const steps = slices[0]?.shape[0] ?? 0;
    const inner = new Builder();
    const step: ScanStep = {
      slices: slices.map((v, i) => inner.input(`slice${i}`, v.shape.slice(1), v.dtype)),
      carries: initial.map((v, i) => inner.input(`carry${i}`, v.shape, v.dtype)),
      constants: constants.map((v, i) => inner.input(`constant${i}`, v.shape, v.dtype)),
    };
    const next = inner.at(this.#origin, () => body(inner, step));
    return this.scanOf(new ScanBody(step, next), [...slices, ...initial, ...constants], steps, reverse);
  }
  /** The results of a scan over an existing body. */
  scanOf(body: ScanBody, inputs: readonly Value[], steps: number, reverse: boolean): ScanResults {
    const result = (wanted: ScanResult): Value => this.make('scan', inputs, { body, result: wanted, steps, reverse });
    return {
      stack: (carry) => result({ kind: 'stack', carry }),
      last: (carry) => result({ kind: 'last', carry }),
      each: (value) => result({ kind: 'each', value }),
    };
  }

  /** Bring operands to one shape. Numbers take the dtype of the first tensor among them. */
  broadcast(operands: readonly Operand[]): Value[] {
    const tensors = operands.filter((o) => typeof o !== 'number');
    const shape = broadcastShapes(tensors.map((t) => t.shape));
    const dtype = tensors[0]?.dtype ?? 'f32';
    return operands.map((o) => (typeof o === 'number' ? this.constant(o, shape, dtype) : this.expand(o, shape)));
  }

  #axis(axis: number, rank: number): number {
    const at = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(at) || at < 0 || at >= rank) throw new RangeError(`axis ${axis} is outside a tensor of rank ${rank}`);
    return at;
  }
}

const isValue = (item: unknown): item is Value => typeof item === 'object' && item !== null && 'op' in item && 'inputs' in item;

/** NumPy's broadcasting rule. Throws where two sizes differ and neither is 1. */
export function broadcastShapes(shapes: readonly Shape[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let size = 1;
    for (const shape of shapes) {
      const n = shape[i - rank + shape.length] ?? 1;
      if (n !== 1 && size !== 1 && n !== size) throw new RangeError(`shapes ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')} do not broadcast`);
      if (n !== 1) size = n;
    }
    return size;
  });
}
