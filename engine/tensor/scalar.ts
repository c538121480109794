/**
 * The scalar functions: arity, types, float64 value, WGSL and derivative of each, in one table.
 * (The WASM column is the emitter's own, `backends/wasm`.) The WGSL of functions that WGSL lacks,
 * or that it only promises roughly, calls a helper of `scalar-wgsl.ts`.
 */
import type { Builder } from './builder.ts';
import { erf } from './erf.ts';
import { type DType, type ScalarFn, type Value, isOp } from './ir.ts';
import { type WgslHelper, wgslHelpers } from './scalar-wgsl.ts';

export interface ScalarFunction {
  readonly arity: 1 | 2 | 3;
  /** Type of the result, or undefined when the function is not defined for these types. */
  dtype(args: readonly DType[]): DType | undefined;
  /** In float64. Unused arguments are 0. */
  evaluate(x: number, y: number, z: number): number;
  /** For results of type i32, where that differs: wraps at 32 bits. */
  readonly evaluateInt?: (x: number, y: number, z: number) => number;
  /** A WGSL expression of WGSL argument expressions of these types. An argument may occur more than once: pass names or literals. */
  wgsl(args: readonly string[], dtypes: readonly DType[]): string;
  /** What the WGSL expression calls; emit its text once before the kernel. */
  readonly wgslHelper?: WgslHelper;
  /** The gradient by each argument, as IR; undefined where it is zero everywhere or has no meaning. */
  derivative(b: Builder, args: readonly Value[], y: Value, grad: Value): readonly (Value | undefined)[];
}

type TypeRule = ScalarFunction['dtype'];
const floats: TypeRule = (args) => (args.every((t) => t === 'f32') ? 'f32' : undefined);
const numbers: TypeRule = (args) => (args.every((t) => t === 'f32') ? 'f32' : args.every((t) => t === 'i32') ? 'i32' : undefined);
const comparison: TypeRule = (args) => (numbers(args) === undefined ? undefined : 'f32');
const branches: TypeRule = ([condition, a, b]) => (condition === 'u8' ? undefined : numbers([a!, b!]));

type UnaryRow = Pick<ScalarFunction, 'evaluate' | 'wgsl'> & Partial<Pick<ScalarFunction, 'dtype' | 'evaluateInt' | 'wgslHelper'>> & {
  /** undefined: zero almost everywhere. */
  readonly derivative: undefined | ((b: Builder, x: Value, y: Value, grad: Value) => Value | undefined);
};
function unary({ derivative, ...row }: UnaryRow): ScalarFunction {
  return { arity: 1, dtype: floats, ...row, derivative: (b, args, y, grad) => [derivative?.(b, args[0]!, y, grad)] };
}

type BinaryRow = Pick<ScalarFunction, 'evaluate' | 'wgsl'> & Partial<Pick<ScalarFunction, 'dtype' | 'evaluateInt' | 'wgslHelper'>> & {
  readonly derivative: undefined | ((b: Builder, x: Value, y: Value, result: Value, grad: Value) => readonly [Value | undefined, Value | undefined]);
};
function binary({ derivative, ...row }: BinaryRow): ScalarFunction {
  return { arity: 2, dtype: numbers, ...row, derivative: (b, args, y, grad) => derivative?.(b, args[0]!, args[1]!, y, grad) ?? [undefined, undefined] };
}

const call = (name: string) => (args: readonly string[]): string => `${name}(${args.join(', ')})`;
const infix = (operator: string) => (args: readonly string[]): string => `(${args[0]} ${operator} ${args[1]})`;
const compare = (operator: string) => (args: readonly string[]): string => `select(0.0, 1.0, ${args[0]} ${operator} ${args[1]})`;

/** To the nearest whole number, halves to the even one: as PyTorch, WGSL and WebAssembly round. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Towards zero; NaN gives 0 and what is too large gives the nearest i32, as WebAssembly's saturating conversion does. */
function truncateToInt(x: number): number {
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1);
}

/** 1 where the loser is strictly smaller (larger), 1/2 at a tie, 0 elsewhere and for NaN. */
function winShare(b: Builder, smaller: Value, larger: Value): Value {
  return b.mul(b.add(b.less(smaller, larger), b.lessEqual(smaller, larger)), 0.5);
}

