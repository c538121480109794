/** When things go wrong: downloads that stall or are refused, a full disk, a loss that is no number, too many models at once. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nodePlatform } from '../../engine/platform/node.ts';
import type { Platform } from '../../engine/platform/platform.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument } from '../graph/documents.ts';
import { isPhase, newFolder, RequestError, startEngine, template, type TestEngine } from './client.ts';

const engines: TestEngine[] = [];
const engine = (platform: Platform = nodePlatform): TestEngine => {
  const started = startEngine(undefined, platform);
  engines.push(started);
  return started;
};
afterEach(async () => {
  for (const started of engines.splice(0)) await started.end();
});
const failureOf = (request: Promise<unknown>): Promise<RequestError['error']> => request.then(() => { throw new Error('it did not fail'); }, (error: unknown) => {
  if (error instanceof RequestError) return error.error;
  throw error;
});
const points = (training = {}) => makeDocument(
  { data: ['Blobs', { classes: 3, trainSamples: 96, testSamples: 30 }], fc: ['Dense', { units: 3 }], loss: ['CrossEntropy'], sgd: ['SGD', { learningRate: 0.1 }], out: ['Output'] },
  ['data.x -> fc.x', 'fc.y -> loss.prediction', 'data.y -> loss.target', 'loss.loss -> sgd.loss', 'fc.y -> out.x'], { batchSize: 32, epochs: 2, ...training },
);

describe('downloads', () => {
  /** Files in memory, and a network that gives one piece and then nothing more. */
  const stalling = (): { platform: Platform; given: () => number } => {
    let given = 0;
    const fetcher: Platform['fetch'] = async (_url, init) => new Response(new ReadableStream({
      start(controller) {
        given++;
        controller.enqueue(new Uint8Array(1000));
        init?.signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
      },
    }), { status: 200, headers: { 'content-length': '9912422' } });
    return { platform: memoryPlatform(fetcher), given: () => given };
  };

  test('tell how far they are, and end with whoever wanted them', async () => {
    const { platform } = stalling();
    const { request, send, messages } = engine(platform);
    let id = 0;
    const asked = failureOf(request('train', { run: 'a', doc: template('mnist-softmax'), backend: 'wasm' }, (own) => { id = own; }));
    while (!messages.some((message) => message.kind === 'progress' && message.id === id && message.done > 0)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(messages.find((message) => message.kind === 'progress')).toMatchObject({ what: { en: expect.stringContaining('Downloading MNIST'), zh: expect.stringContaining('正在下载 MNIST') }, total: expect.any(Number) });
    send({ kind: 'cancel', id });
    expect(await asked).toMatchObject({ code: 'cancelled', text: { zh: '已取消。' } });
    // Nothing is left behind, and the next one starts anew.
    expect(await request('runs', {})).toEqual([]);
  });

  test('a stop ends a start as well, and so does a newer start', async () => {
    const { request } = engine(stalling().platform);
    const first = failureOf(request('train', { run: 'a', doc: template('mnist-softmax'), backend: 'wasm' }));
    const second = failureOf(request('train', { run: 'b', doc: template('mnist-softmax'), backend: 'wasm' }));
    expect((await first).code).toBe('cancelled');
    await request('command', { run: 'b', command: { kind: 'stop' } });
    expect((await second).code).toBe('cancelled');
  });

  test('that are refused say what to do', async () => {
    const { request } = engine(memoryPlatform());
    const error = await failureOf(request('train', { run: 'a', doc: template('mnist-softmax'), backend: 'wasm' }));
    expect(error.code).toBe('data-unavailable');
    expect(error.text.en).toMatch(/MNIST/);
  });
});

test('an Input has no samples, and the failure names it', async () => {
  const fed = makeDocument(
    { x: ['Input', { shape: [2] }], y: ['Input', { shape: [], dtype: 'i32', classes: 2 }], fc: ['Dense', { units: 2 }], loss: ['CrossEntropy'], sgd: ['SGD'] },
    ['x.y -> fc.x', 'fc.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> sgd.loss'],
  );
  const { request } = engine();
  expect(await failureOf(request('train', { run: 'a', doc: fed, backend: 'wasm' }))).toMatchObject({ code: 'input-without-data', node: 'x' });
});

