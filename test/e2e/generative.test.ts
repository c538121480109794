/** Networks that make something are watched at it: pictures of an autoencoder and texts of language models change while they train. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, eventually, openApp } from './support/app.ts';

const missing = browserMissing();

/** A variational autoencoder of the built-in digits, small enough for many steps in a second, that is never done while it is looked at. */
function autoencoder(latent: number): string {
  const node = (type: string, params: Readonly<Record<string, unknown>>, column: number, row: number) => ({ type, params, position: { x: 260 * column, y: 220 * row } });
  const wire = (from: string, to: string) => {
    const [source = '', output = 'y'] = from.split('.');
    const [target = '', input = 'x'] = to.split('.');
    return { from: { node: source, port: output }, to: { node: target, port: input } };
  };
  const wires = [
    ['digits.x', 'flatten'], ['flatten', 'mean'], ['flatten', 'spread'], ['mean', 'latent.mean'], ['spread', 'latent.logVariance'], ['latent', 'decode'], ['decode', 'relu'], ['relu', 'pixels'], ['pixels', 'image'], ['image', 'sigmoid'], ['sigmoid', 'output'],
    ['image', 'loss.prediction'], ['digits.x', 'loss.target'], ['mean', 'kl.mean'], ['spread', 'kl.logVariance'], ['loss.loss', 'adam.loss'], ['kl.loss', 'adam.loss'],
  ] as const;
  return JSON.stringify({
    format: 'netloom', version: 2, name: 'Small digits', training: { epochs: 5000, batchSize: 32, seed: 1, shuffle: true, validationSplit: 0 },
    nodes: {
      digits: node('Digits', { trainSamples: 320, testSamples: 32, fresh: false }, 0, 0), flatten: node('Flatten', {}, 1, 0), mean: node('Dense', { units: latent }, 2, 0), spread: node('Dense', { units: latent }, 2, 1),
      latent: node('Reparameterise', {}, 3, 0), decode: node('Dense', { units: 32 }, 4, 0), relu: node('ReLU', {}, 5, 0), pixels: node('Dense', { units: 784 }, 0, 2), image: node('ReshapeToImage', {}, 1, 2), sigmoid: node('Sigmoid', {}, 2, 2), output: node('Output', {}, 3, 2),
      loss: node('BinaryCrossEntropy', { weight: 784 }, 2, 3), kl: node('StandardNormalKL', { weight: 1 }, 3, 3), adam: node('Adam', { learningRate: 0.005 }, 4, 3),
    },
    edges: Object.fromEntries(wires.map(([from, to], i) => [`e${String(i + 1)}`, wire(from, to)])),
  });
}

/** What the window sees when a file is dropped onto its canvas. */
async function open(window: AppWindow, content: string): Promise<void> {
  await window.canvas.evaluate((target, text) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([text], 'small.netloom', { type: 'application/octet-stream' }));
    for (const type of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
  }, content);
  await window.node('latent').waitFor();
  await window.expectNoProblems();
}

