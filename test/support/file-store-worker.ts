/**
 * Runs in a browser's worker, as its first message says: all cases of the contract on the browser's own
 * files, as this browser has them and as poorer ones do; or writes over and over until it is killed.
 */
import type { FileStore } from '../../engine/platform/platform.ts';
import { createOpfsStore } from '../../engine/platform/web-files.ts';
import { type AfterKill, type CaseResult, FILE_STORE_CASES, WRITTEN_BYTES } from './file-store-contract.ts';

interface MovableHandle extends FileSystemFileHandle {
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}
interface Prototype {
  move?: MovableHandle['move'];
  createSyncAccessHandle?: () => Promise<unknown>;
}

/** Browsers differ in what a file handle can do. */
const VARIANTS: Readonly<Record<string, (prototype: Prototype) => void>> = {
  'this browser': () => {},
  'no move': (prototype) => delete prototype.move,
  'moves to free names only': (prototype) => {
    const { move } = prototype;
    prototype.move = async function (this: MovableHandle, folder, name) {
      if (await folder.getFileHandle(name).then(() => true, () => false)) throw new DOMException('taken', 'InvalidModificationError');
      await move?.call(this, folder, name);
    };
  },
  'no access handles': (prototype) => delete prototype.createSyncAccessHandle,
};

async function runCases(store: string, files: FileStore, top: string): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const [i, { name, run }] of FILE_STORE_CASES.entries()) {
    const failure = await run(files, `${top}/${i}`).then(() => undefined, (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)));
    results.push({ store, name, failure });
  }
  return results;
}

/** Both contents in turn, until this worker is killed: whoever reads the file finds one of them, whole. */
async function writeForEver(files: FileStore): Promise<void> {
  for (let turn = 0; ; turn++) {
    await files.write('killed/file', new Uint8Array(WRITTEN_BYTES).fill(turn % 2));
    if (turn === 0) postMessage('written once');
  }
}
async function inspect(files: FileStore): Promise<AfterKill> {
  const data = await files.read('killed/file');
  const left = (await files.list('killed')).length - 1;
  await files.tidy('killed');
  return { length: data.length, mixed: data.some((value) => value !== data[0]), left, tidied: await files.list('killed') };
}

addEventListener('message', ({ data: name }: MessageEvent<string>) => void work(name));
async function work(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  if (name === 'write') await writeForEver(createOpfsStore(root));
  else if (name === 'inspect') postMessage(await inspect(createOpfsStore(root)));
  else {
    VARIANTS[name]?.(FileSystemFileHandle.prototype as Prototype);
    postMessage(await runCases(name, createOpfsStore(root), `contract ${name}`));
  }
}
