/** Losses against PyTorch's numbers (test/golden/losses.json): value and gradient by the prediction, on every backend. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { describeOnBackends } from '../support/backends.ts';
import { decodeGolden, type GoldenArray } from '../support/goldens.ts';
import { expectClose } from '../support/oracle.ts';
import { runNode } from '../support/run-node.ts';

interface GoldenLoss {
  readonly name: string;
  readonly args: Readonly<Record<string, number | string>>;
  readonly pred: GoldenArray;
  readonly target: GoldenArray;
  readonly value: GoldenArray;
  readonly pred_grad: GoldenArray;
}
const { cases } = JSON.parse(readFileSync(new URL('../golden/losses.json', import.meta.url), 'utf8')) as { readonly cases: readonly GoldenLoss[] };

const TYPES: Readonly<Record<string, readonly [type: string, params: Readonly<Record<string, number | string>>]>> = {
  'cross-entropy': ['CrossEntropy', {}],
  'cross-entropy-extreme': ['CrossEntropy', {}],
  'cross-entropy-smoothed': ['CrossEntropy', { labelSmoothing: 0.1 }],
  'cross-entropy-soft-targets': ['CrossEntropy', {}],
  'bce-with-logits': ['BinaryCrossEntropy', { from: 'logits' }],
  'bce': ['BinaryCrossEntropy', { from: 'probabilities' }],
  'mse': ['MSE', {}],
  'mae': ['MAE', {}],
  'huber': ['Huber', { delta: 0.7 }],
  'nll': ['NLL', {}],
  'kl-div': ['KLDivergence', {}],
  'hinge': ['Hinge', {}],
};

test('every golden loss has a node type', () => {
  expect(cases.map((golden) => golden.name).filter((name) => TYPES[name] === undefined)).toEqual([]);
});

await describeOnBackends('losses against PyTorch', (test_) => {
  let backend: Backend;
  beforeAll(async () => { backend = await test_.create(); });
  afterAll(() => backend.dispose());
  // Numbers up to 180 go through exp and log: float32 keeps seven digits of them, not of their difference.
  const tolerance = (name: string): number => (name.endsWith('extreme') || test_.name === 'webgpu' ? 1e-4 : 1e-5);

  test.each(cases)('$name', async (golden) => {
    const [name, given] = TYPES[golden.name] ?? [golden.name, {}];
    const type = nodeType(name);
    if (type === undefined) throw new Error(`there is no node type ${name}`);
    const target = decodeGolden(golden.target);
    const typeOf = (array: GoldenArray): TensorType => ({ shape: ['N', ...array.shape.slice(1)], dtype: array.dtype === 'f32' ? 'f32' : 'i32' });
    const result = await runNode(backend, {
      type, params: validateParams(type, given).values, inputTypes: [typeOf(golden.pred), typeOf(golden.target)], batch: golden.pred.shape[0] ?? 0, training: true, weights: {},
      inputs: [{ shape: golden.pred.shape, data: decodeGolden(golden.pred) }, { shape: golden.target.shape, data: target, ...(target instanceof Int32Array ? { dtype: 'i32' as const } : {}) }],
      upstream: [{ shape: [], data: Float32Array.of(1) }],
    });
    expectClose(result.outputs[0]?.data ?? [], decodeGolden(golden.value), tolerance(golden.name), 'the loss');
    expectClose(result.inputGradients[0] ?? [], decodeGolden(golden.pred_grad), tolerance(golden.name), 'the gradient');
  });
});
