/** NumPy's `.npy`: one array behind a header that is a Python dict literal. Versions 1 to 3 are read, version 1 is written. */
import type { Text } from '../text.ts';
import { FormatError } from './format-error.ts';
import { type Encoding, type StoredArray, countElements, decodeElements, encodeElements, encodingBytes, requireConsistent } from './stored-array.ts';

/** \x93NUMPY */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['f2', 'f2'], ['f4', 'f4'], ['f8', 'f8'], ['i1', 'i1'], ['i2', 'i2'], ['i4', 'i4'], ['i8', 'i8'], ['u1', 'u1'], ['u2', 'u2'], ['u4', 'u4'], ['u8', 'u8'], ['b1', 'b1'],
]);
const descriptors = { f32: '<f4', i32: '<i4', u8: '|u1' } as const;

/** Floats become f32, integers i32 (refused beyond 32 bits), uint8 and bool u8; row-major whatever the file's order. `name` is for errors. Throws FormatError. */
export function readNpy(bytes: Uint8Array, name: Text = { en: 'the array', zh: '数组' }): StoredArray {
  const fail = (why: Text): never => {
    throw new FormatError({ en: `${name.en}: ${why.en}.`, zh: `${name.zh}：${why.zh}。` });
  };
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    return fail({ en: `not a .npy file; it begins with ${[...bytes.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'nothing'} instead of 93 4e 55 4d 50 59`, zh: `不是 .npy 文件；它以 ${[...bytes.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') || '空内容'} 开头，而不是 93 4e 55 4d 50 59` });
  }
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) return fail({ en: `.npy version ${version}.${bytes[7]} is unknown; 1, 2 and 3 are read`, zh: `不支持 .npy 版本 ${version}.${bytes[7]}；可读取版本 1、2 和 3` });
  const prefix = version === 1 ? 10 : 12;
  if (bytes.length < prefix) return fail({ en: `truncated at byte ${bytes.length}, in the header's length`, zh: `文件在第 ${bytes.length} 字节处被截断，位于文件头的长度字段` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = prefix + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (headerEnd > bytes.length) return fail({ en: `truncated: the header ends at byte ${headerEnd}, the file at byte ${bytes.length}`, zh: `文件被截断：文件头应在第 ${headerEnd} 字节结束，而文件到第 ${bytes.length} 字节为止` });
  const { descr, fortran, shape } = parseHeader(new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(prefix, headerEnd)), fail);

  const encoding = encodings.get(descr.slice(1));
  const order = descr[0];
  if (encoding === undefined || order === undefined || !'<>|='.includes(order)) {
    return fail({ en: `elements of type '${descr}' cannot be read; floats of 2 to 8 bytes, integers of 1 to 8 bytes and booleans can. In NumPy: array.astype('float32')`, zh: `无法读取类型为“${descr}”的元素；可读取 2 至 8 字节的浮点数、1 至 8 字节的整数和布尔值。在 NumPy 中可用：array.astype('float32')` });
  }
  const count = countElements(shape);
  const wanted = (count ?? NaN) * encodingBytes[encoding];
  const found = bytes.length - headerEnd;
  if (found !== wanted) return fail({ en: `shape (${shape.join(', ')}) of '${descr}' takes ${wanted} bytes, but ${found} follow the header${found < wanted ? '; the file is truncated' : ''}`, zh: `“${descr}”类型、形状为 (${shape.join(', ')}) 的数组需要 ${wanted} 字节，但文件头之后有 ${found} 字节${found < wanted ? '；文件被截断' : ''}` });
  const { dtype, data } = decodeElements(bytes.subarray(headerEnd), encoding, order !== '>', name);
  return { dtype, shape, data: fortran && shape.length > 1 ? rowMajor(data, shape) : data };
}

export function writeNpy(array: StoredArray): Uint8Array {
  requireConsistent('npy', array);
  const shape = array.shape.length === 1 ? `(${array.shape[0]},)` : `(${array.shape.join(', ')})`;
  const dict = `{'descr': '${descriptors[array.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The data begins at a multiple of 64 bytes and a newline ends the header, as the format asks.
  const headerEnd = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const body = encodeElements(array.data);
  const file = new Uint8Array(headerEnd + body.length);
  file.set(MAGIC);
  file[6] = 1;
  new DataView(file.buffer).setUint16(8, headerEnd - 10, true);
  file.set(new TextEncoder().encode(dict.padEnd(headerEnd - 11) + '\n'), 10);
  file.set(body, headerEnd);
  return file;
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

function parseHeader(text: string, fail: (why: Text) => never): Header {
  const descr = /['"]descr['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|(\[))/.exec(text);
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([\d,\sL]*)\)/.exec(text);
  if (descr === null || fortran === null || shape === null) return fail({ en: `the header is not a dict of descr, fortran_order and shape: ${JSON.stringify(text.trim().slice(0, 120))}`, zh: `文件头不是包含 descr、fortran_order 和 shape 的字典：${JSON.stringify(text.trim().slice(0, 120))}` });
  if (descr[3] !== undefined) return fail({ en: 'structured arrays (several named fields) cannot be read; save each field as an array of its own', zh: '无法读取结构化数组（含多个命名字段）；请把每个字段单独存为一个数组' });
  // Python 2 wrote long integers with an L.
  const sizes = (shape[1] ?? '').split(',').map((size) => size.trim().replace(/L$/, '')).filter((size) => size !== '').map(Number);
  if (countElements(sizes) === undefined) return fail({ en: `the shape (${sizes.join(', ')}) is not one that fits in memory`, zh: `形状 (${sizes.join(', ')}) 超出内存所能容纳的范围` });
  return { descr: descr[1] ?? descr[2] ?? '', fortran: fortran[1] === 'True', shape: sizes };
}

/** From Fortran's order (first axis fastest) to C's. */
function rowMajor(data: StoredArray['data'], shape: readonly number[]): StoredArray['data'] {
  const out = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis] ?? 1;
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      if (next < size) {
        index[axis] = next;
        from += stride;
        break;
      }
      index[axis] = 0;
      from -= (size - 1) * stride;
    }
  }
  return out;
}
