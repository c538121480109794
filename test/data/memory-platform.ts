/** A platform for tests of data: files in a Map, the system's fetch (or none), no threads and no GPU. */
import type { FileStore, Platform } from '../../engine/platform/platform.ts';

export interface MemoryPlatform extends Platform {
  readonly stored: Map<string, Uint8Array>;
}

export function memoryPlatform(fetcher?: Platform['fetch']): MemoryPlatform {
  const stored = new Map<string, Uint8Array>();
  const get = (path: string): Uint8Array => {
    const bytes = stored.get(path);
    if (bytes === undefined) throw Object.assign(new Error(`ENOENT: no such file '${path}'`), { code: 'ENOENT' });
    return bytes;
  };
  const files: FileStore = {
    dataFolder: '/data', cacheFolder: '/cache',
    read: async (path) => get(path),
    exists: async (path) => stored.has(path) || [...stored.keys()].some((key) => key.startsWith(`${path}/`)),
    size: async (path) => get(path).length,
    write: async (path, data) => void stored.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data.slice()),
    append: async (path, data) => {
      const before = stored.get(path) ?? new Uint8Array();
      const joined = new Uint8Array(before.length + data.length);
      joined.set(before);
      joined.set(data, before.length);
      stored.set(path, joined);
    },
    rename: async (from, to) => {
      stored.set(to, get(from));
      stored.delete(from);
    },
    remove: async (path) => {
      for (const key of stored.keys()) if (key === path || key.startsWith(`${path}/`)) stored.delete(key);
    },
    list: async (folder) => [...new Set([...stored.keys()].flatMap((key) => (key.startsWith(`${folder}/`) ? [key.slice(folder.length + 1).split('/')[0] ?? ''] : [])))],
    // A Map is written in one go.
    tidy: async () => {},
  };
  return {
    processors: 1, canShareMemory: false, canBlock: true, tieringBudget: 500_000, runtime: 'a test', files, stored,
    spawnPlanThread: () => Promise.reject(new Error('no threads here')),
    gpu: async () => ({ unavailable: { en: 'a test', zh: '测试' } }),
    fetch: fetcher ?? (() => Promise.reject(new TypeError('fetch failed'))),
  };
}
