/** Losses where naive formulas break: certainty, zero probabilities, huge logits, ties; and targets in the shapes that people have. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { ShapeError, type TensorType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { describeOnBackends } from '../support/backends.ts';
import { runNode } from '../support/run-node.ts';

type Numbers = readonly number[];
const f32 = (shape: Numbers): TensorType => ({ shape: ['N', ...shape.slice(1)], dtype: 'f32' });
const i32 = (shape: Numbers, classes: number): TensorType => ({ shape: ['N', ...shape.slice(1)], dtype: 'i32', classes });

function find(name: string) {
  const type = nodeType(name);
  if (type === undefined) throw new Error(`there is no node type ${name}`);
  return type;
}

await describeOnBackends('losses at the extremes', (each) => {
  let backend: Backend;
  beforeAll(async () => { backend = await each.create(); });
  afterAll(() => backend.dispose());

  async function loss(name: string, params: object, prediction: { shape: Numbers; data: Numbers }, target: { type: TensorType; shape: Numbers; data: Numbers }): Promise<{ value: number; gradient: number[] }> {
    const type = find(name);
    const result = await runNode(backend, {
      type, params: validateParams(type, params as Record<string, unknown>).values, inputTypes: [f32(prediction.shape), target.type], batch: prediction.shape[0] ?? 0, training: true, weights: {},
      inputs: [
        { shape: prediction.shape, data: Float32Array.from(prediction.data) },
        { shape: target.shape, data: target.type.dtype === 'i32' ? Int32Array.from(target.data) : Float32Array.from(target.data), ...(target.type.dtype === 'i32' ? { dtype: 'i32' as const } : {}) },
      ],
      upstream: [{ shape: [], data: Float32Array.of(1) }],
    });
    return { value: result.outputs[0]?.data[0] ?? Number.NaN, gradient: Array.from(result.inputGradients[0] ?? []) };
  }
  const near = (actual: Numbers, wanted: Numbers): void => {
    expect(actual).toHaveLength(wanted.length);
    actual.forEach((x, i) => expect(x).toBeCloseTo(wanted[i] ?? 0, 5));
  };

  test('cross-entropy of logits that exp cannot hold', async () => {
    const { value, gradient } = await loss('CrossEntropy', {}, { shape: [2, 2], data: [1e4, -1e4, 0, 3e4] }, { type: i32([2], 2), shape: [2], data: [0, 0] });
    expect(value).toBeCloseTo(15_000, 1);
    near(gradient, [0, 0, -0.5, 0.5]);
  });

  test('binary cross-entropy of a logit of exactly 0 has the gradient 1/2 − t', async () => {
    const { value, gradient } = await loss('BinaryCrossEntropy', {}, { shape: [2, 1], data: [0, 0] }, { type: f32([2, 1]), shape: [2, 1], data: [0, 1] });
    expect(value).toBeCloseTo(Math.LN2, 6);
    near(gradient, [0.25, -0.25]);
    const far = await loss('BinaryCrossEntropy', {}, { shape: [2, 1], data: [200, -200] }, { type: i32([2], 2), shape: [2], data: [0, 0] });
    expect(far.value).toBeCloseTo(100, 4);
    near(far.gradient, [0.5, 0]);
  });

  test('binary cross-entropy of probabilities 0 and 1 is finite, with PyTorch’s floor of the logarithm', async () => {
    const { value, gradient } = await loss('BinaryCrossEntropy', { from: 'probabilities' }, { shape: [4, 1], data: [0, 1, 1, 0.5] }, { type: f32([4, 1]), shape: [4, 1], data: [1, 1, 0, 1] });
    expect(value).toBeCloseTo((100 + 0 + 100 + Math.LN2) / 4, 4);
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(gradient[3]).toBeCloseTo(-0.5, 5);
  });

  test('KL divergence where the target is 0', async () => {
    const { value, gradient } = await loss('KLDivergence', {}, { shape: [1, 2], data: [Math.log(0.25), Math.log(0.75)] }, { type: f32([1, 2]), shape: [1, 2], data: [0, 1] });
    expect(value).toBeCloseTo(-Math.log(0.75), 5);
    near(gradient, [0, -1]);
  });

  test('Huber at its seam, and beyond; the squared hinge', async () => {
    const huber = await loss('Huber', { delta: 2 }, { shape: [3, 1], data: [2, 5, -5] }, { type: f32([3]), shape: [3], data: [0, 0, 0] });
    expect(huber.value).toBeCloseTo((2 + 8 + 8) / 3, 5);
    near(huber.gradient, [2 / 3, 2 / 3, -2 / 3]);
    // x_y = 1; the others lead by 1 + 2 - 1 = 2 and 1 + 0 - 1 = 0.
    const hinge = await loss('Hinge', { power: 2 }, { shape: [1, 3], data: [2, 1, 0] }, { type: i32([1], 3), shape: [1], data: [1] });
    expect(hinge.value).toBeCloseTo(4 / 3, 5);
    near(hinge.gradient, [4 / 3, -4 / 3, 0]);
  });

  test('cross-entropy of dense predictions takes axis 1 as the classes', async () => {
    // Two positions: logits (0, ln 3) with class 1, and (ln 3, 0) with class 1.
    const { value } = await loss('CrossEntropy', {}, { shape: [1, 2, 2], data: [0, Math.log(3), Math.log(3), 0] }, { type: i32([1, 2], 2), shape: [1, 2], data: [1, 1] });
    expect(value).toBeCloseTo((-Math.log(0.75) - Math.log(0.25)) / 2, 5);
  });
}, (name) => name !== 'wasm, 4 threads');

describe('shapes of losses', () => {
  const infer = (name: string, ins: readonly TensorType[]) => () => {
    const type = find(name);
    return (type.infer as (params: object, inputs: readonly TensorType[]) => readonly TensorType[])(validateParams(type, {}).values, ins);
  };
  test('what cannot fit is told with the shapes and a way out', () => {
    expect(infer('MSE', [f32([0, 3]), f32([0, 4])])).toThrow(/prediction \[N, 3\] and target \[N, 4\] must have the same shape/);
    expect(infer('CrossEntropy', [f32([0, 3]), i32([0], 5)])).toThrow(/has 3 classes on axis 1, but the target has 5/);
    expect(infer('CrossEntropy', [f32([0]), i32([0], 5)])).toThrow(/add a Dense layer/);
    expect(infer('NLL', [f32([0, 3]), f32([0])])).toThrow(/class indices \(i32\) of shape \[N\], got f32 \[N\]/);
    expect(infer('Hinge', [f32([0, 3, 2]), i32([0, 2], 3)])).toThrow(/^needs a prediction \[N, classes\]/);
    expect(infer('MSE', [f32([0, 3])])).toThrow(ShapeError);
  });
  test('[N] fits [N, 1]', () => {
    expect(infer('MSE', [f32([0, 1]), f32([0])])()).toEqual([{ shape: [], dtype: 'f32' }]);
    expect(infer('BinaryCrossEntropy', [f32([0]), i32([0, 1], 2)])()).toEqual([{ shape: [], dtype: 'f32' }]);
  });
});
