/**
 * The open document: an immutable value, edited by recipes. Immer turns a recipe into patches, and
 * undo, redo and the autosave journal are made of those, so an edit is written down once.
 */
import { type Draft, type Patch, applyPatches, enablePatches, produceWithPatches } from 'immer';
import { createStore } from 'zustand/vanilla';
import type { GraphDoc } from '../../engine/graph/document.ts';

enablePatches();

export type DocDraft = Draft<GraphDoc>;
/** Key of the `commands` locale namespace that names the edit in "Undo …". */
export type EditLabel = string;

export interface Edit {
  readonly label: EditLabel;
  readonly patches: readonly Patch[];
  readonly inverse: readonly Patch[];
  /** Edits with the same key that follow each other within MERGE_MS are undone together: typing into a field, dragging a slider. */
  readonly mergeKey: string | undefined;
  readonly at: number;
}

export interface DocumentState {
  readonly doc: GraphDoc;
  /** Grows by one with every change, undo and redo included. */
  readonly revision: number;
  readonly undoStack: readonly Edit[];
  readonly redoStack: readonly Edit[];
  /** The edit on top of the undo stack when the document was last saved; undefined for none. */
  readonly savedAt: Edit | undefined;
  /** Counts documents: grows when another one is opened, so that whatever belongs to one document starts anew. */
  readonly generation: number;
}

export type History = Pick<DocumentState, 'undoStack' | 'redoStack' | 'savedAt'>;

/** Long enough for a pause between two key strokes. */
const MERGE_MS = 800;
/** Patches of an edit are small; a thousand edits are a few megabytes at most. */
const MAX_UNDO = 1000;
/** What is kept whatever it takes: "200 steps and more". */
const MIN_UNDO = 200;
/** Characters of patches as JSON that the history may hold beyond these steps: pasting large graphs again and again would fill the memory. */
const MAX_HISTORY_CHARACTERS = 64e6;
/** In place of `savedAt` when that step is no longer known: no state that can be undone to is the saved one. */
const FORGOTTEN: Edit = { label: '', patches: [], inverse: [], mergeKey: undefined, at: 0 };

/** Hears of every change as patches: the journal. `patches` lead from the document before to the one after. */
export type ChangeListener = (change: { readonly kind: 'edit' | 'undo' | 'redo'; readonly patches: readonly Patch[] } | { readonly kind: 'open' | 'saved' }) => void;

export type DocumentStore = ReturnType<typeof createDocumentStore>;

