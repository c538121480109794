/** Scenario 1: whoever opens Netloom for the first time is shown around, trains the digits, draws one, and it is recognised. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { DIGITS, crowded, eventually, openApp } from './support/app.ts';

const missing = browserMissing();

describe.skipIf(missing !== undefined)(`the first start${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('leads from the tour over training to a recognised digit', async () => {
    const window = await openApp(app, { begin: 'as-is', settings: {} });
    const { page } = window;

    // The tour points at the network, at Train, and at the sheet.
    const tour = page.getByRole('region', { name: 'Tour' });
    await tour.getByRole('heading', { name: 'This is your network' }).waitFor();
    await eventually(() => window.named('Conv 2D').count(), 'the convolutions').toBe(2);
    await window.expectNoProblems();
    await tour.getByRole('button', { name: 'Next' }).click();
    await tour.getByRole('heading', { name: 'Press Train' }).waitFor();

    // Fewer epochs than the template has: this is about the way, not about the last percent.
    await window.setTraining('Epochs', 1);
    const pressed = performance.now();
    await window.train();
    await eventually(() => window.curveValue('Loss', 'Train'), 'the first value of the loss').toBeGreaterThan(0);
    expect(performance.now() - pressed, 'milliseconds from Train to a moving curve').toBeLessThan(crowded(5000));
    const first = await window.stepsDone();
    await eventually(() => window.stepsDone(), 'further steps').toBeGreaterThan(first);

    // Drawing is possible while it learns.
    await tour.getByRole('button', { name: 'Next' }).click();
    await tour.getByRole('heading', { name: 'Draw a digit' }).waitFor();
    await tour.getByRole('button', { name: 'Done' }).click();
    await tour.waitFor({ state: 'detached' });
    expect(await window.runEnds()).toBe('Finished');

    await window.tab('Curves').click();
    await eventually(() => window.curveValue('Accuracy', 'Test'), 'accuracy on the test set').toBeGreaterThan(0.85);

    await window.tab('Test the model').click();
    const times: number[] = [];
    const answered = async (): Promise<void> => {
      times.push(...(await window.testPanel.getByText(/ms · weights of step/).allInnerTexts()).map(Number.parseFloat));
    };
    for (const digit of ['7', '1', '0'] as const) {
      await window.testPanel.getByRole('button', { name: 'Clear' }).click();
      const before = times.length;
      await window.drawStrokes(DIGITS[digit], answered);
      expect(times.length - before, 'answers while drawing').toBeGreaterThan(0);
      await eventually(() => window.recognised(), `what the drawn ${digit} is taken for`).toBe(digit);
    }
    times.sort((a, b) => a - b);
    expect(times[times.length >> 1], `typical time to an answer in ms, of ${times.join(', ')}`).toBeLessThan(crowded(50));

    // The tour has been taken: it does not come again.
    await page.reload();
    await window.canvas.waitFor();
    expect(await tour.count()).toBe(0);
    expect(window.complaints).toEqual([]);
  });
});
