/** The contract of an initializer: numbers from a counter-based stream, so that no weight depends on when or in which order others are drawn. */
import { mix, randomKeys, randomNormal, randomUniform } from '../../tensor/random.ts';
import type { InitSpec } from '../../nodes/node-type.ts';
import type { Shape } from '../../tensor/ir.ts';

export type InitKind = InitSpec['kind'];
export type SpecOf<K extends InitKind> = Extract<InitSpec, { readonly kind: K }>;

/** One weight's random numbers: element `index` of attempt `attempt`. */
export interface WeightStream {
  uniform(index: number, attempt?: number): number;
  normal(index: number, attempt?: number): number;
}

/** Row-major, in the declared shape. */
export type Initializer<K extends InitKind> = (spec: SpecOf<K>, shape: Shape, stream: WeightStream) => Float64Array;

/** The stream of the weight `key` (`conv1.weight`) under a run's seed. */
export function weightStream(seed: number, key: string): WeightStream {
  let stream = 0;
  for (const byte of new TextEncoder().encode(key)) stream = mix((stream + byte + 0x9e3779b9) | 0);
  const keys = (attempt: number) => randomKeys(seed | 0, attempt, stream);
  const first = keys(0);
  return {
    uniform: (index, attempt = 0) => randomUniform(attempt === 0 ? first : keys(attempt), index),
    normal: (index, attempt = 0) => randomNormal(attempt === 0 ? first : keys(attempt), index),
  };
}

/** A plain loop: a large layer's weights are too many for `from` and its calls. */
export function fill(shape: Shape, value: (index: number) => number): Float64Array {
  const numbers = new Float64Array(shape.reduce((product, n) => product * n, 1));
  for (let index = 0; index < numbers.length; index++) numbers[index] = value(index);
  return numbers;
}
export const uniformWithin = (shape: Shape, bound: number, stream: WeightStream): Float64Array => fill(shape, (i) => bound * (2 * stream.uniform(i) - 1));
export const normalWith = (shape: Shape, std: number, stream: WeightStream): Float64Array => fill(shape, (i) => std * stream.normal(i));
