/**
 * The platform under Node: worker threads that walk plans, Dawn for the GPU, the disk, and the
 * system's fetch. With the command line, the only code that knows about Node.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, appendFile, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { availableParallelism, constants, cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip as zlibGunzip } from 'node:zlib';
import type { Text } from '../text.ts';
import { tieringBudget, webAssemblySwitches } from './node-switches.ts';
import { type FileStore, type PlanThread, type Platform, UNFINISHED_SUFFIX, isUnfinished } from './platform.ts';

/** Runs in the worker. Instances are kept by id, so that a module is instantiated once per thread. */
const PLAN_THREAD_SOURCE = `
const { parentPort, workerData: { memory, index } } = require('node:worker_threads');
const instances = new Map();
parentPort.on('message', ({ id, module, threads }) => {
  if (threads === 0) return instances.delete(id);
  if (module !== undefined) instances.set(id, new WebAssembly.Instance(module, { env: { memory, clock: () => performance.now() * 1e6 } }));
  instances.get(id).exports.worker(index, threads);
});
parentPort.postMessage('ready');
`;

function spawnPlanThread(memory: WebAssembly.Memory, index: number, onDeath: (reason: string) => void): Promise<PlanThread> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(PLAN_THREAD_SOURCE, { eval: true, workerData: { memory, index }, name: `netloom-plan-${index}` });
    const known = new Set<number>();
    worker.once('message', () => {
      // The process may end while threads wait for the next step.
      worker.unref();
      resolve({
        enter: (id, module, threads) => {
          worker.postMessage(known.has(id) ? { id, threads } : { id, module, threads });
          known.add(id);
        },
        forget: (id) => {
          if (known.delete(id)) worker.postMessage({ id, threads: 0 });
        },
        terminate: () => void worker.terminate(),
      });
    });
    worker.on('error', (error) => {
      reject(error);
      onDeath(`plan thread ${index}: ${error.message}`);
    });
  });
}

/** Dawn's instance must outlive its devices, so there is one per process. */
let gpuOnce: Promise<GPU | { readonly unavailable: Text }> | undefined;

/** Whether the system's loader finds the library. Node complains that it is no addon of its own, which is expected. */
function hasLibrary(name: string): boolean {
  try {
    process.dlopen({ exports: {} }, name, constants.dlopen.RTLD_LAZY);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('did not self-register');
  }
}

async function startGpu(): Promise<GPU | { readonly unavailable: Text }> {
  // Dawn would print a warning of its own on every machine without a graphics driver.
  if (process.platform === 'linux' && !hasLibrary('libvulkan.so.1')) return { unavailable: { en: 'no Vulkan driver is installed (libvulkan.so.1)', zh: '没有安装 Vulkan 驱动（libvulkan.so.1）' } };
  try {
    const { create, globals } = await import('webgpu');
    for (const [name, value] of Object.entries(globals)) if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    return create([]);
  } catch (error) {
    const [where, why] = [`${process.platform} ${process.arch}`, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)];
    return { unavailable: { en: `the package "webgpu" does not start on this machine (${where}): ${why}`, zh: `软件包“webgpu”无法在这台机器（${where}）上启动：${why}` } };
  }
}

/** Where downloaded data is kept: XDG on Linux and its kin elsewhere. */
export function userDataFolder(environment: Readonly<Record<string, string | undefined>>, system: string, home: string): string {
  if (system === 'darwin') return join(home, 'Library', 'Application Support', 'Netloom');
  if (system === 'win32') return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Netloom');
  const named = environment['XDG_DATA_HOME'];
  // The XDG specification: a relative path is to be ignored.
  return join(named !== undefined && named.startsWith('/') ? named : join(home, '.local', 'share'), 'netloom');
}

/** Where what can be measured again is kept. */
export function userCacheFolder(environment: Readonly<Record<string, string | undefined>>, system: string, home: string): string {
  if (system === 'darwin') return join(home, 'Library', 'Caches', 'Netloom');
  if (system === 'win32') return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Netloom', 'Cache');
  const named = environment['XDG_CACHE_HOME'];
  return join(named !== undefined && named.startsWith('/') ? named : join(home, '.cache'), 'netloom');
}

/** A rename is on the disk only when its folder is; Windows cannot open folders and needs no such step. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Node's own recursive mkdir names the wrong trouble where a file system is read-only, and never returns where one refuses folders, as /proc does. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && dirname(folder) !== folder) {
      await makeFolder(dirname(folder));
      await mkdir(folder).catch(async (again: unknown) => {
        if (!(await isFolder(folder))) throw again;
      });
    } else if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then((info) => info.isDirectory(), () => false);
}

async function writeAtomically(path: string, data: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  const beside = join(folder, `.${randomBytes(6).toString('hex')}${UNFINISHED_SUFFIX}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(beside, 'wx');
    await handle.writeFile(data);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(beside, path);
    await flushFolder(folder);
  } catch (error) {
    await handle?.close();
    await rm(beside, { force: true });
    throw error;
  }
}

const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const files: FileStore = {
  dataFolder: userDataFolder(process.env, process.platform, homedir()),
  cacheFolder: userCacheFolder(process.env, process.platform, homedir()),
  read: async (path) => new Uint8Array(await readFile(path)),
  exists: async (path) => {
    try {
      await stat(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  },
  size: async (path) => (await stat(path)).size,
  write: writeAtomically,
  append: async (path, data) => {
    await makeFolder(dirname(path));
    await appendFile(path, data);
  },
  rename: async (from, to) => {
    await makeFolder(dirname(to));
    await rename(from, to);
    await flushFolder(dirname(to));
  },
  remove: async (path) => rm(path, { recursive: true, force: true }),
  list: listFolder,
  tidy: async (folder) => {
    for (const name of await listFolder(folder)) if (isUnfinished(name)) await rm(join(folder, name), { force: true });
  },
};

const unpackGzip = promisify(zlibGunzip);
/** Pieces of the unpacked bytes: zlib's own of 16 KB take most of the time to be joined. */
const UNPACKED_PIECE = 1 << 24;

/** In the thread pool, in a third of the time of DecompressionStream. */
async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const { buffer, byteOffset, byteLength } = await unpackGzip(bytes, { chunkSize: UNPACKED_PIECE });
  // A Buffer is a Uint8Array whose slice() copies nothing; whoever gets this knows nothing of Node.
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export const nodePlatform: Platform = {
  processors: availableParallelism(),
  canShareMemory: true,
  canBlock: true,
  tieringBudget,
  runtime: [`V8 ${process.versions.v8}`, process.platform, process.arch, cpus()[0]?.model.trim() ?? '', ...webAssemblySwitches()].join(' · '),
  spawnPlanThread,
  gpu: () => (gpuOnce ??= startGpu()),
  files,
  gunzip,
  fetch: (url, init) => fetch(url, init === undefined ? undefined : { ...(init.headers === undefined ? {} : { headers: { ...init.headers } }), ...(init.signal === undefined ? {} : { signal: init.signal }) }),
};
