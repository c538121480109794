/**
 * What a person does in the window, in a person's words: start it, train, draw a digit, add and wire nodes by mouse or by
 * keyboard, run a command. Everything is found as it is told to people: by role and name. Nodes alone are kept by their id,
 * because several may look the same. Waiting is asking again, never sleeping.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import type { Download, Locator, Page } from 'playwright-core';
import { expect, onTestFailed } from 'vitest';
import { projectRoot } from '../../../scripts/import-rules.mjs';
import type { AppPage, BrowserApp, PageOptions } from '../../support/browser-app.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Side = 'input' | 'output';

/** A bound on time as a machine keeps it that has its processors for itself; longer by as much as others crowd this one. */
export const crowded = (milliseconds: number): number => milliseconds * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** On two busy processors everything may take a while; a failure is told before a test's own limit. */
const PATIENCE = Math.min(60_000, crowded(15_000));
/** A place within a node's title at any zoom at which one works, from its upper left. */
const TITLE = { x: 40, y: 10 } as const;
/** How often what is waited for is looked at. */
const polls = { timeout: PATIENCE, interval: 50 } as const;

export interface OpenOptions extends PageOptions {
  /** What to begin with: the gallery's empty canvas, one of its networks by its title, or whatever the start shows. */
  readonly begin?: 'empty' | { readonly template: RegExp } | 'as-is';
}

/** A new profile that has taken the tour, with an empty canvas or a network in it. */
export async function openApp(app: BrowserApp, { begin = 'empty', ...options }: OpenOptions = {}): Promise<AppWindow> {
  const opened = await app.open({ filePickers: false, settings: { tourDone: true }, ...options });
  const window = new AppWindow(opened);
  keepPictureOfFailure(window.page);
  if (begin === 'as-is') return window;
  const gallery = window.dialog('New');
  await gallery.getByRole('button', begin === 'empty' ? { name: 'Empty canvas' } : { name: begin.template }).click();
  await gallery.waitFor({ state: 'hidden' });
  if (begin !== 'empty') await window.nodes().nth(1).waitFor();
  return window;
}

/** What the window showed when a test failed, in dist/failures. Outside of a test (in `beforeAll`) there is none. */
function keepPictureOfFailure(page: Page): void {
  try {
    onTestFailed(async ({ task }) => {
      await page.screenshot({ path: join(projectRoot, 'dist', 'failures', `${task.name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`) }).catch(() => undefined);
    });
  } catch {
    // Not in a test.
  }
}

export class AppWindow {
  readonly page: Page;
  readonly opened: AppPage;

  constructor(opened: AppPage) {
    this.opened = opened;
    this.page = opened.page;
    this.page.setDefaultTimeout(PATIENCE);
  }

  /** What the page complained of since it was opened. */
  get complaints(): readonly string[] { return this.opened.complaints; }

  // What the window consists of.
  get canvas(): Locator { return this.page.getByRole('application', { name: 'Graph', exact: true }); }
  get toolbar(): Locator { return this.page.getByRole('toolbar', { name: 'Training controls' }); }
  get runState(): Locator { return this.page.getByRole('group', { name: 'State of the run' }); }
  get inspector(): Locator { return this.page.getByRole('tabpanel', { name: 'Inspector' }); }
  get problems(): Locator { return this.page.getByRole('tabpanel', { name: 'Problems' }); }
  get statusBar(): Locator { return this.page.getByRole('contentinfo', { name: 'Status' }); }
  /** Dialogs and the floating searches. */
  dialog(name: string | RegExp): Locator { return this.page.getByRole('dialog', { name }); }
  /** By its title; a count may stand behind it. */
  tab(name: string): Locator { return this.page.getByRole('tab', { name: new RegExp(`^${name}(?: \\d+)?$`) }); }

