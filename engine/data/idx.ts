/** IDX, the format of the MNIST files: a magic number, big-endian sizes, then the numbers. Read strictly, for a lenient reader trains on rubbish. */
import { DataError } from './data-error.ts';

/** Third byte of the magic number where the elements are unsigned bytes, the only kind that these sets use. */
const UNSIGNED_BYTES = 0x08;

/** `name` is for messages; `shape` is what the file must hold. */
export function readIdx(bytes: Uint8Array, name: string, shape: readonly number[]): Uint8Array {
  const fail = (message: string): never => {
    throw new DataError('data-format', `${name} is not the IDX file that it should be: ${message}`);
  };
  const header = 4 + 4 * shape.length;
  if (bytes.length < header) fail(`it has ${bytes.length} bytes, but its header alone takes ${header}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const wanted = (UNSIGNED_BYTES << 8) | shape.length;
  if (magic !== wanted) fail(`it begins with ${hex(magic)}, but unsigned bytes with ${shape.length} axes begin with ${hex(wanted)}`);
  const found = shape.map((_, axis) => view.getUint32(4 + 4 * axis));
  if (found.some((size, axis) => size !== shape[axis])) fail(`its shape is [${found.join(', ')}], but [${shape.join(', ')}] is wanted`);
  const elements = shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== header + elements) fail(`it has ${bytes.length} bytes, but header and ${elements} elements take ${header + elements}`);
  return bytes.subarray(header);
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
