/**
 * Arrays as files hold them, and the one place where bytes become numbers. Files know many number
 * types; the engine has three, so that wider ones are converted on reading and checked for range.
 */
import type { DType } from '../tensor/ir.ts';
import type { Text } from '../text.ts';
import { FormatError } from './format-error.ts';

export interface StoredArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Row-major; of the class that goes with `dtype`. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** How an element lies in a file: kind and bytes. `bf2` is bfloat16, `b1` a boolean. */
export type Encoding = 'f2' | 'bf2' | 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'b1';
export const encodingBytes = {
  f2: 2, bf2: 2, f4: 4, f8: 8, i1: 1, i2: 2, i4: 4, i8: 8, u1: 1, u2: 2, u4: 4, u8: 8, b1: 1,
} as const satisfies Record<Encoding, number>;

/** Elements of a shape from a file, which may be absurd: undefined when the count is no safe whole number. */
export function countElements(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Throws a plain Error (a bug of the caller, not of a file) when data, dtype and shape do not belong together. */
export function requireConsistent(name: string, array: StoredArray): void {
  const { dtype, shape, data } = array;
  const fits = dtype === 'f32' ? data instanceof Float32Array : dtype === 'i32' ? data instanceof Int32Array : data instanceof Uint8Array;
  if (!fits) throw new Error(`The array '${name}' says ${dtype} but its data is a ${data.constructor.name}.`);
  if (countElements(shape) !== data.length) throw new Error(`The array '${name}' has ${data.length} elements, but its shape [${shape.join(', ')}] wants ${countElements(shape)}.`);
}

/** IEEE half precision, given as its 16 bits. */
function halfToNumber(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const hostIsLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

type Decoded = Pick<StoredArray, 'dtype' | 'data'>;

/**
 * `bytes` (a whole number of elements) as numbers of the engine; always a copy. `where` names the
 * array in errors: integers that do not fit 32 bits are refused with their position.
 */
export function decodeElements(bytes: Uint8Array, encoding: Encoding, littleEndian: boolean, where: Text): Decoded {
  const size = encodingBytes[encoding];
  const count = bytes.byteLength / size;
  if (encoding === 'u1') return { dtype: 'u8', data: new Uint8Array(bytes) };
  if (encoding === 'b1') return { dtype: 'u8', data: Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1)) };
  if (littleEndian === hostIsLittleEndian && (encoding === 'f4' || encoding === 'i4')) {
    // A copy begins at the start of its own buffer, as alignment wants it. (The slice() of Node's Buffer would copy nothing.)
    const { buffer } = new Uint8Array(bytes);
    return encoding === 'f4' ? { dtype: 'f32', data: new Float32Array(buffer) } : { dtype: 'i32', data: new Int32Array(buffer) };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fill = <T extends Float32Array | Int32Array>(data: T, read: (offset: number) => number): T => {
    for (let i = 0; i < count; i++) data[i] = read(i * size);
    return data;
  };
  const floats = (read: (offset: number) => number): Decoded => ({ dtype: 'f32', data: fill(new Float32Array(count), read) });
  const integers = (read: (offset: number) => number): Decoded => ({ dtype: 'i32', data: fill(new Int32Array(count), read) });
  const tooLarge = (offset: number, value: number | bigint): never => {
    throw new FormatError({
      en: `${where.en}: element ${offset / size} is ${value}, which does not fit a 32-bit integer (-2147483648 … 2147483647). Save it with smaller numbers, or as float32.`,
      zh: `${where.zh}：第 ${offset / size} 个元素是 ${value}，超出 32 位整数的范围（-2147483648 … 2147483647）。请用较小的数保存，或存为 float32。`,
    });
  };
  switch (encoding) {
    case 'f2': return floats((at) => halfToNumber(view.getUint16(at, littleEndian)));
    case 'bf2': {
      const single = new DataView(new ArrayBuffer(4));
      return floats((at) => {
        single.setUint32(0, view.getUint16(at, littleEndian) << 16);
        return single.getFloat32(0);
      });
    }
    case 'f4': return floats((at) => view.getFloat32(at, littleEndian));
    case 'f8': return floats((at) => view.getFloat64(at, littleEndian));
    case 'i1': return integers((at) => view.getInt8(at));
    case 'i2': return integers((at) => view.getInt16(at, littleEndian));
    case 'u2': return integers((at) => view.getUint16(at, littleEndian));
    case 'i4': return integers((at) => view.getInt32(at, littleEndian));
    case 'u4': return integers((at) => {
      const value = view.getUint32(at, littleEndian);
      return value > 0x7fffffff ? tooLarge(at, value) : value;
    });
    // Two halves instead of BigInts, which would be slow for a million labels: it fits when the high half is all sign.
    case 'i8': return integers((at) => {
      const low = view.getInt32(littleEndian ? at : at + 4, littleEndian);
      const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
      return high === low >> 31 ? low : tooLarge(at, view.getBigInt64(at, littleEndian));
    });
    case 'u8': return integers((at) => {
      const low = view.getInt32(littleEndian ? at : at + 4, littleEndian);
      const high = view.getInt32(littleEndian ? at + 4 : at, littleEndian);
      return high === 0 && low >= 0 ? low : tooLarge(at, view.getBigUint64(at, littleEndian));
    });
  }
}

/** The little-endian bytes of an array; a view where the host's order allows it. */
export function encodeElements(data: StoredArray['data']): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (hostIsLittleEndian || data instanceof Uint8Array) return bytes;
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) swapped[i] = bytes[(i & ~3) + 3 - (i & 3)] ?? 0;
  return swapped;
}
