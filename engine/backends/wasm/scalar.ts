/**
 * The WASM column of the scalar functions: each on four lanes at a time. Arithmetic is written in
 * place; transcendental functions are shared functions of the module, with polynomials good to one
 * unit or a few in the last place of float32.
 */
import type { DType, ScalarFn } from '../../tensor/ir.ts';
import { type FunctionBuilder, FunctionBuilder as Fn, type Local } from './assembler.ts';
import type { ModuleBuilder } from './module-builder.ts';

type Emit = (m: ModuleBuilder, f: FunctionBuilder, args: readonly Local[], dtypes: readonly DType[]) => void;

const isInt = (dtypes: readonly DType[], i = 0): boolean => dtypes[i] !== 'f32';

/** Turn a lane mask on the stack into 1.0 or 0.0. */
const maskToOne = (f: FunctionBuilder): FunctionBuilder => f.vConstant(1).simd('v128And');

const unaryOp = (float: Parameters<FunctionBuilder['simd']>[0], int?: Parameters<FunctionBuilder['simd']>[0]): Emit => (_m, f, [x], dtypes) => f.get(x!).simd(isInt(dtypes) && int !== undefined ? int : float);
const binaryOp = (float: Parameters<FunctionBuilder['simd']>[0], int?: Parameters<FunctionBuilder['simd']>[0]): Emit => (_m, f, [x, y], dtypes) => f.get(x!).get(y!).simd(isInt(dtypes) && int !== undefined ? int : float);
/** The instruction of a comparison, whose mask a select can use as it is. */
export const comparisons = {
  less: (dtypes: readonly DType[]) => (isInt(dtypes) ? 'i32x4LtS' : 'f32x4Lt'),
  lessEqual: (dtypes: readonly DType[]) => (isInt(dtypes) ? 'i32x4LeS' : 'f32x4Le'),
  equal: (dtypes: readonly DType[]) => (isInt(dtypes) ? 'i32x4Eq' : 'f32x4Eq'),
} as const;
const compare = (fn: keyof typeof comparisons): Emit => (_m, f, [x, y], dtypes) => maskToOne(f.get(x!).get(y!).simd(comparisons[fn](dtypes)));
const helper = (name: HelperName): Emit => (m, f, [x]) => f.get(x!).call(m.helper(name));
const inline = (name: keyof typeof inlined): Emit => (m, f, [x]) => inlined[name](m, f, x!);

export const scalarEmitters = {
  neg: unaryOp('f32x4Neg', 'i32x4Neg'),
  abs: unaryOp('f32x4Abs', 'i32x4Abs'),
  sign: (_m, f, [x], dtypes) => {
    if (isInt(dtypes)) f.get(x!).vIntegerConstant(1).simd('i32x4MinS').vIntegerConstant(-1).simd('i32x4MaxS');
    else maskToOne(f.vConstant(0).get(x!).simd('f32x4Lt')) && maskToOne(f.get(x!).vConstant(0).simd('f32x4Lt')).simd('f32x4Sub');
  },
  floor: unaryOp('f32x4Floor'),
  round: unaryOp('f32x4Nearest'),
  exp: inline('exp'),
  expm1: helper('expm1'),
  log: helper('log'),
  log1p: helper('log1p'),
  sqrt: unaryOp('f32x4Sqrt'),
  rsqrt: (_m, f, [x]) => f.vConstant(1).get(x!).simd('f32x4Sqrt').simd('f32x4Div'),
  sin: helper('sin'),
  cos: helper('cos'),
  tanh: inline('tanh'),
  sigmoid: inline('sigmoid'),
  erf: inline('erf'),
  // A NaN must stay visible: the pseudo-maximum gives its left side unless that is less, in one instruction.
  relu: (_m, f, [x]) => f.get(x!).vConstant(0).simd('f32x4PMax'),
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
    f.vIntegerConstant(0);
    for (let lane = 0; lane < 4; lane++) {
      f.get(x!).i32ExtractLane(lane).get(y!).i32ExtractLane(lane).tee(divisor).i32(1).get(divisor).op('select').op('i32DivS').i32(0).get(divisor).op('select').i32ReplaceLane(lane);
    }
  },
  max: binaryOp('f32x4Max', 'i32x4MaxS'),
  min: binaryOp('f32x4Min', 'i32x4MinS'),
  pow: (m, f, [x, y]) => f.get(x!).get(y!).call(m.helper('pow')),
  less: compare('less'),
  lessEqual: compare('lessEqual'),
  equal: compare('equal'),
  select: (_m, f, [condition, a, b], dtypes) => {
    f.get(b!).get(a!).get(condition!);
    // Zero is the one value without set bits beyond the sign; compare in the condition's own type.
    if (isInt(dtypes)) f.vIntegerConstant(0).simd('i32x4Eq');
    else f.vConstant(0).simd('f32x4Eq');
    f.simd('v128Bitselect');
  },
} as const satisfies Record<ScalarFn, Emit>;

