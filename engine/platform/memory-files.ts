/** Files in memory, for browsers that keep none (private windows, pages without https): what is written lasts as long as the engine. */
import { FileError, bytesOf, partsOf } from './file-error.ts';
import { type FileStore, isUnfinished } from './platform.ts';

export function createMemoryStore(): FileStore {
  const files = new Map<string, Uint8Array>();
  const keyOf = (path: string): string => partsOf(path).join('/');
  const inside = (folder: string): string[] => [...files.keys()].filter((key) => folder === '' || key.startsWith(`${folder}/`));
  const names = (folder: string): string[] => {
    const skip = folder === '' ? 0 : folder.length + 1;
    return [...new Set(inside(folder).map((key) => key.slice(skip).split('/')[0] ?? ''))].sort();
  };
  const existing = (path: string): Uint8Array => {
    const bytes = files.get(keyOf(path));
    if (bytes === undefined) throw inside(keyOf(path)).length > 0 ? new FileError('EISDIR', path, 'it is a folder, not a file') : new FileError('ENOENT', path, 'there is no such file or folder');
    return bytes;
  };
  const put = (path: string, bytes: Uint8Array): void => {
    const key = keyOf(path);
    if (inside(key).length > 0) throw new FileError('EISDIR', path, 'it is a folder, not a file');
    const parts = partsOf(path);
    if (parts.some((_, i) => i > 0 && files.has(parts.slice(0, i).join('/')))) throw new FileError('ENOTDIR', path, 'a part of this path is a file, not a folder');
    files.set(key, bytes);
  };
  return {
    dataFolder: 'netloom',
    read: async (path) => existing(path).slice(),
    exists: async (path) => files.has(keyOf(path)) || inside(keyOf(path)).length > 0,
    size: async (path) => existing(path).length,
    write: async (path, data) => put(path, bytesOf(data).slice()),
    append: async (path, data) => {
      const before = files.get(keyOf(path)) ?? new Uint8Array(0);
      const joined = new Uint8Array(before.length + data.length);
      joined.set(before);
      joined.set(data, before.length);
      put(path, joined);
    },
    rename: async (from, to) => {
      const [source, target] = [keyOf(from), keyOf(to)];
      const file = files.get(source);
      if (file !== undefined) {
        put(to, file);
        if (source !== target) files.delete(source);
        return;
      }
      const moved = inside(source);
      if (moved.length === 0) throw new FileError('ENOENT', from, 'there is no such file or folder');
      if (files.has(target)) throw new FileError('ENOTDIR', to, 'it is a file, not a folder');
      if (inside(target).length > 0) throw new FileError('ENOTEMPTY', to, 'there is something in this folder already');
      for (const key of moved) {
        files.set(target + key.slice(source.length), files.get(key) ?? new Uint8Array(0));
        files.delete(key);
      }
    },
    remove: async (path) => {
      const key = keyOf(path);
      for (const each of [key, ...inside(key)]) files.delete(each);
    },
    list: async (folder) => names(keyOf(folder)),
    tidy: async (folder) => {
      for (const name of names(keyOf(folder))) if (isUnfinished(name)) files.delete(keyOf(`${folder}/${name}`));
    },
  };
}
