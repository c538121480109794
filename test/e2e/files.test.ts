/** Scenario 7: files that cannot be opened. Each is refused in plain words with the exact reason behind, and what is open stays as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_VERSION } from '../../engine/graph/document.ts';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, eventually, openApp } from './support/app.ts';

const missing = browserMissing();
const sound = readFileSync(join(projectRoot, 'assets', 'templates', 'xor.netloom'), 'utf8');
const image = readFileSync(join(projectRoot, 'assets', 'icons', 'icon.png'));
const text = (content: string): Buffer => Buffer.from(content, 'utf8');
const changed = (change: (doc: Record<string, unknown>) => void): Buffer => {
  const doc = JSON.parse(sound) as Record<string, unknown>;
  change(doc);
  return text(JSON.stringify(doc));
};

const KEPT = 'What you have open stays as it is.';
const REFUSED: readonly { readonly name: string; readonly bytes: Buffer; readonly words: string; readonly detail: RegExp }[] = [
  { name: 'cut.netloom', bytes: text(sound.slice(0, sound.length >> 1)), words: 'The file is damaged, or not a Netloom document.', detail: /line \d+/ },
  { name: 'wrong-wire.netloom', bytes: changed((doc) => { doc['edges'] = { e1: { from: 5 } }; }), words: 'The file is damaged, or not a Netloom document.', detail: /edges/ },
  { name: 'photo.netloom', bytes: image, words: 'The file is an image, not a Netloom document.', detail: /\S/ },
  { name: 'tomorrow.netloom', bytes: changed((doc) => { doc['version'] = DOCUMENT_VERSION + 3; }), words: `its format is ${String(DOCUMENT_VERSION + 3)}, and this version knows formats up to ${String(DOCUMENT_VERSION)}`, detail: /Update Netloom/ },
  { name: 'nothing.netloom', bytes: Buffer.alloc(0), words: 'The file is not a Netloom document.', detail: /empty/i },
];

describe.skipIf(missing !== undefined)(`files that cannot be opened${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  let window: AppWindow;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('there is unsaved work in the window', async () => {
    window = await openApp(app, { begin: { template: /^Digits/ } });
    // Unsaved work, which must not even be asked about before the file is known to be good.
    const name = window.page.getByRole('textbox', { name: 'Document name' });
    await name.fill('My work');
    await name.press('Enter');
    await window.expectNoProblems();
  });

  async function stays(nodes: number): Promise<void> {
    expect(await window.page.getByRole('textbox', { name: 'Document name' }).inputValue()).toBe('My work');
    expect(await window.nodes().count()).toBe(nodes);
    await window.expectNoProblems();
  }

  it.each(REFUSED)('$name is refused, and the open document stays', async ({ name, bytes, words, detail }) => {
    const nodes = await window.nodes().count();
    await window.canvas.focus();
    const [chooser] = await Promise.all([window.page.waitForEvent('filechooser'), window.press('Control+o')]);
    await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
    const dialog = window.dialog(`“${name}” cannot be opened`);
    await dialog.waitFor();
    const said = await dialog.innerText();
    expect(said).toContain(words);
    expect(said).toContain(KEPT);
    expect(said).toMatch(detail);
    await dialog.getByRole('button', { name: 'OK' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await stays(nodes);
  });

  it('a damaged file that is dropped onto the window is refused in the same words', async () => {
    const nodes = await window.nodes().count();
    await drop(window, 'cut.netloom', sound.slice(0, 100));
    const dialog = window.dialog('“cut.netloom” cannot be opened');
    await dialog.getByText('The file is damaged').waitFor();
    await window.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    await stays(nodes);
  });

  it('a sound file that is dropped asks about the unsaved work, then opens', async () => {
    await drop(window, 'xor.netloom', sound);
    const question = window.dialog('Save the changes to “My work”?');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });
    expect(await window.page.getByRole('textbox', { name: 'Document name' }).inputValue()).toBe('My work');
    await drop(window, 'xor.netloom', sound);
    await question.getByRole('button', { name: "Don't save" }).click();
    await eventually(() => window.page.getByRole('textbox', { name: 'Document name' }).inputValue(), 'the name of the opened file').toBe((JSON.parse(sound) as { readonly name: string }).name);
    expect(window.complaints).toEqual([]);
  });
});

/** What the window sees when a file of the desktop is dropped onto its canvas. */
async function drop(window: AppWindow, name: string, content: string): Promise<void> {
  await window.canvas.evaluate((target, file) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([file.content], file.name, { type: 'application/octet-stream' }));
    for (const type of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
  }, { name, content });
}
