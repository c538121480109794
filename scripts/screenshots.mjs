/**
 * Pictures of the window, made from the built app in a headless Chromium:
 *   node scripts/screenshots.mjs <folder>     every panel and dialog, light and dark, English and Chinese, around a Digits CNN that has trained
 *   node scripts/screenshots.mjs --readme     the few that the README shows, into assets/screenshots
 * They are looked at, not compared: a machine draws letters as its fonts are.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startServer } from './app-server.mjs';
import { findBrowser } from './browsers.mjs';
import { projectRoot } from './import-rules.mjs';

const SIZE = { width: 1440, height: 900 };
const LANGUAGES = ['en', 'zh-CN'];
const THEMES = ['light', 'dark'];
const FLAGS = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--force-color-profile=srgb'];
const DOCK = ['curves', 'test', 'confusion', 'samples', 'histograms', 'features', 'boundary', 'fit', 'problems', 'log'];
/** Long enough for a network this small to know its digits; a slow machine shows what it has by then. */
const TRAINED_STEPS = 260;
const README_STEPS = 600;
const OTHER_STEPS = 400;
const TRAIN_LIMIT_MS = 60_000;

/** The words of one language, as the window has them: `word('commands:run.train')`. */
function wordsOf(language) {
  const files = new Map();
  return (key) => {
    const [namespace, path] = key.split(':');
    if (!files.has(namespace)) files.set(namespace, JSON.parse(readFileSync(join(projectRoot, 'assets', 'locales', language, `${namespace}.json`), 'utf8')));
    const word = path.split('.').reduce((value, part) => value?.[part], files.get(namespace));
    if (typeof word !== 'string') throw new Error(`There is no text ${key} in ${language}.`);
    return word;
  };
}

/** What a person does in the window, in whichever language it is. */
class Window {
  constructor(page, language) {
    this.page = page;
    this.language = language;
    this.word = wordsOf(language);
  }
  /** By the list of all commands; its first row is the best match. */
  async command(id) {
    const { page } = this;
    const title = this.word(`commands:${id}`);
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog', { name: this.word('app:commands.title') });
    await dialog.locator('input').fill(title);
    // A tick may stand behind the title.
    await dialog.locator('.app-pick-row').filter({ hasText: title }).first().click();
    await dialog.waitFor({ state: 'detached' });
  }
  async panel(id) {
    await this.command(`view.panel.${id}`);
    await this.settled();
  }
  async speak(language) {
    const { page } = this;
    await page.getByRole('button', { name: this.word('app:settings.language'), exact: true }).click();
    await page.locator('[role="menuitem"]').filter({ hasText: language === 'en' ? 'English' : '中文' }).first().click();
    this.language = language;
    this.word = wordsOf(language);
    await page.locator(`html[lang="${language}"]`).waitFor({ state: 'attached' });
  }
  /** Nothing loads and nothing moves any more. */
  async settled() {
    const { page } = this;
    await page.locator('.app-loading').waitFor({ state: 'detached' });
    await page.evaluate(async () => {
      await document.fonts.ready;
      await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
      await Promise.race([Promise.allSettled(document.getAnimations().filter((each) => each.effect?.getTiming().iterations !== Infinity).map((each) => each.finished)), new Promise((resolve) => { setTimeout(resolve, 1000); })]);
    });
  }
  async quiet() {
    for (const button of await this.page.locator('.app-toast').getByRole('button', { name: this.word('app:close') }).all()) await button.click({ timeout: 1000 }).catch(() => {});
  }
  async train(steps) {
    const { page } = this;
    await page.getByRole('button', { name: this.word('run:train'), exact: true }).click();
    const end = Date.now() + TRAIN_LIMIT_MS;
    for (;;) {
      const line = (await page.locator('.run-status-line').textContent()) ?? '';
      const step = Number(/step ([\d,]+)/.exec(line)?.[1]?.replace(',', '') ?? 0);
      if (step >= steps || Date.now() > end || (await page.getByRole('button', { name: this.word('run:train'), exact: true }).count()) > 0) return;
      await page.waitForTimeout(200);
    }
  }
  /** A three, as a hand draws it. */
  async drawThree() {
    const sheet = this.page.locator('.inspect-sheet canvas').first();
    const { x, y, width, height } = await sheet.boundingBox();
    const stroke = [[0.3, 0.25], [0.45, 0.17], [0.62, 0.2], [0.66, 0.33], [0.58, 0.44], [0.46, 0.48], [0.6, 0.52], [0.69, 0.64], [0.63, 0.78], [0.47, 0.84], [0.3, 0.77]];
    const { mouse } = this.page;
    await mouse.move(x + stroke[0][0] * width, y + stroke[0][1] * height);
    await mouse.down();
    for (const [dx, dy] of stroke) await mouse.move(x + dx * width, y + dy * height, { steps: 3 });
    await mouse.up();
  }
}

