/**
 * Tar archives (POSIX.1-1988 "ustar" and its forerunner): 512-byte headers, each followed by its file in
 * whole blocks. Only plain files are given; every header's checksum is checked, so that damage is seen.
 */
import type { Text } from '../text.ts';
import { DataError } from './data-error.ts';

const BLOCK = 512;
/** Fields of a header: where they begin and how long they are. */
const NAME = [0, 100] as const;
const SIZE = [124, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPE = 156;
const MAGIC = [257, 5] as const;
const PREFIX = [345, 155] as const;
/** '0', and what old archives have in its place. */
const PLAIN_FILE = [0x30, 0];

/** The plain files by their whole names, as views of `bytes`. `archive` is for messages. */
export function readTar(bytes: Uint8Array, archive: string): ReadonlyMap<string, Uint8Array> {
  const fail = (why: Text): never => {
    throw new DataError('data-format', { en: `${archive} is damaged or no tar archive: ${why.en}`, zh: `${archive} 已损坏，或不是 tar 归档：${why.zh}` });
  };
  const files = new Map<string, Uint8Array>();
  for (let at = 0; ;) {
    // Two empty blocks end an archive; some writers leave them out.
    if (at === bytes.length && at > 0) return files;
    if (at + BLOCK > bytes.length) return fail({ en: `it ends within the header at byte ${at}`, zh: `它在第 ${at} 字节处的文件头中间结束` });
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const sum = header.reduce((total, byte, i) => total + (i >= CHECKSUM[0] && i < CHECKSUM[0] + CHECKSUM[1] ? 0x20 : byte), 0);
    if (sum !== octal(header, CHECKSUM)) return fail({ en: `the checksum of the header at byte ${at} is ${sum}, but the header says ${textAt(header, CHECKSUM).trim() || 'nothing'}`, zh: `第 ${at} 字节处文件头的校验和为 ${sum}，而文件头中记录的是 ${textAt(header, CHECKSUM).trim() || '空'}` });
    const name = nameOf(header);
    const size = octal(header, SIZE);
    if (size === undefined) return fail({ en: `the size of ${name} is no octal number`, zh: `${name} 的大小不是八进制数` });
    const start = at + BLOCK;
    if (start + size > bytes.length) return fail({ en: `${name} should have ${size} bytes, but only ${bytes.length - start} follow`, zh: `${name} 应有 ${size} 字节，但其后只有 ${bytes.length - start} 字节` });
    if (PLAIN_FILE.includes(header[TYPE] ?? -1)) files.set(name, bytes.subarray(start, start + size));
    at = Math.min(bytes.length, start + Math.ceil(size / BLOCK) * BLOCK);
  }
}

function textAt(header: Uint8Array, [start, length]: readonly [number, number]): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end === -1 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, field: readonly [number, number]): number | undefined {
  const digits = textAt(header, field).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function nameOf(header: Uint8Array): string {
  const prefix = textAt(header, MAGIC) === 'ustar' ? textAt(header, PREFIX) : '';
  return prefix === '' ? textAt(header, NAME) : `${prefix}/${textAt(header, NAME)}`;
}
