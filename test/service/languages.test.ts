/** Whatever goes wrong is told in English and in Chinese, with the same numbers and the same names. */
import { afterEach, describe, expect, test } from 'vitest';
import { readIdx } from '../../engine/data/idx.ts';
import { readNpz, writeNpz } from '../../engine/interop/npz.ts';
import { readSafetensors, writeSafetensors } from '../../engine/interop/safetensors.ts';
import type { StoredArray } from '../../engine/interop/stored-array.ts';
import type { Platform } from '../../engine/platform/platform.ts';
import type { RunEvent } from '../../engine/protocol.ts';
import { type Text, TextError } from '../../engine/text.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument } from '../graph/documents.ts';
import { isPhase, RequestError, startEngine, template, type TestEngine } from './client.ts';

const engines: TestEngine[] = [];
const engine = (platform: Platform): TestEngine => {
  const started = startEngine('/runs', platform);
  engines.push(started);
  return started;
};
afterEach(async () => {
  for (const started of engines.splice(0)) await started.end();
});

const numbersIn = (words: string): string[] => [...new Set(words.match(/\d+(?:\.\d+)?/g) ?? [])].sort();
const namesIn = (words: string): string[] => [...words.matchAll(/(?<!\w)'([^']+)'(?!\w)/g)].map(([, name = '']) => name);

/** Two languages that say the same. */
function expectBoth(text: Text | undefined): Text {
  if (text === undefined) throw new Error('Nothing is said.');
  expect(text.zh).toMatch(/\p{Script=Han}/u);
  expect(text.en).not.toMatch(/\p{Script=Han}/u);
  expect(numbersIn(text.zh)).toEqual(numbersIn(text.en));
  for (const name of namesIn(text.en)) expect(text.zh).toContain(name);
  return text;
}
const failureOf = (request: Promise<unknown>): Promise<RequestError['error']> => request.then(() => { throw new Error('it did not fail'); }, (error: unknown) => {
  if (error instanceof RequestError) return error.error;
  throw error;
});

