/**
 * The formulas that layers, losses, metrics and optimizers share, composed of ops so that their
 * gradients come for free. Each is written to be stable in float32 for extreme input, value and
 * gradient; where a branch would overflow, its argument is made harmless before the select.
 */
import type { Builder } from './builder.ts';
import { type Shape, type Value, type Window, elementCount } from './ir.ts';
import { windowTable } from './ops/windows.ts';

// Softmax and its kin -----------------------------------------------------------------------------

/** x minus its largest element along `axis`. No gradient flows through the maximum: it cancels in everything below. */
function shifted(b: Builder, x: Value, axis: number): { readonly maximum: Value; readonly difference: Value } {
  const maximum = b.detach(b.reduceMax(x, [axis], true));
  return { maximum, difference: b.sub(x, maximum) };
}

export function softmax(b: Builder, x: Value, axis: number): Value {
  const exponentials = b.exp(shifted(b, x, axis).difference);
  return b.div(exponentials, b.sum(exponentials, [axis], true));
}

export function logSoftmax(b: Builder, x: Value, axis: number): Value {
  const { difference } = shifted(b, x, axis);
  return b.sub(difference, b.log(b.sum(b.exp(difference), [axis], true)));
}

/** 1 at the class, 0 elsewhere, f32: index i32 […i] -> […i, classes]. An index outside gives zeros alone. */
export function oneHot(b: Builder, index: Value, classes: number): Value {
  const shape = [...index.shape, classes];
  return b.equal(b.expand(b.reshape(index, [...index.shape, 1]), shape), b.iota(shape, -1));
}

// Activations -------------------------------------------------------------------------------------

/** x clamped to [low, high]; the gradient is 1 inside and at the bounds, as PyTorch's. */
export function clamp(b: Builder, x: Value, low: number, high: number): Value {
  return b.select(b.less(x, low), low, b.select(b.less(high, x), high, x));
}

export function leakyRelu(b: Builder, x: Value, slope: number): Value {
  return b.select(b.less(0, x), x, b.mul(x, slope));
}

/** x above zero, alpha · (e^x - 1) below (Clevert et al. 2016). */
export function elu(b: Builder, x: Value, alpha: number): Value {
  const positive = b.less(0, x);
  return b.select(positive, x, b.mul(b.expm1(b.select(positive, 0, x)), alpha));
}

/** The two constants make zero mean and unit variance a fixed point (Klambauer et al. 2017). */
export function selu(b: Builder, x: Value): Value {
  return b.mul(elu(b, x, 1.6732632423543772), 1.0507009873554805);
}

/** x · Φ(x), Φ the standard normal's distribution function (Hendrycks & Gimpel 2016). */
export function geluErf(b: Builder, x: Value): Value {
  return b.mul(b.mul(x, 0.5), b.add(b.erf(b.mul(x, Math.SQRT1_2)), 1));
}

