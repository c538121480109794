/**
 * The WASM column of the scalar functions: each on four lanes at a time. Arithmetic is written in
 * place; transcendental functions are shared functions of the module, with polynomials good to
 * about one unit in the last place of float32.
 */
import type { DType, ScalarFn } from '../../tensor/ir.ts';
import { type FunctionBuilder, FunctionBuilder as Fn, type Local } from './assembler.ts';
import type { ModuleBuilder } from './module-builder.ts';

type Emit = (m: ModuleBuilder, f: FunctionBuilder, args: readonly Local[], dtypes: readonly DType[]) => void;

const isInt = (dtypes: readonly DType[], i = 0): boolean => dtypes[i] !== 'f32';

/** Turn a lane mask on the stack into 1.0 or 0.0. */
const maskToOne = (f: FunctionBuilder): FunctionBuilder => f.vf32(1).simd('v128And');

const unaryOp = (float: Parameters<FunctionBuilder['simd']>[0], int?: Parameters<FunctionBuilder['simd']>[0]): Emit => (_m, f, [x], dtypes) => f.get(x!).simd(isInt(dtypes) && int !== undefined ? int : float);
const binaryOp = (float: Parameters<FunctionBuilder['simd']>[0], int?: Parameters<FunctionBuilder['simd']>[0]): Emit => (_m, f, [x, y], dtypes) => f.get(x!).get(y!).simd(isInt(dtypes) && int !== undefined ? int : float);
const compare = (float: Parameters<FunctionBuilder['simd']>[0], int: Parameters<FunctionBuilder['simd']>[0]): Emit => (_m, f, [x, y], dtypes) => maskToOne(f.get(x!).get(y!).simd(isInt(dtypes) ? int : float));
const helper = (name: HelperName): Emit => (m, f, [x]) => f.get(x!).call(m.helper(name));

export const scalarEmitters = {
  neg: unaryOp('f32x4Neg', 'i32x4Neg'),
  abs: unaryOp('f32x4Abs', 'i32x4Abs'),
  sign: (_m, f, [x], dtypes) => {
    if (isInt(dtypes)) f.get(x!).vi32(1).simd('i32x4MinS').vi32(-1).simd('i32x4MaxS');
    else maskToOne(f.vf32(0).get(x!).simd('f32x4Lt')) && maskToOne(f.get(x!).vf32(0).simd('f32x4Lt')).simd('f32x4Sub');
  },
  floor: unaryOp('f32x4Floor'),
  round: unaryOp('f32x4Nearest'),
  exp: helper('exp'),
  expm1: helper('expm1'),
  log: helper('log'),
  log1p: helper('log1p'),
  sqrt: unaryOp('f32x4Sqrt'),
  rsqrt: (_m, f, [x]) => f.vf32(1).get(x!).simd('f32x4Sqrt').simd('f32x4Div'),
  sin: helper('sin'),
  cos: helper('cos'),
  tanh: helper('tanh'),
  sigmoid: helper('sigmoid'),
  erf: helper('erf'),
  // max with 0 would turn NaN into 0: a NaN must stay visible.
  relu: (_m, f, [x]) => f.get(x!).vf32(0).simd('f32x4Max'),
  toF32: (_m, f, [x], dtypes) => (isInt(dtypes) ? f.get(x!).simd('f32x4ConvertI32x4S') : f.get(x!)),
  toI32: (_m, f, [x], dtypes) => (isInt(dtypes) ? f.get(x!) : f.get(x!).simd('i32x4TruncSatF32x4S')),
  detach: (_m, f, [x]) => f.get(x!),
  add: binaryOp('f32x4Add', 'i32x4Add'),
  sub: binaryOp('f32x4Sub', 'i32x4Sub'),
  mul: binaryOp('f32x4Mul', 'i32x4Mul'),
  div: (_m, f, [x, y], dtypes) => {
    if (!isInt(dtypes)) {
      f.get(x!).get(y!).simd('f32x4Div');
      return;
    }
    // There is no integer division of vectors; exact through floats only below 2^24, so lane by lane. Division by zero gives 0.
    const divisor = f.local('i32');
    f.vi32(0);
    for (let lane = 0; lane < 4; lane++) {
      f.get(x!).i32ExtractLane(lane).get(y!).i32ExtractLane(lane).tee(divisor).i32(1).get(divisor).op('select').op('i32DivS').i32(0).get(divisor).op('select').i32ReplaceLane(lane);
    }
  },
  max: binaryOp('f32x4Max', 'i32x4MaxS'),
  min: binaryOp('f32x4Min', 'i32x4MinS'),
  pow: (m, f, [x, y]) => f.get(x!).get(y!).call(m.helper('pow')),
  less: compare('f32x4Lt', 'i32x4LtS'),
  lessEqual: compare('f32x4Le', 'i32x4LeS'),
  equal: compare('f32x4Eq', 'i32x4Eq'),
  select: (_m, f, [condition, a, b], dtypes) => {
    f.get(b!).get(a!).get(condition!);
    // Zero is the one value without set bits beyond the sign; compare in the condition's own type.
    if (isInt(dtypes)) f.vi32(0).simd('i32x4Eq');
    else f.vf32(0).simd('f32x4Eq');
    f.simd('v128Bitselect');
  },
} as const satisfies Record<ScalarFn, Emit>;

