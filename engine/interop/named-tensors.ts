/** Weights, moments and predictions by name, all f32: what runs pass around, and their way into array files and out of them. */
import type { Shape } from '../tensor/ir.ts';
import type { StoredArray } from './stored-array.ts';

export interface NamedTensor {
  readonly shape: Shape;
  readonly data: Float32Array;
}
/** Weights and buffers by PyTorch's names and in its layouts: `<node id>.weight`, `<node id>.running_mean`. */
export type NamedTensors = Readonly<Record<string, NamedTensor>>;

/** As the writers of array files take them, each name behind `prefix`. */
export function storedTensors(tensors: NamedTensors, prefix = ''): Readonly<Record<string, StoredArray>> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [`${prefix}${name}`, { dtype: 'f32', shape, data }]));
}

/** The f32 arrays of a file whose names are `wanted`. Others (PyTorch's counters of batches) are left out. */
export function namedTensors(arrays: Readonly<Record<string, StoredArray>>, wanted: (name: string) => boolean = () => true): NamedTensors {
  return Object.fromEntries(Object.entries(arrays).flatMap(([name, { shape, data }]): [string, NamedTensor][] => (wanted(name) && data instanceof Float32Array ? [[name, { shape, data }]] : [])));
}
