/**
 * The one helper by which values and gradients are held against an oracle: float64 evaluation,
 * errors relative to an array's largest magnitude, and central differences.
 */
import { expect } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { type NumberArray, evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { type DType, type Shape, type Value, elementCount, isOp, makeProgram } from '../../engine/tensor/ir.ts';
import { drawRandom } from '../../engine/tensor/random.ts';

// Comparing ---------------------------------------------------------------------------------------

/**
 * The largest difference, relative to the largest finite magnitude in `expected`, or to `floor` if
 * that is larger (absolute when both are 0). Infinite when lengths, NaNs or infinities are not in the same places.
 */
export function relativeError(actual: NumberArray, expected: NumberArray, floor = 0): number {
  if (actual.length !== expected.length) return Infinity;
  let scale = floor;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Number.isFinite(e)) {
      scale = Math.max(scale, Math.abs(e));
      worst = Math.max(worst, Number.isFinite(a) ? Math.abs(a - e) : Infinity);
    } else if (!Object.is(a, e)) {
      return Infinity;
    }
  }
  return scale === 0 ? worst : worst / scale;
}

/** Fails with the worst element's numbers when `relativeError` is above `tolerance`. */
export function expectClose(actual: NumberArray, expected: NumberArray, tolerance: number, what = 'the array', floor = 0): void {
  const error = relativeError(actual, expected, floor);
  if (error <= tolerance) return;
  let worst = 0;
  for (let i = 1; i < expected.length; i++) {
    const gap = (at: number): number => (Object.is(actual[at], expected[at]) ? 0 : Math.abs(actual[at]! - expected[at]!));
    if (!(gap(i) <= gap(worst))) worst = i;
  }
  expect.fail(`${what}: relative error ${error.toExponential(2)} is above ${tolerance}; lengths ${actual.length} and ${expected.length}; element ${worst} is ${actual[worst]}, expected ${expected[worst]}`);
}

// Data --------------------------------------------------------------------------------------------

/** Numbers of a tensor, by which a test feeds an input. f32 when `dtype` is left out. */
export interface Leaf {
  readonly shape: Shape;
  readonly data: NumberArray;
  readonly dtype?: DType;
}

/** Uniform in [low, high), the same for the same seed and shape. */
export function randomTensor(seed: number, shape: Shape, low = -1, high = 1): Leaf {
  return { shape, data: drawRandom('uniform', elementCount(shape), seed, 0, 0x7e57).map((u) => low + (high - low) * u) };
}

/** Whole numbers from 0 to limit - 1, i32. */
export function randomIntegers(seed: number, shape: Shape, limit: number): Leaf {
  return { shape, dtype: 'i32', data: drawRandom('uniform', elementCount(shape), seed, 1, 0x7e57).map((u) => Math.floor(u * limit)) };
}

/** Evaluate what `build` makes of the leaves, in float64. */
export function evaluateLeaves<K extends string>(build: (b: Builder, leaves: Record<K, Value>) => Value, leaves: Readonly<Record<K, Leaf>>): Float64Array {
  const { b, values, feeds } = asInputs(leaves);
  return evaluateValue(build(b, values), feeds);
}

/** One value's numbers, in float64. */
export function evaluateValue(value: Value, feeds: Readonly<Record<string, number | NumberArray>> = {}, states?: ReadonlyMap<string, Float64Array>): Float64Array {
  return evaluateProgram(makeProgram(new Map([['value', value]])), feeds, states).outputs.get('value')!.data;
}

function asInputs<K extends string>(leaves: Readonly<Record<K, Leaf>>): { b: Builder; values: Record<K, Value>; feeds: Record<string, NumberArray> } {
  const b = new Builder();
  const names = Object.keys(leaves) as K[];
  const values = Object.fromEntries(names.map((name) => [name, b.input(name, leaves[name].shape, leaves[name].dtype ?? 'f32')])) as Record<K, Value>;
  return { b, values, feeds: Object.fromEntries(names.map((name) => [name, leaves[name].data])) };
}

// Gradients ---------------------------------------------------------------------------------------

export interface GradientCheckOptions {
  /** Largest error relative to the largest element of the gradient; default 1e-6. */
  readonly tolerance?: number;
  /** Of larger leaves only this many elements are checked, spread evenly; default 64. */
  readonly elements?: number;
  /** Leave out elements where the function has a kink within the step (two step sizes disagree). At most a quarter may be. */
  readonly skipKinks?: boolean;
}

