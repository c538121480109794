/** `.npy` and `.npz`: files that NumPy wrote (fixtures), files that come back, and damaged ones. */
import { readFileSync } from 'node:fs';
import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../engine/interop/format-error.ts';
import { readNpy, writeNpy } from '../../engine/interop/npy.ts';
import { sameText } from '../../engine/text.ts';
import { readNpz, writeNpz } from '../../engine/interop/npz.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const steps = Float32Array.of(-2, -0.5, 1, 2.5, 4, 5.5);

describe('.npy that NumPy wrote', () => {
  test.each([
    ['f4.npy', 'f32', [2, 3], steps],
    ['version2.npy', 'f32', [2, 3], steps],
    ['version3.npy', 'f32', [2, 3], steps],
    ['f4-big-endian.npy', 'f32', [2, 3], steps],
    ['f8-fortran.npy', 'f32', [2, 3, 4], Float32Array.from({ length: 24 }, (_, i) => i / 8)],
    ['f2.npy', 'f32', [9], Float32Array.of(0, -0, 1, -2.5, 65504, 2 ** -24, Infinity, -Infinity, NaN)],
    ['i8.npy', 'i32', [2, 2], Int32Array.of(-2147483648, 2147483647, 0, -1)],
    ['i8-big-endian.npy', 'i32', [2], Int32Array.of(-3, 70000)],
    ['u8.npy', 'i32', [2], Int32Array.of(0, 2147483647)],
    ['i2.npy', 'i32', [2], Int32Array.of(-300, 300)],
    ['i1.npy', 'i32', [2], Int32Array.of(-128, 127)],
    ['u2.npy', 'i32', [2], Int32Array.of(0, 65535)],
    ['u1.npy', 'u8', [3, 2], Uint8Array.of(250, 253, 251, 254, 252, 255)],
    ['bool.npy', 'u8', [3], Uint8Array.of(1, 0, 1)],
    ['scalar.npy', 'f32', [], Float32Array.of(3.25)],
    ['empty.npy', 'f32', [0, 5], new Float32Array(0)],
  ] as const)('%s', (name, dtype, shape, data) => {
    expect(readNpy(fixture(name))).toEqual({ dtype, shape, data });
  });

  test.each([
    ['i8-too-large.npy', 'element 1 is 2147483648'],
    ['u4-too-large.npy', 'element 0 is 4294967295'],
    ['complex.npy', "'<c8'"],
    ['structured.npy', 'structured arrays'],
    ['text.npy', "'<U2'"],
  ])('%s is refused', (name, message) => {
    expect(() => readNpy(fixture(name), sameText(name))).toThrow(FormatError);
    expect(() => readNpy(fixture(name), sameText(name))).toThrow(message);
  });
});

describe('.npy that is written', () => {
  test.each([[[]], [[1]], [[3]], [[2, 3]], [[2, 1, 4]]])('shape %j comes back', (shape) => {
    const count = shape.reduce((product, size) => product * size, 1);
    for (const array of [
      { dtype: 'f32', shape, data: Float32Array.from({ length: count }, (_, i) => i / 3) },
      { dtype: 'i32', shape, data: Int32Array.from({ length: count }, (_, i) => -i) },
      { dtype: 'u8', shape, data: Uint8Array.from({ length: count }, (_, i) => i) },
    ] as const) {
      const bytes = writeNpy(array);
      expect(readNpy(bytes)).toEqual(array);
      expect(new DataView(bytes.buffer).getUint16(8, true) % 64).toBe(54);
    }
  });
  test('is what NumPy writes, byte for byte behind the padding of the header', () => {
    const theirs = fixture('f4.npy');
    expect(Array.from(writeNpy({ dtype: 'f32', shape: [2, 3], data: steps }).subarray(-24))).toEqual(Array.from(theirs.subarray(-24)));
  });
});

