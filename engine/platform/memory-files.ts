/** Files in memory, for browsers that keep none (private windows, pages without https): what is written lasts as long as the engine. */
import { FileError, PATH_TROUBLE, bytesOf, partsOf } from './file-error.ts';
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
    if (bytes === undefined) throw inside(keyOf(path)).length > 0 ? new FileError('EISDIR', path, PATH_TROUBLE.isFolder) : new FileError('ENOENT', path, PATH_TROUBLE.missing);
    return bytes;
  };
  const put = (path: string, bytes: Uint8Array): void => {
    const key = keyOf(path);
    if (inside(key).length > 0) throw new FileError('EISDIR', path, PATH_TROUBLE.isFolder);
    const parts = partsOf(path);
    if (parts.some((_, i) => i > 0 && files.has(parts.slice(0, i).join('/')))) throw new FileError('ENOTDIR', path, { en: 'a part of this path is a file, not a folder', zh: '这个路径中有一段是文件，不是文件夹' });
    files.set(key, bytes);
  };
  return {
    dataFolder: 'netloom',
    cacheFolder: 'netloom/cache',
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
      if (moved.length === 0) throw new FileError('ENOENT', from, PATH_TROUBLE.missing);
      if (files.has(target)) throw new FileError('ENOTDIR', to, PATH_TROUBLE.isFile);
      if (inside(target).length > 0) throw new FileError('ENOTEMPTY', to, PATH_TROUBLE.notEmpty);
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