export type HelperName = 'exp' | 'expm1' | 'log' | 'log1p' | 'sin' | 'cos' | 'pow';

/** c0 + c1·t + c2·t² + … (Horner), with one instruction per term where there is one. */
function polynomial(m: ModuleBuilder, f: FunctionBuilder, t: Local, coefficients: readonly number[]): void {
  f.vConstant(coefficients.at(-1) ?? 0);
  for (let i = coefficients.length - 2; i >= 0; i--) {
    if (m.relaxed) f.get(t).vConstant(coefficients[i] ?? 0).simd('f32x4RelaxedMadd');
    else f.get(t).simd('f32x4Mul').vConstant(coefficients[i] ?? 0).simd('f32x4Add');
  }
}

/** from − factor · constant */
function minusProduct(m: ModuleBuilder, f: FunctionBuilder, from: Local, factor: Local, constant: number): FunctionBuilder {
  if (m.relaxed) return f.get(factor).vConstant(constant).get(from).simd('f32x4RelaxedNmadd');
  return f.get(from).get(factor).vConstant(constant).simd('f32x4Mul').simd('f32x4Sub');
}

const LOG2_E = Math.LOG2E;
/** ln 2 in two parts, the first with few bits, so that k · LN2_HIGH is exact (Cody & Waite 1980). */
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;
const EXP_LARGEST = 88.72283905206835;
/** Below come numbers that are next to nothing and slow (denormal): they are 0 here. */
const EXP_SMALLEST = -87.3;
/** Adding it leaves a small number rounded to a whole one, in the lowest bits: cheaper than rounding and converting. */
const ROUNDING = 1.5 * 2 ** 23;
const ROUNDING_BITS = 0x4b400000;
/** (eʳ − 1 − r) / r² on |r| <= ln 2 / 2, fitted for the least relative error of eʳ: 3e-9. */
const EXP_REST = [0.49999993451625807, 0.16666520688655717, 0.04166838737394674, 0.008368709961441253, 0.0013814613090700825];
/** Beyond, tanh is ±1 in float32. Up to there, tanh(x) / x as a quotient of polynomials in x², fitted: 2.1e-8 (2.7e-7 in float32). */
const TANH_SATURATED = 9;
const TANH_ABOVE = [0.999999979585976, 0.13381036928569814, 0.003495601044368794, 2.0609277235865983e-5, 1.335490011760961e-8];
const TANH_BELOW = [1, 0.4671435255940227, 0.02587703257178062, 0.0003285655163465772, 7.776662624845328e-7];
/** Beyond, erf differs from ±1 by less than float32 can say. Up to there, erf(x) / x as a quotient of polynomials in x², fitted: 1.9e-8 (4e-7 in float32). */
const ERF_SATURATED = 3.92;
const ERF_ABOVE = [1.1283791461522426, 0.19040614390469449, 0.052748671542629924, 0.0037656010647034973, 0.0002848820508517916, 2.050085416124231e-6];
const ERF_BELOW = [1, 0.5020757924956903, 0.11410897043751932, 0.014969184451694147, 0.0011625310951152406, 3.809166082129698e-5];
const factorialInverse = (n: number): number => (n <= 1 ? 1 : factorialInverse(n - 1) / n);

/** An odd function that is flat beyond ±`saturated`: x · above(x²) / below(x²). The pseudo-minimum and -maximum let a NaN pass. */
function quotient(m: ModuleBuilder, f: FunctionBuilder, x: Local, saturated: number, above: readonly number[], below: readonly number[]): void {
  const [inside, square] = f.locals('v128', 2) as [Local, Local];
  f.get(x).vConstant(saturated).simd('f32x4PMin').vConstant(-saturated).simd('f32x4PMax').tee(inside).get(inside).simd('f32x4Mul').set(square);
  polynomial(m, f, square, above);
  f.get(inside).simd('f32x4Mul');
  polynomial(m, f, square, below);
  f.simd('f32x4Div');
}

/**
 * Written in place: a call costs about as much as these functions do, since V8 keeps no vector in a register across
 * it. A softmax takes 17 % less time for it.
 */
