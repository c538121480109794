/** The IR's scalar functions as ONNX operators: one table, total over all of them. */
import type { DType, ScalarFn } from '../../tensor/ir.ts';
import type { Attributes } from './infer.ts';
import { ELEMENT_TYPES } from './schema.ts';

interface Scope {
  op(opType: string, inputs: readonly string[], attributes?: Attributes): string;
  /** A float scalar. */
  scalar(value: number): string;
  /** Of the first argument. */
  readonly dtype: DType;
}
type Emit = (args: readonly string[], scope: Scope) => string;

const as = (opType: string): Emit => (args, { op }) => op(opType, args);
const castTo = (type: 'f32' | 'i32'): Emit => ([x = ''], { op, dtype }) => (dtype === type ? x : op('Cast', [x], { to: ELEMENT_TYPES[type] }));

const functions: Readonly<Record<ScalarFn, Emit>> = {
  neg: as('Neg'),
  abs: as('Abs'),
  sign: as('Sign'),
  floor: as('Floor'),
  // Both round halves to the even neighbour.
  round: as('Round'),
  exp: as('Exp'),
  // tanh(x/2) · (e^x + 1): ONNX has no expm1, and e^x - 1 loses all digits near 0.
  expm1: ([x = ''], { op, scalar }) => op('Mul', [op('Tanh', [op('Mul', [x, scalar(0.5)])]), op('Add', [op('Exp', [x]), scalar(1)])]),
  log: as('Log'),
  // ONNX has no log1p. What the sum rounds away is below 6e-8, an absolute error that outputs do not show.
  log1p: ([x = ''], { op, scalar }) => op('Log', [op('Add', [x, scalar(1)])]),
  sqrt: as('Sqrt'),
  rsqrt: ([x = ''], { op }) => op('Reciprocal', [op('Sqrt', [x])]),
  sin: as('Sin'),
  cos: as('Cos'),
  tanh: as('Tanh'),
  sigmoid: as('Sigmoid'),
  erf: as('Erf'),
  relu: as('Relu'),
  toF32: castTo('f32'),
  toI32: castTo('i32'),
  // Nothing is trained in the file, so that nothing has to be kept from gradients.
  detach: ([x = '']) => x,
  add: as('Add'),
  sub: as('Sub'),
  mul: as('Mul'),
  div: as('Div'),
  max: as('Max'),
  min: as('Min'),
  pow: as('Pow'),
  less: as('Less'),
  lessEqual: as('LessOrEqual'),
  equal: as('Equal'),
  select: as('Where'),
};

/** ONNX's comparisons give booleans, the IR's give 1 and 0. */
export const isComparison = (fn: ScalarFn): boolean => fn === 'less' || fn === 'lessEqual' || fn === 'equal';

/** The tensor that holds the function of these tensors. Comparisons are booleans; `select` takes one first. */
export function emitFunction(fn: ScalarFn, args: readonly string[], scope: Scope): string {
  return functions[fn](args, scope);
}
