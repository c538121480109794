/** Writing and filling: texts whose continuation is known, networks that must not look ahead, and draws held against their distribution. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { refreshOf } from '../../engine/data/graph-data.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { Random } from '../../engine/data/random.ts';
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { TextError } from '../../engine/text.ts';
import { Predictor } from '../../engine/train/predictor.ts';
import type { Run } from '../../engine/train/run-contract.ts';
import { drawToken, TextModel, type WriteOptions } from '../../engine/train/write-text.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument, type NodeSketch } from '../graph/documents.ts';
import { checked, ringDocument, startRun } from './models.ts';

let backend: Backend;
beforeAll(async () => { backend = await createWasmBackend(nodePlatform, { threads: 1 }); });
afterAll(() => backend.dispose());

const WINDOW = 12;
/** What follows is certain from the last two characters on, and only from two. */
const ROUND = 'abcacbbd.\n';
type Params = Readonly<Record<string, ParamValue>>;

function languageDocument(middle: Readonly<Record<string, NodeSketch>>, through: readonly string[], source: NodeSketch = ['Text', { path: 'round.txt', window: WINDOW, vocabulary: 9 }], ignore: Params = {}): GraphDoc {
  const path = ['embed', ...through, 'fc'];
  return makeDocument({
    text: source, embed: ['Embedding', { vocabulary: 9, dim: 16 }], ...middle, fc: ['Dense', { units: 9 }], order: ['Permute', { order: [2, 1] }],
    loss: ['CrossEntropy', ignore], optimizer: ['Adam', { learningRate: 0.01 }], output: ['Output'],
  }, [
    'text.x -> embed.x', ...path.slice(1).map((id, i) => `${path[i]}.y -> ${id}.x`), 'fc.y -> order.x', 'order.y -> loss.prediction', 'text.y -> loss.target', 'loss.loss -> optimizer.loss', 'fc.y -> output.x',
  ]);
}
const LSTM = languageDocument({ lstm: ['LSTM', { units: 16, returns: 'sequence' }] }, ['lstm']);
const attention = (causal: boolean): GraphDoc => languageDocument({ place: ['PositionalEncoding', { kind: 'learned' }], attend: ['MultiHeadAttention', { heads: 2, causal }] }, ['place', 'attend']);

async function trainedOn(doc: GraphDoc, epochs: number): Promise<Run> {
  const platform = memoryPlatform();
  await platform.files.write('round.txt', ROUND.repeat(60));
  const graph = checked(doc);
  const source = graph.sources[0]!;
  const data = { [source.id]: await dataset(source.definition.data!.dataset)!.load(source.params, { platform, seed: 1 }) };
  const refresh = refreshOf(graph.sources, { platform, seed: 1 });
  const { run } = await startRun({ graph, backend, data, settings: { epochs, batchSize: 32 }, ...(refresh === undefined ? {} : { refresh }) });
  await run.run();
  return run;
}
const writerOf = (run: Run): TextModel => new TextModel(run.device, run.tokens);
const HOW: WriteOptions = { prompt: '', length: 30, temperature: 0, topK: 0, seed: 1 };