const inlined = {
  exp(m, f, x) {
    const [n, k, r] = f.locals('v128', 3) as [Local, Local, Local];
    // The pseudo-maximum and -minimum are one instruction each, and let a NaN on the left pass.
    f.get(x).vConstant(EXP_SMALLEST).simd('f32x4PMax').vConstant(EXP_LARGEST + 1).simd('f32x4PMin').tee(r);
    if (m.relaxed) f.vConstant(LOG2_E).vConstant(ROUNDING).simd('f32x4RelaxedMadd').tee(n);
    else f.vConstant(LOG2_E).simd('f32x4Mul').vConstant(ROUNDING).simd('f32x4Add').tee(n);
    f.vIntegerConstant(ROUNDING_BITS - 126).simd('i32x4Sub').set(k);
    f.get(n).vConstant(ROUNDING).simd('f32x4Sub').set(n);
    minusProduct(m, f, r, n, LN2_HIGH).set(r);
    minusProduct(m, f, r, n, LN2_LOW).set(r);
    // 1 + (r + r² · rest): what is small is added first.
    f.get(r).get(r).simd('f32x4Mul').set(n);
    polynomial(m, f, r, EXP_REST);
    if (m.relaxed) f.get(n).get(r).simd('f32x4RelaxedMadd');
    else f.get(n).simd('f32x4Mul').get(r).simd('f32x4Add');
    f.vConstant(1).simd('f32x4Add');
    // Twice, times 2^(k − 1) out of its bits: for the largest results 2^k itself would be too large. At the smallest k the bits are 0, and so is the result.
    f.tee(r).get(r).simd('f32x4Add').get(k).i32(23).simd('i32x4Shl').simd('f32x4Mul');
  },
  tanh(m, f, x) {
    quotient(m, f, x, TANH_SATURATED, TANH_ABOVE, TANH_BELOW);
    // Rounding may carry it past ±1, where the slope would change its sign.
    f.vConstant(1).simd('f32x4PMin').vConstant(-1).simd('f32x4PMax');
  },
  sigmoid(m, f, x) {
    const minus = f.local('v128');
    f.get(x).simd('f32x4Neg').set(minus).vConstant(1).vConstant(1);
    inlined.exp(m, f, minus);
    f.simd('f32x4Add').simd('f32x4Div');
  },
  erf(m, f, x) {
    quotient(m, f, x, ERF_SATURATED, ERF_ABOVE, ERF_BELOW);
  },
} satisfies Record<string, (m: ModuleBuilder, f: FunctionBuilder, x: Local) => void> as Record<'exp' | 'tanh' | 'sigmoid' | 'erf', (m: ModuleBuilder, f: FunctionBuilder, x: Local) => void>;

