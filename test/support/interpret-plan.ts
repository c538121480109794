/**
 * Runs a plan's kernels in plain loops over float64 numbers: slow, and simple enough to be believed. It holds
 * the compiler to account (against the reference, which does not use kernels) and the backends (which do).
 * An access outside of its buffer is an error here, where hardware would read something or other.
 */
import { type Access, type Affine, type BufferId, type Guard, type Kernel, type Plan, type ScalarExpr, type Store, walkPlan, windowStart } from '../../engine/compile/plan.ts';
import { randomKeys, randomNormal, randomUniform } from '../../engine/tensor/random.ts';
import { scalarFunctions } from '../../engine/tensor/scalar.ts';

export type Numbers = Float64Array;

/** A plan's buffers between steps; states are the caller's, and change. */
export interface InterpretedPlan {
  /** One step. `feeds` by input name; gives the outputs by name. */
  step(feeds: Readonly<Record<string, ArrayLike<number> | number>>): Record<string, Numbers>;
}

export function interpretPlan(plan: Plan, states: ReadonlyMap<string, Numbers>): InterpretedPlan {
  const memory = new Map<BufferId, Numbers>();
  // Temporaries that share bytes of the arena must not live at the same time; sharing them here would hide nothing,
  // so each 4-byte word of the arena is one cell that they have in common.
  const arena = new Float64Array(Math.ceil(plan.arenaBytes / 4)).fill(Number.NaN, plan.clearedBytes / 4);
  for (const buffer of plan.buffers) {
    if (buffer.window !== undefined) continue;
    if (buffer.role === 'state') {
      const state = states.get(buffer.name);
      if (state === undefined || state.length !== buffer.length) throw new Error(`state '${buffer.name}' is missing or not of ${buffer.length} elements`);
      memory.set(buffer.id, state);
    } else if (buffer.role === 'temporary' && buffer.dtype !== 'u8') {
      if (buffer.offset % 64 !== 0 || buffer.offset / 4 + buffer.length > arena.length) throw new Error(`temporary '${buffer.label}' at ${buffer.offset} does not fit the arena of ${plan.arenaBytes} bytes`);
      memory.set(buffer.id, arena.subarray(buffer.offset / 4, buffer.offset / 4 + buffer.length));
    } else {
      memory.set(buffer.id, buffer.data === undefined ? new Float64Array(buffer.length).fill(Number.NaN) : Float64Array.from(buffer.data));
    }
  }
  const bufferOf = (id: BufferId): Numbers => {
    const found = memory.get(id);
    if (found === undefined) throw new Error(`no buffer ${id}`);
    return found;
  };
  return {
    step(feeds) {
      for (const [name, id] of plan.inputs) {
        const fed = feeds[name];
        if (fed === undefined) throw new Error(`input '${name}' is not fed`);
        bufferOf(id).set(typeof fed === 'number' ? [fed] : Array.from(fed));
      }
      for (const { kernel, iteration } of walkPlan(plan)) {
        interpretKernel(plan.kernels[kernel] as Kernel, (id) => {
          const { window, length } = plan.buffers[id] as Plan['buffers'][number];
          if (window === undefined) return bufferOf(id);
          const start = windowStart(window, iteration);
          const whole = bufferOf(window.of);
          if (start < 0 || start + length > whole.length) throw new RangeError(`a window of ${length} at ${start} leaves its buffer of ${whole.length}`);
          return whole.subarray(start, start + length);
        });
      }
      return Object.fromEntries([...plan.outputs].map(([name, id]) => [name, bufferOf(id).slice()]));
    },
  };
}

export function interpretKernel(kernel: Kernel, bufferOf: (id: BufferId) => Numbers): void {
  /** Stores are kept back until the kernel's (row's, point's) loads are done: invocations have no order. */
  const pending: (() => void)[] = [];
  const flush = (): void => pending.splice(0).forEach((write) => write());
  const evaluate = (at: readonly number[], accumulators: readonly number[] = []): ((e: ScalarExpr) => number) => {
    const point: Point = { at, accumulators, bufferOf, known: new Map() };
    return (e) => valueOf(e, point);
  };
  const store = (s: Store, at: readonly number[], accumulators: readonly number[]): void => {
    const value = evaluate(at, accumulators)(s.value);
    if (!isInside(s.to.guards, at)) return;
    const element = elementOf(s.to, { at, accumulators, bufferOf, known: new Map() });
    pending.push(() => write(bufferOf(s.to.buffer), element, value));
  };

  switch (kernel.kind) {
    case 'map':
      for (const at of points(kernel.axes)) kernel.stores.forEach((s) => store(s, at, []));
      break;
    case 'row':
      for (const row of points(kernel.rowAxes)) {
        const accumulators: number[] = [];
        for (const stage of kernel.stages) {
          if (stage.kind === 'each') {
            for (const element of points(kernel.elementAxes)) store(stage.store, [...row, ...element], accumulators);
            continue;
          }
          const values = [...points(kernel.elementAxes)].map((element) => evaluate([...row, ...element], accumulators)(stage.value));
          accumulators[stage.index] = reduceValues(stage.fn, values);
        }
        kernel.finish.forEach((s) => store(s, [...row, ...kernel.elementAxes.map(() => 0)], accumulators));
      }
      break;
    case 'contract':
      for (const outer of points([...kernel.batchAxes, ...kernel.mAxes, ...kernel.nAxes])) {
        let sum = 0;
        for (const k of points(kernel.kAxes)) {
          const value = evaluate([...outer, ...k]);
          sum += value(kernel.a) * value(kernel.b);
        }
        kernel.stores.forEach((s) => store(s, [...outer, ...kernel.kAxes.map(() => 0)], [sum]));
      }
      break;
    case 'scatter': {
      const sums = new Map<number, number>();
      const rest = [...points(kernel.restAxes)];
      for (const index of points(kernel.indexAxes)) {
        for (const r of rest) {
          const at = [...index, ...r];
          if (!isInside(kernel.to.guards, at)) continue;
          const base = affine(kernel.to, at);
          for (let row = 0; row < kernel.rows; row++) if (!sums.has(base + row * kernel.rowStride)) sums.set(base + row * kernel.rowStride, 0);
          const value = evaluate(at);
          const row = Math.min(Math.max(value(kernel.row), 0), kernel.rows - 1);
          const element = base + row * kernel.rowStride;
          sums.set(element, (sums.get(element) ?? 0) + value(kernel.value));
        }
      }
      for (const [element, sum] of sums) pending.push(() => write(bufferOf(kernel.to.buffer), element, sum));
      break;
    }
  }
  flush();
}