  // Nodes on the canvas.
  nodes(): Locator { return this.canvas.getByRole('group').and(this.page.locator('[data-node]')); }
  node(id: string): Locator { return this.canvas.locator(`[data-node="${id}"]`); }
  /** Nodes whose spoken name begins with this title: "Conv 2D". */
  named(title: string): Locator { return this.canvas.getByRole('group', { name: new RegExp(`^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:,|$)`) }).and(this.page.locator('[data-node]')); }
  async nodeIds(): Promise<readonly string[]> { return this.nodes().evaluateAll((all) => all.map((each) => each.getAttribute('data-node') ?? '')); }
  async idOf(node: Locator): Promise<string> { return (await node.getAttribute('data-node')) ?? ''; }
  /** The ids of what is selected. */
  async selected(): Promise<readonly string[]> {
    return this.nodes().evaluateAll((all) => all.filter((each) => each.getAttribute('aria-current') === 'true').map((each) => each.getAttribute('data-node') ?? ''));
  }
  /** What a screen reader says of a node: title, shape, parameters, problems. */
  async nodeName(id: string): Promise<string> { return (await this.node(id).getAttribute('aria-label')) ?? ''; }
  wires(): Locator { return this.canvas.locator('.react-flow__edge'); }

  // Where things are on the screen.
  async boxOf(thing: Locator): Promise<{ readonly x: number; readonly y: number; readonly width: number; readonly height: number }> {
    const box = await thing.boundingBox();
    if (box === null) throw new Error(`${String(thing)} is not on the screen`);
    return box;
  }
  async middleOf(thing: Locator): Promise<Point> {
    const { x, y, width, height } = await this.boxOf(thing);
    return { x: x + width / 2, y: y + height / 2 };
  }
  /** A port's dot, by the port's short name. */
  port(node: string, side: Side, port: string): Locator {
    return this.node(node).locator(side === 'input' ? '.target' : '.source').and(this.page.getByRole('img', { name: new RegExp(`\\(${port}\\)`) }));
  }
  /** A point of the canvas, as shares of its width and height. */
  async canvasPoint(x: number, y: number): Promise<Point> {
    const box = await this.boxOf(this.canvas);
    return { x: box.x + box.width * x, y: box.y + box.height * y };
  }