export const helperBuilders: Readonly<Record<HelperName, (m: ModuleBuilder) => FunctionBuilder>> = {
  exp: (m) => {
    const f = new Fn('exp', ['v128'], ['v128']);
    inlined.exp(m, f, 0);
    return f;
  },
  expm1: (m) => {
    const f = new Fn('expm1', ['v128'], ['v128']);
    // Taylor near 0, where exp(x) − 1 would cancel: at |x| <= 0.5 degree 8 leaves 1e-8 of x.
    polynomial(m, f, 0, Array.from({ length: 8 }, (_, i) => factorialInverse(i + 1)));
    f.get(0).simd('f32x4Mul');
    f.get(0).call(m.helper('exp')).vConstant(1).simd('f32x4Sub');
    return f.get(0).simd('f32x4Abs').vConstant(0.5).simd('f32x4Lt').simd('v128Bitselect');
  },
  log: (m) => {
    const f = new Fn('log', ['v128'], ['v128']);
    const [x, e, t, s, low] = f.locals('v128', 5) as [Local, Local, Local, Local, Local];
    // Denormals are scaled up first.
    f.get(0).vConstant(1.1754943508222875e-38).simd('f32x4Lt').set(low);
    f.get(0).vConstant(8388608).simd('f32x4Mul').get(0).get(low).simd('v128Bitselect').set(x);
    // x = 2^e · m with m in [√½, √2).
    f.get(x).vIntegerConstant(0x3f3504f3).simd('i32x4Sub').i32(23).simd('i32x4ShrS').set(e);
    f.get(x).get(e).i32(23).simd('i32x4Shl').simd('i32x4Sub').vConstant(1).simd('f32x4Sub').set(t);
    f.get(e).simd('f32x4ConvertI32x4S').get(low).vConstant(23).simd('v128And').simd('f32x4Sub').set(e);
    // log(1 + t) = 2 artanh(s), s = t / (2 + t), as an odd series in s: |s| < 0.172.
    f.get(t).get(t).vConstant(2).simd('f32x4Add').simd('f32x4Div').tee(s).get(s).simd('f32x4Mul').set(x);
    // = t − t²/2 + s · (t²/2 + R(s²)): keeps the leading term exact (as in FreeBSD's logf).
    const half = f.local('v128');
    f.get(t).get(t).simd('f32x4Mul').vConstant(0.5).simd('f32x4Mul').set(half);
    f.get(t).get(half).get(s).get(half);
    polynomial(m, f, x, [2 / 3, 2 / 5, 2 / 7, 2 / 9]);
    f.get(x).simd('f32x4Mul').simd('f32x4Add').simd('f32x4Mul').get(e).vConstant(LN2_LOW).simd('f32x4Mul').simd('f32x4Add').simd('f32x4Sub').simd('f32x4Sub');
    f.get(e).vConstant(LN2_HIGH).simd('f32x4Mul').simd('f32x4Add').set(t);
    // log 0 = −∞, log of a negative number or NaN = NaN, log ∞ = ∞.
    f.vConstant(-Infinity).get(t).get(0).vConstant(0).simd('f32x4Eq').simd('v128Bitselect').set(t);
    f.vConstant(NaN).get(t).get(0).vConstant(0).simd('f32x4Ge').simd('v128Not').simd('v128Bitselect').set(t);
    return f.vConstant(Infinity).get(t).get(0).vConstant(Infinity).simd('f32x4Eq').simd('v128Bitselect');
  },
  log1p: (m) => {
    const f = new Fn('log1p', ['v128'], ['v128']);
    const u = f.local('v128');
    // log(u) with the rounding error of u = 1 + x put back to first order (Kahan): (u − 1 − x) / u.
    f.get(0).vConstant(1).simd('f32x4Add').set(u);
    f.get(0).get(u).call(m.helper('log')).get(u).vConstant(1).simd('f32x4Sub').get(0).simd('f32x4Sub').get(u).simd('f32x4Div').simd('f32x4Sub');
    // u = 1: x itself. u infinite: no correction.
    f.get(u).vConstant(1).simd('f32x4Eq').simd('v128Bitselect').set(u);
    f.get(0).get(u).get(0).vConstant(3e38).simd('f32x4Gt');
    return f.simd('v128Bitselect');
  },
  sin: (m) => trigonometric(m, 'sin'),
  cos: (m) => trigonometric(m, 'cos'),
  pow: (m) => {
    const f = new Fn('pow', ['v128', 'v128'], ['v128']);
    const [magnitude, odd, result] = f.locals('v128', 3) as [Local, Local, Local];
    f.get(1).get(0).simd('f32x4Abs').call(m.helper('log')).simd('f32x4Mul').call(m.helper('exp')).set(magnitude);
    // A negative base to an odd whole power is negative; to a fraction it is NaN.
    f.get(1).vConstant(0.5).simd('f32x4Mul').tee(odd).get(odd).simd('f32x4Floor').simd('f32x4Ne').set(odd);
    f.get(magnitude).get(odd).get(0).simd('v128And').vIntegerConstant(-0x80000000).simd('v128And').simd('v128Or').set(result);
    f.vConstant(NaN).get(result).get(0).vConstant(0).simd('f32x4Lt').get(1).get(1).simd('f32x4Floor').simd('f32x4Ne').simd('v128And').simd('v128Bitselect').set(result);
    // x^0 = 1 for every x.
    return f.vConstant(1).get(result).get(1).vConstant(0).simd('f32x4Eq').simd('v128Bitselect');
  },
};

/** Reduction by multiples of π/2 in three parts, then the sine or cosine polynomial by quadrant. Good for |x| up to some thousands. */
function trigonometric(m: ModuleBuilder, name: 'sin' | 'cos'): FunctionBuilder {
  const f = new Fn(name, ['v128'], ['v128']);
  const [n, r, square, sine, cosine, quadrant] = f.locals('v128', 6) as [Local, Local, Local, Local, Local, Local];
  f.get(0).vConstant(2 / Math.PI).simd('f32x4Mul').simd('f32x4Nearest').set(n);
  // π/2 = 1.5703125 + 4.8351287841796875e-4 + 3.1385570764541626e-7 + …, each with few bits.
  f.get(0);
  for (const part of [1.5703125, 4.8351287841796875e-4, 3.13855707645416260e-7]) f.get(n).vConstant(part).simd('f32x4Mul').simd('f32x4Sub');
  f.tee(r).get(r).simd('f32x4Mul').set(square);
  const series = (first: number): number[] => Array.from({ length: 5 }, (_, i) => (i % 2 === 0 ? 1 : -1) * factorialInverse(2 * i + first));
  polynomial(m, f, square, series(1));
  f.get(r).simd('f32x4Mul').set(sine);
  polynomial(m, f, square, series(0));
  f.set(cosine);
  f.get(n).simd('i32x4TruncSatF32x4S').vIntegerConstant(name === 'sin' ? 0 : 1).simd('i32x4Add').set(quadrant);
  // Odd quadrants take the cosine, quadrants 2 and 3 the other sign.
  f.get(cosine).get(sine).get(quadrant).i32(31).simd('i32x4Shl').i32(31).simd('i32x4ShrS').simd('v128Bitselect');
  return f.get(quadrant).i32(30).simd('i32x4Shl').vIntegerConstant(-0x80000000).simd('v128And').simd('v128Xor');
}
