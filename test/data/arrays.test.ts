/** Arrays from files: every format, the rule for bytes, and the fit to what a node promises. */
import { describe, expect, test } from 'vitest';
import { loadArrays, readArrays } from '../../engine/data/arrays.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { fitArrays } from '../../engine/data/fit-arrays.ts';
import { writeNpy } from '../../engine/interop/npy.ts';
import { writeNpz } from '../../engine/interop/npz.ts';
import { writeSafetensors } from '../../engine/interop/safetensors.ts';
import type { StoredArray } from '../../engine/interop/stored-array.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { memoryPlatform } from './memory-platform.ts';

const x: StoredArray = { dtype: 'f32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const y: StoredArray = { dtype: 'i32', shape: [3], data: Int32Array.of(0, 1, 2) };
const bytes = (shape: readonly number[], ...values: number[]): StoredArray => ({ dtype: 'u8', shape, data: Uint8Array.from(values) });

describe('reading', () => {
  test('npz, safetensors and npy give the same arrays by name', () => {
    const wanted = { x: { shape: [3, 2], data: x.data }, y: { shape: [3], data: y.data } };
    expect(readArrays('data.npz', writeNpz({ x, y }))).toEqual(wanted);
    expect(readArrays('some/data.SafeTensors', writeSafetensors({ x, y }))).toEqual(wanted);
    expect(readArrays('C:\\data\\x.npy', writeNpy(x))).toEqual({ x: wanted.x });
  });

  test('bytes are scaled as images, save targets and masks; a test array is scaled as its training array', () => {
    const scales = Object.entries(readArrays('a.npz', writeNpz({ x: bytes([2], 0, 255), x_test: bytes([2], 0, 1), mask: bytes([2], 0, 1), y: bytes([2], 0, 7), 'node.y': bytes([2], 0, 9) }))).map(([name, array]) => [name, array.scale]);
    expect(Object.fromEntries(scales)).toEqual({ x: 1 / 255, x_test: 1 / 255, mask: 1, y: 1, 'node.y': 1 });
  });

  test('what is no array file is refused by name', () => {
    expect(() => readArrays('data.csv', Uint8Array.of(1))).toThrow(/data\.csv: arrays are read from \.npz, \.npy, \.safetensors/);
    expect(() => readArrays('x.npy', Uint8Array.of(1, 2, 3))).toThrow(/x\.npy: .*not a \.npy file/);
    expect(() => readArrays('data.npz', writeNpz({ x }).subarray(0, 60))).toThrow(/data\.npz/);
  });

  test('a folder of files, and what is missing', async () => {
    const { files } = memoryPlatform();
    await files.write('/own/x.npy', writeNpy(x));
    await files.write('/own/y.npy', writeNpy(y));
    await files.write('/own/notes.txt', 'hello');
    expect(Object.keys(await loadArrays('/own', files)).sort()).toEqual(['x', 'y']);
    await files.write('/own/more.npz', writeNpz({ y }));
    await expect(loadArrays('/own', files)).rejects.toThrow(/the array 'y' twice/);
    await files.write('/empty/notes.txt', 'hello');
    await expect(loadArrays('/empty', files)).rejects.toThrow(/no array file/);
    await expect(loadArrays('/nowhere', files)).rejects.toThrow(/no file or folder \/nowhere/);
  });
});

describe('fitting', () => {
  const points: Record<string, TensorType> = { x: { shape: ['N', 2], dtype: 'f32' }, y: { shape: ['N'], dtype: 'i32', classes: 3 } };
  const image: Record<string, TensorType> = { x: { shape: ['N', 1, 2, 2], dtype: 'f32' } };
  const colours: Record<string, TensorType> = { x: { shape: ['N', 3, 2, 2], dtype: 'f32' } };
  const at = (shape: readonly number[], data: Float32Array | Int32Array | Uint8Array = new Float32Array(shape.reduce((a, b) => a * b, 1))) => ({ shape, data });

  test('floating labels become indices, whole inputs become f32', () => {
    const { train } = fitArrays({ x: at([3, 2], Int32Array.of(1, 2, 3, 4, 5, 6)), y: at([3, 1], Float32Array.of(0, 1, 2)) }, points, 'unit');
    expect(train).toEqual({ x: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }, y: { shape: [3], data: Int32Array.of(0, 1, 2) } });
  });

  test('x_test and y_test make the test set', () => {
    const all = { x, y, x_test: at([1, 2]), y_test: at([1], Int32Array.of(2)) };
    expect(fitArrays(all, points, 'unit').test?.['y']?.data).toEqual(Int32Array.of(2));
    expect(() => fitArrays({ x, y, x_test: at([1, 2]) }, points, 'unit')).toThrow(/no array 'y_test'/);
  });

  test('axes of size 1 and flat grey images fit; other shapes say what to do', () => {
    for (const shape of [[5, 2, 2], [5, 1, 2, 2], [5, 2, 2, 1], [5, 4]]) expect(fitArrays({ x: at(shape) }, image, 'unit').train['x']?.shape).toEqual([5, 1, 2, 2]);
    expect(() => fitArrays({ x: at([5, 3, 2]) }, image, 'unit')).toThrow(/shape \[3, 2\] in the file, but the node promises \[1, 2, 2\]/);
    expect(() => fitArrays({ x: at([5, 12]) }, colours, 'unit')).toThrow(/\[12\]/);
    expect(() => fitArrays({ x: at([5, 2, 2, 3]) }, colours, 'unit')).toThrow(/x\.transpose\(0, 3, 1, 2\)/);
    expect(() => fitArrays({ x: at([]) }, image, 'unit')).toThrow(/single number/);
  });

  test('bytes: scaled or not, as the node says', () => {
    const { x: own } = readArrays('x.npy', writeNpy(bytes([1, 4], 0, 1, 2, 255)));
    if (own === undefined) throw new Error('x is lost');
    expect(fitArrays({ x: own }, image, 'unit').train['x']?.scale).toBe(1 / 255);
    expect(fitArrays({ x: own }, image, 'none').train['x']?.scale).toBe(1);
  });

  test('labels out of range and fractions are refused with their place', () => {
    expect(() => fitArrays({ x, y: at([3], Int32Array.of(0, 1, 3)) }, points, 'unit')).toThrow(/'y' holds 3 at element 2.*from 0 to 2/);
    expect(() => fitArrays({ x, y: at([3], Int32Array.of(0, -1, 0)) }, points, 'unit')).toThrow(/'y' holds -1 at element 1/);
    expect(() => fitArrays({ x, y: at([3], Float32Array.of(0, 0.5, 1)) }, points, 'unit')).toThrow(/'y' holds 0.5 at element 1/);
    expect(() => fitArrays({ x, y: at([3], Float32Array.of(0, Number.NaN, 1)) }, points, 'unit')).toThrow(/'y' holds NaN at element 1/);
  });

  test('counts must agree and not be zero', () => {
    expect(() => fitArrays({ x, y: at([2], new Int32Array(2)) }, points, 'unit')).toThrow(/'x' has 3 samples, but 'y' has 2/);
    expect(() => fitArrays({ x: at([0, 2]), y: at([0], new Int32Array(0)) }, points, 'unit')).toThrow(/no samples/);
    expect(() => fitArrays({ x }, points, 'unit')).toThrow(/no array 'y'; the file has 'x'/);
  });
});

test('the Arrays dataset reads the file that its node names', async () => {
  const platform = memoryPlatform();
  await platform.files.write('/own/data.npz', writeNpz({ x, y }));
  const loaded = await dataset('arrays')?.load({ path: '/own/data.npz', xShape: [2], classes: 3 }, { platform, seed: 1 });
  expect(loaded).toEqual({ train: { x: { shape: [3, 2], data: x.data }, y: { shape: [3], data: y.data } }, classNames: ['0', '1', '2'] });
  await expect(dataset('arrays')?.load({}, { platform, seed: 1 })).rejects.toThrow(/names no file.*--data/);
  expect(dataset('arrays')?.describe({ xShape: [1, 4, 4], targets: 'values', yShape: [2] })).toEqual({ x: { shape: ['N', 1, 4, 4], dtype: 'f32' }, y: { shape: ['N', 2], dtype: 'f32' } });
  expect(() => dataset('arrays')?.describe({ xShape: [1_000_000, 1_000_000] })).toThrow(/1000000000000 numbers/);
});
