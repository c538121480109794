/** The blocks that ship with the product: their files, their numbers against PyTorch, and a step of training on every backend. */
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { gradients } from '../../engine/autodiff/gradients.ts';
import { evaluateProgram } from '../../engine/backends/reference/evaluate.ts';
import { checkGraph } from '../../engine/graph/check.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { parseDocument, serializeDocument } from '../../engine/graph/parse.ts';
import { toStorage } from '../../engine/graph/parameters.ts';
import { READY_BLOCKS, definitionOf } from '../../engine/graph/ready-blocks.ts';
import { makeProgram } from '../../engine/tensor/ir.ts';
import { digits } from '../../engine/data/datasets/digits.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { type GoldenArray, decodeFloats } from '../support/goldens.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from '../support/oracle.ts';
import { checked, startRun } from '../train/models.ts';
import { instance } from './block-documents.ts';
import { makeDocument } from './documents.ts';
import { arenasWith, checkedGraph, lowerForTest } from './lowering.ts';

const folder = new URL('../../assets/', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
const documentOf = (file: string): GraphDoc => {
  const { doc, problem } = parseDocument(textOf(file));
  if (doc === undefined) throw new Error(problem.message);
  return doc;
};
const all = READY_BLOCKS.map((block) => [block.id, block] as const);

test('every file is listed, and every entry has its file', () => {
  expect(readdirSync(new URL('blocks/', folder)).map((file) => `blocks/${file}`).sort()).toEqual(READY_BLOCKS.map(({ file }) => file).sort());
});

describe.each(all)('%s', (id, block) => {
  const doc = documentOf(block.file);
  test('is written as the program writes it, described in both languages, and made of nodes alone', () => {
    expect(serializeDocument(doc)).toBe(textOf(block.file));
    const definition = definitionOf(block, doc)!;
    expect(definition.name).toBe(doc.name);
    expect(doc.description).toMatch(/^[A-Z].*\.$/);
    expect(block.source).toMatch(/^\p{Lu}.*, \d{4}$/u);
    expect(doc.translations?.zh?.name).toMatch(/\p{Script=Han}/u);
    expect(doc.translations?.zh?.description).toMatch(/\p{Script=Han}.*。$/u);
    expect(Object.values(definition.nodes).filter((node) => node.block !== undefined)).toEqual([]);
    expect(Object.values(doc.nodes).filter((node) => node.block === id)).toHaveLength(1);
    expect(definition.params.length).toBeGreaterThan(0);
  });
  test('trains without a problem in its example, and every exposed parameter reaches its nodes', () => {
    expect(checkGraph(doc, { forTraining: true }).problems).toEqual([]);
    const definition = definitionOf(block, doc)!;
    const lonely = definition.params.filter(({ node, param }) => !(param in (checkedGraph(doc).nodes.get(`block/${node}`)?.params ?? {})));
    expect(lonely).toEqual([]);
  });
});

describe('against PyTorch', () => {
  interface Golden {
    readonly name: string;
    readonly args: Readonly<Record<string, number>>;
    readonly weights: Readonly<Record<string, GoldenArray>>;
    readonly inputs: Readonly<Record<string, GoldenArray>>;
    readonly output: GoldenArray;
    readonly g: GoldenArray;
    readonly input_grads: Readonly<Record<string, GoldenArray>>;
    readonly weight_grads: Readonly<Record<string, GoldenArray>>;
  }
  const { cases } = JSON.parse(readFileSync(new URL('../golden/blocks.json', import.meta.url), 'utf8')) as { cases: readonly Golden[] };
  /** Modules of PyTorch's layers by what the blocks call them. */
  const MODULES: readonly (readonly [RegExp, string])[] = [[/^self_attn\./, 'attention.'], [/^multihead_attn\./, 'cross.'], [/^linear1\./, 'fc1.'], [/^linear2\./, 'fc2.']];
  const ownName = (name: string): string => `block.${MODULES.reduce((text, [from, to]) => text.replace(from, to), name)}`;

  test.each(cases.map((golden) => [golden.name, golden] as const))('%s gives its layer\'s output and gradients', (name, golden) => {
    const doc = documentOf(`blocks/${name}.netloom`);
    const ports = Object.entries(golden.inputs);
    const inputs = Object.fromEntries(ports.map(([port, { shape }]) => [port, ['Input', { name: port, shape: shape.slice(1) }] as const]));
    const graph = checkedGraph({ ...makeDocument({ ...inputs, block: instance(name, { ...golden.args, dropout: 0 }), out: ['Output'] }, [...ports.map(([port]) => `${port}.y -> block.${port}`), 'block.y -> out.x']), blocks: doc.blocks! });
    const { builder, layout, lowered } = lowerForTest(graph, 'predict', golden.output.shape[0]!);
    const y = lowered.prediction!.value;
    const g = builder.input('g', y.shape);
    const loss = builder.sum(builder.mul(y, g));
    const sources = ports.map(([port]) => builder.input(`${port}.y`, golden.inputs[port]!.shape));
    const keys = Object.keys(golden.weights).map(ownName);
    const found = gradients(builder, loss, [...sources, ...keys.map((key) => lowered.weightSlices.get(key)!)]);
    const outputs = new Map([['y', y], ...found.map((gradient, i): [string, typeof gradient] => [`d${i}`, gradient])]);
    const weights = Object.fromEntries(Object.entries(golden.weights).map(([key, array]) => [ownName(key), Array.from(decodeFloats(array))]));
    expect(Object.keys(weights).sort()).toEqual(layout.arenas.flatMap(({ entries }) => entries.map(({ key }) => key)).sort());
    const feeds = { g: decodeFloats(golden.g), ...Object.fromEntries(ports.map(([port, array]) => [`${port}.y`, decodeFloats(array)])), seed: 0, step: 0 };
    const result = evaluateProgram(makeProgram(outputs), feeds, arenasWith(layout, weights)).outputs;
    expectClose(result.get('y')!.data, decodeFloats(golden.output), 1e-5, 'output');
    for (const [i, [port]] of ports.entries()) expectClose(result.get(`d${i}`)!.data, decodeFloats(golden.input_grads[port]!), 1e-5, port);
    const entries = new Map(layout.arenas.flatMap((arena) => arena.entries.map((entry) => [entry.key, entry] as const)));
    for (const [i, [key, array]] of Object.entries(golden.weight_grads).entries()) {
      const { shape, storage } = entries.get(ownName(key))!;
      expectClose(result.get(`d${ports.length + i}`)!.data, Float64Array.from(toStorage(Array.from(decodeFloats(array)), shape, storage)), 1e-5, key, 1e-3);
    }
  });
});

await describeOnBackends('a ready block trains', ({ create }) => {
  let backend: Backend;
  beforeAll(async () => { backend = await create(); });
  afterAll(async () => { await backend.dispose(); });

  test.each(all)('%s: steps of it give the losses of the float64 reference', async (_id, block) => {
    const graph = checked(documentOf(block.file));
    const params = { ...graph.nodes.get('digits')!.params, trainSamples: 12, testSamples: 0 };
    const data = { digits: await digits.load(params as never, { platform: nodePlatform, seed: 1 }) };
    const losses = async (on: Backend): Promise<number[]> => {
      const { run, losses: told } = await startRun({ graph, data, backend: on, settings: { epochs: 1, batchSize: 6 } });
      const result = await run.run();
      await run.dispose();
      expect(result.outcome).toBe('finished');
      return told();
    };
    expectClose(Float64Array.from(await losses(backend)), Float64Array.from(await referenceLosses(block.id, losses)), backend.name === 'webgpu' ? 1e-3 : 1e-4, 'losses');
  }, 120_000);
});

const known = new Map<string, Promise<number[]>>();
function referenceLosses(id: string, losses: (on: Backend) => Promise<number[]>): Promise<number[]> {
  const told = known.get(id) ?? import('../../engine/backends/reference/reference.ts').then(({ createReferenceBackend }) => losses(createReferenceBackend()));
  known.set(id, told);
  return told;
}