export type HelperName = 'exp' | 'expm1' | 'log' | 'log1p' | 'sin' | 'cos' | 'tanh' | 'sigmoid' | 'erf' | 'pow';

/** x is replaced by c0 + c1·t + c2·t² + … (Horner). */
function polynomial(f: FunctionBuilder, t: Local, coefficients: readonly number[]): void {
  f.vf32(coefficients.at(-1) ?? 0);
  for (let i = coefficients.length - 2; i >= 0; i--) f.get(t).simd('f32x4Mul').vf32(coefficients[i] ?? 0).simd('f32x4Add');
}

const LOG2_E = Math.LOG2E;
/** ln 2 in two parts, the first with few bits, so that k · LN2_HIGH is exact (Cody & Waite 1980). */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
const EXP_LARGEST = 88.72283905206835;
const EXP_SMALLEST = -103.97208;
const factorialInverse = (n: number): number => (n <= 1 ? 1 : factorialInverse(n - 1) / n);

export const helperBuilders: Readonly<Record<HelperName, (m: ModuleBuilder) => FunctionBuilder>> = {
  exp: () => {
    const f = new Fn('exp', ['v128'], ['v128']);
    const [n, half, r] = f.locals('v128', 3) as [Local, Local, Local];
    f.get(0).vf32(EXP_SMALLEST).simd('f32x4Max').vf32(EXP_LARGEST + 1).simd('f32x4Min').tee(r).vf32(LOG2_E).simd('f32x4Mul').simd('f32x4Nearest').set(n);
    f.get(r).get(n).vf32(LN2_HIGH).simd('f32x4Mul').simd('f32x4Sub').get(n).vf32(LN2_LOW).simd('f32x4Mul').simd('f32x4Sub').set(r);
    // Taylor to degree 7 on |r| <= ln2 / 2: the remainder is below 6e-9.
    polynomial(f, r, Array.from({ length: 8 }, (_, i) => factorialInverse(i)));
    // 2^n in two factors, so that results near the largest and the denormal ones are reached.
    f.get(n).simd('i32x4TruncSatF32x4S').tee(n).i32(1).simd('i32x4ShrS').set(half);
    f.get(half).vi32(127).simd('i32x4Add').i32(23).simd('i32x4Shl').simd('f32x4Mul');
    return f.get(n).get(half).simd('i32x4Sub').vi32(127).simd('i32x4Add').i32(23).simd('i32x4Shl').simd('f32x4Mul');
  },
  expm1: (m) => {
    const f = new Fn('expm1', ['v128'], ['v128']);
    // Taylor near 0, where exp(x) − 1 would cancel: at |x| <= 0.5 degree 8 leaves 1e-8 of x.
    polynomial(f, 0, Array.from({ length: 8 }, (_, i) => factorialInverse(i + 1)));
    f.get(0).simd('f32x4Mul');
    f.get(0).call(m.helper('exp')).vf32(1).simd('f32x4Sub');
    return f.get(0).simd('f32x4Abs').vf32(0.5).simd('f32x4Lt').simd('v128Bitselect');
  },
  log: () => {
    const f = new Fn('log', ['v128'], ['v128']);
    const [x, e, t, s, low] = f.locals('v128', 5) as [Local, Local, Local, Local, Local];
    // Denormals are scaled up first.
    f.get(0).vf32(1.1754943508222875e-38).simd('f32x4Lt').set(low);
    f.get(0).vf32(8388608).simd('f32x4Mul').get(0).get(low).simd('v128Bitselect').set(x);
    // x = 2^e · m with m in [√½, √2).
    f.get(x).vi32(0x3f3504f3).simd('i32x4Sub').i32(23).simd('i32x4ShrS').set(e);
    f.get(x).get(e).i32(23).simd('i32x4Shl').simd('i32x4Sub').vf32(1).simd('f32x4Sub').set(t);
    f.get(e).simd('f32x4ConvertI32x4S').get(low).vf32(23).simd('v128And').simd('f32x4Sub').set(e);
    // log(1 + t) = 2 artanh(s), s = t / (2 + t), as an odd series in s: |s| < 0.172.
    f.get(t).get(t).vf32(2).simd('f32x4Add').simd('f32x4Div').tee(s).get(s).simd('f32x4Mul').set(x);
    // = t − t²/2 + s · (t²/2 + R(s²)): keeps the leading term exact (as in FreeBSD's logf).
    const half = f.local('v128');
    f.get(t).get(t).simd('f32x4Mul').vf32(0.5).simd('f32x4Mul').set(half);
    f.get(t).get(half).get(s).get(half);
    polynomial(f, x, [2 / 3, 2 / 5, 2 / 7, 2 / 9]);
    f.get(x).simd('f32x4Mul').simd('f32x4Add').simd('f32x4Mul').get(e).vf32(LN2_LOW).simd('f32x4Mul').simd('f32x4Add').simd('f32x4Sub').simd('f32x4Sub');
    f.get(e).vf32(LN2_HIGH).simd('f32x4Mul').simd('f32x4Add').set(t);
    // log 0 = −∞, log of a negative number or NaN = NaN, log ∞ = ∞.
    f.vf32(-Infinity).get(t).get(0).vf32(0).simd('f32x4Eq').simd('v128Bitselect').set(t);
    f.vf32(NaN).get(t).get(0).vf32(0).simd('f32x4Ge').simd('v128Not').simd('v128Bitselect').set(t);
    return f.vf32(Infinity).get(t).get(0).vf32(Infinity).simd('f32x4Eq').simd('v128Bitselect');
  },
  log1p: (m) => {
    const f = new Fn('log1p', ['v128'], ['v128']);
    const u = f.local('v128');
    // log(u) with the rounding error of u = 1 + x put back to first order (Kahan): (u − 1 − x) / u.
    f.get(0).vf32(1).simd('f32x4Add').set(u);
    f.get(0).get(u).call(m.helper('log')).get(u).vf32(1).simd('f32x4Sub').get(0).simd('f32x4Sub').get(u).simd('f32x4Div').simd('f32x4Sub');
    // u = 1: x itself. u infinite: no correction.
    f.get(u).vf32(1).simd('f32x4Eq').simd('v128Bitselect').set(u);
    f.get(0).get(u).get(0).vf32(3e38).simd('f32x4Gt');
    return f.simd('v128Bitselect');
  },
  sin: () => trigonometric('sin'),
  cos: () => trigonometric('cos'),
  tanh: (m) => {
    const f = new Fn('tanh', ['v128'], ['v128']);
    const [a, t] = f.locals('v128', 2) as [Local, Local];
    // −expm1(−2|x|) / (2 + expm1(−2|x|)), which does not cancel near 0; then the sign of x.
    f.get(0).simd('f32x4Abs').vf32(-2).simd('f32x4Mul').call(m.helper('expm1')).tee(t).simd('f32x4Neg').get(t).vf32(2).simd('f32x4Add').simd('f32x4Div').set(a);
    return f.get(a).get(0).vi32(-0x80000000).simd('v128And').simd('v128Or');
  },
  sigmoid: (m) => {
    const f = new Fn('sigmoid', ['v128'], ['v128']);
    return f.vf32(1).vf32(1).get(0).simd('f32x4Neg').call(m.helper('exp')).simd('f32x4Add').simd('f32x4Div');
  },
  erf: (m) => {
    const f = new Fn('erf', ['v128'], ['v128']);
    const [a, t, square] = f.locals('v128', 3) as [Local, Local, Local];
    f.get(0).simd('f32x4Abs').vf32(6).simd('f32x4Min').tee(a).get(a).simd('f32x4Mul').set(square);
    // |x| < 1.5: Maclaurin series; beyond: 1 − exp(−x²) · P(1 / (1 + p x)) (Abramowitz & Stegun 7.1.26, error 1.5e-7).
    polynomial(f, square, Array.from({ length: 16 }, (_, n) => ((n % 2 === 0 ? 1 : -1) * 2 * factorialInverse(n)) / ((2 * n + 1) * Math.sqrt(Math.PI))));
    f.get(a).simd('f32x4Mul');
    f.vf32(1).vf32(1).get(a).vf32(0.3275911).simd('f32x4Mul').simd('f32x4Add').simd('f32x4Div').set(t);
    f.vf32(1);
    polynomial(f, t, [0, 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429]);
    f.get(square).simd('f32x4Neg').call(m.helper('exp')).simd('f32x4Mul').simd('f32x4Sub');
    f.get(a).vf32(1.5).simd('f32x4Lt').simd('v128Bitselect').set(a);
    f.get(a).get(0).vi32(-0x80000000).simd('v128And').simd('v128Or').set(a);
    // min above hid a NaN.
    return f.get(a).get(0).get(0).get(0).simd('f32x4Eq').simd('v128Bitselect');
  },
  pow: (m) => {
    const f = new Fn('pow', ['v128', 'v128'], ['v128']);
    const [magnitude, odd, result] = f.locals('v128', 3) as [Local, Local, Local];
    f.get(1).get(0).simd('f32x4Abs').call(m.helper('log')).simd('f32x4Mul').call(m.helper('exp')).set(magnitude);
    // A negative base to an odd whole power is negative; to a fraction it is NaN.
    f.get(1).vf32(0.5).simd('f32x4Mul').tee(odd).get(odd).simd('f32x4Floor').simd('f32x4Ne').set(odd);
    f.get(magnitude).get(odd).get(0).simd('v128And').vi32(-0x80000000).simd('v128And').simd('v128Or').set(result);
    f.vf32(NaN).get(result).get(0).vf32(0).simd('f32x4Lt').get(1).get(1).simd('f32x4Floor').simd('f32x4Ne').simd('v128And').simd('v128Bitselect').set(result);
    // x^0 = 1 for every x.
    return f.vf32(1).get(result).get(1).vf32(0).simd('f32x4Eq').simd('v128Bitselect');
  },
};

