/**
 * Reading zip files: fflate unpacks, this file walks the directory. fflate alone neither compares
 * checksums nor bounds the sizes that a directory claims, and data files come from strangers.
 */
import { inflateSync } from 'fflate';
import type { Text } from '../text.ts';
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
  const fail = (why: Text): never => {
    throw new FormatError({ en: `${name}: ${why.en}.`, zh: `${name}：${why.zh}。` });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < END_BYTES || bytes[0] !== 0x50 || bytes[1] !== 0x4b) return fail({ en: `not a zip file (${bytes.length} bytes that do not begin with "PK")`, zh: `不是 zip 文件（${bytes.length} 字节，且不以“PK”开头）` });
  const end = findEnd(view);
  if (end === undefined) return fail({ en: `the zip's directory is missing from the end of its ${bytes.length} bytes; the file is truncated`, zh: `在全部 ${bytes.length} 字节的末尾找不到 zip 目录；文件被截断` });
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (count === 0xffff || directory === 0xffffffff) return fail({ en: 'the zip is larger than 4 GB (zip64), which cannot be read; split it', zh: '该 zip 大于 4 GB（zip64），无法读取；请拆分' });

  const files = new Map<string, Uint8Array>();
  let at = directory;
  let unpacked = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > end || view.getUint32(at, true) !== ENTRY_SIGNATURE) return fail({ en: `the zip's directory is damaged at its entry ${i + 1} of ${count} (byte ${at})`, zh: `zip 目录在第 ${i + 1} 项（共 ${count} 项，第 ${at} 字节）处损坏` });
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

    if (files.has(path)) return fail({ en: `the zip holds '${path}' twice`, zh: `zip 中有两个“${path}”` });
    if ((flags & ENCRYPTED) !== 0) return fail({ en: `'${path}' is encrypted; save it without a password`, zh: `“${path}”已加密；请不设密码重新保存` });
    if (method !== STORED && method !== DEFLATED) return fail({ en: `'${path}' is packed by method ${method}; stored (0) and deflated (8) are read`, zh: `“${path}”采用压缩方法 ${method}；可读取的是不压缩（0）和 deflate（8）` });
    if (local + LOCAL_BYTES > bytes.length || view.getUint32(local, true) !== LOCAL_SIGNATURE) return fail({ en: `'${path}' is not at byte ${local}, where the zip's directory says; the file is damaged`, zh: `“${path}”不在 zip 目录所说的第 ${local} 字节处；文件已损坏` });
    const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + packedSize > bytes.length) return fail({ en: `'${path}' ends at byte ${start + packedSize}, the file at byte ${bytes.length}; it is truncated`, zh: `“${path}”应在第 ${start + packedSize} 字节结束，而文件到第 ${bytes.length} 字节为止；文件被截断` });
    unpacked += size;
    if (unpacked > MAX_UNPACKED_BYTES) return fail({ en: `its files take more than ${MAX_UNPACKED_BYTES} bytes unpacked, too many to read at once`, zh: `其中的文件解压后超过 ${MAX_UNPACKED_BYTES} 字节，无法一次读取` });
    const packed = bytes.subarray(start, start + packedSize);
    const content = method === STORED ? new Uint8Array(packed) : inflate(packed, size, `${name}: '${path}'`);
    const found = crc32(content);
    if (content.length !== size || found !== crc) {
      return fail({ en: `'${path}' is damaged: ${content.length} bytes with the checksum ${found.toString(16)}, wanted are ${size} bytes with ${crc.toString(16)}`, zh: `“${path}”已损坏：${content.length} 字节，校验和为 ${found.toString(16)}；应为 ${size} 字节，校验和 ${crc.toString(16)}` });
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
  if (size > packed.length * MAX_DEFLATE_RATIO) throw new FormatError({ en: `${what} claims to be ${size} bytes packed into ${packed.length}, which deflate cannot do; the file is damaged.`, zh: `${what} 声称从 ${packed.length} 字节解压为 ${size} 字节，这是 deflate 做不到的；文件已损坏。` });
  try {
    return inflateSync(packed, { out: new Uint8Array(size) });
  } catch (error) {
    throw new FormatError({ en: `${what} cannot be unpacked (${error instanceof Error ? error.message : String(error)}); the file is damaged.`, zh: `${what} 无法解压（${error instanceof Error ? error.message : String(error)}）；文件已损坏。` }, { cause: error });
  }
}
