/** A document as a file: opening never costs work, saving tells what became of it, another window's file is left alone. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { serializeDocument } from '../../../engine/graph/parse.ts';
import { createUiStore } from '../../../renderer/app/ui-store.ts';
import { createEditorStore } from '../../../renderer/document/editor-store.ts';
import { emptyDocument } from '../../../renderer/document/empty.ts';
import type { JournalStorage, JournalWrite, SessionHead } from '../../../renderer/document/journal.ts';
import { type ProjectStore, createProjectStore } from '../../../renderer/document/project.ts';
import { createDocumentStore, isUnsaved } from '../../../renderer/document/store.ts';
import { type FileRef, HostError, type OpenedFile } from '../../../renderer/host/host.ts';
import { startI18n } from '../../../renderer/i18n/i18n.ts';

const fileRef = (name: string): FileRef => ({ key: `key of ${name}`, name, writable: true });
const opened = (name: string, content: string | Uint8Array): OpenedFile => ({ file: fileRef(name), bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content });
const documentNamed = (name: string): string => serializeDocument({ ...emptyDocument(), name });
const memoryStorage = () => {
  const map = new Map<string, string>();
  return { getItem: (key: string) => map.get(key) ?? null, setItem: (key: string, value: string) => void map.set(key, value) };
};

/** Journals of several windows; claims die with `die`. */
function shared() {
  const heads = new Map<string, SessionHead>();
  const journals = new Map<string, { snapshot: unknown; entries: { seq: number; entry: unknown }[] }>();
  const claims = new Map<string, symbol>();
  const storage: JournalStorage = {
    heads: async () => [...heads.values()],
    read: async (session) => structuredClone(journals.get(session) ?? { snapshot: undefined, entries: [] }),
    write: async (write: JournalWrite) => {
      const { head, snapshot, entries } = structuredClone(write);
      const before = journals.get(head.session);
      heads.set(head.session, head);
      journals.set(head.session, { snapshot: snapshot ?? before?.snapshot, entries: [...(snapshot === undefined ? before?.entries ?? [] : []), ...entries] });
    },
    remove: async (session) => {
      heads.delete(session);
      journals.delete(session);
    },
  };
  return { storage, heads, claims };
}

function openWindow(world = shared(), kept = memoryStorage(), local = memoryStorage()) {
  const owner = Symbol('window');
  const host = {
    open: vi.fn(async (): Promise<OpenedFile | undefined> => undefined), reopen: vi.fn(async (_file: FileRef): Promise<OpenedFile> => { throw new HostError('not-found', 'gone.netloom'); }),
    openDropped: vi.fn(async (): Promise<OpenedFile | undefined> => undefined),
    save: vi.fn(async (_bytes: Uint8Array, options: { file?: FileRef; suggestedName: string }): Promise<FileRef | undefined> => options.file ?? fileRef(options.suggestedName)),
    claim: async (key: string) => {
      if (world.claims.has(key)) return undefined;
      world.claims.set(key, owner);
      return () => void world.claims.delete(key);
    },
  };
  const documents = createDocumentStore(emptyDocument());
  const ui = createUiStore();
  const project = createProjectStore({ host, documents, editor: createEditorStore(), ui, storage: local, journals: world.storage });
  const edit = (name: string) => documents.edit('edit.name', (draft) => { draft.name = name; });
  const die = () => {
    for (const [key, each] of world.claims) if (each === owner) world.claims.delete(key);
  };
  return { host, documents, ui, project, edit, die, kept };
}
/** Answers the next question; resolves to what it was. */
const answering = (ui: ReturnType<typeof createUiStore>, answer: string | undefined) => vi.waitFor(() => {
  const { question } = ui.getState();
  if (question === undefined) throw new Error('no question yet');
  ui.answer(answer);
  return question;
});

beforeAll(() => startI18n('en'));

