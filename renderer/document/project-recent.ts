/** The files that were open last, kept in this browser or profile. */
import type { FileRef } from '../host/host.ts';

export type RecentStorage = Pick<Storage, 'getItem' | 'setItem'>;
const STORAGE_KEY = 'netloom.recent';
const MAX_RECENT = 12;

export function readRecent(storage: RecentStorage): readonly FileRef[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(value) ? value.filter(isFileRef) : [];
  } catch {
    return [];
  }
}

/** Other windows write the same list, so it is read anew before each change. */
export function addRecent(storage: RecentStorage, file: FileRef): readonly FileRef[] {
  // A file that cannot be written was uploaded: there is no way back to it.
  return file.writable ? write(storage, [file, ...without(readRecent(storage), file)].slice(0, MAX_RECENT)) : readRecent(storage);
}
export const removeRecent = (storage: RecentStorage, file: FileRef): readonly FileRef[] => write(storage, without(readRecent(storage), file));

const without = (files: readonly FileRef[], file: FileRef): readonly FileRef[] => files.filter(({ key }) => key !== file.key);

function write(storage: RecentStorage, files: readonly FileRef[]): readonly FileRef[] {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify(files));
  } catch {
    // A full or forbidden storage: the list holds until the window closes.
  }
  return files;
}

function isFileRef(value: unknown): value is FileRef {
  return typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'string' && 'name' in value && typeof value.name === 'string' && 'writable' in value && typeof value.writable === 'boolean';
}
