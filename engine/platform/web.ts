/** The platform in a browser's worker: nested workers walk plans, the browser's GPU, its private file system, its fetch. */
import type { Text } from '../text.ts';
import { createMemoryStore } from './memory-files.ts';
import type { FileStore, PlanThread, Platform } from './platform.ts';
import { createOpfsStore } from './web-files.ts';

/** To a plan thread. */
export type PlanThreadMessage =
  | { readonly kind: 'start'; readonly memory: WebAssembly.Memory; readonly index: number }
  | { readonly kind: 'enter'; readonly id: number; readonly module: WebAssembly.Module | undefined; readonly threads: number }
  | { readonly kind: 'forget'; readonly id: number };

function spawnPlanThread(memory: WebAssembly.Memory, index: number, onDeath: (reason: string) => void): Promise<PlanThread> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./web-plan-thread.ts', import.meta.url), { type: 'module', name: 'netloom-plan' });
    const post = (message: PlanThreadMessage): void => worker.postMessage(message);
    const known = new Set<number>();
    worker.addEventListener('message', () => resolve({
      enter: (id, module, threads) => {
        post({ kind: 'enter', id, module: known.has(id) ? undefined : module, threads });
        known.add(id);
      },
      forget: (id) => {
        if (known.delete(id)) post({ kind: 'forget', id });
      },
      terminate: () => worker.terminate(),
    }), { once: true });
    worker.addEventListener('error', (event) => {
      // Told to the backend, which can do without; it is no failure of the whole engine.
      event.preventDefault();
      const reason = `plan thread ${index}: ${event.message || 'its script could not be loaded'}`;
      reject(new Error(reason));
      onDeath(reason);
    });
    post({ kind: 'start', memory, index });
  });
}

/** The browser's private files, or memory where it keeps none. Decided at the first use, since asking takes a moment. */
function openStore(): FileStore {
  let opened: Promise<FileStore> | undefined;
  const open = async (): Promise<FileStore> => {
    try {
      return createOpfsStore(await navigator.storage.getDirectory());
    } catch {
      // No such thing in this browser, in a private window, or on a page without https.
      return createMemoryStore();
    }
  };
  const store = (): Promise<FileStore> => (opened ??= open());
  return {
    dataFolder: 'netloom',
    cacheFolder: 'netloom/cache',
    read: async (path) => (await store()).read(path),
    exists: async (path) => (await store()).exists(path),
    size: async (path) => (await store()).size(path),
    write: async (path, data) => (await store()).write(path, data),
    append: async (path, data) => (await store()).append(path, data),
    rename: async (from, to) => (await store()).rename(from, to),
    remove: async (path) => (await store()).remove(path),
    list: async (folder) => (await store()).list(folder),
    tidy: async (folder) => (await store()).tidy(folder),
  };
}

function fetchFromWeb(url: string, init?: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal }): Promise<Response> {
  const headers = new Headers({ ...init?.headers });
  // For a part of a file, a foreign host would have to be asked for its leave first, and few give it: it sends the whole.
  if (new URL(url).origin !== location.origin) headers.delete('range');
  return fetch(url, { headers, credentials: 'omit', ...(init?.signal === undefined ? {} : { signal: init.signal }) });
}

function findGpu(): GPU | { readonly unavailable: Text } {
  if ('gpu' in navigator && navigator.gpu !== undefined) return navigator.gpu;
  return { unavailable: isSecureContext ? { en: 'this browser has no WebGPU', zh: '此浏览器不支持 WebGPU' } : { en: 'browsers give pages without https no WebGPU', zh: '浏览器不向没有 https 的页面提供 WebGPU' } };
}

export const webPlatform: Platform = {
  processors: navigator.hardwareConcurrency,
  canShareMemory: crossOriginIsolated,
  canBlock: true,
  // V8 12 and later. Other browsers optimise earlier, so that it serves them too.
  tieringBudget: 13_000_000,
  runtime: `${navigator.userAgent} · ${navigator.hardwareConcurrency} processors`,
  spawnPlanThread,
  gpu: async () => findGpu(),
  files: openStore(),
  fetch: fetchFromWeb,
};
