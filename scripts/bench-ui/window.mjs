/** The product's own server, a browser, and windows in it as a person opens them; what the measures of the benchmark have in common. */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { findBrowser } from '../browsers.mjs';

const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const SIZE = { width: 1440, height: 900 };
/** On a busy machine everything takes a while; it is measured all the same. */
const PATIENCE_MS = 120_000;

export async function startBrowser() {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('No Chrome, Chromium or Edge is installed (CHROME_PATH names one).');
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Notes long tasks from the page's first moment on, and the first frame that shows a node; runs in the page. */
function noteLongTasks() {
  const look = () => {
    if (document.querySelector('.canvas-node') === null) requestAnimationFrame(look);
    else requestAnimationFrame(() => setTimeout(() => { globalThis.benchFirstNode = performance.now(); }, 0));
  };
  requestAnimationFrame(look);
  const tasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) tasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
  globalThis.benchLongTasks = tasks;
}

/**
 * A window in a fresh profile, after the tour.
 * @param {{ engine?: string, settings?: object }} [options] `engine`: a script that takes the place of the engine's worker
 */
export async function openWindow(browser, url, { engine, settings = {} } = {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: SIZE, ...(engine === undefined ? {} : { serviceWorkers: 'block' }) });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript((text) => localStorage.getItem('netloom.settings') ?? localStorage.setItem('netloom.settings', text), JSON.stringify({ tourDone: true, language: 'en', theme: 'light', ...settings }));
  await context.addInitScript(noteLongTasks);
  const page = await context.newPage();
  if (engine !== undefined) await page.route(/engine-worker[^/]*\.js/, (route) => route.fulfill({ contentType: 'text/javascript', body: readFileSync(engine, 'utf8'), headers: { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' } }));
  const failures = [];
  page.on('pageerror', (error) => failures.push(error.message));
  await page.goto(url, { waitUntil: 'commit', timeout: PATIENCE_MS });
  return { page, context, failures };
}

/** The gallery that a start begins with is closed: the first template lies under it. */
export async function closeGallery(page) {
  await page.locator('.ui-modal').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.ui-modal').first().waitFor({ state: 'detached' });
}

/** Waits until nothing has kept the main thread for more than 50 ms, `quietMs` long. @returns when the last thing had, in milliseconds since the page's beginning; 0 for never */
export async function settled(page, quietMs = 500) {
  return page.evaluate((quiet) => new Promise((resolve) => {
    const look = () => {
      const last = globalThis.benchLongTasks.reduce((end, { startTime, duration }) => Math.max(end, startTime + duration), 0);
      if (performance.now() - last > quiet) resolve(last);
      else setTimeout(look, 50);
    };
    // Long tasks are told of a moment after they have ended.
    setTimeout(look, quiet);
  }), quietMs);
}

/** Drops a file onto the window, and waits until the node is drawn and the main thread is free. @returns milliseconds from the drop */
export async function dropDocument(page, doc, node) {
  const began = await page.evaluate(([text, id]) => new Promise((resolve) => {
    const files = new DataTransfer();
    files.items.add(new File([text], 'large.netloom'));
    const start = performance.now();
    const look = () => {
      if (document.querySelector(`[data-node="${id}"]`) === null) return void requestAnimationFrame(look);
      // After the frame that shows it.
      requestAnimationFrame(() => setTimeout(() => resolve({ start, shown: performance.now() }), 0));
    };
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    requestAnimationFrame(look);
  }), [JSON.stringify(doc), node]);
  const free = await settled(page);
  return { shown: began.shown - began.start, free: Math.max(free, began.shown) - began.start };
}
