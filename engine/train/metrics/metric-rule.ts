/**
 * The contract of a metric: a few sums per batch, computed on the device, and what they come to over
 * all batches. Sums are merged in float64 on the host, so batches of different size count rightly.
 */
import type { TensorType } from '../../nodes/node-type.ts';
import type { Builder } from '../../tensor/builder.ts';
import type { Value } from '../../tensor/ir.ts';

/** Sums of one batch or of many, by name; plain JSON, for checkpoints. */
export type Sums = Readonly<Record<string, readonly number[]>>;

export interface MetricInputs {
  readonly prediction: Value;
  readonly target: Value;
  readonly types: readonly TensorType[];
}

export interface MetricResult {
  /** Under the names that events show: `accuracy`, `f1`, `rmse`. */
  readonly values: Readonly<Record<string, number>>;
  /** A table of counts, row-major. */
  readonly table?: { readonly name: string; readonly shape: readonly number[]; readonly data: readonly number[] };
}

export interface MetricRule<P = never> {
  /** What the device computes for a batch, and what is known without it. */
  sums(b: Builder, params: P, inputs: MetricInputs): { readonly device: Readonly<Record<string, Value>>; readonly known: Readonly<Record<string, number>> };
  /** Two sets of sums as one. Plain addition when left out. */
  merge?(a: Sums, b: Sums): Sums;
  result(params: P, sums: Sums): MetricResult;
}

export function addSums(a: Sums, b: Sums): Sums {
  return Object.fromEntries(Object.entries(a).map(([name, values]) => [name, values.map((value, i) => value + (b[name]?.[i] ?? 0))]));
}

/** The first entry of a named sum; its absence is a fault of the step's builder. */
export const only = (sums: Sums, name: string): number => all(sums, name)[0] ?? Number.NaN;
export function all(sums: Sums, name: string): readonly number[] {
  const values = sums[name];
  if (values === undefined) throw new Error(`the metric's rule was not given the sum '${name}'`);
  return values;
}
