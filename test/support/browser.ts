/** A headless Chromium with SwiftShader as its GPU, and a page that runs bundled TypeScript, for tests of what only a browser has. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { findBrowser } from '../../scripts/browsers.mjs';

export const BROWSER_FLAGS = [
  '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--no-sandbox', '--disable-quic',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Why tests in a browser are skipped here, or undefined. */
export const browserMissing = (): string | undefined => (findBrowser() === undefined ? 'no Chrome, Chromium or Edge is installed (CHROME_PATH names one)' : undefined);

/**
 * Bundles `entry` (a module that sets `globalThis.result` to a promise), runs it in a page and gives what it
 * resolves to. Serves nothing but that page, on this machine alone.
 */
export async function runInBrowser<T>(entry: string, timeoutMs: number): Promise<T> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error(browserMissing());
  const bundle = await build({ entryPoints: [entry], bundle: true, format: 'iife', write: false, target: 'es2023', logLevel: 'silent' });
  const script = bundle.outputFiles[0]?.text ?? '';
  const server = createServer((request, response) => {
    const isScript = request.url === '/entry.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>Netloom test</title><link rel="icon" href="data:,"><script src="/entry.js"></script>');
  });
  let browser: Browser | undefined;
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath, args: BROWSER_FLAGS, timeout: timeoutMs });
    const page = await browser.newPage();
    page.setDefaultTimeout(timeoutMs);
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const result: unknown = await page.evaluate('globalThis.result');
    if (failures.length > 0) throw new Error(`the page failed: ${failures.join('; ')}`);
    return result as T;
  } finally {
    await browser?.close();
    server.close();
  }
}
