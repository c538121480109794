/**
 * Which file the open document is, and everything that happens to it: new, open, save, recover. All
 * of it asks before work is lost, and tells in plain words what could not be done.
 */
import { createStore } from 'zustand/vanilla';
import { type GraphDoc, DOCUMENT_VERSION } from '../../engine/graph/document.ts';
import { serializeDocument } from '../../engine/graph/parse.ts';
import type { UiStore } from '../app/ui-store.ts';
import { type FileRef, type Host, HostError, type OpenedFile, type SaveFilter } from '../host/host.ts';
import { textNow, translate } from '../i18n/i18n.ts';
import type { EditorStore } from './editor-store.ts';
import { emptyDocument } from './empty.ts';
import type { JournalStorage, Recovered, SessionHead } from './journal.ts';
import { type JournalWriter, startJournal } from './journal-writer.ts';
import { loadDocument } from './load.ts';
import { type RecentStorage, addRecent, readRecent, removeRecent } from './project-recent.ts';
import { type LostSession, findLostSessions, readSession, takeSession } from './recovery.ts';
import { type DocumentStore, isUnsaved } from './store.ts';

export interface ProjectState {
  /** Undefined for a document that was never saved. */
  readonly file: FileRef | undefined;
  /** This is a copy, because another window has the file itself open; it ends when the copy is saved. */
  readonly openElsewhere: boolean;
  /** Newest first. */
  readonly recent: readonly FileRef[];
  /** When this window last wrote the file, and the journal; milliseconds since 1970. */
  readonly savedAt: number | undefined;
  readonly autosavedAt: number | undefined;
  /** The journal cannot be written: nothing but a file keeps the work. */
  readonly autosaveFails: boolean;
  /** Unsaved work of windows that died, newest first; claimed by this window until it is restored, discarded or put off. */
  readonly lost: readonly LostSession[];
}
export type ProjectStore = ReturnType<typeof createProjectStore>;

export interface ProjectParts {
  readonly host: Pick<Host, 'open' | 'reopen' | 'openDropped' | 'save' | 'claim'>;
  readonly documents: DocumentStore;
  readonly editor: EditorStore;
  readonly ui: UiStore;
  readonly storage: RecentStorage;
  readonly journals: JournalStorage;
}

const documentFilter = (): SaveFilter => ({ extension: 'netloom', mime: 'application/json', description: translate('app:file.document') });