/** Around the plane there are the numbers at its axes: pixels. */
const AXES = { left: 48, top: 12, right: 14, bottom: 26 };
/** How far the brightness of what is shown spreads (standard deviation, of 255), and all of it as one text. */
async function look(window: AppWindow): Promise<{ readonly spread: number; readonly content: string }> {
  return window.page.getByRole('tabpanel', { name: 'Generated' }).getByRole('img').evaluate((canvas: HTMLCanvasElement, { left, top, right, bottom }) => {
    const { data } = canvas.getContext('2d')!.getImageData(left, top, canvas.width - left - right, canvas.height - top - bottom);
    const reds = data.filter((_, i) => i % 4 === 0);
    const mean = reds.reduce((sum, red) => sum + red, 0) / reds.length;
    return { spread: Math.sqrt(reds.reduce((sum, red) => sum + (red - mean) ** 2, 0) / reds.length), content: canvas.toDataURL() };
  }, AXES);
}
const stepIn = (text: string): number => Number(/step ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', '') ?? -1);

describe.skipIf(missing !== undefined)(`networks that make something${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('show the pictures of the latent plane while they learn', async () => {
    const window = await openApp(app);
    await open(window, autoencoder(2));
    const tab = window.page.getByRole('tab', { name: 'Generated', exact: true });
    await tab.click();
    const panel = window.page.getByRole('tabpanel', { name: 'Generated' });
    await panel.getByText('No trained network yet').waitFor();
    await panel.getByRole('button', { name: 'Train' }).click();
    await panel.getByRole('img', { name: /^The pictures that the places of the latent plane give/ }).waitFor();
    await panel.getByText('instead of the output of “latent”').waitFor();
    const first = await look(window);
    const step = stepIn(await panel.innerText());
    await eventually(async () => stepIn(await panel.innerText()), 'a later picture').toBeGreaterThan(step + 50);
    const later = await look(window);
    expect(later.content).not.toBe(first.content);
    // Strokes on black, where there was an even grey.
    await eventually(async () => (await look(window)).spread, 'strokes').toBeGreaterThan(30);
    expect(window.complaints).toEqual([]);
    await window.page.context().close();
  }, 60_000);

  it('draw others when there are more latent numbers than a plane has', async () => {
    const window = await openApp(app);
    await open(window, autoencoder(3));
    await window.page.getByRole('tab', { name: 'Generated', exact: true }).click();
    await window.train();
    const panel = window.page.getByRole('tabpanel', { name: 'Generated' });
    await panel.getByRole('img', { name: /^60 pictures made from random numbers/ }).waitFor();
    await window.toolbar.getByRole('button', { name: 'Pause' }).click();
    await window.runState.filter({ hasText: 'Paused' }).waitFor();
    await eventually(async () => stepIn(await panel.innerText()), 'the picture of the last step').toBe(await window.stepsDone());
    const { content } = await look(window);
    await panel.getByRole('button', { name: 'Draw others' }).click();
    await eventually(async () => (await look(window)).content === content, 'the same picture').toBe(false);
    expect(window.complaints).toEqual([]);
    await window.page.context().close();
  }, 60_000);

  it('write, and what they wrote earlier stays beside it', async () => {
    const window = await openApp(app, { begin: { template: /^A character LSTM/ } });
    await window.page.getByRole('tab', { name: 'Writing', exact: true }).click();
    await window.train();
    const now = window.page.getByRole('region', { name: 'What it writes now' });
    const before = window.page.getByRole('region', { name: 'What it wrote before' });
    await eventually(async () => (await now.innerText()).length, 'a text of 200 letters').toBeGreaterThan(190);
    const first = await now.innerText();
    await eventually(async () => (await before.innerText()).includes(first.slice(0, 20)), 'the first text among the earlier ones').toBe(true);
    expect(await now.innerText()).not.toContain(first.slice(0, 20));
    expect(window.complaints).toEqual([]);
    await window.page.context().close();
  }, 60_000);

  it('fill the gaps of a sentence, and of sentences whose truth is known', async () => {
    const window = await openApp(app, { begin: { template: /^A small BERT/ } });
    await window.page.getByRole('tab', { name: 'Writing', exact: true }).click();
    await window.train();
    const panel = window.page.getByRole('tabpanel', { name: 'Writing' });
    await panel.getByText(/\d+ of \d+ right/).waitFor();
    const step = stepIn(await panel.innerText());
    await eventually(async () => stepIn(await panel.innerText()), 'later answers').toBeGreaterThan(step);
    const gaps = panel.getByRole('region', { name: 'The sentence, filled in' }).getByRole('listitem');
    expect(await gaps.count()).toBe(3);
    await panel.getByRole('textbox').fill('The f_x');
    await eventually(() => gaps.count(), 'the gaps of another sentence').toBe(1);
    expect(window.complaints).toEqual([]);
    await window.page.context().close();
  }, 60_000);
});