/** The number that a value holds in every element, when it is a constant through any number of views. */
export function constantOf(value: Value): number | undefined {
  let source: Value | undefined = value;
  while (source !== undefined && (isOp(source, 'reshape') || isOp(source, 'expand') || isOp(source, 'permute'))) source = source.inputs[0];
  return source !== undefined && isOp(source, 'constant') ? source.attrs.value : undefined;
}

function powDerivative(b: Builder, x: Value, exponent: Value, y: Value, grad: Value): readonly [Value | undefined, Value | undefined] {
  const fixed = constantOf(exponent);
  if (fixed === 0) return [undefined, undefined];
  if (fixed === 1) return [grad, undefined];
  if (fixed !== undefined) return [b.mul(grad, b.mul(fixed === 2 ? x : b.pow(x, fixed - 1), fixed)), undefined];
  // x^0 is 1 for every x, also for 0, where exponent · x^(exponent - 1) would be 0 · ∞.
  const byBase = b.select(b.equal(exponent, 0), 0, b.mul(grad, b.mul(exponent, b.pow(x, b.sub(exponent, 1)))));
  const byExponent = b.select(b.less(0, x), b.mul(grad, b.mul(y, b.log(x))), 0);
  return [byBase, byExponent];
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

export const scalarFunctions = {
  neg: unary({ dtype: numbers, evaluate: (x) => -x, evaluateInt: (x) => -x | 0, wgsl: ([x]) => `(-${x})`, derivative: (b, _x, _y, g) => b.neg(g) }),
  abs: unary({ dtype: numbers, evaluate: Math.abs, evaluateInt: (x) => Math.abs(x) | 0, wgsl: call('abs'), derivative: (b, x, _y, g) => b.mul(g, b.sign(x)) }),
  sign: unary({ dtype: numbers, evaluate: Math.sign, wgsl: call('sign'), derivative: undefined }),
  floor: unary({ evaluate: Math.floor, wgsl: call('floor'), derivative: undefined }),
  round: unary({ evaluate: roundHalfEven, wgsl: call('round'), derivative: undefined }),
  exp: unary({ evaluate: Math.exp, wgsl: call('exp'), derivative: (b, _x, y, g) => b.mul(g, y) }),
  expm1: unary({ evaluate: Math.expm1, wgsl: call('nl_expm1'), wgslHelper: wgslHelpers.expm1, derivative: (b, _x, y, g) => b.mul(g, b.add(y, 1)) }),
  log: unary({ evaluate: Math.log, wgsl: call('log'), derivative: (b, x, _y, g) => b.div(g, x) }),
  log1p: unary({ evaluate: Math.log1p, wgsl: call('nl_log1p'), wgslHelper: wgslHelpers.log1p, derivative: (b, x, _y, g) => b.div(g, b.add(x, 1)) }),
  sqrt: unary({ evaluate: Math.sqrt, wgsl: call('sqrt'), derivative: (b, _x, y, g) => b.div(b.mul(g, 0.5), y) }),
  rsqrt: unary({ evaluate: (x) => 1 / Math.sqrt(x), wgsl: call('inverseSqrt'), derivative: (b, _x, y, g) => b.mul(b.mul(g, -0.5), b.mul(y, b.mul(y, y))) }),
  sin: unary({ evaluate: Math.sin, wgsl: call('sin'), derivative: (b, x, _y, g) => b.mul(g, b.unary('cos', x)) }),
  cos: unary({ evaluate: Math.cos, wgsl: call('cos'), derivative: (b, x, _y, g) => b.neg(b.mul(g, b.unary('sin', x))) }),
  tanh: unary({ evaluate: Math.tanh, wgsl: call('nl_tanh'), wgslHelper: wgslHelpers.tanh, derivative: (b, _x, y, g) => b.mul(g, b.sub(1, b.mul(y, y))) }),
  sigmoid: unary({ evaluate: sigmoid, wgsl: call('nl_sigmoid'), wgslHelper: wgslHelpers.sigmoid, derivative: (b, _x, y, g) => b.mul(g, b.mul(y, b.sub(1, y))) }),
  erf: unary({ evaluate: erf, wgsl: call('nl_erf'), wgslHelper: wgslHelpers.erf, derivative: (b, x, _y, g) => b.mul(g, b.mul(b.exp(b.neg(b.mul(x, x))), TWO_OVER_SQRT_PI)) }),
  // Not x > 0 in WGSL, which would turn a NaN into 0.
  relu: unary({ evaluate: (x) => (x > 0 || Number.isNaN(x) ? x : 0), wgsl: ([x]) => `select(${x}, 0.0, ${x} <= 0.0)`, derivative: (b, _x, y, g) => b.select(b.less(0, y), g, 0) }),
  toF32: unary({ dtype: () => 'f32', evaluate: (x) => x, wgsl: call('f32'), derivative: (_b, x, _y, g) => (x.dtype === 'f32' ? g : undefined) }),
  toI32: unary({ dtype: () => 'i32', evaluate: truncateToInt, wgsl: call('i32'), derivative: undefined }),
  detach: unary({ dtype: numbers, evaluate: (x) => x, wgsl: ([x]) => x!, derivative: undefined }),

  add: binary({ evaluate: (x, y) => x + y, evaluateInt: (x, y) => (x + y) | 0, wgsl: infix('+'), derivative: (_b, _x, _y, _r, g) => [g, g] }),
  sub: binary({ evaluate: (x, y) => x - y, evaluateInt: (x, y) => (x - y) | 0, wgsl: infix('-'), derivative: (b, _x, _y, _r, g) => [g, b.neg(g)] }),
  mul: binary({ evaluate: (x, y) => x * y, evaluateInt: Math.imul, wgsl: infix('*'), derivative: (b, x, y, _r, g) => [b.mul(g, y), b.mul(g, x)] }),
  div: binary({ dtype: floats, evaluate: (x, y) => x / y, wgsl: infix('/'), derivative: (b, _x, y, r, g) => [b.div(g, y), b.neg(b.div(b.mul(g, r), y))] }),
  max: binary({ evaluate: (x, y) => Math.max(x, y), wgsl: call('max'), derivative: (b, x, y, _r, g) => [b.mul(g, winShare(b, y, x)), b.mul(g, winShare(b, x, y))] }),
  min: binary({ evaluate: (x, y) => Math.min(x, y), wgsl: call('min'), derivative: (b, x, y, _r, g) => [b.mul(g, winShare(b, x, y)), b.mul(g, winShare(b, y, x))] }),
  pow: binary({ dtype: floats, evaluate: (x, y) => x ** y, wgsl: call('nl_pow'), wgslHelper: wgslHelpers.pow, derivative: powDerivative }),
  less: binary({ dtype: comparison, evaluate: (x, y) => (x < y ? 1 : 0), wgsl: compare('<'), derivative: undefined }),
  lessEqual: binary({ dtype: comparison, evaluate: (x, y) => (x <= y ? 1 : 0), wgsl: compare('<='), derivative: undefined }),
  equal: binary({ dtype: comparison, evaluate: (x, y) => (x === y ? 1 : 0), wgsl: compare('=='), derivative: undefined }),

  select: {
    arity: 3, dtype: branches, evaluate: (condition, x, y) => (condition !== 0 ? x : y),
    wgsl: ([condition, x, y], [type]) => `select(${y}, ${x}, ${condition} != ${type === 'f32' ? '0.0' : '0'})`,
    derivative: (b, args, _y, g) => [undefined, b.select(args[0]!, g, 0), b.select(args[0]!, 0, g)],
  },
} satisfies Record<ScalarFn, ScalarFunction> as Readonly<Record<ScalarFn, ScalarFunction>>;

/** 1 / (1 + e^-x) without overflow on either side. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

const EXPENSIVE: ReadonlySet<ScalarFn> = new Set<ScalarFn>(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'sigmoid', 'erf', 'pow', 'sqrt', 'rsqrt', 'div']);
/** Whether it costs several times an addition: rather kept than computed again. */
export const isExpensive = (fn: ScalarFn): boolean => EXPENSIVE.has(fn);
