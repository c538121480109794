/** Scenario 5: nodes become a block, are edited inside, unpacked, taken back to the start; and a block travels to another window. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { AppWindow, eventually, openApp } from './support/app.ts';

const missing = browserMissing();
const TEMPLATE = { template: /^Digits with a small CNN/ } as const;

describe.skipIf(missing !== undefined)(`blocks${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  /** Clicks the titles of nodes, all but the first with Shift. */
  async function select(window: AppWindow, nodes: readonly string[]): Promise<void> {
    for (const [i, node] of nodes.entries()) await window.clickNode(node, ...(i === 0 ? [] : ['Shift'] as const));
    await eventually(async () => [...await window.selected()].sort(), 'the selection').toEqual([...nodes].sort());
  }
  async function group(window: AppWindow): Promise<string> {
    await select(window, ['conv1', 'relu1', 'pool1']);
    return window.newNode(() => window.press('Control+g'));
  }

  it('that are ready stand in the palette, come with their definition, and go with one step back', async () => {
    const window = await openApp(app, { begin: TEMPLATE });
    const start = await window.savedDocument();
    await window.clickNode('pool1');
    const search = window.page.getByRole('searchbox', { name: 'Search nodes' });
    const block = await window.newNode(async () => {
      await search.fill('residual block');
      await window.page.getByRole('tree', { name: 'Nodes' }).getByRole('treeitem', { name: 'Residual block', exact: true }).waitFor();
      await search.press('Enter');
    });
    await eventually(() => window.nodeName(block), 'the shape that the block gives').toContain('output 16 by 13 by 13');
    await window.doubleClickNode(block);
    await window.page.getByRole('navigation', { name: 'Blocks entered' }).waitFor();
    await eventually(async () => [...await window.nodeIds()].sort(), 'the inside').toEqual(['add', 'conv1', 'conv2', 'norm1', 'norm2', 'relu1', 'relu2']);
    await window.page.getByRole('navigation', { name: 'Blocks entered' }).getByRole('button', { name: 'Whole graph' }).click();
    await window.undo();
    expect(await window.savedDocument()).toEqual(start);
    expect(window.complaints).toEqual([]);
  });

  it('are made, edited inside, left, unpacked, and undone to the very document of the start', async () => {
    const window = await openApp(app, { begin: TEMPLATE });
    const start = await window.savedDocument();
    const nodes = [...await window.nodeIds()].sort();

    const block = await group(window);
    expect(await window.nodeIds()).toHaveLength(nodes.length - 2);
    await eventually(() => window.nodeName(block), 'the shape that the block gives').toContain('output 16 by 13 by 13');
    await window.expectNoProblems();

    await window.doubleClickNode(block);
    const crumbs = window.page.getByRole('navigation', { name: 'Blocks entered' });
    await crumbs.waitFor();
    await eventually(async () => [...await window.nodeIds()].sort(), 'the inside').toEqual(['conv1', 'pool1', 'relu1']);
    await window.setParam('conv1', 'Filters', '8');
    await crumbs.getByRole('button', { name: 'Whole graph' }).click();
    await crumbs.waitFor({ state: 'detached' });
    await eventually(() => window.nodeName(block), 'the edit inside, seen outside').toContain('output 8 by 13 by 13');
    await window.expectNoProblems();

    await select(window, [block]);
    await window.press('Control+Shift+g');
    await eventually(async () => [...await window.nodeIds()].sort(), 'all nodes again').toEqual(nodes);
    await eventually(() => window.param('conv1', 'Filters').inputValue(), 'the edit that was made inside').toBe('8');

    const undo = window.page.getByRole('button', { name: /^Undo/ });
    for (let i = 0; i < 20 && await undo.isEnabled(); i++) await window.undo();
    expect(await undo.isEnabled()).toBe(false);
    expect(await window.savedDocument()).toEqual(start);

    // And forth again, to the same end.
    const redo = window.page.getByRole('button', { name: /^Redo/ });
    for (let i = 0; i < 20 && await redo.isEnabled(); i++) await window.redo();
    await eventually(() => window.param('conv1', 'Filters').inputValue(), 'the edit, done again').toBe('8');
    await window.expectNoProblems();
    expect(window.complaints).toEqual([]);
  });

  it('travel to another window as text', async () => {
    const window = await openApp(app, { begin: TEMPLATE });
    const block = await group(window);
    await window.press('Control+c');

    const page = await window.opened.context.newPage();
    await page.goto(app.url);
    const other = new AppWindow({ ...window.opened, page });
    await other.dialog('New').getByRole('button', { name: 'Empty canvas' }).click();
    await other.dialog('New').waitFor({ state: 'hidden' });
    await other.canvas.focus();
    await other.press('Control+v');
    await eventually(() => other.nodes().count(), 'the pasted block').toBe(1);
    const [pasted = ''] = await other.nodeIds();
    expect((await other.nodeName(pasted)).split(',')[0]).toBe((await window.nodeName(block)).split(',')[0]);
    await other.doubleClickNode(pasted);
    await eventually(async () => [...await other.nodeIds()].sort(), 'the inside of the pasted block').toEqual(['conv1', 'pool1', 'relu1']);
    expect(window.complaints).toEqual([]);
  });
});
