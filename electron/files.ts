/**
 * Reading and writing files for windows. A window names files by key, and only what the user has picked
 * in a dialog, dropped or double-clicked has one: a page can never reach any other path.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { DesktopFailure, DesktopFile } from '../renderer/host/desktop-bridge.ts';
import type { FileRef } from '../renderer/host/host.ts';

/** A project is some kilobytes, a pasted photograph some megabytes; beyond this a window would choke. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Files that are remembered across starts. */
const MAX_KNOWN = 100;

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
function failure(error: unknown, path: string): DesktopFailure {
  const code = codeOf(error);
  const failed = code === 'ENOENT' || code === 'ENOTDIR' ? 'not-found' : code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'not-allowed' : code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'failed';
  return { failed, fileName: basename(path) };
}

export class KnownFiles {
  readonly #list: string;
  /** Path by key, oldest first. */
  readonly #paths = new Map<string, string>();

  /** @param list where the known files are remembered */
  constructor(list: string) {
    this.#list = list;
  }

  async load(): Promise<void> {
    try {
      const saved: unknown = JSON.parse(await readFile(this.#list, 'utf8'));
      if (Array.isArray(saved)) for (const path of saved) if (typeof path === 'string') this.#paths.set(keyOf(path), path);
    } catch {
      // The first start, or a damaged list: files are known again once they are opened.
    }
  }

  /** The file becomes one that windows may name. */
  async admit(path: string): Promise<FileRef> {
    const full = resolve(path);
    const key = keyOf(full);
    this.#paths.delete(key);
    this.#paths.set(key, full);
    await this.#remember();
    return { key, name: basename(full), location: full, writable: true };
  }

  async #remember(): Promise<void> {
    try {
      await mkdir(dirname(this.#list), { recursive: true });
      await writeFile(this.#list, JSON.stringify([...this.#paths.values()].slice(-MAX_KNOWN)));
    } catch {
      // Without the list, recent files have to be picked again after a restart.
    }
  }

  pathOf(key: string): string | undefined {
    return this.#paths.get(key);
  }

  /** Reads what the user picked. */
  async read(path: string): Promise<DesktopFile | DesktopFailure> {
    try {
      if ((await stat(path)).size > MAX_BYTES) return { failed: 'too-large', fileName: basename(path) };
      const bytes = new Uint8Array(await readFile(path));
      return { file: await this.admit(path), bytes };
    } catch (error) {
      return failure(error, path);
    }
  }

  async reopen(key: string): Promise<DesktopFile | DesktopFailure> {
    const path = this.pathOf(key);
    return path === undefined ? { failed: 'not-allowed', fileName: '' } : this.read(path);
  }

  /** Written beside and renamed, so that a crash leaves the old file or the new one, never half of one. */
  async write(path: string, bytes: Uint8Array): Promise<FileRef | DesktopFailure> {
    const beside = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`);
    try {
      const handle = await open(beside, 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, path);
      return await this.admit(path);
    } catch (error) {
      await rm(beside, { force: true });
      return failure(error, path);
    }
  }
}

const keyOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 32);

/** A file's path among a command line's arguments: the first that has our extension. */
export function projectIn(argv: readonly string[], folder: string): string | undefined {
  const found = argv.slice(1).find((argument) => !argument.startsWith('-') && extname(argument).toLowerCase() === '.netloom');
  return found === undefined ? undefined : resolve(folder, found);
}

/** With the extension that the format has, if the name has none. */
export const withExtension = (path: string, extension: string): string => (extname(path) === '' ? `${path}.${extension}` : path);
