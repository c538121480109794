/** The built site on file servers that know nothing of it: isolation by the service worker after one more load, no loops, and a second visit without a network. */
import { readFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BrowserContext, Page } from 'playwright-core';
import { type BrowserApp, browserMissing, openPage, siteFolder, startBrowserApp } from '../../support/browser-app.ts';

const FOLDER = '/some/where/';
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };

interface PlainServer {
  readonly url: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}
/** As a file server in a workshop's room: a folder of it is the site; no header but the type. */
async function plainServer(lacks: (path: string) => boolean = () => false): Promise<PlainServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    asked.push(path);
    const name = path === FOLDER ? 'index.html' : path.slice(FOLDER.length);
    const found = path.startsWith(FOLDER) && !lacks(name) ? readFile(join(siteFolder, name)) : Promise.reject(new Error('not here'));
    found.then((bytes) => response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(bytes), () => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${FOLDER}`, asked,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

const missing = browserMissing();
describe.skipIf(missing !== undefined)(`the site${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => {
    app = await startBrowserApp();
  }, 180_000);
  afterAll(() => app?.close());

  /** The page may be loaded anew while it is asked. */
  const isolated = (page: Page): Promise<boolean | undefined> => page.evaluate(() => crossOriginIsolated && (document.querySelector('#root')?.childElementCount ?? 0) > 0).catch(() => undefined);
  const untilOpen = (page: Page): Promise<unknown> => vi.waitUntil(async () => page.evaluate(() => (document.querySelector('#root')?.childElementCount ?? 0) > 0).catch(() => false), { timeout: 30_000 });
  const keptFiles = (page: Page): Promise<string[]> => page.evaluate(async () => {
    const names = await caches.keys();
    const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return keys.flat().map((request) => new URL(request.url).pathname);
  });
  const visits = (server: PlainServer): number => server.asked.filter((path) => path === FOLDER).length;

  test('the product\'s own server isolates it at once, without a service worker', async () => {
    const { page, context, complaints } = await app.open();
    await untilOpen(page);
    expect(await isolated(page)).toBe(true);
    expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test('in a folder of a server without headers it is isolated after one more load, and opens without a network after that', async () => {
    const server = await plainServer();
    const { page, context, complaints } = await openPage(app.browser, server.url);
    await vi.waitUntil(() => isolated(page), { timeout: 30_000 });
    expect(visits(server)).toBe(2);
    // The page itself is kept after all that it needs.
    await vi.waitUntil(async () => (await keptFiles(page)).includes(`${FOLDER}index.html`), { timeout: 60_000, interval: 200 });
    expect(await keptFiles(page)).not.toContain(`${FOLDER}site.json`);
    expect(complaints).toEqual([]);
    await page.close();
    await server.close();

    const offline = await context.newPage();
    const failures: string[] = [];
    offline.on('pageerror', (error) => failures.push(error.message));
    await offline.goto(server.url);
    await vi.waitUntil(() => isolated(offline), { timeout: 30_000 });
    expect(failures).toEqual([]);
    await context.close();
  }, 150_000);

  test('where the service worker cannot be had it opens all the same, once', async () => {
    const server = await plainServer((name) => name === 'sw.js');
    const { page, context } = await openPage(app.browser, server.url);
    await untilOpen(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    expect(visits(server)).toBe(1);
    await context.close();
    await server.close();
  });

  test('where loading anew does not help it is not tried again', async () => {
    const server = await plainServer();
    const context: BrowserContext = await app.browser.newContext();
    // As if the worker's answer to a page had no effect: it is there, and the page is never isolated.
    await context.addInitScript(() => Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false }));
    const page = await context.newPage();
    await page.goto(server.url);
    await vi.waitUntil(() => visits(server) === 2, { timeout: 30_000 });
    await untilOpen(page);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    expect(visits(server)).toBe(2);
    await context.close();
    await server.close();
  });
});