const f32 = (shape: readonly number[], fill = 0): StoredArray => ({ dtype: 'f32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill) });
const ownFile = (path: string) => makeDocument(
  { own: ['Arrays', { path, xShape: [2], classes: 3 }], fc: ['Dense', { units: 3 }], loss: ['CrossEntropy'], sgd: ['SGD'] },
  ['own.x -> fc.x', 'fc.y -> loss.prediction', 'own.y -> loss.target', 'loss.loss -> sgd.loss'],
);

describe('data', () => {
  test.each([
    ['a file that is not there', undefined, 'data-unavailable', '/own.npz'],
    ['a file that is no zip', new TextEncoder().encode('not at all'), 'data-format', '10'],
    ['a file without the labels', writeNpz({ x: f32([4, 2]) }), 'data-mismatch', "'y'"],
    ['samples of another shape', writeNpz({ x: f32([4, 5]), y: { dtype: 'i32', shape: [4], data: new Int32Array(4) } }), 'data-mismatch', '[5]'],
    ['a label beyond the classes', writeNpz({ x: f32([4, 2]), y: { dtype: 'i32', shape: [4], data: Int32Array.of(0, 1, 7, 0) } }), 'data-mismatch', '7'],
    ['fewer labels than samples', writeNpz({ x: f32([4, 2]), y: { dtype: 'i32', shape: [3], data: new Int32Array(3) } }), 'data-mismatch', '3'],
  ])('%s', async (_name, bytes, code, part) => {
    const platform = memoryPlatform();
    if (bytes !== undefined) platform.stored.set('/own.npz', bytes);
    const error = await failureOf(engine(platform).request('train', { run: 'a', doc: ownFile('/own.npz'), backend: 'wasm' }));
    expect(error.code).toBe(code);
    expect(expectBoth(error.text).en).toContain(part);
  });

  test.each([
    ['no network', undefined],
    ['a server that has no such file', async () => new Response('', { status: 404 })],
    ['a server with other bytes', async () => new Response(new Uint8Array(20_000_000))],
  ] as const)('a download with %s', async (_name, fetcher) => {
    const { request, messages } = engine(memoryPlatform(fetcher));
    const error = await failureOf(request('train', { run: 'a', doc: template('mnist-softmax'), backend: 'wasm' }));
    expect(error.code).toBe('data-unavailable');
    expectBoth(error.text);
    for (const message of messages) if (message.kind === 'progress') expectBoth(message.what);
  });
});

describe('a run', () => {
  test('that ends in a NaN: what, where and what to do; and why this device', async () => {
    const line = template('linear-regression', { epochs: 200 });
    const doc = { ...line, nodes: Object.fromEntries(Object.entries(line.nodes).map(([id, node]) => [id, node.type === 'Adam' || node.type === 'SGD' ? { ...node, type: 'SGD', params: { learningRate: 100 } } : node])) };
    const { request, event } = engine(memoryPlatform());
    await request('train', { run: 'a', doc, backend: 'auto' });
    const error = (await event('a', ({ kind }) => kind === 'error')) as Extract<RunEvent, { kind: 'error' }>;
    expect(error).toMatchObject({ code: 'loss-not-finite', message: error.text.en, advice: error.adviceText?.en });
    expectBoth(error.text);
    expectBoth(error.adviceText);
    const start = (await event('a', ({ kind }) => kind === 'start')) as Extract<RunEvent, { kind: 'start' }>;
    expect(start).toMatchObject({ backend: 'wasm', device: 'CPU · 1 thread', threads: 1, why: 'a test', whyText: { en: 'a test', zh: '测试' } });
  });

  test('whose checkpoint is damaged, and one on a backend that is not there', async () => {
    const platform = memoryPlatform();
    const { request, event, events } = engine(platform);
    const doc = template('xor', { epochs: 2 });
    await request('train', { run: 'a', doc, backend: 'wasm' });
    await event('a', isPhase('done'));
    const newest = [...platform.stored.keys()].filter((path) => /\/a\/checkpoints\/step-\d+\.json$/.test(path)).sort().at(-1) ?? '';
    platform.stored.set(newest, (platform.stored.get(newest) ?? new Uint8Array()).slice(0, 100));
    await request('train', { run: 'a', doc: { ...doc, training: { ...doc.training, epochs: 3, seed: doc.training.seed + 1 } }, backend: 'wasm', resume: true });
    await event('a', (told) => told.kind === 'warning' && told.code === 'resume-settings');
    const warnings = events('a').filter((told) => told.kind === 'warning');
    expect(warnings.map(({ code }) => code)).toEqual(['checkpoint-refused', 'resume-settings']);
    for (const { text, message } of warnings) expect(expectBoth(text).en).toBe(message);
    const refused = await failureOf(request('train', { run: 'b', doc, backend: 'webgpu' }));
    expect(refused.code).toBe('backend-unavailable');
    expectBoth(refused.text);
  });

  test('that is asked for what it cannot do', async () => {
    const { request } = engine(memoryPlatform());
    expectBoth((await failureOf(request('command', { run: 'a', command: { kind: 'learning-rate', value: -1 } }))).text);
    expectBoth((await failureOf(request('predict', { run: 'a', inputs: {} }))).text);
  });
});

describe('files', () => {
  const good = writeSafetensors({ w: f32([2, 2]) });
  test.each([
    ['safetensors, 4 bytes', () => readSafetensors(new Uint8Array(4))],
    ['safetensors, cut', () => readSafetensors(good.subarray(0, good.length - 6))],
    ['safetensors, with more behind', () => readSafetensors(Uint8Array.of(...good, 1, 2, 3))],
    ['npz, cut', () => readNpz(writeNpz({ x: f32([4, 2]) }).subarray(0, 60), 'x.npz')],
    ['idx of another shape', () => readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3), 'labels', [4])],
  ])('%s', (_name, read) => {
    let thrown: unknown;
    try {
      read();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TextError);
    if (thrown instanceof TextError) expectBoth(thrown.text);
  });
});
