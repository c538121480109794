/** The record that each op is: shape rule, derivative and float64 reference, side by side in its family's file. */
import type { Builder } from '../builder.ts';
import type { DType, OpAttrs, OpName, Shape, Value } from '../ir.ts';

/** A tensor of the reference: row-major float64, whatever the dtype. */
export interface RefTensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What `infer` is asked for beyond the inputs, by ops whose result they do not determine (leaves, reshape, adjoints). */
export interface Wanted {
  readonly shape?: Shape;
  readonly dtype?: DType;
}

export interface OpDef<K extends OpName> {
  readonly name: K;
  /** Shape and dtype of the result. Throws a RangeError with the numbers when the inputs do not fit. */
  infer(inputs: readonly Value[], attrs: OpAttrs[K], wanted: Wanted): { readonly shape: Shape; readonly dtype: DType };
  /**
   * Vector-Jacobian product: the gradient of the loss by each input, given `grad`, that by the
   * output. It emits more IR; undefined where no gradient flows (indices, leaves, detach).
   */
  vjp(b: Builder, value: Value<K>, grad: Value): readonly (Value | undefined)[];
  /** Plain float64 evaluation, the oracle of every backend. Leaves other than constant, literal, iota and random are given by the caller. */
  evaluate(inputs: readonly RefTensor[], attrs: OpAttrs[K], out: { readonly shape: Shape; readonly dtype: DType }): Float64Array;
}
