/** Arrays of the golden files: base64 of little-endian float32 or int64. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'i64';
  readonly data: string;
}

export function decodeFloats({ dtype, data }: GoldenArray): Float32Array {
  if (dtype !== 'f32') throw new Error(`wanted a golden f32 array, got ${dtype}`);
  return new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer);
}
export function decodeGolden(array: GoldenArray): Float32Array | Int32Array {
  return array.dtype === 'f32' ? decodeFloats(array) : Int32Array.from(new BigInt64Array(Uint8Array.from(Buffer.from(array.data, 'base64')).buffer), Number);
}
