/** A network that writes, asked while it trains and from its files. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPhase, newFolder, startEngine, template, type TestEngine } from './client.ts';

const folder = newFolder();
let engine: TestEngine;
beforeAll(() => { engine = startEngine(folder); });
afterAll(() => engine.end());
const how = { length: 40, temperature: 0, topK: 0, seed: 1 };

test('it writes while it trains, and afterwards what its files would write', async () => {
  const doc = template('char-lstm', { epochs: 1 });
  await engine.request('train', { run: 'writer', doc, backend: 'wasm', threads: 1 });
  const early = await engine.request('write', { run: 'writer', prompt: 'The fox', ...how });
  expect(early.text).toHaveLength(40);
  expect(early.step).toBeLessThan(111);
  await engine.event('writer', isPhase('done'));
  const late = await engine.request('write', { run: 'writer', prompt: 'The fox', ...how });
  expect(late.step).toBe(111);
  // After 111 steps of letters there are words.
  expect(late.text).toMatch(/ (the|and|he|was|to) /);
  expect(late.text).not.toBe(early.text);
  await engine.request('close', { run: 'writer' });
  expect(await engine.request('write', { run: 'writer', prompt: 'The fox', ...how })).toEqual(late);
  await expect(engine.request('fill', { run: 'writer', sentences: ['a□b'], examples: 0 })).rejects.toThrow(/data-mismatch: .*give it a prompt/);
}, 60_000);

test('gaps are filled, in examples beside what stood there', async () => {
  const doc = template('masked-bert', { epochs: 1, batchSize: 512 });
  await engine.request('train', { run: 'filler', doc, backend: 'wasm', threads: 1, startPaused: true });
  const { ports, tokenNames } = await engine.request('samples', { doc, node: 'text', split: 'test', indices: [0, 1] });
  const { sentences, examples, step } = await engine.request('fill', { run: 'filler', sentences: ['The f□x', '□□'], examples: 2 });
  expect(step).toBe(0);
  expect(sentences.map(({ parts }) => parts.length)).toEqual([3, 2]);
  examples.forEach(({ parts }, i) => {
    const [tokens, targets] = [ports['x']!.data.subarray(64 * i, 64 * i + 64), ports['y']!.data.subarray(64 * i, 64 * i + 64)];
    const names = tokenNames?.['x'] ?? [];
    const original = Array.from(tokens, (token, place) => names[token === 63 ? (targets[place] ?? 0) : token]).join('');
    expect(parts.map(({ text, truth }) => truth ?? text).join('').replaceAll('\n', '⏎')).toBe(original);
    expect(parts.filter(({ candidates }) => candidates !== undefined)).toHaveLength(tokens.filter((token) => token === 63).length);
  });
  await engine.request('command', { run: 'filler', command: { kind: 'stop' } });
}, 60_000);

test.each([
  ['a negative length', { length: -1 }], ['a temperature that is no number', { temperature: Number.NaN }], ['a prompt that is no text', { prompt: 7 }], ['a text without end', { length: 1e9 }],
])('%s is refused', async (_name, wrong) => {
  await expect(engine.request('write', { run: 'writer', prompt: '', ...how, ...wrong } as never)).rejects.toThrow(/bad-request/);
});
