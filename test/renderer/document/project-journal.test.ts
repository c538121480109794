/** The autosave journal: whatever instant it is cut at, what comes back is a state that the document was in, with its history. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphDoc } from '../../../engine/graph/document.ts';
import { type JournalStorage, type JournalWrite, type StoredJournal, replay, savedEdits } from '../../../renderer/document/journal.ts';
import { startJournal } from '../../../renderer/document/journal-writer.ts';
import { emptyDocument } from '../../../renderer/document/empty.ts';
import { createDocumentStore, isUnsaved } from '../../../renderer/document/store.ts';

/** Keeps structured clones, as IndexedDB does; after `cut` writes nothing arrives any more. */
function memoryStorage(cut = Number.POSITIVE_INFINITY) {
  let snapshot: unknown;
  let entries: { seq: number; entry: unknown }[] = [];
  let unsaved = false;
  let writes = 0;
  const storage: JournalStorage = {
    heads: async () => [],
    read: async () => stored(),
    write: async (write: JournalWrite) => {
      if (++writes > cut) return;
      const copy = structuredClone(write);
      if (copy.snapshot !== undefined) {
        snapshot = copy.snapshot;
        entries = [];
      }
      entries.push(...copy.entries);
      unsaved = copy.head.unsaved;
    },
    remove: async () => {},
  };
  const stored = (): StoredJournal => structuredClone({ snapshot, entries });
  return { storage, stored, writes: () => writes, unsaved: () => unsaved };
}

type Action = { readonly kind: 'edit'; readonly key: number; readonly value: number; readonly merge: boolean } | { readonly kind: 'undo' | 'redo' | 'save' | 'flush' | 'open' };
const actions: fc.Arbitrary<Action[]> = fc.array(fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('edit' as const), key: fc.integer({ min: 0, max: 4 }), value: fc.integer({ min: 0, max: 1e6 }), merge: fc.boolean() }) },
  { weight: 6, arbitrary: fc.constantFrom<Action>({ kind: 'undo' }, { kind: 'redo' }, { kind: 'flush' }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ kind: 'save' }, { kind: 'open' }) },
), { maxLength: 60 });

async function perform(list: readonly Action[], storage: JournalStorage) {
  let clock = 0;
  const documents = createDocumentStore(emptyDocument(), () => (clock += 10));
  const failures: unknown[] = [];
  const writer = startJournal({ documents, storage, session: 's', about: () => ({ file: undefined, path: [] }), onWritten: () => {}, onFailed: (error) => failures.push(error) });
  await writer.flush();
  /** The states at the moments at which everything had been written. */
  const states = [documents.getState()];
  for (const action of list) {
    switch (action.kind) {
      case 'edit': documents.edit('label', (draft) => {
        draft.nodes[`n${String(action.key)}`] = { type: 'ReLU', params: { value: action.value }, position: { x: action.value, y: 0 } };
      }, action.merge ? { mergeKey: `k${String(action.key)}` } : {}); break;
      case 'undo': documents.undo(); break;
      case 'redo': documents.redo(); break;
      case 'save': documents.markSaved(); break;
      case 'open': documents.open({ ...emptyDocument(), name: `opened ${String(clock)}` }); break;
      case 'flush': await writer.flush();
    }
    if (action.kind === 'flush') states.push(documents.getState());
  }
  await writer.flush();
  states.push(documents.getState());
  writer.stop();
  expect(failures).toEqual([]);
  return { documents, states };
}
const anyDocument = (): boolean => true;

