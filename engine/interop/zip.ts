/**
 * Reading zip files: fflate unpacks, this file walks the directory. fflate alone neither compares
 * checksums nor bounds the sizes that a directory claims, and data files come from strangers.
 */
import { inflateSync } from 'fflate';
import { crc32 } from './crc32.ts';
import { FormatError } from './format-error.ts';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;
/** Deflate cannot pack better than this, so that a larger claim is a lie. */
const MAX_DEFLATE_RATIO = 1032;

/** Bytes in all; what is larger cannot be trained on here, and a small zip that claims it is a bomb. */
const MAX_UNPACKED_BYTES = 2 ** 32;

/** Files by path, in the directory's order; a path that comes twice is refused. `name` is for errors. Throws FormatError. */
export function readZip(bytes: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  const fail = (why: string): never => {
    throw new FormatError(`${name}: ${why}.`);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < END_BYTES || bytes[0] !== 0x50 || bytes[1] !== 0x4b) return fail(`not a zip file (${bytes.length} bytes that do not begin with "PK")`);
  const end = findEnd(view);
  if (end === undefined) return fail(`the zip's directory is missing from the end of its ${bytes.length} bytes; the file is truncated`);
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (count === 0xffff || directory === 0xffffffff) return fail('the zip is larger than 4 GB (zip64), which cannot be read; split it');

  const files = new Map<string, Uint8Array>();
  let at = directory;
  let unpacked = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== ENTRY_SIGNATURE) return fail(`the zip's directory is damaged at its entry ${i + 1} of ${count} (byte ${at})`);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    const crc = view.getUint32(at + 16, true);
    const packedSize = view.getUint32(at + 20, true);
    const size = view.getUint32(at + 24, true);
    const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    const path = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, nameEnd));
    const local = view.getUint32(at + 42, true);
    at = next;

    if (files.has(path)) return fail(`the zip holds '${path}' twice`);
    if ((flags & ENCRYPTED) !== 0) return fail(`'${path}' is encrypted; save it without a password`);
    if (method !== STORED && method !== DEFLATED) return fail(`'${path}' is packed by method ${method}; stored (0) and deflated (8) are read`);
    if (local + LOCAL_BYTES > bytes.length || view.getUint32(local, true) !== LOCAL_SIGNATURE) return fail(`'${path}' is not at byte ${local}, where the zip's directory says; the file is damaged`);
    const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + packedSize > bytes.length) return fail(`'${path}' ends at byte ${start + packedSize}, the file at byte ${bytes.length}; it is truncated`);
    unpacked += size;
    if (unpacked > MAX_UNPACKED_BYTES) return fail(`its files take more than ${MAX_UNPACKED_BYTES} bytes unpacked, too many to read at once`);
    const packed = bytes.subarray(start, start + packedSize);
    const content = method === STORED ? new Uint8Array(packed) : inflate(packed, size, `${name}: '${path}'`);
    const found = crc32(content);
    if (content.length !== size || found !== crc) {
      return fail(`'${path}' is damaged: ${content.length} bytes with the checksum ${found.toString(16)}, wanted are ${size} bytes with ${crc.toString(16)}`);
    }
    files.set(path, content);
  }
  return files;
}

/** The directory's end record, behind which there may be a comment of up to 65,535 bytes. */
function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  return undefined;
}

function inflate(packed: Uint8Array, size: number, what: string): Uint8Array {
  if (size > packed.length * MAX_DEFLATE_RATIO) throw new FormatError(`${what} claims to be ${size} bytes packed into ${packed.length}, which deflate cannot do; the file is damaged.`);
  try {
    return inflateSync(packed, { out: new Uint8Array(size) });
  } catch (error) {
    throw new FormatError(`${what} cannot be unpacked (${error instanceof Error ? error.message : String(error)}); the file is damaged.`, { cause: error });
  }
}
