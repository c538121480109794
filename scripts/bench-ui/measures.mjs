/** What `npm run bench:ui` measures: each gives rows of a figure and the mark that it is held against. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { projectRoot } from '../import-rules.mjs';
import { largeDocument } from './large-document.mjs';
import { traced, workPerEvent, workUntilDrawn } from './main-thread.mjs';
import { median, percentile } from './statistics.mjs';
import { steps } from './steps.mjs';
import { closeGallery, dropDocument, openWindow, settled } from './window.mjs';

const NODES = 1000;
/** Between two inputs: time enough for everything that one brings about. */
const PACE_MS = 80;
const MOVES = 60;
const KEYS = 24;
const MILLION_STEPS = fileURLToPath(new URL('million-steps-engine.js', import.meta.url));

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} value
 * @property {string} unit
 * @property {number} [mark] undefined for what is told beside the marks
 * @property {'below' | 'above'} [side] of the mark, on which all is well
 * @property {string} [note]
 */

const wait = (page) => page.waitForTimeout(PACE_MS);
/** @returns {Row} */
const below = (name, value, unit, mark, note) => ({ name, value, unit, mark, side: 'below', note });

/** @param {{ wall: number, cpu: number }[]} works */
function perEvent(name, works, mark, share = 0.95) {
  const figures = (key) => `median ${median(works.map((each) => each[key])).toFixed(1)}, p95 ${percentile(works.map((each) => each[key]), 0.95).toFixed(1)}`;
  return below(name, percentile(works.map(({ cpu }) => cpu), share), 'ms', mark, `of the processor: ${figures('cpu')}; on the clock: ${figures('wall')}; ${works.length} events`);
}

/** @returns {Promise<Row[]>} */
export async function start({ browser, url }) {
  const scripts = new Map();
  const times = [];
  const works = [];
  for (let i = 0; i < 3; i++) {
    const { page, context } = await openWindow(browser, 'about:blank');
    page.on('response', (response) => {
      if (i === 0 && (response.request().resourceType() === 'script' || new URL(response.url()).pathname.endsWith('.js'))) scripts.set(response.url(), response);
    });
    const client = await context.newCDPSession(page);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(url, { waitUntil: 'commit' });
    await page.locator('.canvas-node').first().waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).waitFor();
    // The first node's frame, or the end of the last long task, whichever is later.
    const free = await settled(page);
    times.push(Math.max(await page.evaluate(() => globalThis.benchFirstNode), free));
    const { metrics } = await client.send('Performance.getMetrics');
    works.push((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN) * 1000);
    if (i === 0) {
      const interactive = await page.evaluate(() => performance.timeOrigin + globalThis.benchFirstNode);
      for (const [address, response] of scripts) scripts.set(address, { size: gzipSync(await response.body(), { level: 9 }).length / 1000, isLazy: response.request().timing().startTime > interactive });
    }
    await context.close();
  }
  const sum = (wanted) => [...scripts.values()].filter(wanted).reduce((total, { size }) => total + size, 0);
  return [
    below('built app to interactive', median(times), 'ms', 2000, `fresh profile, median of ${times.length} (${times.map((each) => each.toFixed(0)).join(', ')}); main thread busy ${median(works).toFixed(0)} ms`),
    below('first load, compressed JavaScript', sum(({ isLazy }) => !isLazy), 'kB', 700, `until the first node is drawn; ${sum(({ isLazy }) => isLazy).toFixed(0)} kB after it, the engine among them; gzip -9`),
  ];
}

async function withLargeDocument({ browser, url }, count, work) {
  const { page, context } = await openWindow(browser, url);
  await closeGallery(page);
  const opened = await dropDocument(page, largeDocument(count), 'stem');
  // The engine reckons what the nodes cost; that is over before anything else is measured.
  await page.waitForTimeout(1500);
  await settled(page);
  try {
    return await work(page, opened, context);
  } finally {
    await context.close();
  }
}

/** The drawn node that is nearest to a place on the canvas, given as shares of its width and height. */
async function nodeNear(page, across, down) {
  const id = await page.evaluate(([shareX, shareY]) => {
    const canvas = document.querySelector('.canvas').getBoundingClientRect();
    const x = canvas.x + canvas.width * shareX;
    const y = canvas.y + canvas.height * shareY;
    const distance = (node) => {
      const box = node.getBoundingClientRect();
      return Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
    };
    return [...document.querySelectorAll('.canvas-node')].sort((a, b) => distance(a) - distance(b))[0].dataset.node;
  }, [across, down]);
  return page.locator(`[data-node="${id}"]`);
}

async function dragged(browser, page) {
  const node = await nodeNear(page, 0.35, 0.35);
  const box = await node.boundingBox();
  const x = box.x + box.width / 2;
  const y = box.y + Math.min(6, box.height / 3);
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= 4; i++) await page.mouse.move(x + i * 3, y + i * 2);
  const trace = await traced(browser, page, async () => {
    for (let i = 0; i < MOVES; i++) {
      await page.mouse.move(x + 12 + i * 2.5, y + 8 + i * 1.5);
      await wait(page);
    }
  });
  await page.mouse.up();
  const moved = await node.boundingBox();
  if (Math.abs(moved.x - box.x) < MOVES) throw new Error(`The node was not dragged: from ${box.x} to ${moved.x}.`);
  return workPerEvent(trace, trace.eventTimes('pointermove'), PACE_MS);
}

