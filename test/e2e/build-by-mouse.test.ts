/** Scenario 2: a convolutional network from an empty canvas to an ONNX file that another runtime runs, by mouse alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, eventually, openApp } from './support/app.ts';
import { expectSamePredictions } from './support/exported.ts';

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`by mouse alone${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('a CNN is built, trained, exported, and the file does in onnxruntime what the graph does', async () => {
    const window = await openApp(app);
    const { page } = window;
    const used = await window.countInput();
    const zoomOut = page.getByRole('toolbar', { name: 'Canvas' }).getByRole('button', { name: 'Zoom out' });
    await zoomOut.click();
    await zoomOut.click();

    // From the palette.
    const digits = await window.dragFromPalette('Digits', await window.canvasPoint(0.1, 0.12));
    const conv = await window.dragFromPalette('Conv 2D', await window.canvasPoint(0.3, 0.12));
    const relu = await window.dragFromPalette('ReLU', await window.canvasPoint(0.5, 0.12));
    const pool = await window.dragFromPalette('Max pool 2D', await window.canvasPoint(0.7, 0.12));
    await window.connect(digits, 'x', conv, 'x');
    await window.connect(conv, 'y', relu, 'x');
    await window.connect(relu, 'y', pool, 'x');
    expect(await window.nodeName(pool)).toContain('output 32 by 13 by 13');

    // A wire that ends on empty canvas asks what it should lead to.
    const flatten = await window.newNode(async () => {
      await window.drag(await window.middleOf(window.port(pool, 'output', 'y')), await window.canvasPoint(0.3, 0.45));
      await window.pickNode('Flatten');
    });
    await eventually(() => window.nodeName(flatten), 'the shape behind the new wire').toContain('output 5408');

    // By a double click.
    const dense = await window.quickAddByMouse('Dense', await window.canvasPoint(0.6, 0.5));
    await window.connect(flatten, 'y', dense, 'x');
    const loss = await window.dragFromPalette('Cross-entropy', await window.canvasPoint(0.3, 0.75));
    await window.connect(dense, 'y', loss, 'prediction');
    await window.connect(digits, 'y', loss, 'target');
    const adam = await window.newNode(async () => {
      await window.drag(await window.middleOf(window.port(loss, 'output', 'loss')), await window.canvasPoint(0.6, 0.8));
      await window.pickNode('Adam');
    });
    expect(await window.wires().count()).toBe(8);
    expect(await window.nodeIds()).toHaveLength(8);
    expect(adam).not.toBe('');

    // The parameters, by their sliders.
    await window.clickNode(conv);
    await setByClick(window, 'Filters', 0.15);
    await window.clickNode(digits);
    await setByClick(window, 'Training samples', 0.4);
    await window.expectNoProblems();

    await window.train();
    await eventually(() => window.stepsDone(), 'training steps').toBeGreaterThan(4);
    await window.toolbar.getByRole('button', { name: 'Stop' }).click();
    expect(await window.runEnds()).toMatch(/Stopped|Finished/);

    const document = await window.downloaded(() => fromMenu(window, 'File', 'Save'));
    await fromMenu(window, 'File', 'Export the trained model…');
    const dialog = window.dialog('Export the trained model');
    const save = dialog.getByRole('button', { name: 'Export…' });
    const onnx = await window.downloaded(() => save.click());
    expect(onnx.name).toMatch(/\.onnx$/);
    const told = /Run in onnxruntime-web [\d.]+ on \d+ samples: largest difference (\S+)/;
    await dialog.getByText(told).waitFor();
    const appDifference = Number(told.exec(await dialog.innerText())?.[1]);
    expect(appDifference).toBeLessThan(1e-4);
    await dialog.getByText('safetensors', { exact: true }).click();
    const weights = await window.downloaded(() => save.click());
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    await expectSamePredictions({ document: document.bytes, onnx: onnx.bytes, weights: weights.bytes });
    expect((await used()).keys, 'keys that were pressed').toBe(0);
    expect(window.complaints).toEqual([]);
  });
});

/** Clicks a parameter's slider in the inspector at a share of its way. */
async function setByClick(window: AppWindow, title: string, share: number): Promise<void> {
  const field = window.inspector.getByRole('textbox', { name: title });
  const before = await field.inputValue();
  const slider = window.inspector.getByRole('group', { name: `${title}, slider` });
  const { x, y, width, height } = await window.boxOf(slider);
  await window.page.mouse.click(x + width * share, y + height / 2);
  await eventually(() => field.inputValue(), `${title} after a click on its slider`).not.toBe(before);
}

async function fromMenu(window: AppWindow, group: string, item: string): Promise<void> {
  const { page } = window;
  await page.getByRole('button', { name: 'Menu', exact: true }).click();
  await page.getByRole('menuitem', { name: group, exact: true }).click();
  await page.getByRole('menuitem', { name: new RegExp(`^${item}(?:\\s*Ctrl|$)`) }).click();
}
