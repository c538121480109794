/** Which file the open document is, and what became of it: opening, saving, recovering. */
import { createStore } from 'zustand/vanilla';
import type { FileRef } from '../host/host.ts';

export interface ProjectState {
  /** Undefined for a document that was never saved. */
  readonly file: FileRef | undefined;
  /** Another window has this file open: this one only looks on until it is saved under another name. */
  readonly openElsewhere: boolean;
  readonly recent: readonly FileRef[];
}
export type ProjectStore = ReturnType<typeof createProjectStore>;

export function createProjectStore() {
  return createStore<ProjectState>(() => ({ file: undefined, openElsewhere: false, recent: [] }));
}
