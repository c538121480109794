/** The habits of a node editor, by mouse and keyboard on the Digits network: each gesture does what it does elsewhere, and undo takes it back. */
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, type Point, eventually, openApp } from './support/app.ts';

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`gestures${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  let window: AppWindow;
  beforeAll(async () => {
    app = await startBrowserApp();
    window = await openApp(app, { begin: { template: /^Digits/ } });
  });
  afterAll(() => app?.close());

  const title = (id: string): Locator => window.node(id).locator('.canvas-node-title');
  const titlePoint = async (id: string): Promise<Point> => {
    const { x, y } = await window.boxOf(title(id));
    return { x: x + 8, y: y + 8 };
  };
  /** Wires as a screen reader hears them: `conv1 → relu1`. */
  const wires = async (): Promise<readonly string[]> => window.wires().evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? '').sort());
  const wirePoint = async (name: string): Promise<Point> => window.page.getByRole('img', { name, exact: true }).locator('.react-flow__edge-interaction').evaluate((path: SVGPathElement) => {
    const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
    const { a, d, e, f } = path.getScreenCTM()!;
    return { x: x * a + e, y: y * d + f };
  });
  /** A box over a node's lower left, and no other's, begun where neither a wire nor the canvas's edge is near. */
  const boxOver = async (id: string): Promise<void> => {
    const { x, y, width, height } = await window.boxOf(window.node(id));
    await window.drag({ x: x - 10, y: y + height + 20 }, { x: x + width / 2, y: y + height / 2 });
  };
  /** Everything in view, nothing selected. */
  const rest = async (): Promise<void> => {
    await window.canvas.focus();
    await window.press('Escape', '.');
    await eventually(async () => (await window.nodeIds()).length, 'all nodes in view').toBe(16);
  };
  const undone = async (before: readonly string[], steps = 1): Promise<void> => {
    for (let step = 0; step < steps; step++) await window.undo();
    await eventually(wires, 'the wires as they were').toEqual(before);
    await rest();
  };

  it('box, Shift and Escape select; X leads the wires past what a box has selected', async () => {
    await rest();
    const before = await wires();
    await boxOver('relu2');
    await window.page.keyboard.down('Shift');
    await boxOver('flatten');
    await window.page.keyboard.up('Shift');
    await eventually(() => window.selected(), 'both boxes').toEqual(expect.arrayContaining(['relu2', 'flatten']));
    await title('flatten').click({ modifiers: ['Shift'] });
    await eventually(() => window.selected(), 'one taken away again').toEqual(['relu2']);
    await window.press('x');
    await eventually(wires, 'wires past the node').toContain('conv2 → pool2');
    await undone(before);
    expect(await window.selected()).toEqual([]);
  });

  it('Alt and a drag duplicate; a node dropped on a wire is inserted; a wire let go of over nothing is gone', async () => {
    const before = await wires();
    const from = await titlePoint('relu3');
    await window.page.keyboard.down('Alt');
    const copy = await window.newNode(() => window.drag(from, { x: from.x, y: from.y + 90 }));
    await window.page.keyboard.up('Alt');
    await eventually(() => window.selected(), 'the copy').toEqual([copy]);
    await undone(before);

    const at = await wirePoint('flatten → fc1');
    const dropout = await window.dragFromPalette('ReLU', at);
    await eventually(wires, 'the wire through the node').toEqual(expect.arrayContaining([`flatten → ${dropout}`, `${dropout} → fc1`]));
    await undone(before);

    const end = await window.middleOf(window.port('flatten', 'input', 'x'));
    await window.drag({ x: end.x - 14, y: end.y }, { x: end.x - 20, y: end.y + 70 });
    await eventually(wires, 'one wire less').not.toContain('pool2 → flatten');
    await undone(before);
  });

  it('pointing at a wire shows its way', async () => {
    const at = await wirePoint('flatten → fc1');
    await window.page.mouse.move(at.x, at.y);
    await eventually(() => window.canvas.locator('.canvas-wire.is-traced').count(), 'wires on the way').toBeGreaterThan(8);
  });

  it('a field on a node: Enter goes there and commits, Escape takes back, and neither drags nor zooms', async () => {
    await title('conv1').click();
    await window.press('Enter');
    const filters = window.param('conv1', 'Filters');
    await eventually(() => filters.evaluate((field) => field === document.activeElement), 'the first field').toBe(true);
    await window.type('12');
    await window.press('Enter');
    await eventually(() => window.nodeName('conv1'), 'twelve maps').toContain('output 12 by');
    await window.press('Enter');
    await window.type('99');
    await window.press('Escape');
    expect(await filters.inputValue()).toBe('12');
    const view = window.canvas.locator('.react-flow__viewport');
    const before = [await view.getAttribute('style'), await title('conv1').boundingBox()];
    const at = await window.middleOf(filters);
    await window.drag(at, { x: at.x - 40, y: at.y + 30 });
    await window.page.mouse.move(at.x, at.y);
    await window.page.mouse.wheel(0, 240);
    expect([await view.getAttribute('style'), await title('conv1').boundingBox()]).toEqual(before);
    await window.press('Escape');
    await window.undo();
    await eventually(() => filters.inputValue(), 'as it was').toBe('16');
    await rest();
  });

  it('a frame carries what lies in it; a block is entered, shows its ports, and is left with its instance selected', async () => {
    const before = await wires();
    await title('loss').click();
    await title('accuracy').click({ modifiers: ['Shift'] });
    await window.command('Add frame');
    const frame = window.canvas.locator('.canvas-frame-title');
    await frame.waitFor();
    await window.press('Escape');
    const was = await titlePoint('loss');
    const { x, y, width, height } = await window.boxOf(frame);
    await window.drag({ x: x + width - 5, y: y + height / 2 }, { x: x + width + 75, y: y + height / 2 });
    await eventually(async () => (await titlePoint('loss')).x - was.x, 'how far the node went').toBeGreaterThan(50);
    await undone(before, 2);

    await title('conv1').click();
    await title('relu1').click({ modifiers: ['Shift'] });
    await window.press('Control+g');
    await eventually(async () => (await window.nodeIds()).length, 'a block').toBe(15);
    const [block = ''] = await window.selected();
    await title(block).dblclick();
    await eventually(() => window.nodeIds(), 'its inside').toHaveLength(2);
    expect(await window.canvas.locator('.canvas-port-border').allInnerTexts()).toEqual(['x', 'y']);
    await window.page.getByRole('navigation', { name: 'Blocks entered' }).getByRole('button', { name: 'Whole graph' }).click();
    await eventually(() => window.selected(), 'the block that was left').toEqual([block]);
    await window.press('Control+Shift+g');
    await eventually(wires, 'taken apart again').toEqual(before);
    await undone(before, 2);
    expect(window.complaints).toEqual([]);
  });
});
