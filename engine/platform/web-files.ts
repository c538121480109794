/**
 * Files in a browser: the origin's private file system, from a worker. Bytes go through synchronous access
 * handles, which can be flushed; a file takes its place by a move. Where a browser has one of the two only,
 * its writable streams replace files atomically by themselves.
 */
import { FileError, PATH_TROUBLE, bytesOf, partsOf } from './file-error.ts';
import { type FileStore, UNFINISHED_SUFFIX, isUnfinished } from './platform.ts';

/** What TypeScript's DOM library leaves out: workers only, or not in a standard yet. */
interface SyncAccess {
  getSize(): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  flush(): void;
  close(): void;
}
interface FileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<SyncAccess>;
  move?(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Another window may hold a file for the moment of its write; waits in between: ms. */
const RETRY_MS = [5, 20, 80, 200, 500];

export function createOpfsStore(root: FileSystemDirectoryHandle): FileStore {
  const folderAt = async (parts: readonly string[], create = false): Promise<FileSystemDirectoryHandle> => {
    let folder = root;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return folder;
  };
  const fileAt = async (parts: readonly string[], create = false): Promise<FileHandle> =>
    (await folderAt(parts.slice(0, -1), create)).getFileHandle(parts.at(-1) ?? '', { create });
  const entryAt = async (parts: readonly string[]): Promise<FileHandle | FileSystemDirectoryHandle | undefined> => {
    if (parts.length === 0) return folderAt([]);
    try {
      return await fileAt(parts);
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (!isMismatch(error)) throw error;
    }
    // A folder is of that name, or a file where a folder of the path should be.
    return folderAt(parts).catch((error: unknown) => {
      if (isMissing(error) || isMismatch(error)) return undefined;
      throw error;
    });
  };
  const names = async (folder: FileSystemDirectoryHandle): Promise<string[]> => {
    const found: string[] = [];
    for await (const name of folder.keys()) found.push(name);
    return found.sort();
  };
  const listed = async (path: string): Promise<string[]> => {
    const entry = await entryAt(partsOf(path));
    return entry?.kind === 'directory' ? names(entry) : [];
  };

  const moveFile = async (file: FileHandle, folder: FileSystemDirectoryHandle, name: string): Promise<void> => {
    if (file.move === undefined) {
      const target: FileHandle = await folder.getFileHandle(name, { create: true });
      await replaceByStream(target, new Uint8Array(await (await file.getFile()).arrayBuffer()));
      return;
    }
    try {
      await file.move(folder, name);
    } catch (error) {
      // Some browsers move to free names only.
      const taken = await folder.getFileHandle(name).then(() => true, () => false);
      if (!taken || isFull(error)) throw error;
      await folder.removeEntry(name);
      await file.move(folder, name);
    }
  };
  const moveFolder = async (from: FileSystemDirectoryHandle, to: FileSystemDirectoryHandle): Promise<void> => {
    for (const name of await names(from)) {
      const entry: FileHandle | undefined = await from.getFileHandle(name).catch((error: unknown) => {
        if (isMismatch(error)) return undefined;
        throw error;
      });
      if (entry === undefined) await moveFolder(await from.getDirectoryHandle(name), await to.getDirectoryHandle(name, { create: true }));
      else {
        await moveFile(entry, to, name);
        if (entry.move === undefined) await from.removeEntry(name);
      }
    }
  };

  /** Runs `work`, once more after a while if another window has the file, and words what goes wrong. */
  const attempt = async <T>(path: string, work: (parts: string[]) => Promise<T>): Promise<T> => {
    const parts = partsOf(path);
    for (let tries = 0; ; tries++) {
      try {
        return await work(parts);
      } catch (error) {
        const wait = RETRY_MS[tries];
        if (!isHeld(error) || wait === undefined) throw await worded(error, path);
        await new Promise((resolve) => { setTimeout(resolve, wait); });
      }
    }
  };

  return {
    dataFolder: 'netloom', cacheFolder: 'netloom/cache',
    read: (path) => attempt(path, async (parts) => new Uint8Array(await (await (await fileAt(parts)).getFile()).arrayBuffer())),
    exists: (path) => attempt(path, async (parts) => (await entryAt(parts)) !== undefined),
    size: (path) => attempt(path, async (parts) => (await (await fileAt(parts)).getFile()).size),
    write: (path, data) => attempt(path, async (parts) => {
      const name = parts.at(-1) ?? '';
      const folder = await folderAt(parts.slice(0, -1), true);
      const bytes = bytesOf(data);
      if ((await entryAt(parts))?.kind === 'directory') throw new FileError('EISDIR', path, PATH_TROUBLE.isFolder);
      const beside = `.${crypto.getRandomValues(new Uint32Array(2)).join('')}${UNFINISHED_SUFFIX}`;
      const file: FileHandle = await folder.getFileHandle(beside, { create: true });
      try {
        if (file.move === undefined || file.createSyncAccessHandle === undefined) {
          await replaceByStream(await folder.getFileHandle(name, { create: true }), bytes);
          await folder.removeEntry(beside);
        } else {
          await writeAt(file, () => 0, bytes);
          await moveFile(file, folder, name);
        }
      } catch (error) {
        await folder.removeEntry(beside).catch(() => undefined);
        throw error;
      }
    }),
    append: (path, data) => attempt(path, async (parts) => {
      const file = await fileAt(parts, true);
      if (file.createSyncAccessHandle === undefined) await appendByStream(file, data);
      else await writeAt(file, (access) => access.getSize(), data);
    }),
    rename: (from, to) => attempt(from, async (parts) => {
      const entry = await entryAt(parts);
      if (entry === undefined) throw new FileError('ENOENT', from, PATH_TROUBLE.missing);
      const target = partsOf(to);
      const name = target.at(-1) ?? '';
      const folder = await folderAt(target.slice(0, -1), true);
      const there = await entryAt(target);
      const parent = await folderAt(parts.slice(0, -1));
      if (entry.kind === 'file') {
        if (there?.kind === 'directory') throw new FileError('EISDIR', to, PATH_TROUBLE.isFolder);
        await moveFile(entry, folder, name);
        if (entry.move === undefined) await parent.removeEntry(parts.at(-1) ?? '');
        return;
      }
      if (there?.kind === 'file') throw new FileError('ENOTDIR', to, PATH_TROUBLE.isFile);
      if (there !== undefined && (await names(there)).length > 0) throw new FileError('ENOTEMPTY', to, PATH_TROUBLE.notEmpty);
      if (target.join('/').startsWith(`${parts.join('/')}/`)) throw new FileError('EINVAL', to, { en: 'a folder cannot be moved into itself', zh: '文件夹不能移动到它自身里面' });
      await moveFolder(entry, await folder.getDirectoryHandle(name, { create: true }));
      await parent.removeEntry(parts.at(-1) ?? '', { recursive: true });
    }),
    remove: (path) => attempt(path, async (parts) => {
      try {
        await (await folderAt(parts.slice(0, -1))).removeEntry(parts.at(-1) ?? '', { recursive: true });
      } catch (error) {
        if (!isMissing(error) && !isMismatch(error)) throw error;
      }
    }),
    list: (folder) => attempt(folder, () => listed(folder)),
    tidy: (folder) => attempt(folder, async (parts) => {
      for (const name of await listed(folder)) if (isUnfinished(name)) await (await folderAt(parts)).removeEntry(name);
    }),
  };
}

async function writeAt(file: FileHandle, position: (access: SyncAccess) => number, bytes: Uint8Array): Promise<void> {
  const access = await file.createSyncAccessHandle?.();
  if (access === undefined) throw new TypeError('this browser has no access handles');
  try {
    let at = position(access);
    for (let done = 0; done < bytes.length;) {
      const written = access.write(done === 0 ? bytes : bytes.subarray(done), { at });
      if (written === 0) throw new DOMException('nothing more can be written', 'QuotaExceededError');
      done += written;
      at += written;
    }
    access.flush();
  } finally {
    access.close();
  }
}

/** A writable stream works on a copy, which takes the file's place when it is closed. */
async function replaceByStream(file: FileSystemFileHandle, bytes: Uint8Array): Promise<void> {
  const stream = await file.createWritable();
  await stream.write(new Uint8Array(bytes));
  await stream.close();
}
async function appendByStream(file: FileSystemFileHandle, bytes: Uint8Array): Promise<void> {
  const { size } = await file.getFile();
  const stream = await file.createWritable({ keepExistingData: true });
  await stream.write({ type: 'write', position: size, data: new Uint8Array(bytes) });
  await stream.close();
}

const nameOf = (error: unknown): string => (error instanceof DOMException ? error.name : '');
const isMissing = (error: unknown): boolean => nameOf(error) === 'NotFoundError';
const isMismatch = (error: unknown): boolean => nameOf(error) === 'TypeMismatchError';
const isHeld = (error: unknown): boolean => nameOf(error) === 'NoModificationAllowedError';
const isFull = (error: unknown): boolean => nameOf(error) === 'QuotaExceededError';

async function worded(error: unknown, path: string): Promise<unknown> {
  const cause = { cause: error };
  switch (nameOf(error)) {
    case 'NotFoundError': return new FileError('ENOENT', path, PATH_TROUBLE.missing, cause);
    case 'TypeMismatchError': return new FileError('EISDIR', path, { en: 'it, or a part of its path, is of the other kind: a folder and not a file, or a file and not a folder', zh: '它或其路径中的一段类型不符：应为文件却是文件夹，或应为文件夹却是文件' }, cause);
    case 'NoModificationAllowedError': return new FileError('EBUSY', path, { en: 'another window is writing it', zh: '另一个窗口正在写入它' }, cause);
    case 'NotAllowedError': case 'SecurityError': return new FileError('EACCES', path, { en: 'the browser does not permit it', zh: '浏览器不允许' }, cause);
    case 'QuotaExceededError': {
      const { usage = 0, quota = 0 } = await navigator.storage.estimate().catch(() => ({}) as StorageEstimate);
      const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
      return new FileError('ENOSPC', path, { en: `the browser's storage is full (${megabytes(usage)} of ${megabytes(quota)} are in use); remove old runs, or make room on the disk`, zh: `浏览器的存储空间已满（${megabytes(quota)} 中已用 ${megabytes(usage)}）；请删除旧的运行，或清理磁盘空间` }, cause);
    }
    default: return error;
  }
}