/** The approximation of GELU by tanh (the same paper). */
export function geluTanh(b: Builder, x: Value): Value {
  const inner = b.mul(b.mul(x, b.add(b.mul(b.square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return b.mul(b.mul(x, 0.5), b.add(b.tanh(inner), 1));
}

export function silu(b: Builder, x: Value): Value {
  return b.mul(x, b.sigmoid(x));
}

/** log(1 + e^x). The maximum's halved gradient at a tie makes the slope at 0 the true 1/2. */
export function softplus(b: Builder, x: Value): Value {
  return b.add(b.max(x, 0), b.log1p(b.exp(b.neg(b.abs(x)))));
}

/** x · tanh(softplus(x)) (Misra 2019). */
export function mish(b: Builder, x: Value): Value {
  return b.mul(x, b.tanh(softplus(b, x)));
}

/** 0 up to -3, x from 3 on, x · (x + 3) / 6 between (Howard et al. 2019). */
export function hardSwish(b: Builder, x: Value): Value {
  const middle = b.mul(b.mul(x, b.add(x, 3)), 1 / 6);
  return b.select(b.lessEqual(x, -3), 0, b.select(b.less(x, 3), middle, x));
}

// Normalization -----------------------------------------------------------------------------------

export interface Moments {
  readonly mean: Value;
  /** Divided by the count, not by the count less one. */
  readonly variance: Value;
}

/**
 * Mean and variance over `axes`, which stay as size 1; from deviations, so that a large mean does not swallow the
 * variance. (The compiler makes one pass of it where rows are long.) The deviations are taken from the detached mean: by the
 * mean, the sum of their squares has derivative zero, and a backward pass is saved. (Only first derivatives are exact.)
 */
export function moments(b: Builder, x: Value, axes: readonly number[]): Moments {
  const mean = b.mean(x, axes, true);
  return { mean, variance: b.mean(b.square(b.sub(x, b.detach(mean))), axes, true) };
}

/** (x - mean) / √(variance + epsilon), broadcasting. */
export function standardize(b: Builder, x: Value, { mean, variance }: Moments, epsilon: number): Value {
  return b.mul(b.sub(x, mean), b.rsqrt(b.add(variance, epsilon)));
}

/** x with zero mean and unit variance over `axes`: what layer and instance norm are, before scale and shift. */
export function normalize(b: Builder, x: Value, axes: readonly number[], epsilon: number): Value {
  return standardize(b, x, moments(b, x, axes), epsilon);
}

/** x [N, C, …]: each sample normalized over each group of C / groups channels (Wu & He 2018). One group per channel is instance norm. */
export function groupNormalize(b: Builder, x: Value, groups: number, epsilon: number): Value {
  const [samples, channels] = x.shape;
  if (samples === undefined || channels === undefined || channels % groups !== 0) throw new RangeError(`group normalization: ${groups} groups do not divide the channels of [${x.shape.join(', ')}]`);
  const grouped = b.reshape(x, [samples, groups, elementCount(x.shape) / (samples * groups)]);
  return b.reshape(normalize(b, grouped, [2], epsilon), x.shape);
}

/** A vector [C] as [1, C, 1, …] of the wanted rank, to broadcast over the channel axis of [N, C, …]. */
export function alongChannels(b: Builder, vector: Value, rank: number): Value {
  return b.reshape(vector, Array.from({ length: rank }, (_, axis) => (axis === 1 ? elementCount(vector.shape) : 1)));
}

// Pools -------------------------------------------------------------------------------------------

/** The mean over each window. Zeros of the padding count unless `countPadding` is false (PyTorch's count_include_pad). */
export function averagePool(b: Builder, x: Value, window: Window, countPadding: boolean): Value {
  const total = b.sumPool(x, window);
  const padded = [...window.padBefore, ...window.padAfter].some((n) => n > 0);
  if (countPadding || !padded) return b.mul(total, 1 / elementCount(window.size));
  const spatial = total.shape.slice(2);
  const { places, taps, at } = windowTable(x.shape.slice(2), spatial, window);
  const shares = Float32Array.from({ length: places }, (_, place) => 1 / at.subarray(place * taps, (place + 1) * taps).filter((position) => position >= 0).length);
  return b.mul(total, b.literal(shares, [1, 1, ...spatial]));
}

/** Each element of the spatial axes of [N, C, …] repeated factor[i] times. */
export function upsampleNearest(b: Builder, x: Value, factor: readonly number[]): Value {
  const [samples = 1, channels = 1, ...spatial] = x.shape;
  const split = (last: (axis: number) => number): Shape => [samples, channels, ...spatial.flatMap((n, axis) => [n, last(axis)])];
  const repeated = b.expand(b.reshape(x, split(() => 1)), split((axis) => factor[axis] ?? 1));
  return b.reshape(repeated, [samples, channels, ...spatial.map((n, axis) => n * (factor[axis] ?? 1))]);
}

// Regularization ----------------------------------------------------------------------------------

/** Inverted dropout: elements whose uniform number is below `probability` become 0, the rest grow by 1/(1 - probability). */
export function dropout(b: Builder, x: Value, probability: number, uniform: Value): Value {
  if (probability >= 1) return b.constant(0, x.shape);
  return b.mul(x, b.mul(b.lessEqual(probability, uniform), 1 / (1 - probability)));
}

// Gradient clipping -------------------------------------------------------------------------------

/** √Σ x² over everything in all `parts`, a scalar. */
export function globalNorm(b: Builder, parts: readonly Value[]): Value {
  const squares = parts.map((part) => b.sum(b.square(part)));
  return b.sqrt(squares.reduce((sum, part) => b.add(sum, part), b.constant(0)));
}

/** The factor, at most 1, that brings `norm` down to `limit` (PyTorch's clip_grad_norm_ with its 1e-6 against division by zero). */
export function clipFactor(b: Builder, norm: Value, limit: Value | number): Value {
  return b.min(b.div(limit, b.add(norm, 1e-6)), 1);
}
