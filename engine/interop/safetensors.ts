/**
 * safetensors: named tensors behind a JSON header, the product's own weights and checkpoint format.
 * The layout is 8 bytes of header length (little-endian), the header, the tensors' bytes. Reading
 * is strict, since weights come from strangers: nothing is believed that was not checked.
 */
import type { Text } from '../text.ts';
import { FormatError } from './format-error.ts';
import { type Encoding, type StoredArray, countElements, decodeElements, encodeElements, encodingBytes, requireConsistent } from './stored-array.ts';

export type StoredTensors = Readonly<Record<string, StoredArray>>;

const encodings: ReadonlyMap<string, Encoding> = new Map([
  ['BOOL', 'b1'], ['U8', 'u1'], ['I8', 'i1'], ['U16', 'u2'], ['I16', 'i2'], ['U32', 'u4'], ['I32', 'i4'], ['U64', 'u8'], ['I64', 'i8'],
  ['F16', 'f2'], ['BF16', 'bf2'], ['F32', 'f4'], ['F64', 'f8'],
]);
const dtypeNames = { f32: 'F32', i32: 'I32', u8: 'U8' } as const;

/** Bytes; the format's own limit for its header, so that a broken length cannot ask for gigabytes. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = '__metadata__';
/** A plain object must not be asked to hold these. */
const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

export function writeSafetensors(tensors: StoredTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  // Four-byte elements in front keep every tensor aligned; the order of names makes equal content equal bytes.
  const bytesOf = (array: StoredArray): number => (array.dtype === 'u8' ? 1 : 4);
  const names = Object.entries(tensors).sort(([a, x], [b, y]) => bytesOf(y) - bytesOf(x) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = {};
  const metadataNames = Object.keys(metadata).sort();
  if (metadataNames.length > 0) header[METADATA_KEY] = Object.fromEntries(metadataNames.map((name) => [name, metadata[name]]));
  let end = 0;
  for (const [name, array] of names) {
    requireConsistent(name, array);
    if (name === METADATA_KEY || FORBIDDEN_NAMES.has(name)) throw new Error(`A tensor cannot be called '${name}' in a safetensors file.`);
    const start = end;
    end += array.data.byteLength;
    header[name] = { dtype: dtypeNames[array.dtype], shape: array.shape, data_offsets: [start, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + padded + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + padded);
  let at = 8 + padded;
  for (const [, array] of names) {
    file.set(encodeElements(array.data), at);
    at += array.data.byteLength;
  }
  return file;
}

export interface SafetensorsFile {
  readonly tensors: StoredTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** F16, BF16 and F64 become f32, integers i32 (refused beyond 32 bits), U8 and BOOL u8. Throws FormatError. */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, body } = splitFile(bytes);
  const tensors: Record<string, StoredArray> = {};
  const ranges: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (FORBIDDEN_NAMES.has(name)) throw new FormatError({ en: `The safetensors file names a tensor '${name}', which no honest model does. It was not read.`, zh: `safetensors 文件中有名为“${name}”的张量，正常的模型不会如此。文件未被读取。` });
    if (name === METADATA_KEY) {
      metadata = readMetadata(entry);
      continue;
    }
    const { encoding, shape, start, end } = readEntry(name, entry, body.length);
    tensors[name] = { ...decodeElements(body.subarray(start, end), encoding, true, { en: `Tensor '${name}'`, zh: `张量“${name}”` }), shape };
    ranges.push({ name, start, end });
  }
  requireCovered(ranges, body.length);
  return { tensors, metadata };
}

function splitFile(bytes: Uint8Array): { readonly header: Readonly<Record<string, unknown>>; readonly body: Uint8Array } {
  if (bytes.length < 8) throw new FormatError({ en: `Not a safetensors file: it has ${bytes.length} bytes, and the header's length alone takes 8.`, zh: `不是 safetensors 文件：它只有 ${bytes.length} 字节，而仅文件头的长度字段就占 8 字节。` });
  const wide = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (wide > BigInt(MAX_HEADER_BYTES)) throw new FormatError({ en: `Not a safetensors file: its header would be ${wide} bytes long; the format allows ${MAX_HEADER_BYTES}.`, zh: `不是 safetensors 文件：其文件头长达 ${wide} 字节，而格式最多允许 ${MAX_HEADER_BYTES} 字节。` });
  const length = Number(wide);
  if (8 + length > bytes.length) throw new FormatError({ en: `The safetensors file is truncated: its header ends at byte ${8 + length}, the file at byte ${bytes.length}.`, zh: `safetensors 文件被截断：文件头应在第 ${8 + length} 字节结束，而文件到第 ${bytes.length} 字节为止。` });
  let header: unknown;
  try {
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + length));
    header = JSON.parse(json);
  } catch (error) {
    throw new FormatError({ en: `The safetensors header is not JSON (${error instanceof Error ? error.message : String(error)}).`, zh: `safetensors 文件头不是 JSON（${error instanceof Error ? error.message : String(error)}）。` }, { cause: error });
  }
  if (!isRecord(header)) throw new FormatError({ en: 'The safetensors header is not a JSON object of tensors.', zh: 'safetensors 文件头不是由张量组成的 JSON 对象。' });
  return { header, body: bytes.subarray(8 + length) };
}

