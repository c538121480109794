/**
 * The contract of an optimizer's update rule: plain IR over a whole arena of weights, so that the
 * compiler makes one kernel of it. What depends on the step alone (learning rate, bias corrections)
 * is computed here on the host in float64 and fed as scalars.
 */
import type { OptimizerParams } from '../../nodes/optimizer/optimizer-parts.ts';
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';

export type NamedValues = Readonly<Record<string, Value>>;
export type Scalars = Readonly<Record<string, number>>;

export interface UpdateInputs {
  /** [P] weights. Decoupled weight decay is already taken off. */
  readonly theta: Value;
  /** [P] gradient, clipped, with L2 weight decay already added. */
  readonly grad: Value;
  /** [P] each, by name. */
  readonly moments: NamedValues;
  /** [] each, by the names that `scalars` gives. */
  readonly scalars: NamedValues;
}

export interface OptimizerRule<P extends OptimizerParams = OptimizerParams> {
  /** The running quantities that these parameters need. Each starts at zero. */
  moments(params: P): readonly string[];
  /** Weight decay acts on the weights instead of the gradient (AdamW, Lion). */
  readonly decoupledDecay: boolean;
  /** Names of what `scalars` gives. */
  readonly scalarNames: readonly string[];
  /** A function of the step (from 1) and its learning rate. A closure, so that running products need no recomputation. */
  scalars(params: P): (step: number, learningRate: number) => Scalars;
  update(b: Builder, params: P, inputs: UpdateInputs): { readonly theta: Value; readonly moments: NamedValues };
}

/** An entry that the rule itself declared; its absence is a fault of the step's builder. */
export function need(values: NamedValues, name: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`the optimizer's rule was not given '${name}'`);
  return value;
}

/** decay · average + (1 − decay) · value. */
export const runningMean = (b: Builder, average: Value, value: Value, decay: number): Value => b.add(b.mul(average, decay), b.mul(value, 1 - decay));
