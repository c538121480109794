/**
 * The autosave journal: a snapshot of the document with its history, and the changes since, written
 * down as they happen. Whoever reads it gets the longest prefix that still makes sense.
 */
import { type Patch, applyPatches } from 'immer';
import type { GraphDoc } from '../../engine/graph/document.ts';
import type { FileRef } from '../host/host.ts';
import type { BlockPath } from './scope.ts';
import type { DocumentState, Edit, History } from './store.ts';

export type JournalEntry =
  | { readonly kind: 'edit'; readonly label: string; readonly mergeKey: string | undefined; /** It became one step of undo with the edit before it. */ readonly merges: boolean; readonly patches: readonly Patch[]; readonly inverse: readonly Patch[] }
  | { readonly kind: 'undo' | 'redo' }
  | { readonly kind: 'saved'; /** How many edits of the line of history the file holds; null when it holds none of its states. */ readonly edits: number | null };

/** Entries and snapshots are counted by `seq` without gaps; a snapshot stands for all entries up to its own. */
export interface JournalSnapshot {
  readonly seq: number;
  readonly doc: GraphDoc;
  /** The last edits that were made, oldest first, and those that were undone, next first. */
  readonly undo: readonly Edit[];
  readonly redo: readonly Edit[];
  readonly savedEdits: number | null;
}
/** What the recovery dialog tells without reading everything. */
export interface SessionHead {
  readonly session: string;
  readonly name: string;
  readonly nodes: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  readonly file: FileRef | undefined;
  readonly unsaved: boolean;
  readonly path: BlockPath;
}
export interface StoredJournal {
  /** As they were read: anything may be missing or damaged. */
  readonly snapshot: unknown;
  readonly entries: readonly { readonly seq: number; readonly entry: unknown }[];
}
export interface JournalWrite {
  readonly head: SessionHead;
  readonly snapshot?: JournalSnapshot;
  readonly entries: readonly { readonly seq: number; readonly entry: JournalEntry }[];
}
/** Where journals are kept. Each write is all or nothing and on the disk when it resolves; one with a snapshot removes what that stands for. */
export interface JournalStorage {
  heads(): Promise<readonly SessionHead[]>;
  read(session: string): Promise<StoredJournal>;
  write(write: JournalWrite): Promise<void>;
  remove(session: string): Promise<void>;
}

/** Of a long history the journal keeps this much: some hundred kilobytes. */
const KEPT_EDITS = 250;

/** Stands for a saved state that lies outside of the history that is left: equal to no edit, so the document counts as unsaved. */
const OUT_OF_REACH: Edit = { label: '', patches: [], inverse: [], mergeKey: undefined, at: Number.NEGATIVE_INFINITY };

// Writing ----------------------------------------------------------------------------------------

/** How many edits had been made at the last saved state, counted along the history that is left; null when it is not on that line. */
export function savedEdits({ undoStack, redoStack, savedAt }: History): number | null {
  if (savedAt === undefined) return 0;
  const undone = redoStack.indexOf(savedAt);
  const index = undone === -1 ? undoStack.indexOf(savedAt) : undoStack.length + redoStack.length - 1 - undone;
  return index === -1 ? null : index + 1;
}

export function takeSnapshot(seq: number, state: DocumentState): JournalSnapshot {
  const dropped = Math.max(0, state.undoStack.length - KEPT_EDITS);
  const saved = savedEdits(state);
  return {
    seq, doc: state.doc, undo: state.undoStack.slice(dropped), redo: [...state.redoStack].reverse(),
    savedEdits: saved === null || saved < dropped ? null : saved - dropped,
  };
}

/** The entry for an edit, told from the states before and after it. */
export function editEntry(before: History, after: History, patches: readonly Patch[]): JournalEntry | undefined {
  const made = after.undoStack.at(-1);
  if (made === undefined) return undefined;
  const last = before.undoStack.at(-1);
  const merges = last !== undefined && last !== made && after.undoStack.at(-2) !== last;
  const inverse = merges ? made.inverse.slice(0, made.inverse.length - last.inverse.length) : made.inverse;
  return { kind: 'edit', label: made.label, mergeKey: made.mergeKey, merges, patches, inverse };
}

// Reading ----------------------------------------------------------------------------------------

export interface Recovered extends History {
  readonly doc: GraphDoc;
  /** Changes that could not be read or applied, at the end. */
  readonly lost: number;
}
interface Step extends History {
  readonly doc: GraphDoc;
}