export function createDocumentStore(initial: GraphDoc, now: () => number = () => performance.now(), historyCharacters: number = MAX_HISTORY_CHARACTERS) {
  const store = createStore<DocumentState>(() => ({ doc: initial, revision: 0, undoStack: [], redoStack: [], savedAt: undefined, generation: 0 }));
  const listeners = new Set<ChangeListener>();
  /** What `together` has made so far. */
  let group: { readonly label: EditLabel; edit: Edit | undefined } | undefined;
  const tell: ChangeListener = (change) => {
    for (const listener of listeners) listener(change);
  };

  /** Returns false when the recipe changed nothing. */
  function edit(label: EditLabel, recipe: (draft: DocDraft) => void, options: { readonly mergeKey?: string } = {}): boolean {
    const state = store.getState();
    const [doc, patches, inverse] = produceWithPatches(state.doc, (draft: DocDraft) => {
      recipe(draft);
    });
    if (patches.length === 0) return false;
    const last = state.undoStack.at(-1);
    const at = now();
    const isSameField = last !== undefined && options.mergeKey !== undefined && last.mergeKey === options.mergeKey && at - last.at < MERGE_MS && state.savedAt !== last;
    const merges = last !== undefined && (group?.edit === undefined ? isSameField && group === undefined : group.edit === last);
    const next: Edit = merges
      ? { ...last, ...joined(last, { patches, inverse }), at }
      : group === undefined ? { label, patches, inverse, mergeKey: options.mergeKey, at } : { label: group.label, patches, inverse, mergeKey: undefined, at };
    if (group !== undefined) group.edit = next;
    const all = [...(merges ? state.undoStack.slice(0, -1) : state.undoStack), next];
    const undoStack = all.slice(-keptSteps(all, historyCharacters));
    // The saved state was undone and edited away, or it lies before the first step that is kept.
    const savedAt = undoStack.length < all.length && (state.savedAt === undefined || !undoStack.includes(state.savedAt)) ? FORGOTTEN : state.savedAt;
    store.setState({ doc, revision: state.revision + 1, undoStack, redoStack: [], savedAt });
    tell({ kind: 'edit', patches });
    return true;
  }

  /** All edits that `run` makes are undone as one: a node that is moved and inserted into a wire by one drop. */
  function together<T>(label: EditLabel, run: () => T): T {
    const outer = group;
    group ??= { label, edit: undefined };
    try {
      return run();
    } finally {
      group = outer;
    }
  }

  function undo(): boolean {
    const { doc, revision, undoStack, redoStack } = store.getState();
    const last = undoStack.at(-1);
    if (last === undefined) return false;
    store.setState({ doc: applyPatches(doc, last.inverse), revision: revision + 1, undoStack: undoStack.slice(0, -1), redoStack: [...redoStack, last] });
    tell({ kind: 'undo', patches: last.inverse });
    return true;
  }

  function redo(): boolean {
    const { doc, revision, undoStack, redoStack } = store.getState();
    const next = redoStack.at(-1);
    if (next === undefined) return false;
    store.setState({ doc: applyPatches(doc, next.patches), revision: revision + 1, undoStack: [...undoStack, next], redoStack: redoStack.slice(0, -1) });
    tell({ kind: 'redo', patches: next.patches });
    return true;
  }

  /** Another document takes this one's place; nothing of the old one can be undone. A recovered one brings its history along. */
  function open(doc: GraphDoc, history: History = { undoStack: [], redoStack: [], savedAt: undefined }): void {
    const { revision, generation } = store.getState();
    store.setState({ ...history, doc, revision: revision + 1, generation: generation + 1 });
    tell({ kind: 'open' });
  }

  /** `written` is the state whose document went to the file: edits may have come since. */
  function markSaved(written: DocumentState = store.getState()): void {
    store.setState({ savedAt: written.undoStack.at(-1) });
    tell({ kind: 'saved' });
  }

  function onChange(listener: ChangeListener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return { ...store, edit, together, undo, redo, open, markSaved, onChange };
}

type Change = Pick<Edit, 'patches' | 'inverse'>;

/** Two changes as one. Where the second sets anew just what the first has set, as a slider does that is dragged, its values take their place. */
function joined(first: Change, second: Change): Change {
  const repeats = second.patches.length === first.patches.length && second.patches.every((patch, i) => patch.op === 'replace' && first.patches[i]!.op === 'replace' && isSamePath(patch, first.patches[i]!));
  return repeats ? { patches: second.patches, inverse: first.inverse } : { patches: [...first.patches, ...second.patches], inverse: [...second.inverse, ...first.inverse] };
}

const isSamePath = (a: Patch, b: Patch): boolean => a.path.length === b.path.length && a.path.every((part, i) => part === b.path[i]);

const sizes = new WeakMap<Edit, number>();
/** Characters of an edit's patches, about what they take of the memory. */
function sizeOf(edit: Edit): number {
  let size = sizes.get(edit);
  if (size === undefined) sizes.set(edit, (size = JSON.stringify([edit.patches, edit.inverse]).length));
  return size;
}

/** How many of the latest steps stay. */
function keptSteps(steps: readonly Edit[], limit: number): number {
  if (steps.length <= MIN_UNDO) return steps.length;
  let characters = 0;
  let kept = 0;
  while (kept < Math.min(steps.length, MAX_UNDO)) {
    characters += sizeOf(steps[steps.length - 1 - kept]!);
    if (characters > limit && kept >= MIN_UNDO) break;
    kept++;
  }
  return kept;
}

/** Whether there are edits that no file holds. */
export const isUnsaved = (state: DocumentState): boolean => state.undoStack.at(-1) !== state.savedAt;
