/** The edits over the stores of one window. */
import type { ChecksStore } from './checks.ts';
import type { Editing } from './editing.ts';
import type { EditorStore } from './editor-store.ts';
import type { DocumentStore } from './store.ts';

export function createEditing(_documents: DocumentStore, _editor: EditorStore, _checks: ChecksStore): Editing {
  return new Proxy({}, { get: (_target, name) => () => { throw new Error(`${String(name)} is not written yet`); } }) as Editing;
}