/** The window as it stands, or a part of it with a margin around, in both themes. */
function camera(window, folder) {
  mkdirSync(folder, { recursive: true });
  return async (name, selector) => {
    const { page } = window;
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      await window.settled();
      const box = selector === undefined ? null : await page.locator(selector).last().boundingBox();
      await page.screenshot({ path: join(folder, `${window.language}-${theme}-${name}.png`), ...(box === null ? {} : { clip: withMargin(box) }) });
    }
  };
}
const MARGIN = 16;
function withMargin(box) {
  const x = Math.max(0, box.x - MARGIN);
  const y = Math.max(0, box.y - MARGIN);
  return { x, y, width: Math.min(SIZE.width, box.x + box.width + MARGIN) - x, height: Math.min(SIZE.height, box.y + box.height + MARGIN) - y };
}

async function dialogs(window, shot) {
  const { page } = window;
  const open = async (id, name) => {
    await window.command(id);
    await page.locator('.ui-modal').waitFor();
    await shot(`dialog-${name}`, '.ui-modal');
    await page.keyboard.press('Escape');
    await page.locator('.ui-modal').waitFor({ state: 'detached' });
  };
  await open('file.new', 'gallery');
  await open('help.keys', 'keys');
  await open('help.settings', 'settings');
  await open('help.about', 'about');
  await open('file.runs', 'runs');
  await open('file.export', 'export');
  await open('view.find', 'find');
  await page.keyboard.press('Control+k');
  await shot('dialog-commands', '.ui-modal');
  await page.keyboard.press('Escape');
  await page.locator('.ui-modal').waitFor({ state: 'detached' });
}

async function overlays(window, shot) {
  const { page } = window;
  const close = async () => {
    await page.keyboard.press('Escape');
    await page.locator('.ui-popover').waitFor({ state: 'detached' });
  };
  await page.getByRole('button', { name: window.word('app:menu'), exact: true }).click();
  await page.getByRole('menu').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await shot('menu');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.locator('.ui-popover').waitFor({ state: 'detached' });
  for (const [name, selector] of [['training-settings', '.run-bar button[aria-label="' + window.word('run:settings') + '"]'], ['learning-rate', '.run-rate'], ['device', '.run-device']]) {
    const button = page.locator(selector).first();
    if (await button.count() === 0) continue;
    await button.click();
    await page.locator('.ui-popover').first().waitFor();
    await shot(name, '.ui-popover');
    await close();
  }
}

async function everything(window, shot) {
  const { page } = window;
  await window.quiet();
  for (const panel of DOCK.filter((id) => id !== 'boundary' && id !== 'fit')) {
    await window.panel(panel);
    if (panel === 'confusion' || panel === 'samples') await page.locator('.inspect-matrix, .inspect-samples').first().waitFor();
    if (panel === 'features' || panel === 'histograms') await page.waitForTimeout(400);
    if (panel === 'test') await window.drawThree();
    await shot(panel, '[data-dock]');
  }
  await window.panel('curves');
  await shot('window');
  await window.panel('palette');
  await shot('palette', 'nav[data-region]');
  await window.panel('outline');
  await shot('outline', 'nav[data-region]');
  await window.panel('inspector');
  await shot('inspector-document', 'aside[data-region]');
  await page.locator('.canvas-node').nth(1).click({ position: { x: 40, y: 12 } });
  await shot('inspector-node', 'aside[data-region]');
  await window.panel('docs');
  await shot('docs', 'aside[data-region]');
  await window.panel('inspector');
  await window.panel('palette');
  await dialogs(window, shot);
  await overlays(window, shot);
}

/** What opens over the canvas, and a network with mistakes in it. */
async function onCanvas(window, shot) {
  const { page } = window;
  await page.locator('.canvas').focus();
  await page.keyboard.press('Shift+A');
  await page.getByRole('option').first().waitFor();
  await shot('quick-add', 'main');
  await page.keyboard.press('Escape');
  await page.locator('[data-node="flatten"]').click({ button: 'right', position: { x: 40, y: 10 } });
  await page.getByRole('menu').waitFor();
  await shot('context-menu', 'main');
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await page.locator('[data-node="flatten"]').click({ position: { x: 40, y: 10 } });
  await page.keyboard.press('Delete');
  await window.panel('problems');
  await shot('with-problems');
  await window.command('file.new');
  await page.locator('.ui-modal').getByRole('button', { name: window.word('app:gallery.empty') }).click();
  await page.getByRole('button', { name: window.word('app:cancel') }).last().waitFor();
  await shot('question', '.ui-modal');
  await page.getByRole('button', { name: window.word('app:cancel') }).last().click();
  await page.keyboard.press('Escape');
  await page.locator('.ui-modal').waitFor({ state: 'detached' });
  await window.command('edit.undo');
}

