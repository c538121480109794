/** Scenario 3: the same network without a single event of a mouse: added, wired, set, trained and exported by keys. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, eventually, openApp } from './support/app.ts';
import { expectSamePredictions } from './support/exported.ts';

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`by keyboard alone${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('a CNN is built, trained, exported, and the file does in onnxruntime what the graph does', async () => {
    const window = await openApp(app, { begin: 'as-is' });
    const used = await window.countInput();
    await window.dialog('New').waitFor();
    await tabTo(window, 'Empty canvas');
    await window.press('Enter');
    await window.dialog('New').waitFor({ state: 'hidden' });

    // Each new node stands beside the one before and is wired to it.
    const digits = await window.quickAddByKeyboard('digits');
    const conv = await window.quickAddByKeyboard('conv 2d');
    await window.quickAddByKeyboard('relu');
    const pool = await window.quickAddByKeyboard('max pool');
    await eventually(() => window.nodeName(pool), 'the shape behind three wires').toContain('output 32 by 13 by 13');
    await window.quickAddByKeyboard('flatten');
    const dense = await window.quickAddByKeyboard('linear');
    expect(await window.named('Dense').count(), 'Dense is found as “linear”').toBe(1);
    await window.quickAddByKeyboard('cross entropy');
    await window.quickAddByKeyboard('adam');

    // The target: walked to along the wires, then wired from a list of the ports that fit.
    await walkTo(window, digits, 'ArrowLeft');
    await window.press('c');
    const ports = window.dialog('Wire from which port?');
    await ports.waitFor();
    await window.type('(y)');
    await window.press('Enter');
    const targets = window.dialog('Wire to which port?');
    await targets.waitFor();
    await window.type('target');
    await window.press('Enter');
    await targets.waitFor({ state: 'hidden' });
    await window.expectNoProblems();

    // Parameters: Enter leads to the node's first field, and from there back to the canvas.
    await setFirstParam(window, conv, 'Filters', '8');
    await setFirstParam(window, dense, 'Units', '10');
    await window.expectNoProblems();
    await walkTo(window, conv, 'ArrowLeft');
    expect(await window.nodeName(conv)).toContain('output 8 by 26 by 26');

    await window.press('Control+Enter');
    await eventually(() => window.stepsDone(), 'training steps').toBeGreaterThan(2);
    await window.press('Control+Shift+Enter');
    expect(await window.runEnds()).toMatch(/Stopped|Finished/);

    const document = await window.downloaded(() => window.press('Control+s'));
    await window.command('Export the trained model…');
    const dialog = window.dialog('Export the trained model');
    await dialog.waitFor();
    await tabTo(window, 'Export…');
    const onnx = await window.downloaded(() => window.press('Enter'));
    await dialog.getByText(/Run in onnxruntime-web [\d.]+ on \d+ samples/).waitFor();
    await tabTo(window, /^ONNX/);
    await window.press('ArrowDown');
    await tabTo(window, 'Export…');
    const weights = await window.downloaded(() => window.press('Enter'));
    expect(weights.name).toMatch(/\.safetensors$/);
    await window.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await expectSamePredictions({ document: document.bytes, onnx: onnx.bytes, weights: weights.bytes });
    expect((await used()).mouse, 'events of the mouse').toBe(0);
    expect(window.complaints).toEqual([]);
  });
});

/** What has the focus, by its name or its words. */
const focused = (window: AppWindow): Promise<string> => window.page.evaluate(() => {
  const element = document.activeElement;
  if (element === null) return '';
  return element.getAttribute('aria-label') ?? (element instanceof HTMLInputElement && element.labels?.[0] !== undefined ? element.labels[0].innerText : element instanceof HTMLElement ? element.innerText : '');
});

/** Tab, until what is called so has the focus. */
async function tabTo(window: AppWindow, name: string | RegExp): Promise<void> {
  const seen: string[] = [];
  for (let i = 0; i < 40; i++) {
    const now = (await focused(window)).trim();
    if (typeof name === 'string' ? now === name : name.test(now)) return;
    seen.push(now);
    await window.press('Tab');
  }
  throw new Error(`Tab does not lead to ${String(name)}, but to ${seen.join(' | ')}`);
}

async function walkTo(window: AppWindow, node: string, key: string): Promise<void> {
  for (let i = 0; i < 12; i++) {
    const [now] = await window.selected();
    if (now === node) return;
    await window.press(key);
    // A node that comes into view only now is not there for a moment: neither is that the step, nor time for another.
    await eventually(async () => {
      const [next] = await window.selected();
      return next !== undefined && next !== now;
    }, `a step with ${key} from ${String(now)}`).toBe(true);
  }
  throw new Error(`${key} does not lead to ${node}`);
}

async function setFirstParam(window: AppWindow, node: string, title: string, value: string): Promise<void> {
  await walkTo(window, node, 'ArrowRight');
  await window.press('Enter');
  await tabTo(window, title);
  await window.press('Control+a');
  await window.type(value);
  // On the node itself Enter takes it and leads back to the node.
  await window.press('Enter');
  // F6 goes round the window's parts.
  for (let i = 0; i < 6 && !await window.canvas.evaluate((canvas) => canvas.contains(document.activeElement)); i++) await window.press('F6');
  expect(await window.canvas.evaluate((canvas) => canvas.contains(document.activeElement)), 'the keyboard back on the canvas').toBe(true);
}
