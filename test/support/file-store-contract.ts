/** What every FileStore does, as plain functions that throw: they run under Node and in a browser's worker alike. */
import type { FileStore } from '../../engine/platform/platform.ts';

export interface FileStoreCase {
  readonly name: string;
  /** `folder` is empty, and the case's own. */
  run(files: FileStore, folder: string): Promise<void>;
}

/** What a browser's worker tells of a case (file-store-worker.ts). */
export interface CaseResult {
  readonly store: string;
  readonly name: string;
  readonly failure: string | undefined;
}
/** Of a worker that was killed while it wrote. */
export interface AfterKill {
  readonly length: number;
  readonly mixed: boolean;
  /** Files beside it, before and after `tidy`. */
  readonly left: number;
  readonly tidied: readonly string[];
}
/** Large enough for a write to be cut short. */
export const WRITTEN_BYTES = 1 << 20;

const text = async (files: FileStore, path: string): Promise<string> => new TextDecoder().decode(await files.read(path));
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: is ${a}, expected ${b}`);
}
async function fails(work: Promise<unknown>, code: RegExp, what: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    const found = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (!code.test(found)) throw new Error(`${what}: failed with ${found}, expected ${code}`);
    return;
  }
  throw new Error(`${what}: it should fail with ${code}`);
}

export const FILE_STORE_CASES: readonly FileStoreCase[] = [
  {
    name: 'write makes folders, replaces whole files and leaves nothing beside them',
    run: async (files, folder) => {
      await files.write(`${folder}/a/b/file.txt`, 'one, which is longer');
      await files.write(`${folder}/a/b/file.txt`, bytes('two'));
      same(await text(files, `${folder}/a/b/file.txt`), 'two', 'content');
      same(await files.size(`${folder}/a/b/file.txt`), 3, 'size');
      same(await files.list(`${folder}/a/b`), ['file.txt'], 'list');
    },
  },
  {
    name: 'megabytes come back as they were; an empty file is a file',
    run: async (files, folder) => {
      const data = new Uint8Array(5_000_001).map((_, i) => (i * 31) % 251);
      await files.write(`${folder}/large`, data);
      const back = await files.read(`${folder}/large`);
      same(back.length, data.length, 'length');
      same(back.every((value, i) => value === data[i]), true, 'bytes');
      await files.write(`${folder}/empty`, '');
      same([await files.exists(`${folder}/empty`), await files.size(`${folder}/empty`)], [true, 0], 'empty');
    },
  },
  {
    name: 'a part of a larger buffer is written alone',
    run: async (files, folder) => {
      await files.write(`${folder}/part`, bytes('0123456789').subarray(3, 6));
      await files.append(`${folder}/part`, bytes('abcdef').subarray(4));
      same(await text(files, `${folder}/part`), '345ef', 'content');
    },
  },
  {
    name: 'exists, size, read and list of what is not there',
    run: async (files, folder) => {
      same(await files.exists(`${folder}/none`), false, 'exists');
      same(await files.exists(`${folder}/none/deeper`), false, 'exists deeper');
      same(await files.list(`${folder}/none`), [], 'list');
      await files.write(`${folder}/file`, 'x');
      same(await files.exists(`${folder}/file/below`), false, 'below a file');
      same(await files.list(`${folder}/file`), [], 'list of a file');
      await fails(files.read(`${folder}/none`), /ENOENT/, 'read');
      await fails(files.size(`${folder}/none/deeper`), /ENOENT/, 'size');
      await files.remove(`${folder}/none/deeper`);
      await files.tidy(`${folder}/none`);
    },
  },
  {
    name: 'a folder exists, is listed in order and is removed with all that is in it',
    run: async (files, folder) => {
      for (const name of ['b', 'a', 'c/d']) await files.write(`${folder}/top/${name}`, name);
      same(await files.exists(`${folder}/top`), true, 'exists');
      same(await files.list(`${folder}/top`), ['a', 'b', 'c'], 'list');
      await files.remove(`${folder}/top`);
      same(await files.exists(`${folder}/top/c/d`), false, 'after remove');
      await files.remove(`${folder}/top`);
    },
  },
  {
    name: 'a folder is not overwritten by a file',
    run: async (files, folder) => {
      await files.write(`${folder}/taken/inside`, 'x');
      await fails(files.write(`${folder}/taken`, 'y'), /EISDIR|ENOTEMPTY|EEXIST|EPERM/, 'write');
      same(await files.list(folder), ['taken'], 'nothing is left beside it');
      same(await text(files, `${folder}/taken/inside`), 'x', 'content');
    },
  },
  {
    name: 'append makes the file, then adds to it',
    run: async (files, folder) => {
      for (const part of ['a', 'bc', 'd']) await files.append(`${folder}/new/log`, bytes(part));
      same(await text(files, `${folder}/new/log`), 'abcd', 'content');
    },
  },
  {
    name: 'rename moves a file into another folder, over what is there',
    run: async (files, folder) => {
      await files.write(`${folder}/from/x.part`, 'new');
      await files.write(`${folder}/to/x`, 'old and longer');
      await files.rename(`${folder}/from/x.part`, `${folder}/to/x`);
      same(await text(files, `${folder}/to/x`), 'new', 'content');
      same(await files.exists(`${folder}/from/x.part`), false, 'source');
      await files.rename(`${folder}/to/x`, `${folder}/made/deep/y`);
      same([await files.list(`${folder}/to`), await text(files, `${folder}/made/deep/y`)], [[], 'new'], 'into a new folder');
      await fails(files.rename(`${folder}/none`, `${folder}/z`), /ENOENT/, 'of what is not there');
    },
  },
  {
    name: 'rename moves a folder with all that is in it, but not over another',
    run: async (files, folder) => {
      for (const name of ['run.json', 'checkpoints/latest.json', 'checkpoints/deep/x']) await files.write(`${folder}/one/${name}`, name);
      await files.rename(`${folder}/one`, `${folder}/kept/two`);
      same(await files.exists(`${folder}/one`), false, 'source');
      for (const name of ['run.json', 'checkpoints/latest.json', 'checkpoints/deep/x']) same(await text(files, `${folder}/kept/two/${name}`), name, name);
      await files.write(`${folder}/three/x`, 'x');
      await fails(files.rename(`${folder}/three`, `${folder}/kept/two`), /ENOTEMPTY|EEXIST|EPERM/, 'over a folder');
      same(await text(files, `${folder}/three/x`), 'x', 'after the failure');
    },
  },
  {
    name: 'tidy removes what writes left unfinished, and that alone',
    run: async (files, folder) => {
      for (const name of ['.12ab.part', 'data.gz.part', '.hidden', 'log']) await files.write(`${folder}/${name}`, name);
      await files.tidy(folder);
      same(await files.list(folder), ['.hidden', 'data.gz.part', 'log'], 'list');
    },
  },
  {
    name: 'files of other names are written, read and appended to at the same time',
    run: async (files, folder) => {
      const names = Array.from({ length: 20 }, (_, i) => `${folder}/busy/${i}`);
      await Promise.all(names.map(async (path) => {
        await files.write(path, path);
        await files.append(path, bytes('+'));
      }));
      for (const path of names) same(await text(files, path), `${path}+`, path);
    },
  },
];
