/** Scenario 9: axe finds nothing serious in any panel, dialog, menu or floating search, in the light and in the dark theme. A picture of each stays in dist/pictures. */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, openApp } from './support/app.ts';

const LIMIT_MS = 240_000;
const PICTURES = join(projectRoot, 'dist', 'pictures');
/** Of one rule's violations in one place: the others are alike. */
const SHOWN = 4;

/** Everything in the light theme; in the dark one only colours are different. */
async function check(window: AppWindow, name: string, selector?: string): Promise<void> {
  const { page } = window;
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
    await page.locator('.app-loading').waitFor({ state: 'detached' });
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((each) => each.effect?.getTiming().iterations !== Infinity).map((each) => each.finished)));
    // For people to look at: a machine that runs these tests keeps them.
    await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}-${colorScheme}.png`) });
    let axe = new AxeBuilder({ page }).setLegacyMode();
    if (selector !== undefined) axe = axe.include(selector);
    if (colorScheme === 'dark') axe = axe.withRules('color-contrast');
    const { violations, passes } = await axe.analyze();
    expect(passes.length, `rules that axe could apply to ${name}`).toBeGreaterThan(0);
    for (const { id, impact, nodes } of violations) {
      if (impact === 'serious' || impact === 'critical') for (const node of nodes.slice(0, SHOWN)) found.push(`${name}, ${colorScheme}: ${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.replaceAll(/\s+/g, ' ').slice(0, 260) ?? ''}`);
    }
  }
  expect.soft(found, name).toEqual([]);
}

const DOCK = '[data-dock]';
const DIALOG = '.ui-modal';

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`accessibility${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  let digits: AppWindow;
  const settings = { tourDone: true, threads: 1, theme: 'system' };
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('the whole window before training, and the panels that wait for a run', async () => {
    digits = await openApp(app, { begin: { template: /^Digits/ }, settings, reducedMotion: 'reduce' });
    await check(digits, 'window');
    for (const panel of ['Test the model', 'Confusion', 'Samples', 'Histograms', 'Features', 'Log']) {
      await digits.tab(panel).click();
      await check(digits, `${panel} before a run`, DOCK);
    }
  }, LIMIT_MS);

  it('every panel of a trained network', async () => {
    await digits.setParam(await digits.idOf(digits.named('Digits')), 'Training samples', '600');
    await digits.setTraining('Epochs', 1);
    await digits.tab('Curves').click();
    await digits.train();
    expect(await digits.runEnds()).toBe('Finished');
    const { page } = digits;
    await check(digits, 'run bar', 'header');
    await check(digits, 'canvas with live pictures', 'main');
    const shows: Readonly<Record<string, string>> = { 'Curves': 'table', 'Test the model': 'canvas', 'Confusion': 'table', 'Samples': '.inspect-samples', 'Histograms': 'canvas', 'Features': 'canvas', 'Problems': '.problems-panel', 'Log': '[role="log"], .run-log' };
    for (const [panel, content] of Object.entries(shows)) {
      await digits.tab(panel).click();
      await page.locator(DOCK).locator(content).first().waitFor();
      await check(digits, panel, DOCK);
    }
    await digits.clickNode(await digits.idOf(digits.named('Conv 2D').first()));
    await digits.press('Enter');
    await check(digits, 'Inspector of a node', 'aside');
    await digits.tab('Docs').click();
    await page.locator('.katex').first().waitFor();
    await check(digits, 'Docs', 'aside');
    await digits.tab('Outline').click();
    await check(digits, 'Outline', 'nav');
  }, LIMIT_MS);

  it('every dialog', async () => {
    const { page } = digits;
    for (const title of ['New…', 'Keyboard shortcuts', 'Settings…', 'About Netloom', 'Stored runs…', 'Export the trained model…', 'Find a node…']) {
      await digits.command(title);
      await page.locator(DIALOG).waitFor();
      await check(digits, title, DIALOG);
      await digits.press('Escape');
      await page.locator(DIALOG).waitFor({ state: 'detached' });
    }
    await digits.press('Control+k');
    await page.locator(DIALOG).waitFor();
    await check(digits, 'Run any command', DIALOG);
    await digits.press('Escape');
    await page.locator(DIALOG).waitFor({ state: 'detached' });
    await digits.clickNode(await digits.idOf(digits.named('Conv 2D').first()));
    await digits.press('F2');
    await page.locator(DIALOG).waitFor();
    await check(digits, 'Rename', DIALOG);
    await digits.press('Escape');
    await page.locator(DIALOG).waitFor({ state: 'detached' });
    // The document has been changed above: something new asks first.
    await digits.command('New…');
    await digits.dialog('New').getByRole('button', { name: 'Empty canvas' }).click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await check(digits, 'question', DIALOG);
    await page.getByRole('button', { name: 'Cancel' }).click();
    // The gallery is back, because nothing came of it.
    await digits.dialog('New').waitFor();
    await digits.press('Escape');
    await page.locator(DIALOG).waitFor({ state: 'detached' });
    await digits.command('Tour');
    await page.getByRole('region', { name: 'Tour' }).waitFor();
    await check(digits, 'Tour', '.app-tour');
    await page.getByRole('region', { name: 'Tour' }).getByRole('button', { name: 'Skip' }).click();
  }, LIMIT_MS);

  it('menus and what opens over the canvas', async () => {
    const { page } = digits;
    for (const name of ['Menu', 'Theme', 'Language', 'Training settings', /^Learning rate/, /^Device:/]) {
      await page.getByRole('banner').getByRole('button', { name, exact: true }).click();
      await page.locator('.ui-popover').first().waitFor();
      if (name === 'Menu') await digits.press('ArrowDown', 'ArrowRight');
      await check(digits, String(name), '.ui-popover');
      await digits.press('Escape', 'Escape');
      await page.locator('.ui-popover').waitFor({ state: 'detached' });
    }
    await digits.canvas.focus();
    await digits.press('Shift+A');
    const search = digits.dialog('Add a node');
    await search.waitFor();
    await check(digits, 'quick-add', '.canvas');
    await digits.press('Escape');
    await search.waitFor({ state: 'hidden' });
    await digits.named('Flatten').first().click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    await check(digits, 'context menu', '[role="menu"]');
    await digits.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'hidden' });
    // Problems: on the node, in the list, in the status line.
    await digits.clickNode(await digits.idOf(digits.named('Flatten').first()));
    await digits.press('Delete');
    await digits.expectProblems(/error/);
    await digits.tab('Problems').click();
    await check(digits, 'window with problems');
    expect(digits.complaints).toEqual([]);
  }, LIMIT_MS);

  it.each([{ template: /^Two spirals/, panel: 'Boundary' }, { template: /^Linear regression/, panel: 'Fit' }])('$panel', async ({ template, panel }) => {
    const window = await openApp(app, { begin: { template }, settings, reducedMotion: 'reduce' });
    await window.setTraining('Epochs', 1);
    await window.train();
    expect(await window.runEnds()).toBe('Finished');
    await window.tab(panel).click();
    await window.page.locator(DOCK).locator('.inspect-plot canvas').first().waitFor();
    await check(window, panel, DOCK);
    expect(window.complaints).toEqual([]);
  }, LIMIT_MS);
});
