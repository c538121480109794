/**
 * Layers against PyTorch's numbers (test/golden/layers.json, written by the script beside the
 * originals): outputs, gradients by inputs and weights, and running statistics, on every backend.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { ParamValue } from '../../engine/graph/document.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { describeOnBackends } from '../support/backends.ts';
import { type Leaf, expectClose } from '../support/oracle.ts';
import { type NodeCase, runNode } from '../support/run-node.ts';

interface GoldenArray {
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'i64';
  readonly data: string;
}
interface GoldenCase {
  readonly name: string;
  readonly module: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly train: boolean;
  readonly weights: Readonly<Record<string, GoldenArray>>;
  readonly inputs: readonly GoldenArray[];
  readonly output: GoldenArray;
  readonly g: GoldenArray;
  readonly input_grads: readonly GoldenArray[];
  readonly weight_grads: Readonly<Record<string, GoldenArray>>;
  readonly buffers_after?: Readonly<Record<string, GoldenArray>>;
}

const { cases } = JSON.parse(readFileSync(new URL('../golden/layers.json', import.meta.url), 'utf8')) as { readonly cases: readonly GoldenCase[] };

function decode({ shape, dtype, data }: GoldenArray): Leaf {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64')).buffer;
  if (dtype === 'f32') return { shape, data: new Float32Array(bytes) };
  return { shape, dtype: 'i32', data: Int32Array.from(new BigInt64Array(bytes), Number) };
}

// From PyTorch's modules to our node types ---------------------------------------------------------

type Params = Record<string, ParamValue>;
const list = (value: unknown, fallback: readonly number[]): readonly number[] => (Array.isArray(value) ? value.map(Number) : typeof value === 'number' ? [value] : fallback);
const number = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback);
const bias = (args: GoldenCase['args']): boolean => args['bias'] !== false;

function convolution(args: GoldenCase['args']): Params {
  return {
    filters: number(args['cout'], 0), kernel: list(args['kernel_size'], []), stride: list(args['stride'], [1]), dilation: list(args['dilation'], [1]), groups: number(args['groups'], 1), bias: bias(args),
    ...(args['padding'] === 'same' ? { padding: 'same' } : { padding: 'explicit', pads: list(args['padding'], [0]) }),
  };
}
const pool = (args: GoldenCase['args']): Params => ({ size: list(args['kernel_size'], []), stride: list(args['stride'], []), padding: 'explicit', pads: list(args['padding'], [0]) });
const batchNorm = (args: GoldenCase['args']): [string, Params] => ['BatchNorm', { eps: number(args['eps'], 1e-5), momentum: number(args['momentum'], 0.1) }];

/** How many layers there are, and of how many directions, shows in the weights. */
const recurrent = (args: GoldenCase['args'], weights: GoldenCase['weights']): Params => ({
  units: number(args['hidden'], 0), returns: args['returns'] === 'whole sequence' ? 'sequence' : 'last', bias: 'bias_ih_l0' in weights,
  layers: Object.keys(weights).filter((name) => /^weight_ih_l\d+$/.test(name)).length, bidirectional: 'weight_ih_l0_reverse' in weights,
});

const MODULES: Readonly<Record<string, (args: GoldenCase['args'], weights: GoldenCase['weights']) => [string, Params]>> = {
  ReLU: () => ['ReLU', {}],
  LeakyReLU: (args) => ['LeakyReLU', { slope: number(args['negative_slope'], 0.01) }],
  ELU: (args) => ['ELU', { alpha: number(args['alpha'], 1) }],
  SELU: () => ['SELU', {}],
  GELU: (args) => ['GELU', { approximate: args['approximate'] === 'tanh' ? 'tanh' : 'erf' }],
  SiLU: () => ['SiLU', {}],
  Sigmoid: () => ['Sigmoid', {}],
  Tanh: () => ['Tanh', {}],
  Softplus: () => ['Softplus', {}],
  Hardswish: () => ['HardSwish', {}],
  Mish: () => ['Mish', {}],
  Softmax: (args) => ['Softmax', { axis: number(args['dim'], -1) }],
  LogSoftmax: (args) => ['LogSoftmax', { axis: number(args['dim'], -1) }],
  Linear: (args) => ['Dense', { units: number(args['out'], 0), bias: bias(args) }],
  Conv2d: (args) => ['Conv2D', convolution(args)],
  Conv1d: (args) => ['Conv1D', convolution(args)],
  ConvTranspose2d: (args) => ['ConvTranspose2D', {
    filters: number(args['cout'], 0), kernel: list(args['kernel_size'], []), stride: list(args['stride'], [1]), padding: list(args['padding'], [0]), outputPadding: list(args['output_padding'], [0]), bias: bias(args),
  }],
  MaxPool2d: (args) => ['MaxPool2D', pool(args)],
  AvgPool2d: (args) => ['AvgPool2D', { ...pool(args), countIncludePad: args['count_include_pad'] !== false }],
  AdaptiveAvgPool2d: () => ['GlobalAvgPool', { keepAxes: true }],
  Upsample: (args) => ['Upsample', { scale: list(args['scale_factor'], [2]), mode: 'nearest' }],
  BatchNorm2d: batchNorm,
  BatchNorm1d: batchNorm,
  LayerNorm: (args) => ['LayerNorm', { eps: number(args['eps'], 1e-5), axes: list(args['shape'], []).length }],
  GroupNorm: (args) => ['GroupNorm', { groups: number(args['groups'], 1) }],
  InstanceNorm2d: () => ['InstanceNorm', {}],
  MultiheadAttention: (args) => ['MultiHeadAttention', { heads: number(args['heads'], 1), causal: args['causal'] === true }],
  RNN: (args, weights) => ['RNN', { ...recurrent(args, weights), activation: args['nonlinearity'] === 'relu' ? 'relu' : 'tanh' }],
  LSTM: (args, weights) => ['LSTM', recurrent(args, weights)],
  GRU: (args, weights) => ['GRU', recurrent(args, weights)],
  Embedding: (args) => ['Embedding', { vocabulary: number(args['num'], 0), dim: number(args['dim'], 0) }],
};
/** Modules of the goldens that have no node type yet. */
const LATER = new Set(['TransformerEncoderLayer']);

