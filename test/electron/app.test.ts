/**
 * The desktop app as a person uses it: the real built window and shell, the engine in a process of its own. Once in the stand-in
 * for Electron's API, and once in Electron itself where its binary is and there is a display for it.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type ElectronApplication, type Page, _electron, chromium } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { startDesktop } from '../../electron/desktop.ts';
import { findBrowser } from '../../scripts/browsers.mjs';
import { findElectron } from '../../scripts/electron.mjs';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { BROWSER_FLAGS } from '../support/browser.ts';
import { browserMissing, buildSite, siteFolder } from '../support/browser-app.ts';
import { AppWindow, eventually } from '../e2e/support/app.ts';
import { ElectronStandIn } from '../support/electron-stand-in.ts';

const LIMIT_MS = 240_000;
const shell = join(projectRoot, 'dist', 'electron');

/** What the system around the window does. */
interface Desktop {
  readonly page: Page;
  /** The next dialog for opening answers with this path. */
  willOpen(path: string): Promise<void>;
  /** The next question of the system is answered with this button. */
  willPress(button: 'save' | 'discard' | 'cancel'): Promise<void>;
  /** Chooses an item of the native menu. */
  menu(command: string): Promise<void>;
  /** The engine's process dies at once, as when memory runs out. */
  killEngine(): Promise<void>;
  title(): Promise<string>;
  /** The window's cross. */
  close(): Promise<void>;
  isOpen(): Promise<boolean>;
  end(): Promise<void>;
}
const BUTTONS = { save: 0, discard: 1, cancel: 2 } as const;

interface MenuItem {
  readonly id?: string;
  readonly click?: () => void;
  readonly submenu?: readonly MenuItem[];
}
const itemOf = (items: readonly MenuItem[], id: string): MenuItem | undefined => items.flatMap((item) => [item, ...(item.submenu ?? [])]).find((item) => item.id === id);

async function startStandIn(folder: string): Promise<Desktop> {
  const browser: Browser = await chromium.launch({ executablePath: findBrowser()!, args: BROWSER_FLAGS });
  const standIn = new ElectronStandIn(await browser.newContext({ viewport: { width: 1440, height: 900 } }));
  await standIn.start();
  const before = process.env['XDG_DATA_HOME'];
  // Runs of a test are nobody's runs.
  process.env['XDG_DATA_HOME'] = join(folder, 'data');
  await startDesktop({
    electron: standIn.api, version: '1.2.3', webFolder: siteFolder, preload: join(shell, 'preload.cjs'), engineScript: join(shell, 'engine-process.js'), userData: join(folder, 'user'), argv: ['netloom'], platform: 'linux',
  });
  const window = standIn.windows[0]!;
  const page = await window.opened;
  return {
    page,
    willOpen: async (path) => { standIn.answers.open.push(path); },
    willPress: async (button) => { standIn.answers.buttons.push(BUTTONS[button]); },
    menu: async (command) => {
      await expect.poll(() => itemOf((window.menu ?? []) as readonly MenuItem[], command)).toBeDefined();
      itemOf(window.menu as readonly MenuItem[], command)?.click?.();
    },
    killEngine: async () => { standIn.children.at(-1)!.kill('SIGKILL'); },
    title: async () => window.title,
    close: async () => window.close(),
    isOpen: async () => !window.isDestroyed(),
    end: async () => {
      await standIn.stop();
      await browser.close();
      if (before === undefined) delete process.env['XDG_DATA_HOME'];
      else process.env['XDG_DATA_HOME'] = before;
    },
  };
}

async function startElectron(folder: string): Promise<Desktop> {
  const { XDG_DATA_HOME: _, ...env } = process.env as Record<string, string>;
  const app: ElectronApplication = await _electron.launch({ executablePath: findElectron()!, args: [projectRoot, `--user-data-dir=${join(folder, 'user')}`], env: { ...env, XDG_DATA_HOME: join(folder, 'data') } });
  // Native menus cannot be clicked from outside: the last one that was built is kept, and the app's menu builder still builds it.
  await app.evaluate(({ Menu }) => {
    const build = Menu.buildFromTemplate.bind(Menu);
    Menu.buildFromTemplate = (template) => {
      const menu = build(template);
      Object.assign(globalThis, { lastMenu: menu });
      return menu;
    };
  });
  const page = await app.firstWindow();
  return {
    page,
    willOpen: (path) => app.evaluate(({ dialog }, given) => { dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [given] }); }, path),
    willPress: (button) => app.evaluate(({ dialog }, given) => { dialog.showMessageBoxSync = () => given; }, BUTTONS[button]),
    menu: async (command) => {
      // A change of the document makes the window send its menu anew, which is when the one above is kept.
      const run = (): Promise<boolean> => app.evaluate((_electronApi, id) => {
        const item = (globalThis as { lastMenu?: { getMenuItemById(id: string): { click(): void } | null } }).lastMenu?.getMenuItemById(id);
        item?.click();
        return item !== undefined && item !== null;
      }, command);
      await expect.poll(run, { timeout: 10_000 }).toBe(true);
    },
    killEngine: () => app.evaluate(({ app: electronApp }) => {
      for (const { name, pid } of electronApp.getAppMetrics()) if (name === 'Netloom engine') process.kill(pid, 'SIGKILL');
    }),
    title: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle() ?? ''),
    close: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    isOpen: async () => !page.isClosed(),
    end: async () => { await app.close().catch(() => {}); },
  };
}

