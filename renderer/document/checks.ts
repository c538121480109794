/**
 * What the engine's checker says of the open document, kept up to date while it is edited. The check
 * runs after the screen has had its turn, so that typing never waits for it; one that takes long waits
 * until the user pauses.
 */
import { createStore } from 'zustand/vanilla';
import { CheckCache } from '../../engine/graph/check-cache.ts';
import { checkGraph, type CheckResult } from '../../engine/graph/check.ts';
import type { DocumentStore } from './store.ts';

export interface ChecksState extends CheckResult {
  /** The document's revision that this is about. */
  readonly revision: number;
  /** How long the check took. */
  readonly milliseconds: number;
}
export type ChecksStore = ReturnType<typeof createChecksStore>;

/** A check that takes longer than two frames is felt if it runs between two key strokes. */
const SLOW_MS = 30;
/** How long the user must have paused before a slow one begins, and after how long it runs in any case. */
const PAUSE_MS = 150;
const LATEST_MS = 1000;

export function createChecksStore(documents: DocumentStore) {
  const cache = new CheckCache();
  const check = (): ChecksState => {
    const { doc, revision } = documents.getState();
    const began = performance.now();
    return { ...checkGraph(doc, { cache }), revision, milliseconds: performance.now() - began };
  };
  const store = createStore<ChecksState>(check);
  /** Takes back what is planned; undefined when nothing is. */
  let cancel: (() => void) | undefined;
  let isPlannedAfterPaint = false;
  let waitingSince = 0;
  /** Whether something has changed since the last check that could change what it says. */
  let isStale = false;

  const run = (): void => {
    cancel?.();
    cancel = undefined;
    isPlannedAfterPaint = false;
    isStale = false;
    store.setState(check());
  };
  const plan = (): void => {
    if (store.getState().milliseconds <= SLOW_MS) {
      if (isPlannedAfterPaint) return;
      cancel?.();
      isPlannedAfterPaint = true;
      cancel = afterPaint(run);
      return;
    }
    const now = performance.now();
    if (cancel === undefined) waitingSince = now;
    cancel?.();
    isPlannedAfterPaint = false;
    const timer = setTimeout(() => { cancel = whenIdle(run); }, Math.max(0, Math.min(PAUSE_MS, waitingSince + LATEST_MS - now)));
    cancel = () => clearTimeout(timer);
  };

  documents.onChange((change) => {
    if (change.kind === 'saved') return;
    if (!('patches' in change)) {
      run();
    } else if (!change.patches.every(({ path }) => isLookOnly(path))) {
      isStale = true;
      plan();
    } else if (!isStale) {
      // Where things lie is nothing to the checker: what it said holds for this revision too.
      store.setState({ revision: documents.getState().revision });
    }
  });
  return { ...store, /** At once, for those who cannot wait: before training. */ refresh: (): ChecksState => {
    run();
    return store.getState();
  } };
}

/** Whether a patch is about what is seen and not about what is computed. */
function isLookOnly(path: readonly (string | number)[]): boolean {
  // Inside a block the same follows after `blocks` and its id.
  const [field, , part] = path[0] === 'blocks' ? path.slice(2) : path;
  return field === 'frames' || field === 'comments' || field === 'description' || field === 'translations' || (field === 'name' && path.length === 1) || (field === 'nodes' && (part === 'position' || part === 'collapsed'));
}

/** After the next frame has been drawn; where there are no frames, after what is going on. */
function afterPaint(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  if (typeof requestAnimationFrame !== 'function' || document.hidden) {
    timer = setTimeout(run, 0);
    return () => clearTimeout(timer);
  }
  const frame = requestAnimationFrame(() => { timer = setTimeout(run, 0); });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(run, 0);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: LATEST_MS });
  return () => cancelIdleCallback(handle);
}
