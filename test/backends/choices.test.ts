/** Choices between variants: measured within their time, remembered on disk, pinned by a record, and kept by a run that goes on. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { ChoicesError, openChoices } from '../../engine/backends/choice-file.ts';
import { ChoiceBook, ChoiceMemory, type Choices, NO_CHOICES, readChoices } from '../../engine/backends/choices.ts';
import { chooseConvolutions } from '../../engine/backends/wasm/measure-convolution.ts';
import { ThreadTrial } from '../../engine/backends/wasm/thread-trial.ts';
import { createWasmBackend, hasRelaxedSimd } from '../../engine/backends/wasm/wasm.ts';
import { compileProgram } from '../../engine/compile/compile.ts';
import type { FileStore } from '../../engine/platform/platform.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { elementCount, makeProgram } from '../../engine/tensor/ir.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument } from '../graph/documents.ts';
import { templatePlan } from '../support/template-plan.ts';
import { bitsOf, checked, inputData, startRun } from '../train/models.ts';

const FILE = '/cache/choices.json';
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const TILE = { vectors: 2, rows: [8, 4, 3, 2], unroll: 1, joins: false };

describe('the file of choices', () => {
  test('remembers from one process to the next, and leaves other runtimes theirs', async () => {
    const first = memoryPlatform();
    await first.files.write(FILE, JSON.stringify({ format: 'netloom-choices', version: 1, runtimes: { another: { tiles: { a: { ...TILE, unroll: 2 } } } } }));
    const book = await openChoices(first);
    expect(book.find('tiles', 'a')).toBeUndefined();
    book.decide('tiles', 'a', TILE);
    book.decide('convolutions', 'c', 'direct');
    expect((await openChoices(first)).find('tiles', 'a')).toEqual(TILE);
    await book.save();
    // Another process: another store over the same bytes.
    const second = memoryPlatform();
    await second.files.write(FILE, first.stored.get(FILE)!);
    const again = await openChoices(second);
    expect(again.find('tiles', 'a')).toEqual(TILE);
    expect(again.used).toEqual({ tiles: { a: TILE }, convolutions: {}, threads: {} });
    expect(JSON.parse(text(first.stored.get(FILE)))).toMatchObject({ runtimes: { another: { tiles: { a: { unroll: 2 } } }, 'a test': { convolutions: { c: 'direct' } } } });
    // Nothing new: nothing is written.
    second.stored.delete(FILE);
    await again.save();
    expect(second.stored.has(FILE)).toBe(false);
  });

  test.each([
    ['cut short', '{"format":"netloom-choices","version":1,"runt'], ['of another version', '{"format":"netloom-choices","version":2,"runtimes":{"a test":{"tiles":{"a":{"vectors":2,"rows":[8,4,3,2],"unroll":1,"joins":false}}}}}'], ['no object', 'null'],
    ['with an impossible tile', '{"format":"netloom-choices","version":1,"runtimes":{"a test":{"tiles":{"a":{"vectors":2,"rows":[8,400,3,2],"unroll":1,"joins":false}}}}}'],
    ['with an unknown way', '{"format":"netloom-choices","version":1,"runtimes":{"a test":{"tiles":{"a":{"vectors":2,"rows":[8,4,3,2],"unroll":1,"joins":false}},"convolutions":{"c":"guess"}}}}'],
  ])('%s counts as none and is written anew', async (_, content) => {
    const platform = memoryPlatform();
    await platform.files.write(FILE, content);
    const book = await openChoices(platform);
    expect(book.find('tiles', 'a')).toBeUndefined();
    book.decide('tiles', 'a', TILE);
    await book.save();
    expect(JSON.parse(text(platform.stored.get(FILE)))).toMatchObject({ version: 1, runtimes: { 'a test': { tiles: { a: TILE } } } });
  });

  test('a disk that takes nothing troubles nobody', async () => {
    const platform = memoryPlatform();
    const book = await openChoices({ ...platform, files: { ...platform.files, write: () => Promise.reject(new Error('read-only')) } });
    book.decide('tiles', 'a', TILE);
    await book.save();
    expect(book.find('tiles', 'a')).toEqual(TILE);
  });

  test('a pinned record is read and never written, and stands above what the machine remembers', async () => {
    const platform = memoryPlatform();
    (await openChoices(platform)).decide('convolutions', 'c', 'filtering');
    await platform.files.write('/run/run.json', JSON.stringify({ format: 'netloom-run', choices: { convolutions: { c: 'direct' } } }));
    const book = await openChoices(platform, '/run/run.json');
    const before = new Map(platform.stored);
    expect([book.find('convolutions', 'c'), book.find('convolutions', 'd'), book.measures]).toEqual(['direct', undefined, false]);
    book.decide('convolutions', 'd', 'filtering');
    await book.save();
    expect(platform.stored).toEqual(before);
    await platform.files.write('/run/none.json', '{"format":"netloom-run"}');
    for (const path of ['/run/none.json', '/run/missing.json']) await expect(openChoices(platform, path)).rejects.toThrow(ChoicesError);
  });
});

describe('convolutions', () => {
  const measuring = (): ChoiceBook => new ChoiceBook(new ChoiceMemory(NO_CHOICES, async () => {}));

  test('are all decided, in the time that a plan has, and once', async () => {
    const plan = templatePlan('resnet', 64);
    const book = measuring();
    const options = { relaxed: hasRelaxedSimd(), tuning: TILE, tieringBudget: nodePlatform.tieringBudget };
    await chooseConvolutions(plan, book, options);
    const ways = Object.values(book.used.convolutions);
    expect(ways.length).toBeGreaterThan(2);
    expect(readChoices(book.used)).toEqual(book.used);
    const began = performance.now();
    await chooseConvolutions(plan, book, options);
    expect(performance.now() - began).toBeLessThan(50);
  });

  test('go by the rule where nothing is remembered', async () => {
    const book = new ChoiceBook();
    await chooseConvolutions(templatePlan('resnet', 64), book, { relaxed: false, tuning: TILE, tieringBudget: 1 });
    expect(new Set(Object.values(book.used.convolutions))).toEqual(new Set(['filtering']));
  });

  test('are computed as the book says, and its record gives the same bits', async () => {
    const b = new Builder();
    const [x, w] = [b.input('x', [4, 12, 20, 20]), b.input('w', [16, 12, 3, 3])];
    const y = b.conv(x, w, { size: [3, 3], stride: [1, 1], padBefore: [1, 1], padAfter: [1, 1], dilation: [1, 1] });
    const [dx, dw] = gradients(b, b.sum(b.mul(y, y), [0, 1, 2, 3]), [x, w]);
    const program = makeProgram(new Map([['y', y], ['dx', dx!], ['dw', dw!]]));
    const feeds = Object.fromEntries(program.inputs.map((v, i) => [v.attrs.name, Float32Array.from({ length: elementCount(v.shape) }, (_, k) => Math.sin(k * (i + 1.3)))]));
    const computed = async (options: { readonly winograd?: boolean; readonly choices?: ChoiceBook }) => {
      const backend = await createWasmBackend(nodePlatform, { threads: 1, ...options });
      const executable = await backend.compile(compileProgram(program), new Map());
      const [outputs] = await executable.run([feeds]);
      await backend.dispose();
      return outputs;
    };
    const book = new ChoiceBook();
    const filtered = await computed({ choices: book });
    const direct = Object.fromEntries(Object.keys(book.used.convolutions).map((key) => [key, 'direct' as const]));
    expect(Object.keys(direct).length).toBe(3);
    expect(filtered).toEqual(await computed({ winograd: true }));
    const told: Choices = { ...NO_CHOICES, convolutions: direct };
    expect(await computed({ choices: new ChoiceBook(undefined, told) })).toEqual(await computed({ winograd: false }));
    expect(await computed({ choices: new ChoiceBook(undefined, told) })).not.toEqual(filtered);
  });
});

test('a run that goes on computes as it began, whatever the machine has found out since', async () => {
  const graph = checked(makeDocument({
    x: ['Input', { shape: [8, 12, 12] }], y: ['Input', { name: 'label', shape: [], dtype: 'i32', classes: 2 }], conv: ['Conv2D', { filters: 8, kernel: [3], padding: 'same' }],
    flat: ['Flatten'], fc: ['Dense', { units: 2 }], loss: ['CrossEntropy'], adam: ['Adam'], output: ['Output'],
  }, ['x.y -> conv.x', 'conv.y -> flat.x', 'flat.y -> fc.x', 'fc.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> adam.loss', 'fc.y -> output.x']));
  const data = inputData({ x: { shape: [32, 8, 12, 12], data: Float32Array.from({ length: 32 * 1152 }, (_, i) => Math.sin(i * i)) }, y: { shape: [32], data: Int32Array.from({ length: 32 }, (_, i) => i % 2) } });
  const trained = async (files: FileStore, choices: ChoiceBook, steps: number, resume: boolean) => {
    const backend = await createWasmBackend(nodePlatform, { threads: 1, choices });
    const { run } = await startRun({ graph, data, backend, files, outFolder: '/run', settings: { batchSize: 16, steps }, ...(resume ? { resume: '/run' } : {}) });
    await run.run();
    const weights = bitsOf(await run.weights());
    await run.dispose();
    await backend.dispose();
    return weights;
  };
  const rule = new ChoiceBook();
  const filtered = await trained(memoryPlatform().files, rule, 4, false);
  const convolutions = Object.fromEntries(Object.keys(rule.used.convolutions).map((key) => [key, 'direct' as const]));
  const direct = (): ChoiceBook => new ChoiceBook(undefined, { ...NO_CHOICES, convolutions });
  const whole = await trained(memoryPlatform().files, direct(), 4, false);
  expect(whole).not.toEqual(filtered);
  const { files } = memoryPlatform();
  await trained(files, direct(), 2, false);
  expect(JSON.parse(text(await files.read('/run/run.json')))).toMatchObject({ choices: { convolutions } });
  expect(await trained(files, new ChoiceBook(), 4, true)).toEqual(whole);
});

describe('threads of a small plan', () => {
  afterEach(() => void vi.restoreAllMocks());

  /** Threads of each of 300 steps, where a step takes so long on one thread and on all of four. */
  function threadsOf(book: ChoiceBook, operations: number, msOfOne: number, msOfAll: number): number[] {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const trial = new ThreadTrial(4, { operations, bytes: 0 }, book);
    return Array.from({ length: 300 }, (_, step) => {
      let used = 0;
      trial.run((threads) => {
        used = threads;
        // Something else is at work at every third step.
        now += (threads === 1 ? msOfOne : msOfAll) + (step % 3 === 0 ? 5 : 0);
      });
      return used;
    });
  }

  test('are as many as its first steps found to be faster, and that is remembered', () => {
    const book = new ChoiceBook();
    expect(new Set(threadsOf(book, 1000, 0.01, 0.02).slice(200))).toEqual(new Set([1]));
    expect(new Set(threadsOf(book, 2000, 0.4, 0.2).slice(200))).toEqual(new Set([4]));
    expect(Object.values(book.used.threads)).toEqual([1, 4]);
    expect(new Set(threadsOf(book, 1000, 0.01, 0.001))).toEqual(new Set([1]));
  });
  test('are all for a plan with much to do', () => {
    const book = new ChoiceBook();
    expect(new Set(threadsOf(book, 1e9, 50, 20))).toEqual(new Set([4]));
    expect(book.used).toEqual(NO_CHOICES);
  });
});