function readMetadata(entry: unknown): Readonly<Record<string, string>> {
  if (!isRecord(entry)) throw new FormatError({ en: `The safetensors header's ${METADATA_KEY} is not an object of texts.`, zh: `safetensors 文件头中的 ${METADATA_KEY} 不是由文本组成的对象。` });
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (FORBIDDEN_NAMES.has(key)) throw new FormatError({ en: `The safetensors metadata has a key '${key}', which no honest model has. It was not read.`, zh: `safetensors 元数据中有键“${key}”，正常的模型不会如此。文件未被读取。` });
    if (typeof value !== 'string') throw new FormatError({ en: `The safetensors metadata '${key}' is ${JSON.stringify(value)}; only texts are allowed.`, zh: `safetensors 元数据“${key}”是 ${JSON.stringify(value)}；只允许文本。` });
    metadata[key] = value;
  }
  return metadata;
}

function readEntry(name: string, entry: unknown, bodyBytes: number): { encoding: Encoding; shape: readonly number[]; start: number; end: number } {
  const fail = (why: Text): never => {
    throw new FormatError({ en: `Tensor '${name}' of the safetensors file ${why.en}.`, zh: `safetensors 文件中的张量“${name}”${why.zh}。` });
  };
  if (!isRecord(entry)) return fail({ en: 'has no dtype, shape and data_offsets', zh: '缺少 dtype、shape 和 data_offsets' });
  const encoding = typeof entry['dtype'] === 'string' ? encodings.get(entry['dtype']) : undefined;
  if (encoding === undefined) return fail({ en: `has the dtype ${JSON.stringify(entry['dtype'])}; known are ${[...encodings.keys()].join(', ')}`, zh: `的 dtype 是 ${JSON.stringify(entry['dtype'])}；支持的有 ${[...encodings.keys()].join('、')}` });
  const shape = numbersOf(entry['shape']);
  const count = shape === undefined ? undefined : countElements(shape);
  if (shape === undefined || count === undefined) return fail({ en: `has the shape ${JSON.stringify(entry['shape'])}; wanted is a list of whole numbers`, zh: `的 shape 是 ${JSON.stringify(entry['shape'])}；应为整数列表` });
  const offsets = numbersOf(entry['data_offsets']);
  const [start, end] = offsets ?? [];
  if (offsets?.length !== 2 || start === undefined || end === undefined || start > end) return fail({ en: `has the data_offsets ${JSON.stringify(entry['data_offsets'])}; wanted is [begin, end]`, zh: `的 data_offsets 是 ${JSON.stringify(entry['data_offsets'])}；应为 [起始, 结束]` });
  if (end > bodyBytes) return fail({ en: `ends at byte ${end} of the data, of which the file has ${bodyBytes}; it is truncated or damaged`, zh: `在数据的第 ${end} 字节结束，而文件中只有 ${bodyBytes} 字节；文件被截断或已损坏` });
  const wanted = count * encodingBytes[encoding];
  if (end - start !== wanted) return fail({ en: `has ${end - start} bytes; its shape [${shape.join(', ')}] of ${String(entry['dtype'])} takes ${wanted}`, zh: `有 ${end - start} 字节；而其形状 [${shape.join(', ')}] 在 ${String(entry['dtype'])} 类型下需要 ${wanted} 字节` });
  return { encoding, shape, start, end };
}

/** The format allows neither overlaps nor gaps: bytes that no tensor owns could hide anything. */
function requireCovered(ranges: readonly { readonly name: string; readonly start: number; readonly end: number }[], bodyBytes: number): void {
  let covered = 0;
  let before = 'the header';
  for (const { name, start, end } of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < covered) throw new FormatError({ en: `Tensors '${before}' and '${name}' of the safetensors file overlap: one ends at byte ${covered}, the other begins at byte ${start}.`, zh: `safetensors 文件中的张量“${before}”与“${name}”重叠：前者在第 ${covered} 字节结束，后者从第 ${start} 字节开始。` });
    if (start > covered) throw new FormatError({ en: `The safetensors file has ${start - covered} bytes between '${before}' and '${name}' that belong to no tensor (bytes ${covered} to ${start} of the data).`, zh: `safetensors 文件在“${before}”与“${name}”之间有 ${start - covered} 字节不属于任何张量（数据的第 ${covered} 至 ${start} 字节）。` });
    covered = end;
    before = name;
  }
  if (covered < bodyBytes) throw new FormatError({ en: `The safetensors file has ${bodyBytes - covered} bytes behind its last tensor that belong to none.`, zh: `safetensors 文件在最后一个张量之后有 ${bodyBytes - covered} 字节不属于任何张量。` });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of whole numbers, none negative. */
function numbersOf(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers: number[] = [];
  for (const item of value) {
    if (typeof item !== 'number' || !Number.isSafeInteger(item) || item < 0) return undefined;
    numbers.push(item);
  }
  return numbers;
}
