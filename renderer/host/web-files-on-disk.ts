/**
 * The user's files from a browser. Where the File System Access API exists, a file that was picked can be
 * written again and opened next time: its handle is kept in IndexedDB under a key. Elsewhere files come
 * through an upload field and leave as downloads.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { type FileRef, HostError, type OpenedFile, type SaveFilter } from './host.ts';

/** What TypeScript's DOM library does not have yet. */
interface PermittedHandle extends FileSystemFileHandle {
  queryPermission?(wanted: { readonly mode: 'read' | 'readwrite' }): Promise<PermissionState>;
  requestPermission?(wanted: { readonly mode: 'read' | 'readwrite' }): Promise<PermissionState>;
}
interface PickerType {
  readonly description: string;
  readonly accept: Readonly<Record<string, readonly string[]>>;
}
interface Pickers {
  showOpenFilePicker?(options: { readonly id: string; readonly types: readonly PickerType[] }): Promise<PermittedHandle[]>;
  showSaveFilePicker?(options: { readonly id: string; readonly suggestedName: string; readonly types: readonly PickerType[] }): Promise<PermittedHandle>;
}
interface DroppedItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

interface KnownFile {
  readonly key: string;
  readonly handle: PermittedHandle;
  readonly usedAt: number;
}
interface Schema extends DBSchema {
  files: { key: string; value: KnownFile };
}

export const PROJECT: Omit<SaveFilter, 'description'> = { extension: 'netloom', mime: 'application/vnd.netloom+json' };
/** A project is some kilobytes, a pasted photograph some megabytes; beyond this a window would choke. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Files that are remembered. */
const MAX_KNOWN = 100;
/** A download has begun by then: ms. */
const DOWNLOAD_MS = 60_000;

const pickers = window as Window & Pickers;

let database: Promise<IDBPDatabase<Schema>> | undefined;
const known = (): Promise<IDBPDatabase<Schema>> => (database ??= openDB<Schema>('netloom-files', 1, {
  upgrade: (db) => void db.createObjectStore('files', { keyPath: 'key' }),
}));

/** The same file has the same key: it is looked for among those that are known. */
async function remember(handle: PermittedHandle): Promise<FileRef> {
  const ref = (key: string): FileRef => ({ key, name: handle.name, writable: true });
  try {
    const db = await known();
    const all = await db.getAll('files');
    let key: string | undefined;
    for (const each of all) {
      if (each.handle.name === handle.name && (await each.handle.isSameEntry(handle))) key = each.key;
    }
    key ??= `file:${crypto.randomUUID()}`;
    await db.put('files', { key, handle, usedAt: Date.now() });
    const tooOld = all.sort((a, b) => b.usedAt - a.usedAt).slice(MAX_KNOWN);
    for (const each of tooOld) if (each.key !== key) await db.delete('files', each.key);
    return ref(key);
  } catch {
    // A private window has no database: the file is known as long as this window is open.
    const key = `file:${crypto.randomUUID()}`;
    unsaved.set(key, handle);
    return ref(key);
  }
}
const unsaved = new Map<string, PermittedHandle>();

async function recall(key: string): Promise<PermittedHandle | undefined> {
  return unsaved.get(key) ?? known().then((db) => db.get('files', key)).then((file) => file?.handle, () => undefined);
}

function hostError(error: unknown, name: string): HostError {
  if (error instanceof HostError) return error;
  const kind = error instanceof DOMException ? error.name : '';
  const code = kind === 'NotFoundError' ? 'not-found' : kind === 'NotAllowedError' || kind === 'SecurityError' ? 'not-allowed' : kind === 'QuotaExceededError' ? 'no-space' : 'failed';
  return new HostError(code, name, error);
}
const changedMind = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
/** A picker opens only shortly after a click or a key; what took longer is downloaded. */
const isTooLate = (error: unknown): boolean => error instanceof DOMException && error.name === 'SecurityError';

async function permit(handle: PermittedHandle, mode: 'read' | 'readwrite'): Promise<void> {
  if ((await handle.queryPermission?.({ mode })) === 'granted') return;
  if ((await handle.requestPermission?.({ mode })) === 'denied') throw new HostError('not-allowed', handle.name);
}

