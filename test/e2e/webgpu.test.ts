/** Scenario 10: on WebGPU, played by the software adapter, a network trains two steps from the editor and its losses are those of the CPU. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserApp, browserMissing, startBrowserApp } from '../support/browser-app.ts';
import { type AppWindow, eventually, openApp } from './support/app.ts';

const missing = browserMissing();
const LIMIT_MS = 240_000;
const STEPS = 2;

describe.skipIf(missing !== undefined)(`WebGPU in the editor${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let app: BrowserApp;
  beforeAll(async () => { app = await startBrowserApp(); });
  afterAll(() => app?.close());

  it('trains two steps and agrees with the CPU', async ({ skip }) => {
    const window = await openApp(app, { begin: { template: /^Digits/ }, settings: { tourDone: true, backend: 'webgpu' } });
    const adapter = await window.page.evaluate(async () => {
      const gpu = await (navigator as { gpu?: { requestAdapter(): Promise<{ readonly info: { readonly description: string; readonly vendor: string } } | null> } }).gpu?.requestAdapter();
      return gpu === undefined || gpu === null ? undefined : gpu.info.description || gpu.info.vendor;
    });
    if (adapter === undefined) skip('this browser has no WebGPU adapter, not even a software one');

    await window.setParam(await window.idOf(window.named('Digits')), 'Training samples', '600');
    const gpu = await trainSteps(window);
    expect(gpu.device).toContain('WebGPU');
    await window.press('Control+,');
    const settings = window.dialog('Settings');
    await settings.getByRole('button', { name: /Device/ }).click();
    await window.page.getByRole('option', { name: 'CPU (WebAssembly)' }).click();
    await window.press('Escape');
    await settings.waitFor({ state: 'hidden' });
    const cpu = await trainSteps(window);
    expect(cpu.device).toContain('CPU');

    expect(gpu.losses).toHaveLength(STEPS);
    expect(cpu.losses).toHaveLength(STEPS);
    for (const [i, loss] of cpu.losses.entries()) {
      expect(loss).toBeGreaterThan(0);
      expect(Math.abs(loss - gpu.losses[i]!), `loss of step ${String(i + 1)}: CPU ${String(loss)}, WebGPU ${String(gpu.losses[i])}`).toBeLessThan(1e-4);
    }
    // The second step has learned from the first: were weights not updated, equal losses would prove little.
    expect(cpu.losses[1]).not.toBe(cpu.losses[0]);
    expect(window.complaints).toEqual([]);
  }, LIMIT_MS);
});

/** A new run, step by step; its losses to the last digit, as the curves are saved. */
async function trainSteps(window: AppWindow): Promise<{ readonly losses: readonly number[]; readonly device: string }> {
  const reset = window.toolbar.getByRole('button', { name: 'Reset: begin anew' });
  if (await reset.isEnabled()) await reset.click();
  for (let step = 1; step <= STEPS; step++) {
    const one = window.toolbar.getByRole('button', { name: 'Train one step' });
    await eventually(() => one.isEnabled(), 'a further step', 60_000).toBe(true);
    await one.click();
    await eventually(() => window.stepsDone(), `step ${String(step)}`, 60_000).toBe(step);
  }
  const device = await window.page.getByRole('button', { name: /^Device:/ }).innerText();
  await window.tab('Curves').click();
  await window.page.getByRole('tabpanel', { name: 'Curves' }).getByRole('button', { name: /^Save/ }).click();
  const [download] = await Promise.all([window.page.waitForEvent('download'), window.page.getByRole('menuitem', { name: /CSV/ }).click()]);
  const rows = readFileSync(await download.path(), 'utf8').trim().split(/\r?\n/).slice(1).map((line) => line.split(','));
  // Earlier runs stay in the curves: the newest comes last.
  const newest = rows.at(-1)?.[0];
  return { device, losses: rows.filter(([run, metric, split]) => run === newest && metric === 'loss' && split === 'train').map((fields) => Number(fields[5])) };
}
