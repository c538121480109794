/**
 * Arrays from the user's own files, by port name: `x` and `y` train, `x_test` and `y_test` test. Files are
 * `.npz`, `.npy` (one array, named like the file) and safetensors, or a folder of those.
 */
import { FormatError } from '../interop/format-error.ts';
import { readNpy } from '../interop/npy.ts';
import { readNpz } from '../interop/npz.ts';
import { readSafetensors } from '../interop/safetensors.ts';
import type { StoredArray } from '../interop/stored-array.ts';
import type { TensorType } from '../nodes/node-type.ts';
import type { FileStore } from '../platform/platform.ts';
import { DataError } from './data-error.ts';
import type { LoadedData, SampleArray, Samples } from './dataset.ts';

const TEST_SUFFIX = '_test';
const EXTENSIONS = ['.npz', '.npy', '.safetensors'] as const;

/**
 * The arrays of one file; `name` is its name or path and tells the format. Floats come as f32 and integers as
 * i32. Bytes stay bytes with an explicit scale: 1/255 for inputs, 1 for targets (`y…`) and for masks, whose
 * largest value is 1; a test array takes the scale of its training array.
 */
export function readArrays(name: string, bytes: Uint8Array): Samples {
  try {
    return withScales(parse(name, bytes));
  } catch (error) {
    if (error instanceof FormatError) throw new DataError('data-format', `${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The arrays of a file, or of every array file in a folder. */
export async function loadArrays(path: string, files: FileStore): Promise<Samples> {
  const inside = (await files.list(path)).filter((name) => EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension)));
  if (inside.length === 0) {
    if ((await files.list(path)).length > 0) throw new DataError('data-unavailable', `The folder ${path} has no array file; it needs x.npy and y.npy, or a .npz or .safetensors file with the arrays x and y.`);
    if (!(await files.exists(path))) throw new DataError('data-unavailable', `There is no file or folder ${path}.`);
    return readArrays(path, await files.read(path));
  }
  const all: Record<string, StoredArray> = {};
  for (const name of inside) {
    const whole = `${path}/${name}`;
    for (const [key, array] of Object.entries(readArrays(whole, await files.read(whole)))) {
      if (Object.hasOwn(all, key)) throw new DataError('data-mismatch', `The folder ${path} has the array '${key}' twice (again in ${name}); leave one of the files out.`);
      all[key] = { dtype: dtypeOf(array), shape: array.shape, data: array.data };
    }
  }
  return withScales(all);
}

function parse(name: string, bytes: Uint8Array): Readonly<Record<string, StoredArray>> {
  const base = name.split(/[/\\]/).at(-1) ?? name;
  const extension = EXTENSIONS.find((candidate) => base.toLowerCase().endsWith(candidate));
  switch (extension) {
    case '.npz':
      return readNpz(bytes, base);
    case '.npy':
      return { [base.slice(0, -extension.length)]: readNpy(bytes, base) };
    case '.safetensors':
      return readSafetensors(bytes).tensors;
    case undefined:
      throw new DataError('data-format', `${name}: arrays are read from ${EXTENSIONS.join(', ')} files; this is none by its name.`);
  }
}

const dtypeOf = (array: SampleArray): StoredArray['dtype'] => (array.data instanceof Float32Array ? 'f32' : array.data instanceof Int32Array ? 'i32' : 'u8');

function withScales(arrays: Readonly<Record<string, StoredArray>>): Samples {
  return Object.fromEntries(Object.entries(arrays).map(([name, { shape, data }]) => {
    if (!(data instanceof Uint8Array)) return [name, { shape, data }];
    const trainName = name.endsWith(TEST_SUFFIX) ? name.slice(0, -TEST_SUFFIX.length) : name;
    const ruling = arrays[trainName]?.data ?? data;
    // A node's port may be named with it: `images.y`.
    const isTarget = (trainName.split('.').at(-1) ?? trainName).startsWith('y');
    return [name, { shape, data, scale: isTarget || !ruling.some((value) => value > 1) ? 1 : 1 / 255 }];
  }));
}

/**
 * The arrays as a data node promises them: port by port in the promised shape and type. `bytes` says what
 * becomes of bytes in f32 ports, 'unit' being the rule of `readArrays`. Throws DataError with the numbers.
 */
export function fitArrays(arrays: Samples, types: Readonly<Record<string, TensorType>>, bytes: 'unit' | 'none'): LoadedData {
  const split = (suffix: string): Samples => {
    const samples: Record<string, SampleArray> = {};
    for (const [port, type] of Object.entries(types)) {
      const array = arrays[port + suffix];
      if (array === undefined) throw new DataError('data-mismatch', `There is no array '${port + suffix}'; the file has ${Object.keys(arrays).map((name) => `'${name}'`).join(', ') || 'no arrays'}.`);
      samples[port] = fitArray(port + suffix, array, type, bytes);
    }
    requireSameCount(samples, suffix);
    return samples;
  };
  const train = split('');
  const hasTest = Object.keys(types).some((port) => Object.hasOwn(arrays, port + TEST_SUFFIX));
  return { train, ...(hasTest ? { test: split(TEST_SUFFIX) } : {}) };
}

function requireSameCount(samples: Samples, suffix: string): void {
  const [first, ...others] = Object.entries(samples);
  const count = first?.[1].shape[0] ?? 0;
  if (count === 0) throw new DataError('data-mismatch', `The array '${first?.[0]}${suffix}' has no samples.`);
  for (const [port, { shape }] of others) {
    if (shape[0] !== count) throw new DataError('data-mismatch', `'${first?.[0]}${suffix}' has ${count} samples, but '${port}${suffix}' has ${shape[0]}; each sample needs both.`);
  }
}

function fitArray(name: string, array: SampleArray, type: TensorType, bytes: 'unit' | 'none'): SampleArray {
  const shape = fitShape(name, array.shape, type.shape.slice(1).map(Number));
  const { data } = array;
  if (type.dtype === 'i32') return { shape, data: asIndices(name, data, type.classes) };
  if (data instanceof Uint8Array) return { shape, data, scale: bytes === 'unit' ? (array.scale ?? 1 / 255) : 1 };
  return { shape, data: data instanceof Int32Array ? Float32Array.from(data) : data };
}

/** Axes of size 1 may be missing or too many, and one-channel images may be flat: in both cases the order of the numbers is the same. */
function fitShape(name: string, found: readonly number[], sample: readonly number[]): readonly number[] {
  const [count, ...rest] = found;
  const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  if (count === undefined) throw new DataError('data-mismatch', `The array '${name}' is a single number; its first axis must be the sample.`);
  const core = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join();
  const elements = sample.reduce((product, size) => product * size, 1);
  const flat = rest.length === 1 && rest[0] === elements && sample[0] === 1;
  if (core(rest) === core(sample) || flat) return [count, ...sample];
  const lastToFirst = sample.length === 3 && rest.length === 3 && core([rest[2] ?? 0, rest[0] ?? 0, rest[1] ?? 0]) === core(sample);
  const way = lastToFirst
    ? `The channels come first here; in NumPy: ${name}.transpose(0, 3, 1, 2)`
    : `Set the node's shape to ${text(rest)}, or reshape the array`;
  throw new DataError('data-mismatch', `One sample of '${name}' has the shape ${text(rest)} in the file, but the node promises ${text(sample)}. ${way}.`);
}

function asIndices(name: string, data: SampleArray['data'], classes: number | undefined): Int32Array {
  const indices = data instanceof Int32Array ? data : Int32Array.from(data);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? Number.NaN;
    if (indices[i] !== value) throw new DataError('data-mismatch', `'${name}' holds ${value} at element ${i}, but class indices are whole numbers. For a regression set "targets" to "values".`);
    if (value < 0 || (classes !== undefined && value >= classes)) {
      throw new DataError('data-mismatch', `'${name}' holds ${value} at element ${i}, but with ${classes} classes the indices run from 0 to ${(classes ?? 0) - 1}. Set "classes" to the number of classes.`);
    }
  }
  return indices;
}
