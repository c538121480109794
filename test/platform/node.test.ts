/** The platform under Node: atomic files, the user's data folder, and threads that enter a module. */
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodePlatform, userCacheFolder, userDataFolder } from '../../engine/platform/node.ts';
import { inTemporaryFolder } from '../support/cli.ts';

const { files } = nodePlatform;

describe('files', () => {
  test('write makes folders, replaces whole files and leaves nothing beside them', () => inTemporaryFolder(async (folder) => {
    const path = join(folder, 'a', 'b', 'file.txt');
    await files.write(path, 'one');
    await files.write(path, new TextEncoder().encode('two'));
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['file.txt']);
    expect(await files.size(path)).toBe(3);
    expect(new TextDecoder().decode(await files.read(path))).toBe('two');
  }));
  test('a write that fails leaves the old file and nothing half-written', () => inTemporaryFolder(async (folder) => {
    // A folder stands where the file should go: the rename fails after all bytes are written.
    mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
    await expect(files.write(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['taken']);
  }));
  test('exists, list, append, rename and remove', () => inTemporaryFolder(async (folder) => {
    expect(await files.exists(join(folder, 'none'))).toBe(false);
    expect(await files.exists(join(folder, 'none', 'deeper'))).toBe(false);
    expect(await files.list(join(folder, 'none'))).toEqual([]);
    await files.append(join(folder, 'new', 'log'), new TextEncoder().encode('a'));
    await files.append(join(folder, 'new', 'log'), new TextEncoder().encode('b'));
    await files.rename(join(folder, 'new', 'log'), join(folder, 'moved', 'log'));
    expect(readFileSync(join(folder, 'moved', 'log'), 'utf8')).toBe('ab');
    expect(await files.list(folder)).toEqual(['moved', 'new']);
    await files.remove(join(folder, 'moved'));
    await files.remove(join(folder, 'moved'));
    expect(await files.exists(join(folder, 'moved'))).toBe(false);
  }));
  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a folder that may not be written to is an error', () => inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'x'), '');
    chmodSync(folder, 0o500);
    await expect(files.write(join(folder, 'y'), 'z')).rejects.toThrow(/EACCES|EPERM/);
    chmodSync(folder, 0o700);
  }));
});

describe('userDataFolder', () => {
  test.each([
    ['linux', {}, '/home/user/.local/share/netloom'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/netloom'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/user/.local/share/netloom'],
    ['darwin', { XDG_DATA_HOME: '/data' }, '/home/user/Library/Application Support/Netloom'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/Netloom'],
  ] as const)('%s %j', (system, environment, expected) => expect(userDataFolder(environment, system, '/home/user').replaceAll('\\', '/')).toBe(expected));
});

describe('userCacheFolder', () => {
  test.each([
    ['linux', {}, '/home/user/.cache/netloom'],
    ['linux', { XDG_CACHE_HOME: '/fast' }, '/fast/netloom'],
    ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/user/.cache/netloom'],
    ['darwin', { XDG_CACHE_HOME: '/fast' }, '/home/user/Library/Caches/Netloom'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/Netloom/Cache'],
  ] as const)('%s %j', (system, environment, expected) => expect(userCacheFolder(environment, system, '/home/user').replaceAll('\\', '/')).toBe(expected));
});

describe('plan threads', () => {
  /**
   * (module (import "env" "memory" (memory 1 1 shared))
   *   (func (export "worker") (param $index i32) (param $threads i32)
   *     (drop (i32.atomic.rmw.add (i32.mul (local.get $index) (i32.const 4)) (local.get $threads)))))
   */
  const WORKER = Uint8Array.from([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, 6, 1, 0x60, 2, 0x7f, 0x7f, 0],
    [2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 1],
    [3, 2, 1, 0],
    [7, 10, 1, 6, 0x77, 0x6f, 0x72, 0x6b, 0x65, 0x72, 0, 0],
    [10, 16, 1, 14, 0, 0x20, 0, 0x41, 4, 0x6c, 0x20, 1, 0xfe, 0x1e, 2, 0, 0x1a, 0x0b],
  ].flat());
  const sharedMemory = (pages: number) => new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const until = async (done: () => boolean): Promise<void> => {
    for (let wait = 0; wait < 500 && !done(); wait++) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  test('a thread enters a module with the shared memory, its index and the number of threads, as often as told', async () => {
    const memory = sharedMemory(1);
    const thread = await nodePlatform.spawnPlanThread(memory, 3, (reason) => expect.unreachable(reason));
    const view = new Int32Array(memory.buffer);
    const module = new WebAssembly.Module(WORKER);
    thread.enter(7, module, 20);
    thread.enter(7, module, 22);
    thread.forget(7);
    thread.enter(7, module, 100);
    await until(() => Atomics.load(view, 3) === 142);
    expect(Array.from(view.subarray(0, 5))).toEqual([0, 0, 0, 142, 0]);
    thread.terminate();
  });
  test('a thread that dies says why', async () => {
    const reasons: string[] = [];
    // The module takes a memory of one page; instantiating it with two fails in the thread.
    const thread = await nodePlatform.spawnPlanThread(sharedMemory(2), 1, (reason) => reasons.push(reason));
    thread.enter(1, new WebAssembly.Module(WORKER), 2);
    await until(() => reasons.length > 0);
    expect(reasons.join()).toMatch(/plan thread 1.*memory/);
    thread.terminate();
  });
});
