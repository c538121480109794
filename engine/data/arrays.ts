/**
 * Arrays from the user's own files, by port name: `x` and `y` train, `x_test` and `y_test` test. Files are
 * `.npz`, `.npy` (one array, named like the file) and safetensors, or a folder of those.
 */
import { FormatError } from '../interop/format-error.ts';
import { readNpy } from '../interop/npy.ts';
import { readNpz } from '../interop/npz.ts';
import { readSafetensors } from '../interop/safetensors.ts';
import type { StoredArray } from '../interop/stored-array.ts';
import { sameText } from '../text.ts';
import type { FileStore } from '../platform/platform.ts';
import { DataError } from './data-error.ts';
import type { SampleArray, Samples } from './dataset.ts';

/** `x_test` tests what `x` trains. */
export const TEST_SUFFIX = '_test';
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
    if (error instanceof FormatError) throw new DataError('data-format', { en: `${name}: ${error.text.en}`, zh: `${name}：${error.text.zh}` }, { cause: error });
    throw error;
  }
}

const isArrayFile = (name: string): boolean => EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));
const noArrayFile = (name: string): DataError => new DataError('data-format', { en: `${name}: arrays are read from ${EXTENSIONS.join(', ')} files, or a folder of them; this is none by its name.`, zh: `${name}：数组应从 ${EXTENSIONS.join('、')} 文件或装有这些文件的文件夹读取；按文件名看，这不是其中一种。` });

/** The arrays of a file, or of every array file in a folder. */
export async function loadArrays(path: string, files: FileStore): Promise<Samples> {
  const inside = (await files.list(path)).filter(isArrayFile);
  if (inside.length === 0) {
    if ((await files.list(path)).length > 0) throw new DataError('data-unavailable', { en: `The folder ${path} has no array file; it needs x.npy and y.npy, or a .npz or .safetensors file with the arrays x and y.`, zh: `文件夹 ${path} 中没有数组文件；它需要有 x.npy 和 y.npy，或包含数组 x 和 y 的 .npz 或 .safetensors 文件。` });
    if (!(await files.exists(path))) throw new DataError('data-unavailable', { en: `There is no file or folder ${path}.`, zh: `没有文件或文件夹 ${path}。` });
    // By its name, before it is read: an empty folder is no file.
    if (!isArrayFile(path)) throw noArrayFile(path);
    return readArrays(path, await files.read(path));
  }
  const all: Record<string, StoredArray> = {};
  for (const name of inside) {
    const whole = `${path}/${name}`;
    for (const [key, array] of Object.entries(readArrays(whole, await files.read(whole)))) {
      if (Object.hasOwn(all, key)) throw new DataError('data-mismatch', { en: `The folder ${path} has the array '${key}' twice (again in ${name}); leave one of the files out.`, zh: `文件夹 ${path} 中数组“${key}”出现了两次（另一次在 ${name} 中）；请去掉其中一个文件。` });
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
      return { [base.slice(0, -extension.length)]: readNpy(bytes, sameText(base)) };
    case '.safetensors':
      return readSafetensors(bytes).tensors;
    case undefined:
      throw noArrayFile(name);
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