export function createProjectStore({ host, documents, editor, ui, storage, journals }: ProjectParts) {
  const store = createStore<ProjectState>(() => ({ file: undefined, openElsewhere: false, recent: readRecent(storage), savedAt: undefined, autosavedAt: undefined, autosaveFails: false, lost: [] }));
  let journal: JournalWriter | undefined;
  let releaseFile: (() => void) | undefined;

  const setFile = (file: FileRef | undefined, release: (() => void) | undefined, rest: Partial<ProjectState> = {}): void => {
    if (releaseFile !== release) releaseFile?.();
    releaseFile = release;
    store.setState({ file, savedAt: undefined, openElsewhere: false, ...rest, ...(file === undefined ? {} : { recent: addRecent(storage, file) }) });
  };
  const show = (doc: GraphDoc): void => {
    documents.open(doc);
    editor.enter([]);
    ui.announce(translate('app:file.nowOpen', { name: doc.name === '' ? translate('app:untitled') : doc.name }));
  };

  /** True when the open document may go: it is saved, or the user says so. */
  async function mayDiscard(): Promise<boolean> {
    if (!isUnsaved(documents.getState())) return true;
    const { name } = documents.getState().doc;
    const answer = await ui.ask({
      title: translate('app:discard.title', { name: name === '' ? translate('app:untitled') : name }), message: translate('app:discard.message'),
      answers: [{ id: 'save', title: translate('app:discard.save') }, { id: 'discard', title: translate('app:discard.dont'), tone: 'danger' }, { id: 'cancel', title: translate('app:cancel') }],
    });
    if (answer === 'save') return save();
    return answer === 'discard';
  }

  /** A document without a file: empty, from a template, from a run. False when the user kept the open one. */
  async function openNew(doc: GraphDoc = emptyDocument()): Promise<boolean> {
    if (!await mayDiscard()) return false;
    setFile(undefined, undefined);
    show(doc);
    return true;
  }

  /** Undefined, and told, when the file is no document that can be read. */
  async function read({ file, bytes }: OpenedFile): Promise<GraphDoc | undefined> {
    const { doc, problem, kind } = loadDocument(bytes);
    if (doc !== undefined) return doc;
    const known = problem.numbers?.['known'] ?? DOCUMENT_VERSION;
    const message = problem.code === 'file-newer' ? translate('app:openFailed.newer', { version: problem.numbers?.['version'], known })
      : kind === 'document' ? translate('app:openFailed.damaged') : translate(`app:openFailed.kind.${kind}`);
    await ui.ask({
      title: translate('app:openFailed.title', { name: file.name }), message: `${message} ${translate('app:openFailed.kept')}`,
      detail: textNow(problem.text), answers: [{ id: 'ok', title: translate('app:ok') }],
    });
    return undefined;
  }

  /** Reads first and asks afterwards: nobody should give up their work for a file that cannot be opened. */
  async function openFile(opened: OpenedFile): Promise<boolean> {
    const doc = await read(opened);
    if (doc === undefined) return false;
    const { file } = opened;
    const isSame = store.getState().file?.key === file.key;
    const release = isSame ? releaseFile : await host.claim(file.key);
    if (release === undefined && !isSame) {
      const answer = await ui.ask({ title: translate('app:elsewhere.title', { name: file.name }), message: translate('app:elsewhere.message'), answers: [{ id: 'copy', title: translate('app:elsewhere.copy') }, { id: 'cancel', title: translate('app:cancel') }] });
      if (answer !== 'copy' || !await mayDiscard()) return false;
      setFile(undefined, undefined, { openElsewhere: true });
      show({ ...doc, name: translate('app:elsewhere.name', { name: doc.name }) });
      return true;
    }
    if (!await mayDiscard()) {
      if (!isSame) release?.();
      return false;
    }
    setFile(file, release);
    show(doc);
    return true;
  }

  async function open(): Promise<boolean> {
    const opened = await attempt(() => host.open());
    return opened !== undefined && openFile(opened);
  }
  async function openRecent(file: FileRef): Promise<boolean> {
    const opened = await attempt(() => host.reopen(file), () => forget(file));
    return opened !== undefined && openFile(opened);
  }
  async function openDropped(item: DataTransferItem): Promise<boolean> {
    const opened = await attempt(() => host.openDropped(item));
    return opened !== undefined && openFile(opened);
  }

  /** False when the user changed their mind, or it could not be written (which is told). */
  async function save(options: { readonly as?: boolean } = {}): Promise<boolean> {
    const state = documents.getState();
    const { file } = store.getState();
    const bytes = new TextEncoder().encode(serializeDocument(state.doc));
    const target = options.as === true || file?.writable !== true ? {} : { file };
    const saved = await attempt(() => host.save(bytes, { ...target, suggestedName: suggestedName(state.doc, file), filter: documentFilter() }));
    if (saved === undefined) return false;
    const release = saved.key === file?.key ? releaseFile : await host.claim(saved.key);
    if (release === undefined && saved.key !== file?.key) ui.toast({ tone: 'warning', message: translate('app:elsewhere.overwritten', { name: saved.name }) });
    setFile(saved, release, { savedAt: Date.now() });
    documents.markSaved(state);
    ui.announce(translate('app:file.savedAs', { name: saved.name }));
    return true;
  }

  /** Bytes that are no document: code, pictures, tables. Tells where they went. */
  async function exportFile(bytes: Uint8Array, name: string, filter: SaveFilter): Promise<boolean> {
    const saved = await attempt(() => host.save(bytes, { suggestedName: name, filter }));
    if (saved !== undefined) ui.toast({ tone: 'ok', message: translate('app:file.savedAs', { name: saved.name }) });
    return saved !== undefined;
  }

  async function attempt<T>(work: () => Promise<T | undefined>, onGone: () => void = () => {}): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      if (error.code === 'not-found') onGone();
      ui.toast({ tone: 'danger', message: translate(`app:hostError.${error.code}`, { name: error.fileName }) });
      return undefined;
    }
  }

  const forget = (file: FileRef): void => store.setState({ recent: removeRecent(storage, file) });

  /** What a window had open comes back as it was: document, history, file and view. */
  async function resume(recovered: Recovered, { file, path }: SessionHead): Promise<void> {
    const release = file === undefined ? undefined : await host.claim(file.key);
    // Another window has opened the file since: this is a copy now.
    const isTaken = file !== undefined && release === undefined;
    setFile(isTaken ? undefined : file, release, { openElsewhere: isTaken });
    documents.open(recovered.doc, recovered);
    editor.enter(path);
    if (recovered.lost > 0) ui.toast({ tone: 'warning', message: translate('app:recover.partly', { count: recovered.lost }) });
  }

  /**
   * When the window starts: what it had open before a reload comes back, work of dead windows is
   * looked for, and the journal begins. True when something came back. `kept` outlives a reload, not the window.
   */
  async function begin(kept: Pick<Storage, 'getItem' | 'setItem'>): Promise<boolean> {
    const { session, before } = await takeSession(host, journals, kept);
    const recovered = before === undefined ? undefined : await readSession(journals, session).catch(() => undefined);
    if (before !== undefined && recovered !== undefined) await resume(recovered, before);
    else if (before?.unsaved === true) ui.toast({ tone: 'danger', message: translate('app:recover.unreadable', { name: before.name }) });
    journal = startJournal({
      documents, storage: journals, session, about: () => ({ file: store.getState().file, path: editor.getState().path }),
      onWritten: (at) => store.setState({ autosavedAt: at, autosaveFails: false }), onFailed: () => store.setState({ autosaveFails: true }),
    });
    editor.subscribe((now, then) => now.path !== then.path && journal?.touch());
    store.subscribe((now, then) => now.file !== then.file && journal?.touch());
    store.setState({ lost: await findLostSessions(host, journals, session).catch(() => []) });
    return recovered !== undefined;
  }

  /** The journal of the dead window goes only once its work is in this window's own. */
  async function restore(lost: LostSession): Promise<boolean> {
    const { head } = lost;
    const recovered = await readSession(journals, head.session).catch(() => undefined);
    if (recovered === undefined) {
      await ui.ask({ title: translate('app:recover.failedTitle'), message: translate('app:recover.unreadable', { name: head.name }), answers: [{ id: 'ok', title: translate('app:ok') }] });
      return false;
    }
    if (!await mayDiscard()) return false;
    await resume(recovered, head);
    await journal?.flush();
    if (!store.getState().autosaveFails) await discard(lost);
    return true;
  }
  async function discard(lost: LostSession): Promise<void> {
    await journals.remove(lost.head.session);
    lost.release();
    store.setState(({ lost: all }) => ({ lost: all.filter((each) => each !== lost) }));
  }
  /** They are offered again at the next start. */
  function putOff(): void {
    for (const { release } of store.getState().lost) release();
    store.setState({ lost: [] });
  }

  return {
    ...store, begin, restore, discard, putOff, mayDiscard, openNew, openFile, open, openRecent, openDropped, save, exportFile, forget,
    /** Everything so far goes to the journal now: the window is about to disappear. */
    flush: async (): Promise<void> => journal?.flush(),
  };
}

/** Names of files may not hold these on one system or another; the control characters are meant. */
const FORBIDDEN = /[\u0000-\u001f/\\:*?"<>|]+/g;

function suggestedName(doc: GraphDoc, file: FileRef | undefined): string {
  if (file !== undefined) return file.name;
  const name = doc.name.replace(FORBIDDEN, ' ').replace(/\s+/g, ' ').trim().replace(/^\.+|\.+$/g, '');
  return `${name === '' ? translate('app:untitled') : name.slice(0, 120)}.netloom`;
}
