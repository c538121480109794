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

/** PyTorch's TransformerEncoderLayer (norm first), its mean over the places, and a head, made of nodes. */
function transformer(golden: GoldenTraining): { readonly nodes: Record<string, NodeSketch>; readonly wires: readonly string[]; readonly last: string } {
  const classes = golden.weights['head.weight']?.shape[0] ?? 0;
  const [inner = 0, width = 0] = golden.weights['body.linear1.weight']?.shape ?? [];
  return {
    nodes: {
      norm1: ['LayerNorm'], self_attn: ['MultiHeadAttention', { heads: 2 }], seen: ['Add'], norm2: ['LayerNorm'], linear1: ['Dense', { units: inner }], gelu: ['GELU', { approximate: 'erf' }], linear2: ['Dense', { units: width }],
      body: ['Add'], order: ['Permute', { order: [2, 1] }], mean: ['GlobalAvgPool'], head: ['Dense', { units: classes }],
    },
    wires: ['x.y -> norm1.x', 'norm1.y -> self_attn.x', 'x.y -> seen.xs', 'self_attn.y -> seen.xs', 'seen.y -> norm2.x', 'norm2.y -> linear1.x', 'linear1.y -> gelu.x', 'gelu.y -> linear2.x', 'seen.y -> body.xs', 'linear2.y -> body.xs',
      'body.y -> order.x', 'order.y -> mean.x', 'mean.y -> head.x'],
    last: 'head',
  };
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
  if (golden.name === 'transformer') {
    const made = transformer(golden);
    return makeDocument({ ...nodes, ...made.nodes }, [...wires, ...made.wires, `${made.last}.y -> loss.prediction`]);
  }
  if (golden.model.startsWith('Last(')) {
    // A recurrent layer's last state, and a head upon it.
    const [type = '', units = 0] = [/\(rnn\): (\w+)/.exec(golden.model)?.[1], Number(/\(rnn\): \w+\(\d+, (\d+)/.exec(golden.model)?.[1])];
    return makeDocument({ ...nodes, rnn: [type, { units }], head: ['Dense', { units: golden.weights['head.weight']?.shape[0] ?? 0 }] }, [...wires, 'x.y -> rnn.x', 'rnn.y -> head.x', 'head.y -> loss.prediction']);
  }
  let before = 'x';
  lines.forEach((line, i) => {
    nodes[`m${i}`] = moduleNode(line);
    wires.push(`${before}.y -> m${i}.x`);
    before = `m${i}`;
  });
  return makeDocument(nodes, [...wires, `${before}.y -> loss.prediction`]);
}

const nameOf = (name: string): string => (/^(?:body|head|rnn)\./.test(name) ? name.replace(/^body\./, '') : name.includes('.') ? `m${name}` : `m0.${name}`);
const tensors = (arrays: Readonly<Record<string, GoldenArray>>): NamedTensors =>
  Object.fromEntries(Object.entries(arrays).filter(([, array]) => array.dtype === 'f32').map(([name, array]) => [nameOf(name), { shape: array.shape, data: decodeFloats(array) }]));

/**
 * Of a stacked bias of attention all but that of the keys: it moves all scores of a place alike, which the softmax does
 * not see, so its gradient is zero but for rounding, and AdamW makes steps of full length of that, here and there.
 */
function comparable(name: string, data: ArrayLike<number>): number[] {
  const all = Array.from(data);
  return name.endsWith('in_proj_bias') ? all.filter((_, i) => Math.floor((i * 3) / all.length) !== 1) : all;
}

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
    for (const [name, { data }] of Object.entries(wanted)) expectClose(comparable(name, final[name]?.data ?? []), comparable(name, data), tolerance, name);
    await run.dispose();
  });
});