async function bytesOf(file: File): Promise<Uint8Array> {
  if (file.size > MAX_BYTES) throw new HostError('too-large', file.name);
  return new Uint8Array(await file.arrayBuffer());
}

async function openHandle(handle: PermittedHandle): Promise<OpenedFile> {
  try {
    await permit(handle, 'read');
    return { bytes: await bytesOf(await handle.getFile()), file: await remember(handle) };
  } catch (error) {
    throw hostError(error, handle.name);
  }
}

/** A file that came without a handle can be read, not written back. Its key is as much of its identity as the browser tells. */
async function openUpload(file: File): Promise<OpenedFile> {
  try {
    return { bytes: await bytesOf(file), file: { key: `upload:${file.name}:${file.size}:${file.lastModified}`, name: file.name, writable: false } };
  } catch (error) {
    throw hostError(error, file.name);
  }
}

function askForUpload(): Promise<File | undefined> {
  return new Promise((resolve) => {
    const field = document.createElement('input');
    field.type = 'file';
    field.accept = `.${PROJECT.extension}`;
    field.hidden = true;
    const done = (): void => {
      field.remove();
      resolve(field.files?.[0]);
    };
    field.addEventListener('change', done);
    field.addEventListener('cancel', done);
    document.body.append(field);
    field.click();
  });
}

const pickerType = ({ extension, mime, description }: SaveFilter): PickerType => ({ description, accept: { [mime]: [`.${extension}`] } });

export async function openFile(description: string): Promise<OpenedFile | undefined> {
  if (pickers.showOpenFilePicker === undefined) {
    const file = await askForUpload();
    return file === undefined ? undefined : openUpload(file);
  }
  let handle: PermittedHandle | undefined;
  try {
    [handle] = await pickers.showOpenFilePicker({ id: 'netloom', types: [pickerType({ ...PROJECT, description })] });
  } catch (error) {
    if (changedMind(error)) return undefined;
    throw hostError(error, '');
  }
  return handle === undefined ? undefined : openHandle(handle);
}

export async function reopenFile(file: FileRef): Promise<OpenedFile> {
  const handle = await recall(file.key);
  if (handle === undefined) throw new HostError('not-found', file.name);
  return openHandle(handle);
}

/** A folder, or text, is no file: undefined. */
export async function openDroppedItem(item: DroppedItem): Promise<OpenedFile | undefined> {
  // Both are asked at once: after the drop's event the item is empty.
  const asking = item.getAsFileSystemHandle?.().catch(() => null);
  const file = item.getAsFile();
  const handle = await asking;
  if (handle?.kind === 'directory') return undefined;
  if (handle instanceof FileSystemFileHandle) return openHandle(handle);
  return file === null ? undefined : openUpload(file);
}

async function write(handle: PermittedHandle, bytes: Uint8Array): Promise<FileRef> {
  try {
    await permit(handle, 'readwrite');
    // The stream works on a copy, which takes the file's place when it is closed: a crash leaves the old file whole.
    const stream = await handle.createWritable();
    await stream.write(new Uint8Array(bytes));
    await stream.close();
    return await remember(handle);
  } catch (error) {
    throw hostError(error, handle.name);
  }
}

function download(bytes: Uint8Array, name: string, mime: string): FileRef {
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: mime }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS);
  return { key: `download:${crypto.getRandomValues(new Uint32Array(2)).join('-')}`, name, writable: false };
}

export async function saveFile(bytes: Uint8Array, { file, suggestedName, filter }: { readonly file?: FileRef; readonly suggestedName: string; readonly filter: SaveFilter }): Promise<FileRef | undefined> {
  const own = file?.writable === true ? await recall(file.key) : undefined;
  if (own !== undefined) return write(own, bytes);
  const name = suggestedName.endsWith(`.${filter.extension}`) ? suggestedName : `${suggestedName}.${filter.extension}`;
  if (pickers.showSaveFilePicker === undefined) return download(bytes, name, filter.mime);
  let handle: PermittedHandle;
  try {
    handle = await pickers.showSaveFilePicker({ id: 'netloom', suggestedName: name, types: [pickerType(filter)] });
  } catch (error) {
    if (changedMind(error)) return undefined;
    if (isTooLate(error)) return download(bytes, name, filter.mime);
    throw hostError(error, name);
  }
  return write(handle, bytes);
}