/** One in the middle: at the edges the canvas's own buttons may lie over it. */
async function selectConvolution(page) {
  const all = page.locator('.canvas-node[data-node^="conv"]');
  await all.nth(Math.floor((await all.count()) / 2)).click({ position: { x: 20, y: 6 } });
}

/** Types into the first number of the selected node, digit by digit, taking each back again. */
async function typed(browser, page) {
  const field = page.locator('.inspector-number').first();
  await field.click();
  await page.keyboard.press('End');
  const trace = await traced(browser, page, async () => {
    for (let i = 0; i < KEYS; i++) {
      await page.keyboard.press(i % 2 === 0 ? '1' : 'Backspace');
      await page.waitForTimeout(PACE_MS * 4);
    }
  });
  return { trace, times: trace.eventTimes('keydown') };
}

/** @returns {Promise<Row[]>} */
export async function large(bench) {
  return withLargeDocument(bench, NODES, async (page, opened) => {
    const rows = [below(`a document of ${NODES} nodes opened`, opened.free, 'ms', 1500, `drawn after ${opened.shown.toFixed(0)} ms, then until the main thread is free`)];
    const drawn = await page.locator('.canvas-node').count();
    rows.push(perEvent(`pointer move, dragging a node among ${NODES}`, await dragged(bench.browser, page), 8));
    rows.at(-1).note += `; ${drawn} nodes in sight`;
    await page.keyboard.press('Control+z');
    await selectConvolution(page);
    const { trace, times } = await typed(bench.browser, page);
    // What shows the key ends with the first frame; the check and what it finds come after it.
    const untilDrawn = workUntilDrawn(trace, times, PACE_MS * 4);
    if (untilDrawn.length < KEYS / 2) throw new Error(`Of ${KEYS} keys only ${untilDrawn.length} were drawn.`);
    const all = workPerEvent(trace, times, PACE_MS * 4);
    rows.push(perEvent(`keystroke in the inspector, ${NODES} nodes, until it is drawn`, untilDrawn, 16));
    rows.push({ name: '  with the check and all that follows', value: percentile(all.map(({ cpu }) => cpu), 0.95), unit: 'ms', note: `median ${median(all.map(({ cpu }) => cpu)).toFixed(1)}; longest task ${Math.max(...all.map(({ longest }) => longest)).toFixed(1)} ms on the clock` });
    // With nothing selected, or only that would be fitted into the view.
    await page.locator('.canvas').focus();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Fit/ }).first().click();
    await page.waitForTimeout(1000);
    await settled(page);
    const everything = await dragged(bench.browser, page);
    rows.push({ name: '  pointer move with all nodes in sight', value: percentile(everything.map(({ cpu }) => cpu), 0.95), unit: 'ms', note: `median ${median(everything.map(({ cpu }) => cpu)).toFixed(1)}; ${await page.locator('.canvas-node').count()} nodes in sight` });
    return rows;
  });
}

/** @returns {Promise<Row[]>} */
export async function checks(bench) {
  return withLargeDocument(bench, 200, async (page) => {
    await selectConvolution(page);
    const { trace, times } = await typed(bench.browser, page);
    const all = workPerEvent(trace, times, PACE_MS * 4);
    return [below('checks of 200 nodes after a keystroke', percentile(all.map(({ longest }) => longest), 0.95), 'ms', 50, 'longest task between two keystrokes, on the clock: no less than the check')];
  });
}

/** @returns {Promise<Row[]>} */
export async function curves({ browser, url }) {
  const { page, context } = await openWindow(browser, url, { engine: MILLION_STEPS });
  await closeGallery(page);
  await page.getByRole('tab', { name: 'Curves', exact: true }).click();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page.locator('.run-status-line', { hasText: '1,000,000' }).waitFor();
  await settled(page);
  const area = await page.locator('.curves-plot .u-over').first().boundingBox();
  const x = area.x + area.width / 2;
  const y = area.y + area.height / 2;
  await page.mouse.move(x, y);
  for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -200);
  await page.waitForTimeout(300);
  await page.keyboard.down('Shift');
  await page.mouse.down();
  const trace = await traced(browser, page, async () => {
    for (let i = 0; i < MOVES; i++) {
      await page.mouse.move(x + Math.sin(i / 8) * area.width * 0.3, y);
      await wait(page);
    }
  });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await context.close();
  return [perEvent('a curve of a million points panned, per frame', workPerEvent(trace, trace.eventTimes('pointermove'), PACE_MS), 16)];
}

/** Epochs that training is compared over; the first one warms up. */
const EPOCHS = 3;

