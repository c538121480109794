/** Which file the open document is, and what became of it: opening, saving, recovering. */
import { createStore } from 'zustand/vanilla';
import type { FileRef } from '../host/host.ts';

export interface ProjectState {
  /** Undefined for a document that was never saved. */
  readonly file: FileRef | undefined;
  /** Another window has this file open: this one only looks on until it is saved under another name. */
  readonly openElsewhere: boolean;
  /** Newest first. */
  readonly recent: readonly FileRef[];
  /** When this window last wrote the file, and the journal; milliseconds since 1970. */
  readonly savedAt: number | undefined;
  readonly autosavedAt: number | undefined;
  /** The journal cannot be written: nothing but a file keeps the work. */
  readonly autosaveFails: boolean;
}
export type ProjectStore = ReturnType<typeof createProjectStore>;

export function createProjectStore() {
  return createStore<ProjectState>(() => ({ file: undefined, openElsewhere: false, recent: [], savedAt: undefined, autosavedAt: undefined, autosaveFails: false }));
}
