/** The browser's host in a real browser, behind the product's own server and content policy: the engine and its death, files, claims, the title. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseDocument } from '../../../engine/graph/parse.ts';
import type { GraphDoc } from '../../../engine/graph/document.ts';
import type { EngineInfo, RunEvent, TrainReply } from '../../../engine/protocol.ts';
import type { FileRef, OpenedFile } from '../../../renderer/host/host.ts';
import { projectRoot } from '../../../scripts/import-rules.mjs';
import { browserMissing } from '../../support/browser.ts';
import type { NetloomTest } from '../../support/host-page/page.ts';
import { type HostPage, openHostPage } from '../../support/host-page.ts';

declare const netloomTest: NetloomTest;

const missing = browserMissing();
describe.skipIf(missing !== undefined)(`the browser's host${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let opened: HostPage;
  beforeAll(async () => {
    opened = await openHostPage();
  });
  afterAll(() => opened?.close());
  beforeEach(async () => {
    await opened.page.bringToFront();
  });

  const template = (): GraphDoc => {
    const { doc } = parseDocument(readFileSync(join(projectRoot, 'assets', 'templates', 'digits-cnn.netloom')));
    if (doc === undefined) throw new Error('the template cannot be read');
    return { ...doc, training: { ...doc.training, epochs: 1 } };
  };
  const engineEvents = (kind: RunEvent['kind']): Promise<RunEvent[]> => opened.page.evaluate((wanted) => netloomTest.events.filter((event) => event.kind === wanted), kind);

  describe('the engine', () => {
    test('runs isolated, with shared memory', async () => {
      const info = await opened.page.evaluate((): Promise<EngineInfo> => netloomTest.request('info', {}));
      expect(info.canShareMemory).toBe(true);
      expect(info.processors).toBeGreaterThan(0);
    });
    test('trains the digits on as many threads as it is told, and keeps the run in the browser\'s files', async () => {
      const reply = await opened.page.evaluate((doc): Promise<TrainReply> => netloomTest.request('train', { run: 'first', doc, backend: 'wasm', threads: 2 }), template());
      expect(reply.totalEpochs).toBe(1);
      await vi.waitUntil(async () => (await engineEvents('phase')).some((event) => event.kind === 'phase' && event.phase === 'done'), { timeout: 50_000, interval: 200 });
      const [start] = await engineEvents('start');
      expect(start).toMatchObject({ device: 'CPU · 2 threads' });
      const [epoch] = await engineEvents('epoch');
      expect(epoch?.kind === 'epoch' ? epoch.test?.['accuracy'] : 0).toBeGreaterThan(0.8);
      const runs = await opened.page.evaluate(() => netloomTest.request('runs', {}));
      expect(runs).toMatchObject([{ run: 'first', outcome: 'finished', hasCheckpoint: true }]);
    });
    test('its end is heard of, however it comes, and the next request starts it again', async () => {
      const states = (): Promise<string[]> => opened.page.evaluate(() => netloomTest.states.map(([state, reason]) => `${state}: ${reason ?? ''}`));
      for (const [end, reason] of [['setTimeout(() => close())', /the browser ended it/], ['void setTimeout(() => { throw new Error("out of its wits"); })', /out of its wits/], ['void Promise.reject(new Error("nobody listens"))', /nobody listens/]] as const) {
        const info = await opened.page.evaluate(() => netloomTest.request('info', {}));
        const before = (await states()).length;
        const worker = opened.page.workers().findLast((each) => each.url().includes('engine-worker'));
        // The browser's own tools reach into the worker past its content policy.
        await worker?.evaluate(end).catch(() => undefined);
        await vi.waitUntil(async () => (await states()).slice(before).some((state) => state.startsWith('lost')), { timeout: 10_000 });
        expect((await states()).slice(before).join('\n')).toMatch(reason);
        expect(await opened.page.evaluate(() => netloomTest.request('info', {}))).toEqual(info);
      }
    });
    test('a link that is ended by the window tells of no death', async () => {
      const told = await opened.page.evaluate(async () => {
        const link = await netloomTest.startLink();
        const reasons: string[] = [];
        link.onExit((reason) => reasons.push(reason));
        await new Promise<void>((resolve) => link.onMessage((message) => { if (message.kind === 'ready') resolve(); }));
        link.terminate();
        await new Promise((resolve) => { setTimeout(resolve, 300); });
        return reasons;
      });
      expect(told).toEqual([]);
    });
  });

  describe('files', () => {
    /** Stands for the browser's pickers, which no test can click: files of its private store have the same handles. */
    const usePickers = (): Promise<void> => opened.page.evaluate(() => {
      const picked = async (options: { readonly suggestedName?: string }): Promise<FileSystemFileHandle> =>
        (await navigator.storage.getDirectory()).getFileHandle(options.suggestedName ?? 'opened.netloom', { create: true });
      Object.assign(window, { showSaveFilePicker: picked, showOpenFilePicker: async (options: object) => [await picked(options)] });
    });
    const filter = { extension: 'netloom', mime: 'application/json', description: 'Project' };

    test('a file that was saved is written again without asking, has one key, and opens in another window', async () => {
      await usePickers();
      const saved = await opened.page.evaluate(async (wanted) => {
        const { host } = netloomTest;
        const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
        const first = await host.save(bytes('one, longer'), { suggestedName: 'net', filter: wanted });
        if (first === undefined) throw new Error('not saved');
        Object.assign(window, { showSaveFilePicker: () => Promise.reject(new Error('it must not ask again')) });
        const second = await host.save(bytes('two'), { file: first, suggestedName: 'other', filter: wanted });
        return [first, second];
      }, filter);
      expect(saved[0]).toMatchObject({ name: 'net.netloom', writable: true });
      expect(saved[1]).toEqual(saved[0]);
      const other = await opened.another();
      const text = await other.evaluate(async (file) => new TextDecoder().decode((await netloomTest.host.reopen(file)).bytes), saved[0] as FileRef);
      expect(text).toBe('two');
      await other.close();
    });
    test('a file that has gone says so, and one that is cancelled is none', async () => {
      await usePickers();
      const found = await opened.page.evaluate(async (wanted) => {
        const { host } = netloomTest;
        const file = await host.save(new Uint8Array(3), { suggestedName: 'gone', filter: wanted });
        await (await navigator.storage.getDirectory()).removeEntry('gone.netloom');
        const reopened = await host.reopen(file as FileRef).catch((error: { readonly code?: string }) => error.code);
        Object.assign(window, { showOpenFilePicker: () => Promise.reject(new DOMException('', 'AbortError')) });
        return [reopened, await host.open()];
      }, filter);
      expect(found).toEqual(['not-found', undefined]);
    });
    test('without the pickers, files come by an upload and leave as downloads', async () => {
      await opened.page.evaluate(() => Object.assign(window, { showSaveFilePicker: undefined, showOpenFilePicker: undefined }));
      const [download, saved] = await Promise.all([
        opened.page.waitForEvent('download'),
        opened.page.evaluate((wanted) => netloomTest.host.save(new TextEncoder().encode('abc'), { suggestedName: 'model.netloom', filter: wanted }), filter),
      ]);
      expect(download.suggestedFilename()).toBe('model.netloom');
      expect(readFileSync(await download.path(), 'utf8')).toBe('abc');
      expect(saved).toMatchObject({ name: 'model.netloom', writable: false });
      const [chooser, file] = await Promise.all([
        opened.page.waitForEvent('filechooser').then((each) => each.setFiles({ name: 'net.netloom', mimeType: 'application/json', buffer: Buffer.from('{}') })),
        opened.page.evaluate(async (): Promise<OpenedFile | undefined> => netloomTest.host.open()),
      ]);
      expect(chooser).toBeUndefined();
      expect(file?.file).toMatchObject({ name: 'net.netloom', writable: false });
    });
  });

  test('a document that one window holds is refused to another, until it is released or the window is gone', async () => {
    const claim = (page: HostPage['page'], key: string): Promise<boolean> => page.evaluate(async (name) => (await netloomTest.host.claim(name)) !== undefined, key);
    const other = await opened.another();
    expect(await claim(other, 'a')).toBe(true);
    expect(await claim(opened.page, 'a')).toBe(false);
    expect(await claim(opened.page, 'b')).toBe(true);
    await other.close();
    await vi.waitUntil(() => claim(opened.page, 'a'), { timeout: 5000 });
    const released = await opened.page.evaluate(async () => {
      const release = await netloomTest.host.claim('c');
      release?.();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      return (await netloomTest.host.claim('c')) !== undefined;
    });
    expect(released).toBe(true);
  });

  test('the title tells how far a run is, and of one that ended unseen', async () => {
    const titles = await opened.page.evaluate(() => {
      const { host } = netloomTest;
      const seen: string[] = [];
      const look = (): void => void seen.push(document.title);
      host.setTitle('net — Netloom');
      look();
      host.setProgress(0.426);
      look();
      host.setProgress(undefined);
      look();
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
      host.notify('Training finished', '97 %');
      look();
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'visible' });
      document.dispatchEvent(new Event('visibilitychange'));
      look();
      return seen;
    });
    expect(titles).toEqual(['net — Netloom', '42 % · net — Netloom', 'net — Netloom', '● Training finished · net — Netloom', 'net — Netloom']);
  });

  test('a window with unsaved work asks before it closes, and only then', async () => {
    const other = await opened.another();
    await other.mouse.click(5, 5);
    const asked: string[] = [];
    other.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await other.evaluate(() => netloomTest.host.setUnsaved(true));
    await other.close({ runBeforeUnload: true });
    await vi.waitUntil(() => asked.length > 0, { timeout: 5000 });
    expect(asked).toEqual(['beforeunload']);
    await other.evaluate(() => netloomTest.host.setUnsaved(false));
    await other.close({ runBeforeUnload: true });
    await vi.waitUntil(() => other.isClosed(), { timeout: 5000 });
    expect(asked).toHaveLength(1);
  });

  test('nothing that the page did broke the content policy', () => {
    expect(opened.complaints.filter((each) => /Content Security Policy/i.test(each))).toEqual([]);
  });
});