function toNodeCase(golden: GoldenCase): NodeCase {
  const mapping = MODULES[golden.module];
  if (mapping === undefined) throw new Error(`no node type stands for PyTorch's ${golden.module}`);
  const [name, given] = mapping(golden.args, golden.weights);
  const type = nodeType(name);
  if (type === undefined) throw new Error(`node type ${name} is not registered`);
  const { values, problems } = validateParams(type, given);
  expect(problems).toEqual([]);
  const inputs = golden.inputs.map(decode);
  const inputTypes = inputs.map((leaf): TensorType => ({ shape: ['N', ...leaf.shape.slice(1)], dtype: leaf.dtype ?? 'f32' }));
  const weights = Object.fromEntries(Object.entries(golden.weights).map(([key, array]) => [key, decode(array)]));
  return { type, params: values, inputTypes, inputs, weights, batch: inputs[0]?.shape[0] ?? 1, training: golden.train, upstream: [decode(golden.g)] };
}

/**
 * Relative to the array's largest magnitude. WebGPU leaves the rounding of exp, tanh and their kin to
 * the driver. The gradient of a saturated softmax is a small difference of large terms in PyTorch's float32
 * too. Far from zero, 1000 + x has four digits fewer for x, and PyTorch's own float32 gradient is 1.0e-4 away from
 * exact arithmetic on the same inputs (the float64 reference), so twice that is asked for.
 */
function toleranceOf(name: string, backend: string): number {
  if (name === 'layer-norm-far-from-zero') return 2e-4;
  return backend === 'webgpu' || name === 'softmax-extreme' ? 1e-4 : 1e-5;
}

describe('the goldens of layers', () => {
  test('each case has a node type or is listed as coming later', () => {
    expect(cases.length).toBeGreaterThan(50);
    for (const { module } of cases) expect(LATER.has(module) !== module in MODULES, module).toBe(true);
  });
});

await describeOnBackends('layers agree with PyTorch', ({ name, create }) => {
  let backend: Backend;
  beforeAll(async () => { backend = await create(); });
  afterAll(async () => { await backend.dispose(); });

  for (const golden of cases) {
    test.skipIf(LATER.has(golden.module))(`${golden.name}${LATER.has(golden.module) ? ' (no such node type yet)' : ''}`, async () => {
      const tolerance = toleranceOf(golden.name, name);
      const node = toNodeCase(golden);
      expect(node.type.infer(node.params as never, node.inputTypes)).toEqual([{ shape: ['N', ...golden.output.shape.slice(1)], dtype: 'f32' }]);
      const result = await runNode(backend, node);

      expect(result.outputs[0]?.shape).toEqual(golden.output.shape);
      expectClose(result.outputs[0]?.data ?? [], decode(golden.output).data, tolerance, 'output');

      const differentiable = result.inputGradients.filter((gradient) => gradient !== undefined);
      expect(differentiable).toHaveLength(golden.input_grads.length);
      golden.input_grads.forEach((wanted, i) => expectClose(differentiable[i] ?? [], decode(wanted).data, tolerance, `gradient by input ${i}`));

      expect(Object.keys(result.weightGradients).sort()).toEqual(Object.keys(golden.weight_grads).sort());
      for (const [weight, wanted] of Object.entries(golden.weight_grads)) {
        expectClose(result.weightGradients[weight] ?? [], decode(wanted).data, tolerance, `gradient by ${weight}`);
      }
      for (const [buffer, wanted] of Object.entries(golden.buffers_after ?? {})) {
        // A count of batches matters only to PyTorch's cumulative averages, which we do not offer.
        if (buffer !== 'num_batches_tracked') expectClose(result.buffers[buffer] ?? [], decode(wanted).data, tolerance, buffer);
      }
    });
  }
});
