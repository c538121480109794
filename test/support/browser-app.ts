/**
 * The built app in a real browser, for tests that use it as a person does: built once, served on this machine,
 * a fresh profile per page. The strict content policy holds there: wait with locators or `vi.waitUntil` around
 * `page.evaluate`; Playwright's `waitForFunction` makes code from strings, which the page forbids.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { startWebServer } from '../../engine/cli/web-server.ts';
import { findBrowser } from '../../scripts/browsers.mjs';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { BROWSER_FLAGS, browserMissing } from './browser.ts';

export { browserMissing };
/** A site that was built elsewhere, to be tested as it is: NETLOOM_SITE names its folder. */
const givenSite = process.env['NETLOOM_SITE'] || undefined;
export const siteFolder = givenSite ?? join(projectRoot, 'dist', 'web');

/** `npm test` has built already; a test file that is run by itself must not test yesterday's site. */
export function buildSite(): void {
  if (givenSite !== undefined) return;
  execFileSync(process.execPath, [join(projectRoot, 'scripts', 'build.mjs'), '--if-needed'], { stdio: 'pipe' });
}

export interface PageOptions extends Pick<BrowserContextOptions, 'locale' | 'colorScheme' | 'viewport' | 'reducedMotion' | 'acceptDownloads' | 'hasTouch'> {
  /** Settings as an earlier visit left them (`renderer/app/settings.ts`): language, theme, the tour that has been taken. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** False for a browser without the File System Access API: files leave as downloads, which a test can read. */
  readonly filePickers?: boolean;
}
export interface AppPage {
  readonly page: Page;
  /** Its profile: more pages of it are more windows of the same person. */
  readonly context: BrowserContext;
  /** What the page and its console complained of; a good test ends with `expect(complaints).toEqual([])`. */
  readonly complaints: readonly string[];
}
export interface BrowserApp {
  readonly url: string;
  readonly browser: Browser;
  /** A new profile with the app open in it. */
  open(options?: PageOptions): Promise<AppPage>;
  close(): Promise<void>;
}

export async function startBrowserApp(options: { readonly datasets?: string } = {}): Promise<BrowserApp> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(browserMissing());
  buildSite();
  const server = await startWebServer({ folder: siteFolder, port: 0, datasets: options.datasets });
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  return {
    url: server.url,
    browser,
    open: (pageOptions) => openPage(browser, server.url, pageOptions),
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

export async function openPage(browser: Browser, url: string, { settings, filePickers = true, ...options }: PageOptions = {}): Promise<AppPage> {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1440, height: 900 }, ...options });
  if (settings !== undefined) {
    await context.addInitScript((text) => {
      if (localStorage.getItem('netloom.settings') === null) localStorage.setItem('netloom.settings', text);
    }, JSON.stringify(settings));
  }
  if (!filePickers) await context.addInitScript(() => Object.assign(window, { showSaveFilePicker: undefined, showOpenFilePicker: undefined }));
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  // The first look at a site that a busy machine serves.
  await page.goto(url, { timeout: 120_000 });
  return { page, context, complaints };
}
