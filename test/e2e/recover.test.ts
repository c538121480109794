/** Scenario 6: nothing that was done is lost, neither by a reload in the middle of training nor by the death of the whole browser. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser } from '../../scripts/browsers.mjs';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { BROWSER_FLAGS } from '../support/browser.ts';
import { AppWindow, eventually, openApp } from './support/app.ts';

const missing = browserMissing();
/** What may be lost at most: ms. */
const PROMISE_MS = 1000;
/** Two starts of a whole browser, or two trainings, beside whatever else the machine does. */
const LIMIT_MS = 240_000;

describe.skipIf(missing !== undefined)(`recovery${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  /** Ends with the file, even if its test ran out of time. */
  let running: Launched | undefined;
  afterAll(async () => {
    await running?.kill();
    await app?.close();
  });

  it('brings document, history and run back after a reload in mid-training, and Continue trains to the end', async () => {
    const window = await openApp(app, { begin: { template: /^Digits/ }, settings: { tourDone: true, threads: 1 } });
    const { page } = window;
    page.on('dialog', (dialog) => void dialog.accept());
    // Epochs, and with them checkpoints, of a moment.
    await window.setParam(await window.idOf(window.named('Digits')), 'Training samples', '1000');
    await window.setTraining('Epochs', 6);
    await window.train();
    await eventually(() => window.stepsDone(), 'a step after the first checkpoint', 60_000).toBeGreaterThan(20);
    expect(await window.runState.innerText()).not.toContain('Finished');
    await page.getByRole('textbox', { name: 'Document name' }).fill('Kept');
    await page.keyboard.press('Enter');
    await page.reload();
    await window.canvas.waitFor();

    // The edit of a moment ago, and what was done before it, one by one.
    const name = page.getByRole('textbox', { name: 'Document name' });
    await eventually(() => name.inputValue(), 'the name').toBe('Kept');
    const digits = await window.idOf(window.named('Digits'));
    await window.canvas.focus();
    await window.undo();
    await eventually(() => name.inputValue(), 'the name before').not.toBe('Kept');
    await window.undo();
    await window.undo();
    await eventually(() => window.param(digits, 'Training samples').inputValue(), 'samples before').toBe('12000');
    await window.redo();
    await window.redo();
    await window.redo();
    await eventually(() => name.inputValue(), 'the name again').toBe('Kept');

    // The run stands at its last checkpoint, with its curves, and goes on from there.
    await window.runState.filter({ hasText: 'Interrupted' }).waitFor();
    const offer = page.getByRole('region', { name: 'Messages' }).getByText(/training was interrupted at step/);
    await offer.waitFor();
    expect(await window.curveValue('Loss', 'Train')).toBeGreaterThan(0);
    const at = await window.stepsDone();
    expect(at).toBeGreaterThan(0);
    await window.toolbar.getByRole('button', { name: 'Continue' }).click();
    let least = Infinity;
    await eventually(async () => {
      const step = await window.stepsDone();
      if (step > 0) least = Math.min(least, step);
      return await window.runState.innerText();
    }, 'the end of the run', 60_000).toContain('Finished');
    // Back to the checkpoint at most, never to the beginning.
    expect(least).toBeGreaterThanOrEqual(16);
    expect(await window.curveValue('Loss', 'Test')).toBeGreaterThan(0);
    expect(window.complaints).toEqual([]);
  }, LIMIT_MS);

  it('offers the work again when the whole browser was killed', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'netloom-killed-'));
    try {
      running = await launch(profile);
      const first = await windowOf(running.browser, app.url);
      await first.page.getByRole('region', { name: 'Tour' }).getByRole('button', { name: 'Skip' }).click();
      const name = first.page.getByRole('textbox', { name: 'Document name' });
      await name.fill('Work of an hour');
      await name.press('Enter');
      const nodes = await first.nodes().count();
      await first.named('Accuracy').focus();
      await first.press('Delete');
      await eventually(() => first.nodes().count(), 'a node less').toBe(nodes - 1);
      await new Promise((resolve) => { setTimeout(resolve, PROMISE_MS); });
      await running.kill();

      running = await launch(profile);
      const second = await windowOf(running.browser, app.url);
      const dialog = second.dialog('Recovered work');
      await dialog.getByText('Work of an hour').waitFor();
      await dialog.getByRole('button', { name: 'Restore' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await eventually(() => second.page.getByRole('textbox', { name: 'Document name' }).inputValue(), 'the name').toBe('Work of an hour');
      await eventually(() => second.nodes().count(), 'the nodes').toBe(nodes - 1);
      await second.canvas.focus();
      await second.undo();
      await eventually(() => second.nodes().count(), 'the deleted node').toBe(nodes);

      // It is this window's work now: nothing is offered twice.
      const third = await windowOf(running.browser, app.url);
      expect(await third.dialog('Recovered work').count()).toBe(0);
    } finally {
      await running?.kill();
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }, LIMIT_MS);
});

interface Launched {
  readonly browser: Browser;
  /** As the power cord does it, with all that belongs to it. */
  kill(): Promise<void>;
}

/** Playwright's own browsers end tidily; this one can be killed, and its profile outlives it. */
async function launch(profile: string): Promise<Launched> {
  const child: ChildProcess = spawn(findBrowser()!, ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, '--window-size=1440,900', ...BROWSER_FLAGS, 'about:blank'], { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const endpoint = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.on('exit', (code) => reject(new Error(`The browser ended with ${String(code)}: ${said.slice(-500)}`)));
  });
  const browser = await chromium.connectOverCDP(endpoint);
  return {
    browser,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid!, 'SIGKILL');
      await gone;
      await browser.close().catch(() => {});
    },
  };
}

async function windowOf(browser: Browser, url: string): Promise<AppWindow> {
  const context = browser.contexts()[0]!;
  const page: Page = await context.newPage();
  await page.goto(url);
  const window = new AppWindow({ page, context, complaints: [] });
  await window.canvas.waitFor();
  return window;
}
