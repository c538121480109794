/** Several edits that are one step of undo. */
import { expect, it } from 'vitest';
import { emptyDocument } from '../../../renderer/document/empty.ts';
import { createDocumentStore } from '../../../renderer/document/store.ts';

const rename = (store: ReturnType<typeof createDocumentStore>, name: string): boolean => store.edit('edit.set-name', (doc) => { doc.name = name; }, { mergeKey: 'name' });

it('undoes and redoes edits that were made together at once', () => {
  const store = createDocumentStore(emptyDocument());
  const before = store.getState().doc;
  store.together('edit.move', () => {
    store.edit('edit.set-name', (doc) => { doc.name = 'a'; });
    store.together('edit.connect', () => store.edit('edit.set-training', (doc) => { doc.training.epochs = 3; }));
  });
  const after = store.getState().doc;
  expect(store.getState().undoStack.map(({ label }) => label)).toEqual(['edit.move']);
  store.undo();
  expect(store.getState().doc).toEqual(before);
  store.redo();
  expect(store.getState().doc).toEqual(after);
});

it('merges with neither what came before nor what comes after', () => {
  const store = createDocumentStore(emptyDocument(), () => 0);
  rename(store, 'a');
  store.together('edit.move', () => rename(store, 'b'));
  rename(store, 'c');
  expect(store.getState().undoStack).toHaveLength(3);
});

it('ends with an error too', () => {
  const store = createDocumentStore(emptyDocument(), () => 0);
  expect(() => store.together('edit.move', () => { rename(store, 'a'); throw new Error('half way'); })).toThrow('half way');
  rename(store, 'b');
  expect(store.getState().undoStack).toHaveLength(2);
});