/** Reduction by multiples of π/2 in three parts, then the sine or cosine polynomial by quadrant. Good for |x| up to some thousands. */
function trigonometric(name: 'sin' | 'cos'): FunctionBuilder {
  const f = new Fn(name, ['v128'], ['v128']);
  const [n, r, square, sine, cosine, quadrant] = f.locals('v128', 6) as [Local, Local, Local, Local, Local, Local];
  f.get(0).vf32(2 / Math.PI).simd('f32x4Mul').simd('f32x4Nearest').set(n);
  // π/2 = 1.5703125 + 4.8351287841796875e-4 + 3.1385570764541626e-7 + …, each with few bits.
  f.get(0);
  for (const part of [1.5703125, 4.8351287841796875e-4, 3.13855707645416260e-7]) f.get(n).vf32(part).simd('f32x4Mul').simd('f32x4Sub');
  f.tee(r).get(r).simd('f32x4Mul').set(square);
  const series = (first: number): number[] => Array.from({ length: 5 }, (_, i) => (i % 2 === 0 ? 1 : -1) * factorialInverse(2 * i + first));
  polynomial(f, square, series(1));
  f.get(r).simd('f32x4Mul').set(sine);
  polynomial(f, square, series(0));
  f.set(cosine);
  f.get(n).simd('i32x4TruncSatF32x4S').vi32(name === 'sin' ? 0 : 1).simd('i32x4Add').set(quadrant);
  // Odd quadrants take the cosine, quadrants 2 and 3 the other sign.
  f.get(cosine).get(sine).get(quadrant).i32(31).simd('i32x4Shl').i32(31).simd('i32x4ShrS').simd('v128Bitselect');
  return f.get(quadrant).i32(30).simd('i32x4Shl').vi32(-0x80000000).simd('v128And').simd('v128Xor');
}
