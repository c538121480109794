/** Classes of ops, as the compiler tells them apart. */
import type { Value } from '../tensor/ir.ts';

export const isReduction = (v: Value): boolean => v.op === 'reduce' || v.op === 'argmax' || v.op === 'maxPool' || v.op === 'maxPoolArg' || v.op === 'sumPool';
/** Pooling clusters reduce over taps that are no axes of any value; they share their input and window. */
export const isPooling = (v: Value | undefined): v is Value<'maxPool' | 'maxPoolArg' | 'sumPool'> =>
  v !== undefined && (v.op === 'maxPool' || v.op === 'maxPoolArg' || v.op === 'sumPool');
export const isLeaf = (v: Value): boolean => v.op === 'input' || v.op === 'state' || v.op === 'literal';
export const isView = (v: Value): boolean => v.op === 'reshape' || v.op === 'permute' || v.op === 'expand' || v.op === 'slice' || v.op === 'flip';
export const isContraction = (v: Value): boolean => v.op === 'dot' || v.op === 'conv' || v.op === 'convInputGrad' || v.op === 'convWeightGrad';
export const isPoolGrad = (v: Value): boolean => v.op === 'maxPoolGrad' || v.op === 'sumPoolGrad';
export const isAnchor = (v: Value): boolean => isContraction(v) || isReduction(v) || isPoolGrad(v) || v.op === 'scatterAdd' || v.op === 'concat' || v.op === 'scan';

/** Ops whose tensors are images [N, C, …], filters and their gradients aside. */
export const isImageOp = (v: Value): boolean => isPoolGrad(v) || isPooling(v) || v.op === 'conv' || v.op === 'convInputGrad' || v.op === 'convWeightGrad';

export function throughViews(value: Value): Value {
  let base = value;
  while (isView(base) && base.inputs[0] !== undefined) base = base.inputs[0];
  return base;
}