const noElectron = findElectron() === undefined ? "Electron's binary has not been downloaded"
  : process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'] ? 'this machine has no display' : undefined;
const hosts: readonly { readonly name: string; readonly missing: string | undefined; readonly start: (folder: string) => Promise<Desktop> }[] = [
  { name: 'the stand-in for Electron', missing: browserMissing(), start: startStandIn },
  { name: 'Electron', missing: noElectron, start: startElectron },
];

describe.each(hosts)('the desktop app in $name', ({ missing, start }) => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  it('opens, edits, saves, trains through the death of its engine, and asks before it takes unsaved work along', async ({ skip }) => {
    if (missing !== undefined) skip(missing);
    buildSite();
    const folder = await mkdtemp(join(tmpdir(), 'netloom-app-'));
    ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
    const path = join(folder, 'digits.netloom');
    await writeFile(path, await quickDigits());
    const desktop = await start(folder);
    ends.push(() => desktop.end());
    const { page } = desktop;
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
    const window = new AppWindow({ page, context: page.context(), complaints });
    await page.getByRole('region', { name: 'Tour' }).getByRole('button', { name: 'Skip' }).click();
    const name = page.getByRole('textbox', { name: 'Document name' });

    // A project by the system's dialog, an edit, Save: into the same file.
    await desktop.willOpen(path);
    await window.canvas.focus();
    await window.press('Control+o');
    await eventually(() => name.inputValue(), 'the name of the opened project').toBe('Quick digits');
    await eventually(() => desktop.title(), 'the title of the window').toBe('Quick digits — Netloom');
    await name.fill('Renamed');
    await name.press('Enter');
    await window.press('Control+s');
    await eventually(async () => nameIn(await readFile(path, 'utf8')), 'the name in the file').toBe('Renamed');

    // A command of the native menu.
    await desktop.menu('help.about');
    const about = window.dialog('About Netloom');
    await about.getByText('as a desktop app').waitFor();
    await window.press('Escape');
    await about.waitFor({ state: 'hidden' });

    // The engine dies in mid-training; it is started again, and the run goes on.
    await window.train();
    await eventually(() => window.stepsDone(), 'steps beyond the first checkpoints', 60_000).toBeGreaterThan(25);
    await desktop.killEngine();
    await page.getByRole('region', { name: 'Messages' }).getByText(/It was started again, and the run goes on from its last checkpoint/).waitFor();
    const atDeath = await window.stepsDone();
    let least = Infinity;
    await eventually(async () => {
      const step = await window.stepsDone();
      least = Math.min(least, step);
      return step;
    }, 'steps beyond the engine\'s death', 60_000).toBeGreaterThan(atDeath + 10);
    expect(least, 'it does not begin anew').toBeGreaterThanOrEqual(10);
    await window.tab('Log').click();
    // Epochs of a moment have written many lines since.
    const log = page.getByRole('tabpanel', { name: 'Log' });
    await log.getByRole('searchbox').fill('started again');
    await log.getByText('The engine was started again').waitFor();
    await window.toolbar.getByRole('button', { name: 'Stop' }).click();
    expect(await window.runEnds()).toBe('Stopped');

    // The cross, with unsaved work: Cancel keeps the window, Save saves and closes.
    await name.fill('Renamed again');
    await name.press('Enter');
    await page.getByText('There are unsaved changes').first().waitFor({ state: 'attached' });
    await desktop.willPress('cancel');
    await desktop.close();
    expect(await desktop.isOpen()).toBe(true);
    await desktop.willPress('save');
    await desktop.close();
    await eventually(() => desktop.isOpen(), 'the window').toBe(false);
    expect(nameIn(await readFile(path, 'utf8'))).toBe('Renamed again');
    expect(complaints).toEqual([]);
  }, LIMIT_MS);
});

const nameIn = (text: string): unknown => (JSON.parse(text) as { readonly name: unknown }).name;

/** The Digits network with epochs, and so checkpoints, of a moment; many of them. */
async function quickDigits(): Promise<string> {
  const doc = JSON.parse(await readFile(join(projectRoot, 'assets', 'templates', 'digits-cnn.netloom'), 'utf8')) as { name: string; nodes: Record<string, { type: string; params?: Record<string, unknown> }>; training: Record<string, unknown>; translations?: unknown };
  doc.name = 'Quick digits';
  delete doc.translations;
  for (const node of Object.values(doc.nodes)) if (node.type === 'Digits') node.params = { ...node.params, trainSamples: 640 };
  doc.training = { ...doc.training, epochs: 200 };
  return JSON.stringify(doc);
}