interface Point {
  readonly at: readonly number[];
  readonly accumulators: readonly number[];
  readonly bufferOf: (id: BufferId) => Numbers;
  readonly known: Map<ScalarExpr, number>;
}

/** All points of a box, row-major. */
function* points(sizes: readonly number[]): Generator<readonly number[]> {
  const at = sizes.map(() => 0);
  if (sizes.some((n) => n === 0)) return;
  for (;;) {
    yield at.slice();
    let d = sizes.length - 1;
    while (d >= 0 && (at[d] ?? 0) + 1 === sizes[d]) at[d--] = 0;
    if (d < 0) return;
    at[d] = (at[d] ?? 0) + 1;
  }
}

const affine = (a: Affine, at: readonly number[]): number => a.strides.reduce((sum, stride, d) => sum + stride * (at[d] ?? 0), a.offset);
const isInside = (guards: readonly Guard[], at: readonly number[]): boolean => guards.every((g) => affine(g, at) >= 0 && affine(g, at) < g.extent);

function elementOf(access: Access, point: Point): number {
  let element = affine(access, point.at);
  if (access.indirect !== undefined) {
    const index = load(access.indirect.index, point);
    element += access.indirect.stride * Math.min(Math.max(index, 0), access.indirect.extent - 1);
  }
  return element;
}

function load(access: Access, point: Point): number {
  if (!isInside(access.guards, point.at)) return access.fill;
  const buffer = point.bufferOf(access.buffer);
  const element = elementOf(access, point);
  const value = buffer[element];
  if (value === undefined) throw new RangeError(`load of element ${element} of buffer ${access.buffer}, which has ${buffer.length}, at [${point.at.join(', ')}]`);
  return value;
}

function write(buffer: Numbers, element: number, value: number): void {
  if (!(element >= 0 && element < buffer.length)) throw new RangeError(`store to element ${element} of a buffer of ${buffer.length}`);
  buffer[element] = value;
}

function valueOf(expr: ScalarExpr, point: Point): number {
  const known = point.known.get(expr);
  if (known !== undefined) return known;
  const value = evaluate(expr, point);
  point.known.set(expr, value);
  return value;
}

function evaluate(expr: ScalarExpr, point: Point): number {
  switch (expr.kind) {
    case 'const':
      return expr.value;
    case 'load':
      return load(expr.access, point);
    case 'index':
      return affine(expr.at, point.at);
    case 'inside':
      return isInside(expr.guards, point.at) ? 1 : 0;
    case 'random': {
      const keys = randomKeys(valueOf(expr.seed, point), valueOf(expr.step, point), expr.stream);
      return (expr.distribution === 'uniform' ? randomUniform : randomNormal)(keys, affine(expr.at, point.at));
    }
    case 'call': {
      const [x = 0, y = 0, z = 0] = expr.args.map((a) => valueOf(a, point));
      const fn = scalarFunctions[expr.fn];
      return expr.dtype === 'i32' && fn.evaluateInt !== undefined ? fn.evaluateInt(x, y, z) : fn.evaluate(x, y, z);
    }
    case 'accumulator': {
      const value = point.accumulators[expr.index];
      if (value === undefined) throw new RangeError(`accumulator ${expr.index} is not computed yet`);
      return value;
    }
  }
}

function reduceValues(fn: 'sum' | 'max' | 'min' | 'argmax', values: readonly number[]): number {
  switch (fn) {
    case 'sum':
      return values.reduce((a, b) => a + b, 0);
    case 'max':
      return values.reduce((a, b) => Math.max(a, b), -Infinity);
    case 'min':
      return values.reduce((a, b) => Math.min(a, b), Infinity);
    case 'argmax':
      return values.reduce((best, v, i) => (v > (values[best] ?? 0) || (Number.isNaN(v) && !Number.isNaN(values[best])) ? i : best), 0);
  }
}
