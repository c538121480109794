/** Arrays of a user's file brought into the shapes and number types of the ports that they feed, or refused with the numbers. */
import type { TensorType } from '../nodes/node-type.ts';
import { TEST_SUFFIX } from './arrays.ts';
import { DataError } from './data-error.ts';
import type { LoadedData, SampleArray, Samples } from './dataset.ts';

/**
 * The arrays as a data node promises them: port by port in the promised shape and type. `bytes` says what
 * becomes of bytes in f32 ports, 'unit' being the rule of `readArrays`. Throws DataError with the numbers.
 */
export function fitArrays(arrays: Samples, types: Readonly<Record<string, TensorType>>, bytes: 'unit' | 'none'): LoadedData {
  const split = (suffix: string): Samples => {
    const samples: Record<string, SampleArray> = {};
    for (const [port, type] of Object.entries(types)) {
      const array = arrays[port + suffix];
      if (array === undefined) throw new DataError('data-mismatch', { en: `There is no array '${port + suffix}'; the file has ${Object.keys(arrays).map((name) => `'${name}'`).join(', ') || 'no arrays'}.`, zh: `没有数组“${port + suffix}”；文件中有 ${Object.keys(arrays).map((name) => `“${name}”`).join('、') || '零个数组'}。` });
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
  if (count === 0) throw new DataError('data-mismatch', { en: `The array '${first?.[0]}${suffix}' has no samples.`, zh: `数组“${first?.[0]}${suffix}”中没有样本。` });
  for (const [port, { shape }] of others) {
    if (shape[0] !== count) throw new DataError('data-mismatch', { en: `'${first?.[0]}${suffix}' has ${count} samples, but '${port}${suffix}' has ${shape[0]}; each sample needs both.`, zh: `“${first?.[0]}${suffix}”有 ${count} 个样本，而“${port}${suffix}”有 ${shape[0]} 个；每个样本两者都需要。` });
  }
}

function fitArray(name: string, array: SampleArray, type: TensorType, bytes: 'unit' | 'none'): SampleArray {
  const { shape, scale, ...fitted } = adaptArray(name, array, type.dtype, type, { scale: bytes === 'unit' ? (array.scale ?? 1 / 255) : 1 });
  requireShape(name, shape.slice(1), type.shape.slice(1).map(Number));
  if (type.classes !== undefined) requireClasses(name, fitted.data, type.classes);
  return { shape, ...fitted, ...(scale === undefined ? {} : { scale }) };
}

/**
 * An array in the number type `dtype`, with the axes that `promised` has; `bytes` says what becomes of
 * bytes in an f32 port. A shape that differs by more than axes of size 1 stays as it is.
 */
export function adaptArray(name: string, array: SampleArray, dtype: TensorType['dtype'], promised: TensorType | undefined, bytes: Pick<SampleArray, 'scale' | 'shift'>): SampleArray {
  const { data } = array;
  if (array.shape.length === 0) throw new DataError('data-mismatch', { en: `The array '${name}' is a single number; its first axis must be the sample.`, zh: `数组“${name}”是单个数；它的第一个轴必须是样本。` });
  const shape = promised === undefined ? array.shape : alignedShape(array.shape, promised.shape.slice(1).map(Number));
  if (dtype === 'i32') return { shape, data: wholeNumbers(name, data) };
  if (data instanceof Uint8Array) return { shape, data, ...bytes };
  return { shape, data: data instanceof Int32Array ? Float32Array.from(data) : data };
}

const coreOf = (sizes: readonly number[]): string => sizes.filter((size) => size !== 1).join();

/** Axes of size 1 may be missing or too many, and one-channel images may be flat: in both cases the order of the numbers is the same. */
function alignedShape(found: readonly number[], sample: readonly number[]): readonly number[] {
  const [count = 0, ...rest] = found;
  const isFlat = rest.length === 1 && rest[0] === sample.reduce((product, size) => product * size, 1) && sample[0] === 1;
  return coreOf(rest) === coreOf(sample) || isFlat ? [count, ...sample] : found;
}

function requireShape(name: string, found: readonly number[], sample: readonly number[]): void {
  if (found.length === sample.length && found.every((size, axis) => size === sample[axis])) return;
  const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const isChannelsLast = sample.length === 3 && found.length === 3 && coreOf([found[2] ?? 0, found[0] ?? 0, found[1] ?? 0]) === coreOf(sample);
  const way = isChannelsLast
    ? { en: `The channels come first here; in NumPy: ${name}.transpose(0, 3, 1, 2)`, zh: `这里要求通道在前；在 NumPy 中可用：${name}.transpose(0, 3, 1, 2)` }
    : { en: `Set the node's shape to ${text(found)}, or reshape the array`, zh: `请把节点的形状设为 ${text(found)}，或对数组变形` };
  throw new DataError('data-mismatch', { en: `One sample of '${name}' has the shape ${text(found)} in the file, but the node promises ${text(sample)}. ${way.en}.`, zh: `文件中“${name}”的一个样本形状为 ${text(found)}，而节点要求 ${text(sample)}。${way.zh}。` });
}

function wholeNumbers(name: string, data: SampleArray['data']): Int32Array {
  if (data instanceof Int32Array) return data;
  const whole = Int32Array.from(data);
  const at = whole.findIndex((value, i) => value !== data[i]);
  if (at !== -1) throw new DataError('data-mismatch', { en: `'${name}' holds ${data[at]} at element ${at}, but its port takes class indices, which are whole numbers. For a regression it must give real numbers (an Arrays node: "targets" set to "values").`, zh: `“${name}”的第 ${at} 个元素是 ${data[at]}，但它的端口需要类别编号，即整数。做回归时端口应给出实数（在 Arrays 节点中把“targets”设为“values”）。` });
  return whole;
}

function requireClasses(name: string, indices: SampleArray['data'], classes: number): void {
  const at = indices.findIndex((value: number) => value < 0 || value >= classes);
  if (at !== -1) throw new DataError('data-mismatch', { en: `'${name}' holds ${indices[at]} at element ${at}, but with ${classes} classes the indices run from 0 to ${classes - 1}. Set "classes" to the number of classes.`, zh: `“${name}”的第 ${at} 个元素是 ${indices[at]}，但共 ${classes} 个类别时编号应为 0 到 ${classes - 1}。请把“classes”设为类别数。` });
}