  // The mouse.
  /** Presses, moves in steps as a hand does, lets go. */
  async drag(from: Point, to: Point, steps = 8): Promise<void> {
    await this.hold(from, to, steps);
    await this.page.mouse.up();
  }
  /** The same, but the button stays down. */
  async hold(from: Point, to: Point, steps = 8): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(to.x, to.y, { steps });
  }
  /** Draws a wire from port to port. */
  async connect(from: string, output: string, to: string, input: string): Promise<void> {
    const before = await this.wires().count();
    await this.drag(await this.middleOf(this.port(from, 'output', output)), await this.middleOf(this.port(to, 'input', input)));
    await expect.poll(() => this.wires().count(), { ...polls, message: `a wire from ${from}.${output} to ${to}.${input}` }).toBe(before + 1);
  }
  /** Drags an entry of the palette onto the canvas; the new node's id. */
  async dragFromPalette(title: string, to: Point): Promise<string> {
    return this.newNode(async () => {
      const entry = this.page.getByRole('tree', { name: 'Nodes' }).getByRole('treeitem', { name: title, exact: true }).first();
      await entry.scrollIntoViewIfNeeded();
      await this.drag(await this.middleOf(entry), to);
    });
  }
  /** Opens the search for nodes by a double click and takes an entry by a click; the new node's id. */
  async quickAddByMouse(title: string, at: Point): Promise<string> {
    return this.newNode(async () => {
      await this.page.mouse.dblclick(at.x, at.y);
      await this.pickNode(title);
    });
  }
  /** Clicks an entry of the open search for nodes. */
  async pickNode(title: string): Promise<void> {
    const search = this.dialog('Add a node');
    await search.getByRole('option').filter({ has: this.page.getByText(title, { exact: true }) }).first().click();
    await search.waitFor({ state: 'hidden' });
  }

  // The keyboard.
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }
  async type(text: string): Promise<void> { await this.page.keyboard.type(text); }
  /** Opens the search with Shift+A where the canvas has the keyboard, types, takes what comes first; the new node's id. */
  async quickAddByKeyboard(query: string): Promise<string> {
    return this.newNode(async () => {
      await this.press('Shift+A');
      const search = this.dialog('Add a node');
      await search.waitFor();
      await this.type(query);
      await search.getByRole('option').first().waitFor();
      await this.press('Enter');
      await search.waitFor({ state: 'hidden' });
    });
  }
  /** Any command by its title, as Ctrl+K finds it. */
  async command(title: string): Promise<void> {
    await this.press('Control+k');
    const dialog = this.dialog('Run any command');
    await dialog.waitFor();
    await this.type(title);
    await dialog.getByRole('option').first().filter({ hasText: title }).waitFor();
    await this.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
  }
  async undo(): Promise<void> { await this.press('Control+z'); }
  async redo(): Promise<void> { await this.press('Control+Shift+z'); }

  /** The id of the node that `add` brings. It is selected then; others may come into view or go out of it meanwhile. */
  async newNode(add: () => Promise<void>): Promise<string> {
    const before = new Set(await this.nodeIds());
    await add();
    let added: readonly string[] = [];
    await expect.poll(async () => (added = (await this.selected()).filter((id) => !before.has(id))).length, { ...polls, message: 'a new node' }).toBe(1);
    return added[0]!;
  }
  /** Clicks a node's title; with Shift where it is to be added to the selection. */
  async clickNode(id: string, ...modifiers: readonly 'Shift'[]): Promise<void> { await this.node(id).click({ position: TITLE, modifiers: [...modifiers] }); }
  async doubleClickNode(id: string): Promise<void> { await this.node(id).dblclick({ position: TITLE }); }

  // Parameters.
  /** A parameter's field on the node itself. */
  param(node: string, title: string): Locator { return this.node(node).getByRole('textbox', { name: title, exact: true }); }
  async setParam(node: string, title: string, value: string): Promise<void> {
    const field = this.param(node, title);
    await field.click();
    await field.fill(value);
    await field.press('Enter');
  }
  /** Epochs, batch size and seed stand behind a button, whatever the window's width. */
  async setTraining(field: 'Epochs' | 'Batch size' | 'Seed', value: number): Promise<void> {
    await this.page.getByRole('button', { name: 'Training settings' }).click();
    const dialog = this.dialog('Training settings');
    const box = dialog.getByRole('textbox', { name: field });
    await box.fill(String(value));
    await box.press('Enter');
    await expect.poll(() => box.inputValue(), polls).toBe(String(value));
    await box.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  }

  // The run.
  async train(): Promise<void> { await this.toolbar.getByRole('button', { name: 'Train', exact: true }).click(); }
  async expectProblems(text: string | RegExp): Promise<void> { await this.statusBar.getByRole('button').filter({ hasText: text }).waitFor(); }
  async expectNoProblems(): Promise<void> { await this.expectProblems('No problems'); }
  /** Waits until the run is over, and how it ended. */
  async runEnds(timeout = Math.min(90_000, crowded(30_000))): Promise<string> {
    const over = /Finished|Stopped|Failed|Interrupted/;
    await this.runState.filter({ hasText: over }).waitFor({ timeout });
    return over.exec(await this.runState.innerText())?.[0] ?? '';
  }
  /** The steps that the bar tells of; 0 before the first. */
  async stepsDone(): Promise<number> {
    const match = /step ([\d,]+)/.exec(await this.runState.innerText());
    return match === null ? 0 : Number(match[1]!.replaceAll(',', ''));
  }
  /** A value of the curves' legend, by the row's and the column's title; undefined while there is none. */
  async curveValue(metric: 'Loss' | 'Accuracy', split: 'Train' | 'Validation' | 'Test'): Promise<number | undefined> {
    const table = this.page.getByRole('tabpanel', { name: 'Curves' }).getByRole('table');
    if (await table.count() === 0) return undefined;
    const columns = await table.getByRole('columnheader').allInnerTexts();
    const at = columns.findIndex((title) => title.trim() === split);
    const row = table.getByRole('row').filter({ has: this.page.getByRole('rowheader', { name: metric, exact: true }) }).first();
    if (at < 1 || await row.count() === 0) return undefined;
    const text = await row.getByRole('cell').nth(at - 1).innerText();
    return text.trim() === '' ? undefined : Number(text.replace('%', '').trim()) / (text.includes('%') ? 100 : 1);
  }

  // Trying the model.
  get testPanel(): Locator { return this.page.getByRole('tabpanel', { name: 'Test the model' }); }
  get sheet(): Locator { return this.testPanel.getByRole('application', { name: 'Drawing sheet' }); }
  /** Draws strokes on the sheet with the mouse; points are shares of its sides. `during` is asked after each piece of a stroke. */
  async drawStrokes(strokes: readonly (readonly Point[])[], during?: () => Promise<void>): Promise<void> {
    const box = await this.boxOf(this.sheet);
    const { mouse } = this.page;
    for (const [first, ...rest] of strokes) {
      if (first === undefined) continue;
      await mouse.move(box.x + first.x * box.width, box.y + first.y * box.height);
      await mouse.down();
      for (const { x, y } of rest) {
        await mouse.move(box.x + x * box.width, box.y + y * box.height);
        await during?.();
      }
      await mouse.up();
    }
  }
  /** What the network takes the drawing for, with all probabilities by class. */
  async classBars(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.testPanel.getByRole('list', { name: 'Probability of each class' }).getByRole('listitem').allInnerTexts();
    return new Map(rows.map((row) => {
      const [name = '', share = ''] = row.split(/\s+/).filter((part) => part !== '' && part !== '✓');
      return [name, Number(share.replace('%', '')) / 100];
    }));
  }
  async recognised(): Promise<string | undefined> {
    const bars = await this.classBars();
    return [...bars].sort((a, b) => b[1] - a[1])[0]?.[0];
  }

  // What was used.
  /** From now on counts what the person uses: keys, and presses and moves of the mouse. */
  async countInput(): Promise<() => Promise<{ readonly keys: number; readonly mouse: number }>> {
    await this.page.evaluate(() => {
      const counts = { keys: 0, mouse: 0 };
      addEventListener('keydown', () => { counts.keys++; }, true);
      for (const type of ['pointerdown', 'pointermove', 'wheel', 'dragstart']) addEventListener(type, () => { counts.mouse++; }, true);
      Object.assign(globalThis, { inputCounts: counts });
    });
    return () => this.page.evaluate(() => (globalThis as typeof globalThis & { readonly inputCounts: { readonly keys: number; readonly mouse: number } }).inputCounts);
  }

  // Files.
  /** The bytes of the download that `act` sets off. */
  async downloaded(act: () => Promise<void>): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
    const [download] = await Promise.all([this.page.waitForEvent('download') as Promise<Download>, act()]);
    return { name: download.suggestedFilename(), bytes: new Uint8Array(await readFile(await download.path())) };
  }
  /** The document as Save gives it. */
  async savedDocument(): Promise<unknown> {
    const { bytes } = await this.downloaded(() => this.press('Control+s'));
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  }
}