/** Distance of the two points of a central difference, relative to max(1, |x|): balances truncation (h²) against rounding (1e-16/h). */
const STEP = 2e-5;
/** A difference of two losses resolves a gradient to about 1e-11 of the loss: smaller gradients are judged as if they were this share of it. */
const NOISE = 1e-4;

/**
 * Differentiates what `build` makes of the leaves, weighted with fixed random numbers so that each
 * output element counts, by every f32 leaf, and compares with central differences of the float64 reference.
 */
export function expectGradientsMatch<K extends string>(build: (b: Builder, leaves: Record<K, Value>) => Value, leaves: Readonly<Record<K, Leaf>>, options: GradientCheckOptions = {}): void {
  const { b, values, feeds } = asInputs(leaves);
  const y = build(b, values);
  const weights = b.literal(Float32Array.from(randomTensor(0xface, y.shape, 0.5, 1.5).data), y.shape);
  const loss = b.sum(b.mul(y, weights));
  expectGradientsOf(b, loss, Object.values<Value>(values).filter((value) => value.dtype === 'f32'), feeds, new Map(), options);
}

/** The same check for a loss that is already built; `wrt` are inputs and states, whose numbers stand in `feeds` and `states`. */
export function expectGradientsOf(b: Builder, loss: Value, wrt: readonly Value[], feeds: Readonly<Record<string, number | NumberArray>>, states: ReadonlyMap<string, Float64Array>, options: GradientCheckOptions = {}): void {
  const { tolerance = 1e-6, elements = 64, skipKinks = false } = options;
  const found = gradients(b, loss, wrt);
  const analytic = evaluateProgram(makeProgram(new Map(found.map((value, i) => [`${i}`, value]))), feeds, states).outputs;
  const forward = makeProgram(new Map([['loss', loss]]));
  for (const [i, leaf] of wrt.entries()) {
    const { name, data } = leafData(leaf, feeds, states);
    const used = forward.values.includes(leaf);
    const lossAt = (element: number, x: number): number => {
      if (!used) return 0;
      const moved = Float64Array.from(data);
      moved[element] = x;
      const { outputs } = isOp(leaf, 'state') ? evaluateProgram(forward, feeds, new Map([...states, [name, moved]])) : evaluateProgram(forward, { ...feeds, [name]: moved }, states);
      return outputs.get('loss')!.data[0]!;
    };
    const difference = (element: number, step: number): number => {
      const x = data[element]!;
      const h = step * Math.max(1, Math.abs(x));
      return (lossAt(element, x + h) - lossAt(element, x - h)) / (2 * h);
    };
    const stride = Math.max(1, Math.ceil(data.length / elements));
    const checked = Array.from({ length: Math.ceil(data.length / stride) }, (_, k) => k * stride);
    const gradient = analytic.get(`${i}`)!.data;
    const floor = NOISE * Math.max(1, Math.abs(lossAt(0, data[0]!)));
    const scale = gradient.reduce((largest, g) => Math.max(largest, Math.abs(g)), floor);
    const wanted = checked.map((element) => difference(element, STEP));
    const smooth = checked.map((element, k) => !skipKinks || Math.abs(wanted[k]! - difference(element, STEP / 3)) < (tolerance * scale) / 2);
    expect(smooth.filter((yes) => !yes).length, `kinks among ${checked.length} elements of '${name}'`).toBeLessThanOrEqual(checked.length / 4 + 1);
    expectClose(
      checked.filter((_, k) => smooth[k]).map((element) => gradient[element]!),
      wanted.filter((_, k) => smooth[k]),
      tolerance,
      `gradient by '${name}' [${leaf.shape.join(', ')}] (elements ${stride} apart)`,
      floor,
    );
  }
}

function leafData(leaf: Value, feeds: Readonly<Record<string, number | NumberArray>>, states: ReadonlyMap<string, Float64Array>): { name: string; data: NumberArray } {
  if (isOp(leaf, 'state')) return { name: leaf.attrs.name, data: states.get(leaf.attrs.name) ?? missing(leaf.attrs.name) };
  if (!isOp(leaf, 'input')) throw new TypeError(`central differences need inputs and states, got ${leaf.op}`);
  const given = feeds[leaf.attrs.name] ?? missing(leaf.attrs.name);
  return { name: leaf.attrs.name, data: typeof given === 'number' ? [given] : given };
}

function missing(name: string): never {
  throw new Error(`the test gives no numbers for '${name}'`);
}