/** The document that the window trains, for the terminal to train the same. */
function templateDocument(name, epochs) {
  const doc = JSON.parse(readFileSync(join(projectRoot, 'assets', 'templates', `${name}.netloom`), 'utf8'));
  return { ...doc, training: { ...doc.training, epochs } };
}

async function trainInTerminal(folder, file) {
  const work = mkdtempSync(join(tmpdir(), 'netloom-bench-'));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'bin', 'netloom.js'), 'train', file, '--json', '--backend', 'wasm', '--out', join(work, 'run')], { maxBuffer: 1 << 30 });
    return stdout.split('\n').filter((line) => line.startsWith('{"kind":"epoch"')).map((line) => JSON.parse(line).samplesPerSecond);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What the run's own log, in the browser's private files, says of its epochs; runs in the page. */
async function epochsOfStoredRun() {
  const follow = async (folder, parts) => {
    let at = folder;
    for (const part of parts) at = await at.getDirectoryHandle(part);
    return at;
  };
  const runs = await follow(await navigator.storage.getDirectory(), ['netloom', 'runs']);
  const speeds = [];
  for await (const run of runs.values()) {
    for await (const file of run.values()) {
      if (!file.name.endsWith('.jsonl')) continue;
      for (const line of (await (await file.getFile()).text()).split('\n')) if (line.startsWith('{"kind":"epoch"')) speeds.push(JSON.parse(line).samplesPerSecond);
    }
  }
  return speeds;
}

/** Counting frames makes the browser draw sixty of them a second, which the training notices: `countsFrames` is for a run whose speed is not asked for. */
async function trainInWindow({ browser, url }, doc, { countsFrames = false } = {}) {
  const { page, context } = await openWindow(browser, url, { settings: { backend: 'wasm' } });
  await closeGallery(page);
  await dropDocument(page, doc, Object.keys(doc.nodes).find((id) => doc.nodes[id].type.startsWith('Conv')) ?? Object.keys(doc.nodes)[0]);
  await page.getByRole('tab', { name: 'Curves', exact: true }).click();
  const before = await page.evaluate(() => globalThis.benchLongTasks.length);
  const client = await context.newCDPSession(page);
  await client.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await client.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
  const frames = page.evaluate((everyFrame) => new Promise((resolve) => {
    let count = 0;
    const started = performance.now();
    const frame = () => {
      count++;
      if (document.querySelector('.run-status-dot[data-tone="ok"]') !== null) resolve({ count, seconds: (performance.now() - started) / 1000 });
      else if (everyFrame) requestAnimationFrame(frame);
      else setTimeout(frame, LOOK_MS);
    };
    const LOOK_MS = 200;
    frame();
  }), countsFrames);
  const busyBefore = await busy();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  const { count, seconds } = await frames;
  const share = ((await busy()) - busyBefore) / seconds;
  const long = await page.evaluate((from) => globalThis.benchLongTasks.slice(from).map(({ duration }) => duration), before);
  const speeds = await page.evaluate(epochsOfStoredRun);
  await context.close();
  return { speeds, frames: count / seconds, share, long };
}

async function trainingOf(bench, name, epochs) {
  const doc = templateDocument(name, epochs);
  const work = mkdtempSync(join(tmpdir(), 'netloom-bench-'));
  const file = join(work, `${name}.netloom`);
  writeFileSync(file, JSON.stringify(doc));
  // One before and one after, so that a machine that grows slower or faster favours neither.
  const terminal = [await trainInTerminal(bench.folder, file)];
  const window = await trainInWindow(bench, doc);
  terminal.push(await trainInTerminal(bench.folder, file));
  rmSync(work, { recursive: true });
  const warm = (speeds) => median(speeds.slice(speeds.length > 1 ? 1 : 0));
  const inTerminal = (warm(terminal[0]) + warm(terminal[1])) / 2;
  const note = `of the terminal's speed: ${warm(window.speeds).toFixed(0)} and ${inTerminal.toFixed(0)} samples/s (${terminal.map((each) => warm(each).toFixed(0)).join(' before, ')} after)`;
  return { name: `training ${name} in the browser`, value: (warm(window.speeds) / inTerminal) * 100, unit: '%', mark: 90, side: 'above', note };
}

/** @returns {Promise<Row[]>} */
export async function training(bench) {
  const rows = [await trainingOf(bench, 'digits-cnn', EPOCHS)];
  const { frames, share, long } = await trainInWindow(bench, templateDocument('digits-cnn', EPOCHS), { countsFrames: true });
  const tasks = `tasks over 50 ms: ${long.length}${long.length === 0 ? '' : `, the longest ${Math.max(...long).toFixed(0)} ms`}`;
  rows.push({ name: '  frames a second while training', value: frames, unit: 'fps', mark: 55, side: 'above', note: `main thread busy ${(share * 100).toFixed(0)} %; ${tasks}` });
  if (process.env['NETLOOM_DATASETS'] !== undefined) rows.push(await trainingOf(bench, 'mnist-cnn', 1));
  return rows;
}

export const MEASURES = { start, large, checks, curves, training, steps };
