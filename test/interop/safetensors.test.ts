/** safetensors: what others write is read, what is written comes back, and what is damaged is refused with its numbers. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../engine/interop/format-error.ts';
import { readSafetensors, writeSafetensors } from '../../engine/interop/safetensors.ts';

/** A file from its header and body, as a stranger might write it. */
function fileOf(header: unknown, body: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + body.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(body, 8 + json.length);
  return file;
}
const f32 = (start: number, end: number, shape: readonly number[] = [(end - start) / 4]) => ({ dtype: 'F32', shape, data_offsets: [start, end] });

describe('what is written', () => {
  const tensors = {
    'fc1.weight': { dtype: 'f32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, NaN, Infinity, -0) },
    bytes: { dtype: 'u8', shape: [3], data: Uint8Array.of(1, 2, 255) },
    step: { dtype: 'i32', shape: [], data: Int32Array.of(-7) },
    none: { dtype: 'f32', shape: [0, 4], data: new Float32Array(0) },
  } as const;

  test('comes back, metadata too', () => {
    const { tensors: read, metadata } = readSafetensors(writeSafetensors(tensors, { format: 'pt', note: 'é 数' }));
    expect(read).toEqual(tensors);
    expect(metadata).toEqual({ format: 'pt', note: 'é 数' });
  });
  test('has an aligned header and aligned tensors, whatever their order', () => {
    const bytes = writeSafetensors({ bytes: tensors.bytes, 'fc1.weight': tensors['fc1.weight'] });
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as Record<string, { data_offsets: [number, number] }>;
    expect(header['fc1.weight']?.data_offsets).toEqual([0, 24]);
    expect(header['bytes']?.data_offsets).toEqual([24, 27]);
  });
  test('is the same for the same content in another order', () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(writeSafetensors(reversed, { b: '1', a: '2' })).toEqual(writeSafetensors(tensors, { a: '2', b: '1' }));
  });
  test('is read from the middle of a larger buffer, and shares no memory with it', () => {
    const file = writeSafetensors(tensors);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    const { tensors: read } = readSafetensors(shifted.subarray(3));
    shifted.fill(0);
    expect(read).toEqual(tensors);
  });
  test('is refused when data and shape do not belong together: a fault of the program, not of a file', () => {
    expect(() => writeSafetensors({ w: { dtype: 'f32', shape: [2], data: new Float32Array(3) } })).toThrow("'w' has 3 elements, but its shape [2] wants 2");
    expect(() => writeSafetensors({ w: { dtype: 'i32', shape: [2], data: new Float32Array(2) } })).toThrow('says i32 but its data is a Float32Array');
  });
});

test('number types of others become the engine\'s', () => {
  const { tensors, metadata } = readSafetensors(readFileSync(new URL('fixtures/types.safetensors', import.meta.url)));
  expect(metadata).toEqual({ format: 'pt', note: 'é 数' });
  expect(tensors['half']).toEqual({ dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, -0.5, 2048, 2 * 2 ** -24) });
  expect(tensors['brain']).toEqual({ dtype: 'f32', shape: [5], data: Float32Array.of(1, -2.5, 3.140625, 1.0002555517425873e30, Infinity) });
  expect(tensors['double']).toEqual({ dtype: 'f32', shape: [2], data: Float32Array.of(0.1, -Infinity) });
  expect(tensors['long']).toEqual({ dtype: 'i32', shape: [3], data: Int32Array.of(-5, 0, 2147483647) });
  expect(tensors['short']).toEqual({ dtype: 'i32', shape: [1], data: Int32Array.of(-7) });
  expect(tensors['flag']).toEqual({ dtype: 'u8', shape: [2], data: Uint8Array.of(1, 0) });
  expect(tensors['scalar']).toEqual({ dtype: 'f32', shape: [], data: Float32Array.of(7.5) });
});

describe('what is refused', () => {
  const body = new Uint8Array(8);
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'it has 0 bytes'],
    ['a header beyond the file', fileOf({}, body, 1000n), 'its header ends at byte 1008, the file at byte 18'],
    ['an absurd header length', fileOf({}, body, 2n ** 63n), '9223372036854775808 bytes long; the format allows 100000000'],
    ['a header that is no JSON', fileOf('{"a":'), 'is not JSON'],
    ['a header that is no object', fileOf('[]'), 'not a JSON object'],
    ['a header that is no UTF-8', (() => { const file = fileOf('{"a":1}'); file[10] = 0xff; return file; })(), 'is not JSON'],
    ['__proto__ as a name', fileOf('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', body), "names a tensor '__proto__'"],
    ['constructor as a name', fileOf({ constructor: f32(0, 8) }, body), "names a tensor 'constructor'"],
    ['__proto__ in the metadata', fileOf('{"__metadata__":{"__proto__":"x"}}'), "metadata has a key '__proto__'"],
    ['metadata that is no text', fileOf({ __metadata__: { epoch: 3 } }), "metadata 'epoch' is 3"],
    ['an unknown number type', fileOf({ w: { ...f32(0, 8), dtype: 'F8_E5M2' } }, body), '"F8_E5M2"'],
    ['a number type of the prototype', fileOf({ w: { ...f32(0, 8), dtype: 'toString' } }, body), '"toString"'],
    ['a negative size', fileOf({ w: f32(0, 8, [-1]) }, body), '[-1]'],
    ['a fractional size', fileOf({ w: f32(0, 8, [0.5]) }, body), '[0.5]'],
    ['sizes whose product overflows', fileOf({ w: f32(0, 8, [2 ** 40, 2 ** 40]) }, body), 'wanted is a list of whole numbers'],
    ['more bytes than the shape takes', fileOf({ w: f32(0, 8, [1]) }, body), 'has 8 bytes; its shape [1] of F32 takes 4'],
    ['a truncated body', fileOf({ w: f32(0, 16) }, body), 'ends at byte 16 of the data, of which the file has 8'],
    ['offsets the wrong way round', fileOf({ w: { dtype: 'F32', shape: [0], data_offsets: [8, 0] } }, body), '[8,0]'],
    ['overlapping tensors', fileOf({ a: f32(0, 8), b: f32(4, 8) }, body), "Tensors 'a' and 'b' of the safetensors file overlap: one ends at byte 8, the other begins at byte 4"],
    ['a gap between tensors', fileOf({ b: f32(4, 8) }, body), '4 bytes between'],
    ['bytes behind the last tensor', fileOf({ a: f32(0, 4) }, body), 'has 4 bytes behind its last tensor'],
    ['a tensor that is no object', fileOf({ a: 3 }), 'has no dtype'],
    ['an integer beyond 32 bits', fileOf({ n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 0)), "Tensor 'n': element 0 is 2147483648"],
  ])('%s', (_what, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(FormatError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  test('any damage: an error of its own kind or other numbers, never a crash', () => {
    const good = writeSafetensors({ a: { dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }, b: { dtype: 'u8', shape: [5], data: new Uint8Array(5) } }, { k: 'v' });
    fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const damaged = good.slice();
      damaged[at] = byte;
      for (const bytes of [damaged, good.subarray(0, length)]) {
        try {
          readSafetensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }
    }), { numRuns: 500 });
  });
});
