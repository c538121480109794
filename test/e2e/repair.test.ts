/** Scenario 4: a network that is broken says which node and which numbers are wrong, and mends itself when it is told to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, eventually, openApp } from './support/app.ts';

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`a broken shape${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  async function withoutFlatten(key: string): Promise<AppWindow> {
    const window = await openApp(app, { begin: { template: /^Digits with a small CNN/ } });
    await window.expectNoProblems();
    await window.clickNode('flatten');
    await window.press(key);
    await window.node('flatten').waitFor({ state: 'detached' });
    return window;
  }
  async function trainsAgain(window: AppWindow): Promise<void> {
    await window.expectNoProblems();
    expect(await window.named('Flatten').count()).toBe(1);
    await window.press('F10');
    await eventually(() => window.stepsDone(), 'a training step').toBeGreaterThan(0);
    expect(window.complaints).toEqual([]);
  }

  it('is told with node and numbers, and the list of problems repairs it', async () => {
    // Deleted so that its neighbours are joined: an image arrives where a vector is wanted.
    const window = await withoutFlatten('x');
    await window.statusBar.getByRole('button', { name: /error/ }).click();
    const problem = window.problems.getByRole('row').first();
    await eventually(() => problem.innerText(), 'the problem').toMatch(/fc1/);
    const told = await problem.innerText();
    expect(told).toMatch(/32/);
    expect(told).toMatch(/5/);
    expect(await window.nodeName('loss')).toContain('1 problem');
    await problem.getByRole('button', { name: 'Insert Flatten before “fc1”' }).click();
    await trainsAgain(window);
    // The repair is one edit: one undo brings the problem back.
    await window.undo();
    await window.expectProblems(/error/);
  });

  it('is told while the wire that would make it is dragged, and the drop offers the repair', async () => {
    // Class numbers where an image is wanted.
    const window = await openApp(app, { begin: { template: /^Digits with a small CNN/ } });
    await window.expectNoProblems();
    await window.clickNode('pool1');
    await window.press('Delete');
    await window.node('pool1').waitFor({ state: 'detached' });
    await window.hold(await window.middleOf(window.port('digits', 'output', 'y')), await window.middleOf(window.port('conv2', 'input', 'x')));
    await window.page.getByRole('status').filter({ hasText: 'Drop here for a repair' }).waitFor();
    await window.page.mouse.up();
    await window.page.getByRole('menu', { name: 'This wire does not fit' }).getByRole('menuitem', { name: /^Insert / }).click();
    await eventually(() => window.nodeIds().then((ids) => ids.length), 'the inserted node').toBe(16);
    await window.undo();
    await eventually(() => window.nodeIds().then((ids) => ids.length), 'the undone repair').toBe(15);
    expect(window.complaints).toEqual([]);
  });

  it('names both numbers where an input size no longer divides', async () => {
    const window = await openApp(app, { begin: { template: /^Digits with a small CNN/ } });
    await window.setParam('conv2', 'Kernel size', '15 × 15');
    await window.expectProblems(/error/);
    await eventually(() => window.nodeName('conv2'), 'the node with the problem').toContain('problem');
    await window.statusBar.getByRole('button', { name: /error/ }).click();
    await eventually(() => window.problems.innerText(), 'the problem').toContain('conv2');
    const told = await window.problems.innerText();
    expect(told).toMatch(/13/);
    expect(told).toMatch(/15/);
    expect(window.complaints).toEqual([]);
  });
});
