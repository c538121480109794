/** IDX, the format of the MNIST files: a magic number, big-endian sizes, then the numbers. Read strictly, for a lenient reader trains on rubbish. */
import type { Text } from '../text.ts';
import { DataError } from './data-error.ts';

/** Third byte of the magic number where the elements are unsigned bytes, the only kind that these sets use. */
const UNSIGNED_BYTES = 0x08;

/** `name` is for messages; `shape` is what the file must hold. */
export function readIdx(bytes: Uint8Array, name: string, shape: readonly number[]): Uint8Array {
  const fail = (why: Text): never => {
    throw new DataError('data-format', { en: `${name} is not the IDX file that it should be: ${why.en}`, zh: `${name} 不是应有的 IDX 文件：${why.zh}` });
  };
  const header = 4 + 4 * shape.length;
  if (bytes.length < header) fail({ en: `it has ${bytes.length} bytes, but its header alone takes ${header}`, zh: `它只有 ${bytes.length} 字节，而仅文件头就占 ${header} 字节` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const wanted = (UNSIGNED_BYTES << 8) | shape.length;
  if (magic !== wanted) fail({ en: `it begins with ${hex(magic)}, but unsigned bytes with ${shape.length} axes begin with ${hex(wanted)}`, zh: `它以 ${hex(magic)} 开头，而有 ${shape.length} 个轴的无符号字节应以 ${hex(wanted)} 开头` });
  const found = shape.map((_, axis) => view.getUint32(4 + 4 * axis));
  if (found.some((size, axis) => size !== shape[axis])) fail({ en: `its shape is [${found.join(', ')}], but [${shape.join(', ')}] is wanted`, zh: `其形状是 [${found.join(', ')}]，应为 [${shape.join(', ')}]` });
  const elements = shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== header + elements) fail({ en: `it has ${bytes.length} bytes, but header and ${elements} elements take ${header + elements}`, zh: `它有 ${bytes.length} 字节，而文件头与 ${elements} 个元素共占 ${header + elements} 字节` });
  return bytes.subarray(header);
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
