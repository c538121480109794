import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../engine/graph/check.ts';
import { parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import { summarize } from '../../engine/graph/summary.ts';
import { type Bound, formatBound, formatFigure, meets } from '../../engine/graph/templates/measures.ts';
import { TEMPLATES, findTemplate } from '../../engine/graph/templates.ts';
import { makeProgram } from '../../engine/tensor/ir.ts';
import { checkedGraph, lowerForTest } from './lowering.ts';

const folder = new URL('../../assets/', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const documentOf = (id: string) => {
  const { doc, problem } = parseDocument(textOf(findTemplate(id)?.file ?? ''));
  if (doc === undefined) throw new Error(problem.message);
  return doc;
};

test('every file is listed, and every entry has its file', () => {
  expect(readdirSync(new URL('templates/', folder)).map((file) => `templates/${file}`).sort()).toEqual(TEMPLATES.map((template) => template.file).sort());
  expect(findTemplate('digits')).toBeUndefined();
});

describe.each(TEMPLATES.map((template) => [template.id, template] as const))('%s', (id, template) => {
  test('is written as the program writes it, and described in both languages', () => {
    const doc = documentOf(id);
    expect(serializeDocument(doc)).toBe(textOf(template.file));
    expect([doc.name, doc.translations?.zh?.name]).toEqual([template.title.en, template.title.zh]);
    expect(doc.description).toMatch(/^[A-Z].*[.]$/);
    expect(doc.translations?.zh?.description).toMatch(/\p{Script=Han}.*。$/u);
  });
  test('has a reference in both languages, and a figure that is within its bound', () => {
    const { figure, reference, seconds } = template;
    expect(reference.en).toMatch(/\S.*\d{4}|PyTorch/);
    expect(reference.zh).not.toBe('');
    expect(meets(figure.reached, figure.bound), `${formatFigure(figure.measure, figure.reached)}, ${formatBound(figure.measure, figure.bound)}`).toBe(true);
    expect(seconds).toBeGreaterThan(0);
  });
  test('has no problems, trains on the dataset that is listed, measures and predicts', () => {
    const { problems, graph } = checkGraph(documentOf(id), { forTraining: true });
    expect(problems).toEqual([]);
    expect(graph!.sources.map((node) => node.definition.data?.dataset)).toEqual([template.dataset]);
    // Environments tell of their episodes themselves.
    if (!['episode-steps', 'shortest-paths'].includes(template.figure.measure)) expect(graph!.metrics.length).toBeGreaterThan(0);
    // Two networks that meet at one point have one each.
    expect(graph!.outputs).toHaveLength(id === 'shapes-clip' ? 2 : 1);
  });
  test('is laid out in rows from left to right, no node on another', () => {
    const doc = documentOf(id);
    for (const { from, to } of Object.values(doc.edges)) {
      const [a, b] = [doc.nodes[from.node]!.position, doc.nodes[to.node]!.position];
      expect(a.x < b.x || a.y + 100 < b.y, `${from.node} before ${to.node}`).toBe(true);
    }
    expect(new Set(Object.values(doc.nodes).map(({ position }) => `${position.x},${position.y}`)).size).toBe(Object.keys(doc.nodes).length);
  });
  test('lowers for training, evaluation and prediction', () => {
    const graph = checkedGraph(documentOf(id));
    for (const goal of ['train', 'evaluate', 'predict'] as const) {
      const { lowered } = lowerForTest(graph, goal, 5);
      expect(lowered.totalLoss === undefined).toBe(goal === 'predict');
      const prediction = lowered.prediction?.value ?? (goal === 'predict' ? lowered.outputs[0]?.value : undefined);
      // Who only compares predicts nothing while it trains.
      if (prediction === undefined && id === 'shapes-clip') continue;
      const program = makeProgram(new Map([['prediction', prediction!]]));
      // A generator starts from what it draws, and the data is for those that judge it. What is drawn in training needs a seed and a step, and a denoiser draws in evaluation too.
      const isDrawn = graph.order.some(({ definition }) => definition.drawn === true);
      const fed = program.inputs.map((input) => input.attrs.name).filter((name) => goal === 'predict' || !['seed', 'step'].includes(name));
      expect(fed).toEqual(isDrawn ? (goal === 'predict' ? ['seed', 'step'] : []) : [`${graph.sources[0]!.id}.x`]);
    }
  });
});

describe('figures', () => {
  const [low, high, both]: readonly Bound[] = [{ atLeast: 0.9 }, { atMost: 0.1 }, { atLeast: 0.5, atMost: 0.75 }];
  test('meet their bounds, ends included, and no number meets none', () => {
    expect([0.9, 0.89, Number.NaN].map((value) => meets(value, low!))).toEqual([true, false, false]);
    expect([0.1, 0.11, Number.NaN].map((value) => meets(value, high!))).toEqual([true, false, false]);
    expect([0.49, 0.5, 0.75, 0.76].map((value) => meets(value, both!))).toEqual([false, true, true, false]);
  });
  test('are written as people write them', () => {
    expect([0.98937, 1, 0.5].map((value) => formatFigure('accuracy', value))).toEqual(['98.94 %', '100 %', '50 %']);
    expect([0, 0.00036613, 12.3456, 0.0000123].map((value) => formatFigure('rmse', value))).toEqual(['0', '0.000366', '12.3', '1.2e-5']);
    expect([low, high, both].map((bound) => formatBound('accuracy', bound!))).toEqual(['≥ 90 %', '≤ 10 %', '50 % – 75 %']);
  });
});

test('the MNIST networks are the ones that everybody compares with', () => {
  const weights = Object.fromEntries(TEMPLATES.map(({ id }) => [id, summarize(checkedGraph(documentOf(id))).trainable]));
  expect(weights).toMatchObject({
    'mnist-mlp': 784 * 128 + 128 + 128 * 10 + 10,
    'mnist-cnn': 32 * 9 + 32 + 64 * 32 * 9 + 64 + 64 * 12 * 12 * 128 + 128 + 128 * 10 + 10,
    'lenet-5': 61_706,
    'mnist-softmax': 784 * 10 + 10,
    'mnist-autoencoder': 784 * 128 + 128 + 128 * 64 + 64 + 64 * 32 + 32 + 32 * 64 + 64 + 64 * 128 + 128 + 128 * 784 + 784,
    'mnist-denoising-autoencoder': 784 * 256 + 256 + 256 * 64 + 64 + 64 * 256 + 256 + 256 * 784 + 784,
    'mnist-vae': 784 * 256 + 256 + 256 * 128 + 128 + 2 * (128 * 2 + 2) + 2 * 128 + 128 + 128 * 256 + 256 + 256 * 784 + 784,
    'digits-cnn': 16 * 9 + 16 + 32 * 16 * 9 + 32 + 32 * 5 * 5 * 64 + 64 + 64 * 10 + 10,
    'linear-regression': 2, 'logistic-regression': 3, xor: 8 * 3 + 9, spiral: 32 * 3 + 32 * 33 + 33 * 2,
  });
  expect(documentOf('mnist-mlp').training).toMatchObject({ epochs: 10, batchSize: 128 });
  expect(documentOf('mnist-cnn').training).toMatchObject({ epochs: 5, batchSize: 128 });
  for (const [id, learningRate] of [['mnist-mlp', 0.001], ['mnist-cnn', 0.002]] as const) expect(checkedGraph(documentOf(id)).optimizers[0]?.node).toMatchObject({ definition: { type: 'Adam' }, params: { learningRate } });
});
