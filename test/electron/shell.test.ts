/** The desktop shell against a stand-in for Electron, over a page of a real Chromium: what a window may do, and what a stranger may not. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDesktop } from '../../electron/desktop.ts';
import type { DesktopBridge } from '../../renderer/host/desktop-bridge.ts';
import { findBrowser } from '../../scripts/browsers.mjs';
import { buildDesktop } from '../../scripts/build-desktop.mjs';
import { ElectronStandIn, type WindowStandIn } from '../support/electron-stand-in.ts';

declare global {
  interface Window {
    readonly netloomDesktop: DesktopBridge;
    readonly __standInIpc: (text: string) => Promise<string>;
    heard: unknown[];
  }
}

const executablePath = findBrowser();
describe.skipIf(executablePath === undefined)('the shell', () => {
  let browser: Browser;
  let folder: string;
  let standIn: ElectronStandIn;
  let window: WindowStandIn;
  const page = () => window.page!;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netloom-shell-'));
    const web = join(folder, 'web');
    await buildDesktop(join(folder, 'electron'));
    await writeFile(join(folder, 'secret.txt'), 'not for windows');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(web);
    await writeFile(join(web, 'index.html'), '<!doctype html><title>page</title><p>here</p>');
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
    standIn = new ElectronStandIn(await browser.newContext());
    await standIn.start();
    const electron = standIn.api;
    await startDesktop({ electron, version: '1.2.3', webFolder: web, preload: join(folder, 'electron', 'preload.cjs'), engineScript: join(folder, 'electron', 'engine-process.js'), userData: join(folder, 'user'), argv: ['netloom'], platform: 'linux' });
    window = standIn.windows[0]!;
    await window.opened;
  });
  afterAll(async () => {
    await standIn?.stop();
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('a window is isolated, sandboxed and without Node', () => {
    expect(window.options.webPreferences).toMatchObject({ contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false });
  });

  test('our scheme serves its folder, with a strict policy, and nothing outside of it', async () => {
    const inside = await page().request.get(standIn.real('app://netloom/index.html'));
    expect(inside.status()).toBe(200);
    expect(inside.headers()['content-security-policy']).toContain("default-src 'none'");
    expect(inside.headers()['content-security-policy']).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
    for (const path of ['../secret.txt', '%2e%2e/secret.txt', '..%2fsecret.txt', '%2e%2e%2fsecret.txt', '%', '%00']) {
      const outside = await page().request.get(`${standIn.real('app://netloom/')}${path}`);
      expect(outside.status(), path).toBeGreaterThanOrEqual(400);
      expect(await outside.text(), path).not.toContain('not for windows');
    }
  });

  test('open, save and save as go by key; a path cannot be made up', async () => {
    const path = join(folder, 'one.netloom');
    await writeFile(path, 'first');
    standIn.answers.open.push(path);
    const opened = await page().evaluate(async () => {
      const answer = await globalThis.window.netloomDesktop.call('file:open', { filter: { extension: 'netloom', description: 'Project' } });
      return answer !== null && 'bytes' in answer ? { file: answer.file, text: new TextDecoder().decode(answer.bytes) } : answer;
    });
    expect(opened).toMatchObject({ text: 'first', file: { name: 'one.netloom', location: path, writable: true } });
    const key = (opened as { file: { key: string } }).file.key;

    await page().evaluate(async (known) => globalThis.window.netloomDesktop.call('file:save', { key: known, suggestedName: 'one', filter: { extension: 'netloom', description: 'Project' }, bytes: new TextEncoder().encode('second') }), key);
    expect(await readFile(path, 'utf8')).toBe('second');

    // A key that was never given out asks where, and Cancel writes nothing.
    const before = await readdir(folder);
    const answer = await page().evaluate(async (target) => globalThis.window.netloomDesktop.call('file:save', { key: target, suggestedName: 'x', filter: { extension: 'netloom', description: 'Project' }, bytes: new Uint8Array(1) }), join(folder, 'made-up.netloom'));
    expect(answer).toBeNull();
    expect(await readdir(folder)).toEqual(before);
    expect(await page().evaluate(async () => globalThis.window.netloomDesktop.call('file:reopen', { key: '/etc/passwd' }))).toMatchObject({ failed: 'not-allowed' });

    standIn.answers.save.push(join(folder, 'two'));
    const saved = await page().evaluate(async () => globalThis.window.netloomDesktop.call('file:save', { suggestedName: 'x', filter: { extension: 'netloom', description: 'Project' }, bytes: new TextEncoder().encode('third') }));
    expect(saved).toMatchObject({ name: 'two.netloom' });
    expect(await readFile(join(folder, 'two.netloom'), 'utf8')).toBe('third');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('a file that is gone is a failure in words, not an exception', async () => {
    standIn.answers.open.push(join(folder, 'gone.netloom'));
    expect(await page().evaluate(async () => globalThis.window.netloomDesktop.call('file:open', { filter: { extension: 'netloom', description: 'Project' } }))).toEqual({ failed: 'not-found', fileName: 'gone.netloom' });
  });

  test('channels that are not in the map, and values of another form, are refused', async () => {
    await expect(page().evaluate(async () => globalThis.window.netloomDesktop.call('fs:read' as never, {} as never))).rejects.toThrow('no channel');
    await expect(page().evaluate(async () => globalThis.window.netloomDesktop.call('file:save', { suggestedName: 'x', filter: { extension: '../../x', description: '' }, bytes: new Uint8Array(1) }))).rejects.toThrow();
    await page().evaluate(() => globalThis.window.netloomDesktop.send('window:title', 5 as never));
    await page().evaluate(() => globalThis.window.netloomDesktop.send('window:title', 'Mine — Netloom'));
    await expect.poll(() => window.title).toBe('Mine — Netloom');
  });

  test('a foreign sender is refused: a frame in the page, and a page that is not ours', async () => {
    await page().evaluate(() => {
      const frame = document.createElement('iframe');
      frame.srcdoc = '<p>guest</p>';
      document.body.append(frame);
    });
    await expect.poll(() => page().frames().length).toBe(2);
    const guest = page().frames()[1]!;
    const message = JSON.stringify({ kind: 'invoke', values: ['file:open', { filter: { extension: 'netloom', description: '' } }] });
    standIn.answers.open.push(join(folder, 'one.netloom'));
    const answer = await guest.evaluate((text) => globalThis.window.__standInIpc(text), message);
    expect(answer).toContain('was refused');
    expect(standIn.answers.open.splice(0)).toHaveLength(1);
    const title = JSON.stringify({ kind: 'send', values: ['window:title', 'taken over'] });
    await guest.evaluate((text) => globalThis.window.__standInIpc(text), title);
    expect(window.title).not.toBe('taken over');
  });

  test('the page can neither leave nor open windows; links go to the system, and only to the web', async () => {
    const before = page().url();
    await page().evaluate(() => { location.href = 'https://example.com/'; });
    await page().evaluate(() => globalThis.window.open('https://example.com/'));
    expect(page().url()).toBe(before);
    await page().evaluate(() => {
      for (const url of ['https://onnxruntime.ai/', 'file:///etc/passwd', 'javascript:alert(1)', 'calc:', 'not a link']) globalThis.window.netloomDesktop.send('link:open', url);
    });
    await expect.poll(() => standIn.opened).toEqual(['https://onnxruntime.ai/']);
  });

  test('permissions are denied, but for the clipboard of our own page', () => {
    const ask = (permission: string, url: string): boolean => {
      let answer = true;
      standIn.permission?.(undefined, permission, (granted) => { answer = granted; }, { requestingUrl: url });
      return answer;
    };
    expect(ask('clipboard-read', 'app://netloom/index.html')).toBe(true);
    expect(ask('clipboard-read', 'https://example.com/')).toBe(false);
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal']) expect(ask(permission, 'app://netloom/index.html')).toBe(false);
  });

  test('a menu of the page runs its commands; events wait until the page listens', async () => {
    await page().evaluate(() => {
      globalThis.window.heard = [];
      globalThis.window.netloomDesktop.send('menu:set', [{ title: 'File', items: [{ id: 'file.save', title: 'Save', accelerator: 'CmdOrCtrl+S', enabled: true }, 'separator'] }]);
    });
    await expect.poll(() => window.menu).toBeDefined();
    const [menu] = window.menu as { readonly submenu: readonly { readonly label?: string; readonly registerAccelerator?: boolean; readonly click: () => void }[] }[];
    expect(menu?.submenu[0]).toMatchObject({ label: 'Save', registerAccelerator: false });
    menu?.submenu[0]?.click();
    await page().evaluate(() => {
      globalThis.window.netloomDesktop.on('host:event', (event) => globalThis.window.heard.push(event));
      globalThis.window.netloomDesktop.send('window:ready', null);
    });
    await expect.poll(() => page().evaluate(() => globalThis.window.heard)).toEqual([{ kind: 'command', id: 'file.save' }]);
  });

  test('a second start hands its file to the window that is there', async () => {
    standIn.app.emit('second-instance', {}, ['netloom', '--flag', join(folder, 'one.netloom')], folder);
    await expect.poll(() => page().evaluate(() => globalThis.window.heard.filter((event) => (event as { kind: string }).kind === 'open-file').length)).toBe(1);
  });

  test('an engine answers over its own port, and its death is told', async () => {
    const answer = await page().evaluate(async () => {
      const { netloomDesktop } = globalThis.window;
      const port = new Promise<MessagePort>((resolve) => globalThis.window.addEventListener('message', (event) => event.ports[0] !== undefined && resolve(event.ports[0])));
      netloomDesktop.on('engine:exit', (exit) => globalThis.window.heard.push(exit));
      const engine = await netloomDesktop.call('engine:start', {});
      const messages: unknown[] = [];
      const end = await port;
      return new Promise((resolve) => {
        end.onmessage = ({ data }) => {
          messages.push(data);
          if ((data as { kind: string }).kind === 'ready') end.postMessage({ kind: 'request', id: 1, method: 'info', params: {} });
          else resolve({ engine, messages });
        };
      });
    });
    expect(answer).toMatchObject({ engine: 1, messages: [{ kind: 'ready' }, { id: 1 }] });
    standIn.children.at(-1)!.kill('SIGKILL');
    await expect.poll(() => page().evaluate(() => globalThis.window.heard.at(-1))).toMatchObject({ engine: 1 });
  });

  test('closing with unsaved work asks: Cancel keeps the window, Save saves and closes', async () => {
    await page().evaluate(() => globalThis.window.netloomDesktop.send('window:unsaved', true));
    await page().evaluate(() => globalThis.window.netloomDesktop.send('window:progress', 0.5));
    await expect.poll(() => window.progress).toBe(0.5);
    standIn.answers.buttons.push(2);
    window.close();
    expect(window.isDestroyed()).toBe(false);
    standIn.answers.buttons.push(0);
    window.close();
    expect(window.isDestroyed()).toBe(false);
    await expect.poll(() => page().evaluate(() => globalThis.window.heard.at(-1))).toEqual({ kind: 'command', id: 'file.save' });
    await page().evaluate(() => globalThis.window.netloomDesktop.send('window:unsaved', false));
    await expect.poll(() => window.isDestroyed()).toBe(true);
    expect(JSON.parse(await readFile(join(folder, 'user', 'window-state.json'), 'utf8'))).toEqual({ bounds: { x: 10, y: 20, width: 1200, height: 800 }, maximized: false });
  });
});