/** Undefined when not even the snapshot can be used. `isValid` judges whole documents. */
export function replay(stored: StoredJournal, isValid: (doc: GraphDoc) => boolean): Recovered | undefined {
  const first = readSnapshot(stored.snapshot);
  if (first === undefined) return undefined;
  const steps = [first.step];
  const entries = stored.entries.filter(({ seq }) => seq > first.seq).sort((a, b) => a.seq - b.seq);
  for (const [i, { seq, entry }] of entries.entries()) {
    if (seq !== first.seq + 1 + i) break;
    const next = advance(steps.at(-1)!, entry);
    if (next === undefined) break;
    steps.push(next);
  }
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    // Most entries leave a valid document, so this looks at one, or at the few behind a damage.
    if (isValid(step.doc)) return { ...step, lost: entries.length - i };
  }
  return undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isPatches = (value: unknown): value is Patch[] => Array.isArray(value) && value.every((patch) => isObject(patch) && typeof patch['op'] === 'string' && Array.isArray(patch['path']));

function readEdit(value: unknown): Edit | undefined {
  if (!isObject(value) || !isPatches(value['patches']) || !isPatches(value['inverse'])) return undefined;
  const { label, mergeKey, patches, inverse } = value;
  // Nothing merges into an edit of an earlier sitting.
  return { label: String(label), patches, inverse, mergeKey: typeof mergeKey === 'string' ? mergeKey : undefined, at: Number.NEGATIVE_INFINITY };
}

function readSnapshot(value: unknown): { readonly seq: number; readonly step: Step } | undefined {
  if (!isObject(value) || typeof value['seq'] !== 'number' || !isObject(value['doc'])) return undefined;
  const edits = (list: unknown): Edit[] | undefined => {
    const read = Array.isArray(list) ? list.map(readEdit) : [undefined];
    return read.every((edit) => edit !== undefined) ? read : undefined;
  };
  const undo = edits(value['undo']);
  const redo = edits(value['redo']);
  // A history that cannot be read is given up; the document counts.
  const history = undo === undefined || redo === undefined ? { undoStack: [], redoStack: [], savedAt: OUT_OF_REACH } : withSaved({ undoStack: undo, redoStack: redo.reverse(), savedAt: undefined }, value['savedEdits']);
  return { seq: value['seq'], step: { doc: value['doc'] as unknown as GraphDoc, ...history } };
}

function withSaved<T extends History>(state: T, edits: unknown): T {
  if (edits === 0) return { ...state, savedAt: undefined };
  const line = [...state.undoStack, ...[...state.redoStack].reverse()];
  return { ...state, savedAt: (typeof edits === 'number' ? line[edits - 1] : undefined) ?? OUT_OF_REACH };
}

/** Undefined when the entry cannot be read, or does not fit what was before it. */
function advance(step: Step, entry: unknown): Step | undefined {
  if (!isObject(entry)) return undefined;
  try {
    switch (entry['kind']) {
      case 'edit': {
        const edit = readEdit(entry);
        if (edit === undefined) return undefined;
        const last = step.undoStack.at(-1);
        const doc = applyPatches(step.doc, edit.patches);
        if (entry['merges'] !== true) return { doc, undoStack: [...step.undoStack, edit], redoStack: [], savedAt: step.savedAt };
        if (last === undefined) return undefined;
        const merged = { ...edit, label: last.label, patches: [...last.patches, ...edit.patches], inverse: [...edit.inverse, ...last.inverse] };
        return { doc, undoStack: [...step.undoStack.slice(0, -1), merged], redoStack: [], savedAt: step.savedAt };
      }
      case 'undo': {
        const last = step.undoStack.at(-1);
        return last === undefined ? undefined : { doc: applyPatches(step.doc, last.inverse), undoStack: step.undoStack.slice(0, -1), redoStack: [...step.redoStack, last], savedAt: step.savedAt };
      }
      case 'redo': {
        const next = step.redoStack.at(-1);
        return next === undefined ? undefined : { doc: applyPatches(step.doc, next.patches), undoStack: [...step.undoStack, next], redoStack: step.redoStack.slice(0, -1), savedAt: step.savedAt };
      }
      case 'saved': return withSaved(step, entry['edits']);
      default: return undefined;
    }
  } catch {
    return undefined;
  }
}
