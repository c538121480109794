/** NumPy's `.npz`: a zip of `.npy` files, stored or deflated. */
import { zipSync } from 'fflate';
import { FormatError } from './format-error.ts';
import { readNpy, writeNpy } from './npy.ts';
import type { StoredArray } from './stored-array.ts';
import { readZip } from './zip.ts';

/** Arrays by name, without the `.npy`. `name` is for errors. Throws FormatError. */
export function readNpz(bytes: Uint8Array, name = 'the .npz file'): Readonly<Record<string, StoredArray>> {
  const arrays: Record<string, StoredArray> = {};
  for (const [path, content] of readZip(bytes, name)) {
    const key = path.replace(/\.npy$/, '');
    if (key === path || key === '__proto__') throw new FormatError({ en: `${name}: it holds '${path}', which is no .npy array.`, zh: `${name}：其中的“${path}”不是 .npy 数组。` });
    arrays[key] = readNpy(content, { en: `${name}, array '${key}'`, zh: `${name} 中的数组“${key}”` });
  }
  return arrays;
}

/** Deflated unless told otherwise, in the order of the record. The same arrays give the same bytes. */
export function writeNpz(arrays: Readonly<Record<string, StoredArray>>, options: { readonly compress?: boolean } = {}): Uint8Array {
  // A zip's clock cannot be empty; its earliest date says nothing about when and where this was written.
  const earliest = new Date(1980, 0, 1);
  const level = options.compress === false ? 0 : 6;
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([key, array]) => [`${key}.npy`, [writeNpy(array), { level, mtime: earliest }]] as const)));
}
