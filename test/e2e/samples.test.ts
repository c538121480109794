/** The inspector shows what a data node gives: series as curves, tokens as text, pictures with their captions, and few points where there are few. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { eventually, openApp } from './support/app.ts';

const missing = browserMissing();
/** What was looked at, for people to look at too. */
const PICTURES = join(projectRoot, 'dist', 'samples');

describe.skipIf(missing !== undefined)(`samples of data nodes${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    app = await startBrowserApp();
  });
  afterAll(() => app?.close());

  it('are shown as what they are', async () => {
    const window = await openApp(app);
    const look = async (title: string): Promise<void> => {
      await window.canvas.focus();
      await window.quickAddByKeyboard(title);
      await window.inspector.getByText(/in the training set/).waitFor();
      await window.inspector.getByText(/in the training set/).scrollIntoViewIfNeeded();
      await window.inspector.screenshot({ path: join(PICTURES, `${title.replaceAll(' ', '-').toLowerCase()}.png`) });
    };
    const curves = window.inspector.locator('.inspector-curves');
    const tokens = window.inspector.locator('.inspector-tokens');

    await look('Sine forecast');
    await eventually(() => curves.locator('polyline').count(), 'a curve for each window').toBe(6);
    await look('Adding problem');
    await eventually(() => curves.locator('polyline').count(), 'values and marks').toBe(12);
    await look('Copy memory');
    await eventually(async () => (await tokens.locator('p').first().innerText()).replaceAll(/\s/g, ''), 'symbols, the wait, and their recall').toMatch(/^([1-8]{5})·{19}\?·{5}·{25}\1$/);
    await look('Text');
    await eventually(() => tokens.locator('p').first().innerText(), 'the beginning of the text').toContain('The Fox and the Moon⏎⏎Once there was');
    await look('Masked text');
    await eventually(() => tokens.locator('p').first().innerText(), 'masks, and what they hide').toMatch(/□[\s\S]*_{3}/);
    await look('Coloured shapes');
    await eventually(() => window.inspector.getByRole('img', { name: /^Sample: a .* (at|in) the / }).count(), 'pictures with captions').toBe(10);
    await look('Parity');
    await eventually(() => curves.getByText(/^(even|odd)$/).count(), 'classes').toBe(6);
    await look('Cart-pole');
    await eventually(() => window.inspector.getByRole('img', { name: /^Sample: [←→]$/ }).count(), 'states of an episode, with the action taken').toBe(10);
    await look('Grid world');
    await eventually(() => window.inspector.locator('canvas.inspector-sample').count(), 'pictures of the grid').toBe(10);
    // Fewer samples than would be drawn: all of them.
    await look('Line');
    await window.inspector.getByRole('img', { name: '200 samples as points' }).waitFor();
    expect(window.complaints).toEqual([]);
  }, 180_000);
});
