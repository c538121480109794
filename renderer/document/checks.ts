/**
 * What the engine's checker says of the open document, kept up to date while it is edited. The check
 * runs after the screen has had its turn, so that typing never waits for it.
 */
import { createStore } from 'zustand/vanilla';
import { checkGraph, type CheckResult } from '../../engine/graph/check.ts';
import type { DocumentStore } from './store.ts';

export interface ChecksState extends CheckResult {
  /** The document's revision that this is about. */
  readonly revision: number;
  /** How long the check took. */
  readonly milliseconds: number;
}
export type ChecksStore = ReturnType<typeof createChecksStore>;

export function createChecksStore(documents: DocumentStore) {
  const check = (): ChecksState => {
    const { doc, revision } = documents.getState();
    const began = performance.now();
    return { ...checkGraph(doc), revision, milliseconds: performance.now() - began };
  };
  const store = createStore<ChecksState>(check);
  let pending = false;
  documents.subscribe((state, before) => {
    if (state.doc === before.doc || pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      store.setState(check());
    }, 0);
  });
  return { ...store, /** At once, for those who cannot wait: before training. */ refresh: (): ChecksState => {
    const state = check();
    store.setState(state);
    return state;
  } };
}