test('damaged .npy: what is wrong, in numbers', () => {
  const good = fixture('f4.npy');
  expect(() => readNpy(good.subarray(0, 4), sameText('x.npy'))).toThrow('x.npy: not a .npy file');
  expect(() => readNpy(strToU8('PK and so on'), sameText('x.npy'))).toThrow('begins with 50 4b 20 61 6e 64');
  expect(() => readNpy(good.subarray(0, 100))).toThrow('the header ends at byte 128, the file at byte 100');
  expect(() => readNpy(good.subarray(0, good.length - 1))).toThrow("shape (2, 3) of '<f4' takes 24 bytes, but 23 follow the header; the file is truncated");
  const future = good.slice();
  future[6] = 9;
  expect(() => readNpy(future)).toThrow('version 9.0 is unknown');
  fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
    const damaged = good.slice();
    damaged[at] = byte;
    try {
      readNpy(damaged);
    } catch (error) {
      expect(error).toBeInstanceOf(FormatError);
    }
  }), { numRuns: 500 });
});

describe('.npz', () => {
  test('stored and deflated files of NumPy', () => {
    expect(readNpz(fixture('stored.npz'))).toEqual({ x: { dtype: 'f32', shape: [2, 3], data: steps }, y: { dtype: 'i32', shape: [2], data: Int32Array.of(3, 1) } });
    expect(readNpz(fixture('deflated.npz'))).toEqual({
      x: { dtype: 'f32', shape: [50, 20], data: new Float32Array(1000).fill(0.5) }, y: { dtype: 'u8', shape: [50], data: Uint8Array.from({ length: 50 }, (_, i) => i) },
    });
  });
  test.each([true, false])('comes back, compressed: %s', (compress) => {
    const arrays = { 'fc1.weight': { dtype: 'f32', shape: [2, 3], data: steps }, y: { dtype: 'i32', shape: [], data: Int32Array.of(-1) } } as const;
    expect(readNpz(writeNpz(arrays, { compress }))).toEqual(arrays);
  });

  const zipOf = (files: Readonly<Record<string, Uint8Array>>): Uint8Array => zipSync(files, { level: 0 });
  const array = writeNpy({ dtype: 'f32', shape: [2, 3], data: steps });
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  test.each<[string, Uint8Array, string]>([
    ['no zip', array, 'not a zip file'],
    ['cut off', zipOf({ 'x.npy': array }).subarray(0, 100), "directory is missing from the end of its 100 bytes"],
    ['a flipped bit', flipped(zipOf({ 'x.npy': array }), 30 + 5 + 140), 'is damaged: 152 bytes with the checksum'],
    ['a file of another kind', zipOf({ 'readme.txt': strToU8('hello') }), "holds 'readme.txt'"],
    ['__proto__', zipOf({ ['__proto__' + '.npy']: array }), "'__proto__.npy'"],
    ['an encrypted file', (() => { const zip = zipOf({ 'x.npy': array }); zip[zip.length - 22 - 46 - 5 + 8] = 1; return zip; })(), 'is encrypted'],
    ['another method', (() => { const zip = zipOf({ 'x.npy': array }); zip[zip.length - 22 - 46 - 5 + 10] = 12; return zip; })(), 'packed by method 12'],
    ['a bomb\'s claim', (() => { const zip = zipSync({ 'x.npy': array }); new DataView(zip.buffer).setUint32(zip.length - 22 - 46 - 5 + 24, 2 ** 31, true); return zip; })(), 'which deflate cannot do'],
    ['a damaged array inside', zipOf({ 'x.npy': array.subarray(0, 140) }), "array 'x': shape (2, 3) of '<f4' takes 24 bytes, but 12 follow"],
  ])('%s is refused', (_what, bytes, message) => {
    expect(() => readNpz(bytes, 'data.npz')).toThrow(FormatError);
    expect(() => readNpz(bytes, 'data.npz')).toThrow(message);
    expect(() => readNpz(bytes, 'data.npz')).toThrow('data.npz');
  });
  test('any damage: an error of its own kind or the same numbers, never others', () => {
    const good = fixture('stored.npz');
    const content = JSON.stringify(readNpz(good));
    fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(7), (at, bit) => {
      const damaged = good.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      try {
        // Names have no checksum; the numbers have.
        expect(Object.values(readNpz(damaged)).map((read) => JSON.stringify(read))).toEqual(Object.values(JSON.parse(content) as Record<string, unknown>).map((read) => JSON.stringify(read)));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }), { numRuns: 1000 });
  });
});
