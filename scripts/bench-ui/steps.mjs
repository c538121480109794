/**
 * A training step in the browser's engine against the same step in Node's: both are the built product, trained by the requests
 * that the window makes. They take turns, one paused while the other trains, so that what else the machine does meets both.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../import-rules.mjs';
import { median } from './statistics.mjs';

/** Templates and the samples of an epoch: about a second of work, or as many as are drawn in one. */
const MODELS = { 'mnist-mlp': 25_600, 'mnist-cnn': 2560, 'mnist-lstm': 6400, 'mnist-vit': 2048 };
const BATCH = 128;
const ROUNDS = 9;
/** Training at a turn: whole epochs until so much time has gone by, behind one that finds the caches anew. */
const TURN_MS = 1000;

/** The template with digits that the product draws itself in place of MNIST's, trained for ever. */
function documentOf(template, samples) {
  const doc = JSON.parse(readFileSync(join(projectRoot, 'assets', 'templates', `${template}.netloom`), 'utf8'));
  const nodes = Object.fromEntries(Object.entries(doc.nodes).map(([id, node]) => [id, node.type === 'MNIST' ? { ...node, type: 'Digits', params: { trainSamples: samples, testSamples: 0 } } : node]));
  return { ...doc, nodes, training: { ...doc.training, epochs: 1_000_000, batchSize: BATCH } };
}

/**
 * Speaks with an engine through `post` and what it hears. Runs in the page and here, so it uses nothing from around it.
 * @returns {{ hear(message: object): void, begin(doc: object): Promise<number>, turn(milliseconds: number): Promise<number[]> }}
 */
function driverOf(post) {
  let nextId = 1;
  let watch = () => undefined;
  const replies = new Map();
  const request = (method, params) => new Promise((resolve, reject) => {
    replies.set(nextId, { resolve, reject });
    post({ kind: 'request', id: nextId++, method, params });
  });
  /** Resolves with what `look` makes of the events, once it makes something of one. */
  const until = (look) => new Promise((resolve, reject) => {
    watch = (event) => {
      if (event.kind === 'error') reject(new Error(event.message));
      const found = look(event);
      if (found !== undefined) resolve(found);
    };
  });
  const run = `bench-${Math.random().toString(36).slice(2)}`;
  const command = (kind) => request('command', { run, command: { kind } });
  const pause = async () => {
    const paused = until(({ kind, phase }) => (kind === 'phase' && phase === 'paused' ? true : undefined));
    await command('pause');
    await paused;
  };
  return {
    hear: (message) => {
      if (message.kind === 'events') for (const event of message.events) watch(event);
      const reply = replies.get(message.id);
      if (message.kind === 'result') reply?.resolve(message.result);
      if (message.kind === 'failure') reply?.reject(new Error(message.error.text.en));
    },
    /** Milliseconds from the request to the first step, with the samples in memory; the run is paused then. */
    begin: async (doc) => {
      const [source] = Object.entries(doc.nodes).find(([, { type }]) => type === 'Digits');
      await request('samples', { doc, node: source, split: 'train', indices: [0] });
      const first = until(({ kind }) => (kind === 'step' ? performance.now() : undefined));
      const began = performance.now();
      await request('train', { run, doc, backend: 'wasm' });
      const took = (await first) - began;
      await pause();
      return took;
    },
    /** Samples per second of each epoch of a turn. */
    turn: async (milliseconds) => {
      const speeds = [];
      const began = performance.now();
      const done = until((event) => {
        if (event.kind !== 'epoch') return undefined;
        speeds.push(event.samplesPerSecond);
        return speeds.length > 1 && performance.now() - began > milliseconds ? true : undefined;
      });
      await command('resume');
      await done;
      await pause();
      return speeds.slice(1);
    },
  };
}

async function engineInNode(folder) {
  const data = mkdtempSync(join(tmpdir(), 'netloom-bench-'));
  const child = fork(fileURLToPath(new URL('node-engine.mjs', import.meta.url)), [folder], { serialization: 'advanced', env: { ...process.env, XDG_DATA_HOME: data, XDG_CACHE_HOME: data, LOCALAPPDATA: data } });
  const driver = driverOf((message) => child.send(message));
  child.on('message', driver.hear);
  return { ...driver, stop: async () => {
    child.kill();
    rmSync(data, { recursive: true, force: true });
  } };
}

async function engineInBrowser(browser, url, folder) {
  const script = readdirSync(join(folder, 'dist', 'web', 'assets')).find((name) => /^engine-worker-.*\.js$/.test(name));
  if (script === undefined) throw new Error('The built site has no engine.');
  const context = await browser.newContext();
  const page = await context.newPage();
  // Another page of the same site, so that nothing but the engine is at work.
  await page.goto(new URL('site.json', url).href);
  if (!(await page.evaluate(() => crossOriginIsolated))) throw new Error('The page is not cross-origin isolated: its engine would have one thread.');
  await page.evaluate(([driverText, address]) => {
    const worker = new Worker(address, { type: 'module' });
    globalThis.bench = new Function(`return ${driverText}`)()((message) => worker.postMessage(message));
    worker.addEventListener('message', ({ data }) => globalThis.bench.hear(data));
    worker.postMessage({ kind: 'start', base: document.baseURI, lock: 'bench', version: 'bench' });
  }, [driverOf.toString(), new URL(`assets/${script}`, url).href]);
  return {
    begin: (doc) => page.evaluate((given) => globalThis.bench.begin(given), doc),
    turn: (milliseconds) => page.evaluate((given) => globalThis.bench.turn(given), milliseconds),
    stop: () => context.close(),
  };
}

async function stepsOf(bench, template, samples) {
  const doc = documentOf(template, samples);
  const inNode = await engineInNode(bench.folder);
  const inBrowser = await engineInBrowser(bench.browser, bench.url, bench.folder);
  try {
    const first = { node: await inNode.begin(doc), browser: await inBrowser.begin(doc) };
    const warm = async (engine) => median(await engine.turn(TURN_MS));
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push({ node: await warm(inNode), browser: await warm(inBrowser) });
    // What a browser or Node takes to warm up is not a step's.
    const counted = rounds.slice(1);
    const ratios = counted.map(({ node, browser }) => (browser / node) * 100);
    const ms = (side) => ((1000 * BATCH) / median(counted.map((round) => round[side]))).toFixed(2);
    const note = `${ms('browser')} and ${ms('node')} ms a step; ratios ${Math.min(...ratios).toFixed(0)} to ${Math.max(...ratios).toFixed(0)}; first step after ${first.browser.toFixed(0)} and ${first.node.toFixed(0)} ms`;
    return { name: `a step of ${template} in the browser`, value: median(ratios), unit: "% of Node's speed", mark: 90, side: 'above', note };
  } finally {
    await inNode.stop();
    await inBrowser.stop();
  }
}

/** @returns {Promise<Row[]>} */
export async function steps(bench) {
  const rows = [];
  for (const [template, samples] of Object.entries(MODELS)) rows.push(await stepsOf(bench, template, samples));
  return rows;
}
