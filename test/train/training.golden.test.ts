/**
 * Whole runs against PyTorch's numbers (test/golden/training.json): the loss before each step and the
 * weights after the last, through the same run that the command line starts, on every backend.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import type { NamedTensors } from '../../engine/interop/named-tensors.ts';
import { makeDocument, type NodeSketch } from '../graph/documents.ts';
import { describeOnBackends } from '../support/backends.ts';
import { decodeFloats, decodeGolden, type GoldenArray } from '../support/goldens.ts';
import { expectClose } from '../support/oracle.ts';
import { checked, inputData, startRun } from './models.ts';

interface GoldenTraining {
  readonly name: string;
  readonly model: string;
  readonly loss: 'cross-entropy' | 'mse' | 'bce-with-logits';
  readonly optimizer: string;
  readonly optimizer_args: Readonly<Record<string, number | boolean>>;
  readonly steps: number;
  readonly weights: Readonly<Record<string, GoldenArray>>;
  readonly x: GoldenArray;
  readonly y: GoldenArray;
  readonly losses: readonly number[];
  readonly final: Readonly<Record<string, GoldenArray>>;
}
const { cases } = JSON.parse(readFileSync(new URL('../golden/training.json', import.meta.url), 'utf8')) as { readonly cases: readonly GoldenTraining[] };

const LOSSES: Readonly<Record<GoldenTraining['loss'], NodeSketch>> = { 'cross-entropy': ['CrossEntropy'], 'mse': ['MSE'], 'bce-with-logits': ['BinaryCrossEntropy'] };
const ARGUMENTS: Readonly<Record<string, string>> = { lr: 'learningRate', momentum: 'momentum', nesterov: 'nesterov', weight_decay: 'weightDecay', amsgrad: 'amsgrad' };

/** PyTorch's line of each module of the goldens, as a node. */
function moduleNode(line: string): NodeSketch {
  const name = /^\w+/.exec(line)?.[0];
  const numbers = [...line.matchAll(/\d+/g)].map(([n]) => Number(n));
  const named = (key: string): number => Number(new RegExp(`${key}=\\(?(\\d+)`).exec(line)?.[1]);
  switch (name) {
    case 'Linear': return ['Dense', { units: named('out_features') }];
    case 'Conv2d': return ['Conv2D', { filters: numbers[2] ?? 0, kernel: [3, 3], bias: !line.includes('bias=False'), ...(line.includes('padding=(1, 1)') ? { padding: 'explicit', pads: [1, 1] } : { padding: 'valid' }) }];
    case 'ReLU': return ['ReLU'];
    case 'MaxPool2d': return ['MaxPool2D', { size: [2, 2] }];
    case 'AvgPool2d': return ['AvgPool2D', { size: [2, 2] }];
    case 'BatchNorm2d': return ['BatchNorm'];
    case 'Flatten': return ['Flatten'];
    default: throw new Error(`the test knows no node for '${line}'`);
  }
}

/** Nodes `m0`, `m1`, … in a row, as the modules of the golden's Sequential are called `0`, `1`, … */
function documentOf(golden: GoldenTraining): GraphDoc {
  const lines = golden.model.startsWith('Sequential') ? [...golden.model.matchAll(/\((\d+)\): (.+)/g)].map((match) => match[2] ?? '') : [golden.model];
  const nodes: Record<string, NodeSketch> = {
    x: ['Input', { shape: golden.x.shape.slice(1) }],
    y: ['Input', golden.y.dtype === 'f32' ? { name: 'target', shape: golden.y.shape.slice(1) } : { name: 'target', shape: golden.y.shape.slice(1), dtype: 'i32' }],
    loss: LOSSES[golden.loss],
    optimizer: [golden.optimizer, Object.fromEntries(Object.entries(golden.optimizer_args).map(([key, value]): [string, ParamValue] => [ARGUMENTS[key] ?? key, value]))],
  };
  const wires = ['y.y -> loss.target', 'loss.loss -> optimizer.loss'];
  let before = 'x';
  lines.forEach((line, i) => {
    nodes[`m${i}`] = moduleNode(line);
    wires.push(`${before}.y -> m${i}.x`);
    before = `m${i}`;
  });
  return makeDocument(nodes, [...wires, `${before}.y -> loss.prediction`]);
}

const nameOf = (name: string): string => (name.includes('.') ? `m${name}` : `m0.${name}`);
const tensors = (arrays: Readonly<Record<string, GoldenArray>>): NamedTensors =>
  Object.fromEntries(Object.entries(arrays).filter(([, array]) => array.dtype === 'f32').map(([name, array]) => [nameOf(name), { shape: array.shape, data: decodeFloats(array) }]));

await describeOnBackends('training against PyTorch', (each) => {
  let backend: Backend;
  beforeAll(async () => { backend = await each.create(); });
  afterAll(() => backend.dispose());
  // PyTorch's own float32 rounding grows over the steps: an optimizer that divides by a small root enlarges it, most of
  // all in the first steps, where every gradient counts alike however small it is.
  const tolerance = each.name === 'webgpu' ? 1e-4 : 1e-5;

  test.each(cases)('$name', async (golden) => {
    const { run, losses } = await startRun({
      graph: checked(documentOf(golden)), backend, initWeights: tensors(golden.weights),
      data: inputData({ x: { shape: golden.x.shape, data: decodeGolden(golden.x) }, y: { shape: golden.y.shape, data: decodeGolden(golden.y) } }),
      settings: { steps: golden.steps, batchSize: golden.x.shape[0] ?? 0, shuffle: false },
    });
    expect((await run.run()).outcome).toBe('finished');
    expectClose(losses(), golden.losses, tolerance, 'the losses');
    const final = await run.weights();
    const wanted = tensors(golden.final);
    expect(Object.keys(final).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, { data }] of Object.entries(wanted)) expectClose(final[name]?.data ?? [], data, tolerance, name);
    await run.dispose();
  });
});