describe('writing', () => {
  let lstm: Run;
  beforeAll(async () => { lstm = await trainedOn(LSTM, 12); }, 60_000);

  test('a text that is certain goes on as it must, from a short prompt on and beyond the window', async () => {
    const { text, unknown } = await writerOf(lstm).write({ ...HOW, prompt: 'abca', length: 36 });
    expect(text).toBe(ROUND.repeat(5).slice(4, 40));
    expect(unknown).toEqual([]);
  });

  test('without a prompt a line begins', async () => {
    expect((await writerOf(lstm).write(HOW)).text).toBe(ROUND.repeat(3));
  });

  test('of a long prompt the last window counts', async () => {
    const long = ROUND.repeat(4).slice(0, 37);
    const writer = writerOf(lstm);
    const some = { ...HOW, temperature: 3 };
    expect((await writer.write({ ...some, prompt: long })).text).toBe((await writer.write({ ...some, prompt: long.slice(-WINDOW) })).text);
  });

  test('the seed decides, and nothing else', async () => {
    const writer = writerOf(lstm);
    const hot = { ...HOW, prompt: 'ab', temperature: 5, length: 60 };
    const { text } = await writer.write({ ...hot, seed: 3 });
    expect((await writer.write({ ...hot, seed: 3 })).text).toBe(text);
    expect((await writer.write({ ...hot, seed: 4 })).text).not.toBe(text);
    // Token 0, "unknown", and free numbers of the vocabulary are never written.
    expect(text).toMatch(/^[abcd.\n]{60}$/);
    // Of one candidate there is no choice, however hot.
    expect((await writer.write({ ...hot, prompt: 'abca', length: 6, topK: 1 })).text).toBe(ROUND.slice(4));
  });

  test('what the vocabulary lacks is told; the end may be asked for at any time', async () => {
    const writer = writerOf(lstm);
    let left = 4;
    const { text, unknown } = await writer.write({ ...HOW, prompt: 'é中éab', isCancelled: () => left-- === 0 });
    expect(unknown).toEqual(['é', '中']);
    expect(text).toHaveLength(4);
  });

  test.each([['an LSTM', LSTM], ['causal attention', attention(true)]] as const)('what stands behind the place does not matter to %s', async (_name, doc) => {
    const run = await trainedOn(doc, 1);
    const { language } = writerOf(run);
    const predictor = new Predictor(run.device, language);
    const probabilities = async (behind: number): Promise<number[]> => {
      const data = Int32Array.from({ length: WINDOW }, (_, i) => (i < 5 ? 1 + (i % 3) : behind));
      const answer = await predictor.predict({ text: { shape: [1, WINDOW], data } });
      expect(answer.probabilities?.shape).toEqual([1, 9, WINDOW]);
      return Array.from({ length: 9 }, (_, token) => answer.probabilities?.data[token * WINDOW + 4] ?? Number.NaN);
    };
    const zeros = await probabilities(0);
    expect(zeros.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    for (const behind of [3, 8]) expect(await probabilities(behind)).toEqual(zeros);
    await run.dispose();
  });

  test.each([
    ['attention without a mask', attention(false)],
    ['an LSTM in both directions', languageDocument({ lstm: ['LSTM', { units: 8, returns: 'sequence', bidirectional: true }] }, ['lstm'])],
    ['a centred convolution', languageDocument({ turn: ['Permute', { order: [2, 1] }], conv: ['Conv1D', { filters: 8, padding: 'same' }], back: ['Permute', { order: [2, 1] }] }, ['turn', 'conv', 'back'])],
  ] as const)('%s looks ahead, and is told so from the first step on', async (_name, doc) => {
    const run = await trainedOn(doc, 0);
    const failure = await writerOf(run).write(HOW).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TextError);
    expect((failure as TextError).text.en).toMatch(/^This network looks ahead: its prediction at place \d+ changes with tokens from place \d+ on/);
    expect((failure as TextError).text.zh).toMatch(/^该网络会向后偷看/);
    await run.dispose();
  });

  test('a graph that is no language model says why', async () => {
    const problemOf = (doc: GraphDoc): string => {
      const model = { model: { graph: checked(doc) } } as ConstructorParameters<typeof TextModel>[0];
      try {
        return String(new TextModel(model, {}));
      } catch (error) {
        return String(error);
      }
    };
    expect(problemOf(ringDocument())).toContain('has no Text or Masked text node');
    expect(problemOf(LSTM)).toContain("What the tokens of 'text' mean was not kept");
  });
});

describe('filling gaps', () => {
  const masked = languageDocument({ place: ['PositionalEncoding'], lstm: ['LSTM', { units: 24, returns: 'sequence', bidirectional: true }] }, ['place', 'lstm'], ['MaskedText', { path: 'round.txt', window: WINDOW, vocabulary: 9 }], { ignoreIndex: -100 });

  test('what stood there is found from both sides; a writer is refused, and so is nonsense', async () => {
    const run = await trainedOn(masked, 40);
    const writer = writerOf(run);
    const { parts } = await writer.fill('abca□bbd.\nab');
    expect(parts.map(({ text }) => text)).toEqual(['abca', 'c', 'bbd.\nab']);
    const [, gap] = parts;
    expect(gap?.candidates).toHaveLength(5);
    expect(gap?.candidates?.[0]?.name).toBe('c');
    expect(gap?.candidates?.[0]?.probability).toBeGreaterThan(0.5);
    const two = await writer.fill('a□cacbbd.□');
    expect(two.parts.map(({ text }) => text)).toEqual(['a', 'b', 'cacbbd.', '\n']);
    expect(two.parts.flatMap(({ candidates = [] }) => candidates.map(({ name }) => name))).not.toContain('□');
    await expect(writer.fill('abc')).rejects.toThrow('has no gap');
    await expect(writer.fill(`${ROUND}${ROUND}□`)).rejects.toThrow('The sentence has 21 tokens, but \'text\' gave the model windows of 12');
    await expect(writer.write(HOW)).rejects.toThrow('was trained to fill gaps');
    await run.dispose();
  }, 60_000);
});

describe('draws', () => {
  const probabilities = [0.1, 0.4, 0.2, 0.3];
  const shares = (temperature: number, topK: number): number[] => {
    const counts = [0, 0, 0, 0];
    const random = new Random(7);
    for (let i = 0; i < 20_000; i++) counts[drawToken([0, 1, 2, 3], (token) => probabilities[token] ?? 0, { temperature, topK }, random)]! += 1 / 20_000;
    return counts;
  };
  const normal = (weights: readonly number[]): number[] => weights.map((weight) => weight / weights.reduce((sum, each) => sum + each, 0));
  test.each([
    [1, 0, probabilities], [0.5, 0, normal(probabilities.map((p) => p ** 2))], [2, 0, normal(probabilities.map(Math.sqrt))], [1, 2, [0, 4 / 7, 0, 3 / 7]], [0, 3, [0, 1, 0, 0]], [1, 9, probabilities],
  ])('at temperature %s of the likeliest %s have their shares', (temperature, topK, wanted) => {
    shares(temperature, topK).forEach((share, token) => expect(Math.abs(share - (wanted[token] ?? 0))).toBeLessThan(0.015));
  });
  test('a probability of 0 is no trouble', () => {
    expect(drawToken([0, 1], (token) => token, { temperature: 0.01, topK: 0 }, new Random(1))).toBe(1);
  });
});
