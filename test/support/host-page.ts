/** Builds the page of host-page/ as the product is built, serves it as the product is served, and opens it in a real browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { vi } from 'vitest';
import { startWebServer } from '../../engine/cli/web-server.ts';
import { findBrowser } from '../../scripts/browsers.mjs';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { BROWSER_FLAGS, browserMissing } from './browser.ts';

export interface HostPage {
  readonly context: BrowserContext;
  readonly page: Page;
  /** One more window of the same profile. */
  another(): Promise<Page>;
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function openHostPage(): Promise<HostPage> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(browserMissing());
  const folder = mkdtempSync(join(tmpdir(), 'netloom-page-'));
  const root = join(projectRoot, 'test', 'support', 'host-page');
  await build({ configFile: join(projectRoot, 'vite.config.ts'), root, publicDir: false, logLevel: 'error', build: { outDir: folder, emptyOutDir: true, rollupOptions: { input: { index: join(root, 'index.html') } } } });
  const server = await startWebServer({ folder, port: 0 });
  const { chromium } = await import('playwright-core');
  const browser: Browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS });
  const context = await browser.newContext({ locale: 'en-US' });
  const complaints: string[] = [];
  const another = async (): Promise<Page> => {
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
    });
    await page.goto(server.url);
    // Playwright's waitForFunction makes code from strings in the page, which the content policy forbids there.
    await vi.waitUntil(() => page.evaluate(() => 'netloomTest' in globalThis), { timeout: 20_000 });
    return page;
  };
  return {
    context, page: await another(), another, complaints,
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