test('a disk that is full ends the run with a word about it, and the model can still be asked', async () => {
  let isFull = false;
  const platform: Platform = {
    ...nodePlatform,
    files: { ...nodePlatform.files, write: async (path, data) => {
      if (isFull) throw Object.assign(new Error(`ENOSPC: no space left on device, write '${path}'`), { code: 'ENOSPC' });
      await nodePlatform.files.write(path, data);
    } },
  };
  const { request, event } = engine(platform);
  await request('train', { run: 'a', doc: points({ epochs: 1000 }), backend: 'wasm', startPaused: true });
  await event('a', isPhase('paused'));
  isFull = true;
  await request('command', { run: 'a', command: { kind: 'resume' } });
  expect(await event('a', ({ kind }) => kind === 'error')).toMatchObject({ code: 'disk-full', text: { zh: expect.stringContaining('存储空间') } });
  expect((await request('predict', { run: 'a', inputs: { data: { shape: [1, 2], data: Float32Array.of(0, 0) } } })).probabilities?.shape).toEqual([1, 3]);
});

test('a loss that is no number ends the run, and names the node and a way out', async () => {
  const line = template('linear-regression', { epochs: 200 }, { SGD: { learningRate: 100 }, Adam: { learningRate: 100 } });
  const doc = { ...line, nodes: Object.fromEntries(Object.entries(line.nodes).map(([id, node]) => [id, node.type === 'Adam' ? { ...node, type: 'SGD', params: { learningRate: 100 } } : node])) };
  const { request, event } = engine();
  await request('train', { run: 'a', doc, backend: 'wasm' });
  expect(await event('a', ({ kind }) => kind === 'error')).toMatchObject({ code: 'loss-not-finite', node: expect.any(String), advice: expect.stringMatching(/learning rate/) });
  expect(await request('runs', {})).toMatchObject([{ run: 'a', outcome: 'failed' }]);
});

test('more runs than devices are kept: the oldest is opened from its files and answers the same', async () => {
  const { request, event } = engine();
  const ask = async (run: string) => (await request('predict', { run, inputs: { data: { shape: [1, 2], data: Float32Array.of(0.5, -0.5) } } })).outputs;
  const answers = new Map<string, unknown>();
  for (const run of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await request('train', { run, doc: points({ seed: run.charCodeAt(0) }), backend: 'wasm' });
    await event(run, isPhase('done'));
    answers.set(run, await ask(run));
  }
  for (const [run, answer] of answers) expect(await ask(run)).toEqual(answer);
  expect(new Set([...answers.values()].map((answer) => JSON.stringify(answer))).size).toBe(6);
  expect((await request('runs', {})).map(({ run }) => run).sort()).toEqual([...answers.keys()]);
});

test('a damaged run folder is told, and hides no other run', async () => {
  const platform = memoryPlatform();
  const other = engine(platform);
  for (const run of ['a', 'b']) {
    await other.request('train', { run, doc: points(), backend: 'wasm' });
    await other.event(run, isPhase('done'));
  }
  for (const path of platform.stored.keys()) if (path.endsWith('/a/weights.safetensors') || path.endsWith('/a/run.json')) platform.stored.set(path, Uint8Array.of(1, 2, 3));
  await other.request('close', { run: 'a' });
  expect((await other.request('runs', {})).map(({ run }) => run)).toEqual(['b']);
  expect((await failureOf(other.request('predict', { run: 'a', inputs: {} }))).code).not.toBe('internal');
});

test('a run that another engine trains is left alone, and free again at its end', async () => {
  const claimed = new Set<string>();
  const claimRun = async (run: string): Promise<(() => void) | undefined> => {
    if (claimed.has(run)) return undefined;
    claimed.add(run);
    return () => void claimed.delete(run);
  };
  const folder = newFolder();
  const [one, two] = [startEngine(folder, nodePlatform, { claimRun }), startEngine(folder, nodePlatform, { claimRun })];
  engines.push(one, two);
  await one.request('train', { run: 'a', doc: points(), backend: 'wasm', startPaused: true });
  expect((await failureOf(two.request('train', { run: 'a', doc: points(), backend: 'wasm', resume: true }))).code).toBe('run-in-use');
  await one.request('command', { run: 'a', command: { kind: 'stop' } });
  await one.event('a', isPhase('stopped'));
  await one.request('close', { run: 'a' });
  await two.request('train', { run: 'a', doc: points(), backend: 'wasm', resume: true });
  await two.event('a', isPhase('done'));
  await vi.waitFor(() => expect(claimed.size).toBe(0));
});
