/** From the bytes of a file to a document, or to a plain word about why not. */
import type { GraphDoc } from '../../engine/graph/document.ts';
import { parseDocument } from '../../engine/graph/parse.ts';
import type { Problem } from '../../engine/graph/problem.ts';

export type LoadResult = { readonly doc: GraphDoc; readonly problem?: undefined; readonly kind?: undefined } | { readonly problem: Problem; readonly kind: FileKind; readonly doc?: undefined };
/** What a file that is no document seems to be, by how it begins. */
export type FileKind = 'image' | 'archive' | 'weights' | 'document' | 'other';

export function loadDocument(bytes: Uint8Array): LoadResult {
  const { doc, problem } = parseDocument(bytes);
  return doc === undefined ? { problem, kind: fileKind(bytes) } : { doc };
}

const SIGNATURES: readonly (readonly [FileKind, readonly number[]])[] = [
  ['image', [0x89, 0x50, 0x4e, 0x47]], // PNG
  ['image', [0xff, 0xd8, 0xff]], // JPEG
  ['image', [0x47, 0x49, 0x46, 0x38]], // GIF
  ['image', [0x42, 0x4d]], // BMP
  ['archive', [0x50, 0x4b, 0x03, 0x04]], // zip, npz, .keras
  ['archive', [0x1f, 0x8b]], // gzip
  ['weights', [0x89, 0x48, 0x44, 0x46]], // HDF5
  ['weights', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]], // npy
];

export function fileKind(bytes: Uint8Array): FileKind {
  const found = SIGNATURES.find(([, signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (found !== undefined) return found[0];
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 12));
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image';
  // safetensors: a length in eight bytes, then JSON.
  if (bytes.length > 9 && bytes[7] === 0 && bytes[8] === 0x7b) return 'weights';
  return head.trimStart().startsWith('{') ? 'document' : 'other';
}