describe('files', () => {
  let window: ReturnType<typeof openWindow>;
  let project: ProjectStore;
  beforeEach(() => {
    window = openWindow();
    ({ project } = window);
  });

  it('saves under a name made of the document\'s, and knows what is saved', async () => {
    window.edit('My: "net"/1');
    expect(isUnsaved(window.documents.getState())).toBe(true);
    expect(await project.save()).toBe(true);
    expect(window.host.save.mock.calls[0]![1].suggestedName).toBe('My net 1.netloom');
    expect(isUnsaved(window.documents.getState())).toBe(false);
    expect(project.getState().recent.map(({ name }) => name)).toEqual(['My net 1.netloom']);
    window.edit('two');
    await project.save();
    expect(window.host.save.mock.calls[1]![1].file).toEqual(fileRef('My net 1.netloom'));
  });

  it('edits made while the file is written count as unsaved', async () => {
    window.edit('one');
    window.host.save.mockImplementationOnce(async () => {
      window.edit('two');
      return fileRef('one.netloom');
    });
    await project.save();
    expect(isUnsaved(window.documents.getState())).toBe(true);
  });

  it('tells when it cannot be written, and goes on', async () => {
    window.edit('one');
    window.host.save.mockRejectedValueOnce(new HostError('no-space', 'one.netloom'));
    expect(await project.save()).toBe(false);
    expect(window.ui.getState().toasts[0]!.message).toContain('one.netloom');
    expect(isUnsaved(window.documents.getState())).toBe(true);
  });

  it.each([
    ['damaged.netloom', documentNamed('x').slice(0, 40), 'damaged', /line \d+, column \d+/],
    ['picture.netloom', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 255]), 'image', /UTF-8/],
    ['later.netloom', documentNamed('x').replace(/"version": \d+/, '"version": 999'), 'newer version', /999/],
    ['weights.netloom', new Uint8Array([0x50, 0x4b, 3, 4, 255]), 'archive', /UTF-8/],
    ['empty.netloom', '', 'not a Netloom document', /empty/],
  ])('%s is refused in plain words, and the open document stays', async (name, content, word, detail) => {
    window.edit('mine');
    const done = project.openFile(opened(name, content));
    const question = await answering(window.ui, 'ok');
    expect(question.title).toContain(name);
    expect(question.message).toContain(word);
    expect(question.detail).toMatch(detail);
    expect(await done).toBe(false);
    expect(window.documents.getState().doc.name).toBe('mine');
    expect(project.getState().file).toBeUndefined();
  });

  it('asks before unsaved work is lost', async () => {
    window.edit('mine');
    const kept = project.openFile(opened('a.netloom', documentNamed('a')));
    await answering(window.ui, 'cancel');
    expect(await kept).toBe(false);
    expect(window.documents.getState().doc.name).toBe('mine');

    const saved = project.openFile(opened('a.netloom', documentNamed('a')));
    await answering(window.ui, 'save');
    expect(await saved).toBe(true);
    expect(new TextDecoder().decode(window.host.save.mock.calls[0]![0])).toContain('"mine"');
    expect(window.documents.getState().doc.name).toBe('a');

    window.edit('b');
    const discarded = project.openNew();
    await answering(window.ui, 'discard');
    expect(await discarded).toBe(true);
    expect(window.documents.getState().doc.name).toBe('');
    expect(project.getState().file).toBeUndefined();
  });

  it('forgets a recent file that is gone', async () => {
    await project.openFile(opened('a.netloom', documentNamed('a')));
    expect(project.getState().recent).toHaveLength(1);
    expect(await project.openRecent(project.getState().recent[0]!)).toBe(false);
    expect(project.getState().recent).toHaveLength(0);
    expect(window.ui.getState().toasts[0]!.message).toContain('gone.netloom');
  });

  it('a file that is open in another window is opened as a copy, or not at all', async () => {
    const world = shared();
    const [first, second] = [openWindow(world), openWindow(world)];
    const file = opened('a.netloom', documentNamed('a'));
    expect(await first.project.openFile(file)).toBe(true);
    const refused = second.project.openFile(file);
    const question = await answering(second.ui, undefined);
    expect(question.title).toContain('another window');
    expect(await refused).toBe(false);
    const copied = second.project.openFile(file);
    await answering(second.ui, 'copy');
    expect(await copied).toBe(true);
    expect(second.project.getState()).toMatchObject({ file: undefined, openElsewhere: true });
    expect(second.documents.getState().doc.name).toBe('a (copy)');
    // The first lets it go: now it can be had.
    await first.project.openNew();
    expect(await second.project.openFile(file)).toBe(true);
    expect(second.project.getState()).toMatchObject({ file: file.file, openElsewhere: false });
  });
});

describe('windows that die', () => {
  it('a reload comes back to where it was, history and file with it', async () => {
    const world = shared();
    const kept = memoryStorage();
    const before = openWindow(world, kept);
    expect(await before.project.begin(kept)).toBe(false);
    await before.project.openFile(opened('a.netloom', documentNamed('a')));
    before.edit('b');
    before.edit('c');
    before.documents.undo();
    await before.project.flush();
    before.die();
    const after = openWindow(world, kept);
    expect(await after.project.begin(kept)).toBe(true);
    expect(after.documents.getState().doc.name).toBe('b');
    expect(after.project.getState().file?.name).toBe('a.netloom');
    expect(isUnsaved(after.documents.getState())).toBe(true);
    after.documents.undo();
    expect(isUnsaved(after.documents.getState())).toBe(false);
    after.documents.redo();
    after.documents.redo();
    expect(after.documents.getState().doc.name).toBe('c');
  });

  it('unsaved work is offered to the next window, once, and goes only when it is safe', async () => {
    const world = shared();
    const dead = openWindow(world);
    await dead.project.begin(dead.kept);
    dead.edit('precious');
    await dead.project.flush();
    const [living, idle] = [openWindow(world), openWindow(world)];
    await living.project.begin(living.kept);
    expect(living.project.getState().lost).toHaveLength(0);
    dead.die();
    const next = openWindow(world);
    await next.project.begin(next.kept);
    expect(next.project.getState().lost.map(({ head }) => head.name)).toEqual(['precious']);
    await idle.project.begin(idle.kept);
    expect(idle.project.getState().lost).toHaveLength(0);
    expect(await next.project.restore(next.project.getState().lost[0]!)).toBe(true);
    expect(next.documents.getState().doc.name).toBe('precious');
    expect(isUnsaved(next.documents.getState())).toBe(true);
    expect([...world.heads.values()].filter(({ unsaved }) => unsaved).map(({ name }) => name)).toEqual(['precious']);
    expect(next.project.getState().lost).toHaveLength(0);
  });

  it('saved work of a dead window is not offered, and its journal goes', async () => {
    const world = shared();
    const dead = openWindow(world);
    await dead.project.begin(dead.kept);
    dead.edit('saved');
    await dead.project.save();
    await dead.project.flush();
    dead.die();
    const next = openWindow(world);
    await next.project.begin(next.kept);
    expect(next.project.getState().lost).toHaveLength(0);
    await next.project.flush();
    expect(world.heads.size).toBe(1);
  });
});