/** The panels of networks other than the Digits CNN. */
async function takeOf(browser, url, folder, template, panel) {
  const window = await openWindow(browser, url, { tourDone: true });
  const { page } = window;
  await page.locator('.ui-modal').getByRole('button', { name: new RegExp(`^${template}`) }).click();
  await page.locator('.ui-modal').waitFor({ state: 'detached' });
  await window.train(OTHER_STEPS);
  await window.command('run.pause').catch(() => {});
  await window.panel(panel);
  await page.waitForTimeout(500);
  await camera(window, folder)(panel);
  await page.context().close();
}

async function openWindow(browser, url, settings = {}) {
  const context = await browser.newContext({ locale: 'en-US', viewport: SIZE, reducedMotion: 'reduce' });
  await context.addInitScript((text) => { localStorage.getItem('netloom.settings') ?? localStorage.setItem('netloom.settings', text); }, JSON.stringify({ theme: 'system', language: 'en', ...settings }));
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  await page.locator('.canvas-node').first().waitFor();
  return new Window(page, 'en');
}

/** A window with the Digits CNN in it, and no dialog over it. */
async function openDigits(browser, url) {
  const window = await openWindow(browser, url, { tourDone: true });
  await window.page.locator('.ui-modal').waitFor();
  await window.page.keyboard.press('Escape');
  await window.page.locator('.ui-modal').waitFor({ state: 'detached' });
  return window;
}

async function takeAll(browser, url, folder) {
  const first = await openWindow(browser, url);
  await camera(first, folder)('tour');
  await first.page.context().close();

  const window = await openDigits(browser, url);
  const shot = camera(window, folder);
  await shot('before-training');
  await window.panel('test');
  await shot('test-before', '[data-dock]');
  await window.panel('curves');
  await window.train(TRAINED_STEPS);
  await window.command('run.pause').catch(() => {});
  for (const language of LANGUAGES) {
    if (language !== window.language) await window.speak(language);
    await everything(window, shot);
    await onCanvas(window, shot);
  }
  await window.page.context().close();
  await takeOf(browser, url, folder, 'Two spirals', 'boundary');
  await takeOf(browser, url, folder, 'Linear regression', 'fit');
  await takeOf(browser, url, folder, 'A small GPT that writes', 'writing');
}

/** What the README shows: the window while it has learned something, a drawn digit, the inside of the network, and all of it in Chinese and in the dark. */
async function takeReadme(browser, url, folder) {
  const window = await openDigits(browser, url);
  const { page } = window;
  const save = async (name) => {
    await page.mouse.move(SIZE.width / 2, SIZE.height - 4);
    await window.quiet();
    await window.settled();
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  await window.train(README_STEPS);
  await window.command('run.pause').catch(() => {});
  await page.locator('[data-node="conv1"] .canvas-node-title').click();
  await save('editor');
  await window.panel('test');
  await window.drawThree();
  await page.locator('.inspect-bars, [role="list"]').first().waitFor();
  await save('test');
  await window.panel('features');
  await page.waitForTimeout(1000);
  await window.speak('zh-CN');
  await page.emulateMedia({ colorScheme: 'dark' });
  await save('chinese');
}

const started = performance.now();
const executablePath = findBrowser();
if (executablePath === undefined) throw new Error('No Chrome, Chromium or Edge is installed (CHROME_PATH names one).');
const isReadme = process.argv.includes('--readme');
const folder = process.argv.slice(2).find((word) => !word.startsWith('--'));
if (!isReadme && folder === undefined) throw new Error('Say where to: node scripts/screenshots.mjs <folder>, or --readme.');
const server = await startServer();
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  if (folder !== undefined) {
    rmSync(folder, { recursive: true, force: true });
    await takeAll(browser, server.url, folder);
  }
  if (isReadme) await takeReadme(browser, server.url, join(projectRoot, 'assets', 'screenshots'));
} finally {
  await browser.close();
  server.stop();
}
console.log(`Took the pictures in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
