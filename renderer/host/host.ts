/**
 * What the window needs of the place where it runs: files, the engine, the window's frame. `browser.ts`
 * and `desktop.ts` implement it; nothing else in the renderer knows which of them it is.
 */
import type { FromEngine, ToEngine } from '../../engine/protocol.ts';

/** A running engine, apart from the window. */
export interface EngineLink {
  post(message: ToEngine, transfer?: readonly Transferable[]): void;
  onMessage(listener: (message: FromEngine) => void): void;
  /** Heard once, when the engine ends by itself: it crashed, was killed, or never started. */
  onExit(listener: (reason: string) => void): void;
  terminate(): void;
}

/** A file that the user has opened or saved, and that can be written again without asking. */
export interface FileRef {
  /** The same file gives the same key, in every window and after a restart. */
  readonly key: string;
  /** For people: the file's name. */
  readonly name: string;
  /** Where it is, if the host may know: a path. */
  readonly location?: string;
  /** False where saving must ask again (a browser without file handles downloads). */
  readonly writable: boolean;
}
export interface OpenedFile {
  readonly file: FileRef;
  readonly bytes: Uint8Array;
}
export interface SaveFilter {
  /** Without the dot. */
  readonly extension: string;
  readonly mime: string;
  /** Already in the user's language. */
  readonly description: string;
}

/** What a menu, a double-clicked file or a closing window asks of the app. */
export type HostEvent =
  | { readonly kind: 'command'; readonly id: string }
  | { readonly kind: 'open-file'; readonly opened: OpenedFile }
  | { readonly kind: 'notification-clicked' };

export interface MenuItem {
  readonly id: string;
  readonly title: string;
  /** As Electron writes it: `CmdOrCtrl+S`. */
  readonly accelerator?: string;
  readonly enabled: boolean;
}
export interface Menu {
  readonly title: string;
  readonly items: readonly (MenuItem | 'separator')[];
}

export interface Host {
  readonly kind: 'browser' | 'desktop';
  readonly version: string;
  /** The system's languages, best first. */
  readonly languages: readonly string[];

  startEngine(): Promise<EngineLink>;

  /** Undefined when the user changed their mind. Throws HostError. */
  open(): Promise<OpenedFile | undefined>;
  /** A recent file; may ask the user for permission again. Throws HostError (moved, deleted, refused). */
  reopen(file: FileRef): Promise<OpenedFile>;
  /** What was dropped onto the window. */
  openDropped(item: DataTransferItem): Promise<OpenedFile | undefined>;
  /** Writes to `file`; asks where when it is left out or not writable. Undefined when the user changed their mind. */
  save(bytes: Uint8Array, options: { readonly file?: FileRef; readonly suggestedName: string; readonly filter: SaveFilter }): Promise<FileRef | undefined>;

  /**
   * Claims a document for this window. Resolves to a release function, or to undefined when another
   * window has it. A window that dies loses its claims.
   */
  claim(key: string): Promise<(() => void) | undefined>;

  setTitle(title: string): void;
  /** 0 to 1 in the dock or taskbar; undefined takes it away. */
  setProgress(share: number | undefined): void;
  /** Shown only while the window is not looked at. */
  notify(title: string, body: string): void;
  /** Asks before a window with unsaved work closes. */
  setUnsaved(unsaved: boolean): void;
  setMenu(menus: readonly Menu[]): void;
  openExternal(url: string): void;
  onEvent(listener: (event: HostEvent) => void): () => void;
}

/** A file could not be read or written; `code` says why, in a word that the locale files know. */
export class HostError extends Error {
  readonly code: 'not-found' | 'not-allowed' | 'no-space' | 'too-large' | 'failed';
  readonly fileName: string;
  constructor(code: HostError['code'], fileName: string, cause?: unknown) {
    super(`${fileName}: ${code}`, { cause });
    this.name = 'HostError';
    this.code = code;
    this.fileName = fileName;
  }
}