describe('the journal', () => {
  it('gives the document and its whole history back', async () => {
    await fc.assert(fc.asyncProperty(actions, async (list) => {
      const memory = memoryStorage();
      const { documents } = await perform(list, memory.storage);
      const state = documents.getState();
      const back = replay(memory.stored(), anyDocument)!;
      expect(back.lost).toBe(0);
      expect(back.doc).toEqual(state.doc);
      expect(savedEdits(back)).toBe(savedEdits(state));
      expect(memory.unsaved()).toBe(isUnsaved(state));

      const again = createDocumentStore(emptyDocument());
      again.open(back.doc, back);
      expect(isUnsaved(again.getState())).toBe(isUnsaved(state));
      // The same undos and redos from here lead to the same documents.
      while (documents.undo()) expect(again.undo()).toBe(true);
      expect(again.undo()).toBe(false);
      expect(again.getState().doc).toEqual(documents.getState().doc);
      while (documents.redo()) expect(again.redo()).toBe(true);
      expect(again.getState().doc).toEqual(documents.getState().doc);
    }), { numRuns: 150 });
  });

  it('cut at any write, gives back what the writes before it held', async () => {
    await fc.assert(fc.asyncProperty(actions, fc.integer({ min: 1, max: 20 }), async (list, cut) => {
      const memory = memoryStorage(cut);
      const { states } = await perform(list, memory.storage);
      const back = replay(memory.stored(), anyDocument)!;
      expect(states.map(({ doc }) => JSON.stringify(doc))).toContain(JSON.stringify(back.doc));
      if (memory.writes() <= cut) expect(back.doc).toEqual(states.at(-1)!.doc);
    }), { numRuns: 150 });
  });

  it('with a damaged entry, gives back the longest prefix and says how much is lost', async () => {
    const memory = memoryStorage();
    const list: Action[] = [0, 1, 2, 3, 4].flatMap((key) => [{ kind: 'edit', key, value: key, merge: false }, { kind: 'flush' }]);
    const { states } = await perform(list, memory.storage);
    const whole = memory.stored();
    const damages: ((entries: { seq: number; entry: unknown }[]) => unknown)[] = [
      (entries) => entries.splice(2, 1), (entries) => (entries[2]!.entry = null), (entries) => (entries[2]!.entry = { kind: 'edit', patches: 'x', inverse: [] }),
      (entries) => (entries[2]!.entry = { kind: 'edit', label: '', patches: [{ op: 'replace', path: ['nodes', 'absent', 'params', 'x'], value: 1 }], inverse: [] }), (entries) => (entries[2]!.entry = { kind: 'later' }),
    ];
    for (const damage of damages) {
      const entries = structuredClone([...whole.entries]);
      damage(entries);
      const back = replay({ snapshot: whole.snapshot, entries }, anyDocument)!;
      expect(back.doc).toEqual(states[2]!.doc);
      expect(back.lost).toBeGreaterThan(0);
    }
    expect(replay({ snapshot: { seq: 'x' }, entries: whole.entries }, anyDocument)).toBeUndefined();
  });

  it('passes over states that are no valid document', async () => {
    const memory = memoryStorage();
    await perform([{ kind: 'edit', key: 0, value: 1, merge: false }, { kind: 'flush' }, { kind: 'edit', key: 1, value: 2, merge: false }], memory.storage);
    const back = replay(memory.stored(), (doc: GraphDoc) => doc.nodes['n1'] === undefined)!;
    expect(Object.keys(back.doc.nodes)).toEqual(['n0']);
    expect(back.lost).toBe(1);
  });

  it('takes a snapshot now and then, so that reading stays short', async () => {
    const memory = memoryStorage();
    const list: Action[] = Array.from({ length: 700 }, (_, i) => [{ kind: 'edit' as const, key: i % 5, value: i, merge: false }, { kind: 'flush' as const }]).flat();
    const { documents } = await perform(list, memory.storage);
    expect(memory.stored().entries.length).toBeLessThanOrEqual(200);
    expect(replay(memory.stored(), anyDocument)!.doc).toEqual(documents.getState().doc);
    expect(replay(memory.stored(), anyDocument)!.undoStack.length).toBeGreaterThanOrEqual(200);
  });

  it('tries again after a write that failed, with everything in it', async () => {
    const memory = memoryStorage();
    let failing = false;
    const storage: JournalStorage = { ...memory.storage, write: (write) => (failing ? Promise.reject(new Error('full')) : memory.storage.write(write)) };
    const documents = createDocumentStore(emptyDocument());
    const failures: unknown[] = [];
    const writer = startJournal({ documents, storage, session: 's', about: () => ({ file: undefined, path: [] }), onWritten: () => {}, onFailed: (error) => failures.push(error) });
    await writer.flush();
    failing = true;
    documents.edit('label', (draft) => { draft.name = 'one'; });
    await writer.flush();
    failing = false;
    documents.edit('label', (draft) => { draft.name = 'two'; });
    await writer.flush();
    writer.stop();
    expect(failures).toHaveLength(1);
    expect(replay(memory.stored(), anyDocument)).toMatchObject({ doc: { name: 'two' }, lost: 0 });
  });

  it('a window that goes does not wait for the write under way', async () => {
    const { storage, stored } = memoryStorage();
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => { release = resolve; });
    let isSlow = false;
    const documents = createDocumentStore(emptyDocument());
    const writer = startJournal({
      documents, storage: { ...storage, write: async (write) => { await storage.write(write); if (isSlow) await slow; } }, session: 's', about: () => ({ file: undefined, path: [] }), onWritten: () => {}, onFailed: () => {},
    });
    await writer.flush();
    isSlow = true;
    documents.edit('label', (draft) => { draft.name = 'first'; });
    void writer.flush();
    documents.edit('label', (draft) => { draft.name = 'second'; });
    void writer.flush();
    expect(replay(stored(), anyDocument)?.doc.name).toBe('second');
    release();
    writer.stop();
  });
});
