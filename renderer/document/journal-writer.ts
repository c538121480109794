/**
 * Writes the journal of one window: every change within a fifth of a second, a snapshot now and then.
 * Writes follow each other; what happens during one goes with the next.
 */
import { type JournalEntry, type JournalStorage, type SessionHead, editEntry, savedEdits, takeSnapshot } from './journal.ts';
import { type DocumentState, type DocumentStore, isUnsaved } from './store.ts';

/** With the write itself this stays below 200 ms: what a kill may cost. */
const DELAY_MS = 80;
/** Reading replays at most so many entries. */
const ENTRIES_PER_SNAPSHOT = 200;
/** A full disk may be emptied. */
const RETRY_MS = 3000;

export interface JournalOptions {
  readonly documents: DocumentStore;
  readonly storage: JournalStorage;
  readonly session: string;
  /** What the head tells besides the document. */
  readonly about: () => Pick<SessionHead, 'file' | 'path'>;
  readonly onWritten: (at: number) => void;
  readonly onFailed: (error: unknown) => void;
  readonly now?: () => number;
}
export interface JournalWriter {
  /** Something besides the document has changed: the file, the view. */
  touch(): void;
  /** At once: the window is about to go. Resolves when everything so far is written, or cannot be. */
  flush(): Promise<void>;
  stop(): void;
}

/** Begins with a snapshot of the document as it is. */
export function startJournal({ documents, storage, session, about, onWritten, onFailed, now = Date.now }: JournalOptions): JournalWriter {
  let before: DocumentState = documents.getState();
  let pending: JournalEntry[] = [];
  let needsSnapshot = true;
  let seq = 0;
  let entriesSinceSnapshot = 0;
  let dirty = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> | undefined;
  let stopped = false;

  const schedule = (delay = DELAY_MS): void => {
    dirty = true;
    if (timer === undefined && !stopped) timer = setTimeout(() => { timer = undefined; void flushInTurn(); }, delay);
  };

  const unsubscribe = documents.onChange((change) => {
    const after = documents.getState();
    if (change.kind === 'open') {
      pending = [];
      needsSnapshot = true;
    } else if (change.kind === 'edit') {
      const entry = editEntry(before, after, change.patches);
      if (entry !== undefined) pending.push(entry);
    } else {
      pending.push(change.kind === 'saved' ? { kind: 'saved', edits: savedEdits(after) } : { kind: change.kind });
    }
    before = after;
    schedule();
  });

  async function writeOnce(): Promise<void> {
    dirty = false;
    const state = documents.getState();
    const entries = pending.map((entry, i) => ({ seq: seq + 1 + i, entry }));
    pending = [];
    const isSnapshot = needsSnapshot || entriesSinceSnapshot + entries.length > ENTRIES_PER_SNAPSHOT;
    needsSnapshot = false;
    seq += entries.length + (isSnapshot ? 1 : 0);
    entriesSinceSnapshot = isSnapshot ? 0 : entriesSinceSnapshot + entries.length;
    const at = now();
    const head: SessionHead = { ...about(), session, name: state.doc.name, nodes: Object.keys(state.doc.nodes).length, changedAt: at, unsaved: isUnsaved(state) };
    try {
      await storage.write(isSnapshot ? { head, snapshot: takeSnapshot(seq, state), entries: [] } : { head, entries });
      onWritten(at);
    } catch (error) {
      // The entries are gone from the queue, so the next write must hold everything.
      needsSnapshot = true;
      onFailed(error);
      schedule(RETRY_MS);
    }
  }

  /** Begins at once, whatever is under way: a window that is about to go cannot wait, and storage keeps the order of its writes. */
  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (dirty && !stopped) {
      const all: Promise<void> = Promise.all([writing, writeOnce()]).then(() => { if (writing === all) writing = undefined; });
      writing = all;
    }
    await writing;
  }
  async function flushInTurn(): Promise<void> {
    while (writing !== undefined) await writing;
    await flush();
  }

  schedule(0);
  return {
    touch: () => schedule(),
    flush,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