const arc = (cx: number, cy: number, rx: number, ry: number, from: number, to: number, pieces: number): Point[] =>
  Array.from({ length: pieces + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / pieces) * Math.PI) / 180;
    return { x: cx + rx * Math.cos(angle), y: cy + ry * Math.sin(angle) };
  });
const line = (from: Point, to: Point, pieces: number): Point[] => Array.from({ length: pieces + 1 }, (_, i) => ({ x: from.x + ((to.x - from.x) * i) / pieces, y: from.y + ((to.y - from.y) * i) / pieces }));

/** Digits as a hand writes them, in strokes over the sheet. */
export const DIGITS: Readonly<Record<'0' | '1' | '3' | '7', readonly (readonly Point[])[]>> = {
  0: [arc(0.5, 0.5, 0.2, 0.31, -90, 270, 16)],
  1: [line({ x: 0.52, y: 0.17 }, { x: 0.48, y: 0.83 }, 4)],
  3: [[...arc(0.47, 0.35, 0.17, 0.16, -150, 90, 9), ...arc(0.47, 0.67, 0.19, 0.17, -90, 150, 9)]],
  7: [[...line({ x: 0.3, y: 0.2 }, { x: 0.7, y: 0.2 }, 3), ...line({ x: 0.7, y: 0.2 }, { x: 0.44, y: 0.82 }, 5)]],
};

/** Asks until a number of the window is so; for values that no locator can wait for. */
export const eventually = <T>(read: () => Promise<T> | T, message: string, timeout = PATIENCE) => expect.poll(read, { timeout, interval: 100, message });
