/** The losses of learning from rewards: PyTorch's numbers on every backend, and what they say to inputs that do not fit. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { ParamValue } from '../../engine/graph/document.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from '../support/oracle.ts';
import { runNode } from '../support/run-node.ts';

// From PyTorch in float64: -(w · Categorical(logits).log_prob(a) + β · entropy).mean(), and huber_loss(q.gather(1, a), w, delta).
const NUMBERS = [-0.44, 0.29, 1.34, -1.03, -3.17, -1.5, 1.31, 1.82, 2.16, 0.69, 1.44, 1.66];
const ACTIONS = [2, 0, 1, 2];
const WEIGHTS = [0.7, -1.3, 2.1, 0.4];
const CASES = [
  ['PolicyGradientLoss', {}, 0.5483307721794334, [0.019433784, 0.040326668, -0.059760452, 0.138503186, -0.021942253, -0.116560932, 0.104896403, -0.350316943, 0.24542054, 0.017376362, 0.036785759, -0.054162121]],
  ['PolicyGradientLoss', { entropy: 0.3 }, 0.26342198255070154, [0.008270152, 0.029777719, -0.038047871, 0.151975988, -0.03119321, -0.120782778, 0.0963992, -0.351740352, 0.255341151, 0.007986342, 0.037599075, -0.045585417]],
  ['QLoss', {}, 0.2601125, [0, 0, 0.16, 0.0675, 0, 0, 0, -0.07, 0, 0, 0, 0.25]],
  ['QLoss', { delta: 0.5 }, 0.1939125, [0, 0, 0.125, 0.0675, 0, 0, 0, -0.07, 0, 0, 0, 0.125]],
] as const;
const TYPES: readonly TensorType[] = [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 3 }, { shape: ['N'], dtype: 'f32' }];

const typeOf = (name: string) => {
  const type = nodeType(name);
  if (type === undefined) throw new Error(`there is no node type ${name}`);
  return type;
};
async function lossOf(backend: Backend, name: string, params: Readonly<Record<string, ParamValue>>, numbers: readonly number[]) {
  const type = typeOf(name);
  const { outputs, inputGradients } = await runNode(backend, {
    type, params: validateParams(type, params).values, inputTypes: TYPES, batch: 4, training: true, weights: {},
    inputs: [{ shape: [4, 3], data: Float32Array.from(numbers) }, { shape: [4], data: Int32Array.from(ACTIONS), dtype: 'i32' }, { shape: [4], data: Float32Array.from(WEIGHTS) }],
    upstream: [{ shape: [], data: Float32Array.of(1) }],
  });
  return { value: outputs[0]?.data ?? [], gradient: inputGradients[0] ?? [] };
}

await describeOnBackends('losses of learning from rewards', (each) => {
  let backend: Backend;
  beforeAll(async () => { backend = await each.create(); });
  afterAll(() => backend.dispose());
  const tolerance = each.name === 'webgpu' ? 1e-4 : 1e-5;

  test.each(CASES)('%s %j as in PyTorch', async (name, params, value, gradient) => {
    const found = await lossOf(backend, name, params, NUMBERS);
    expectClose(found.value, [value], tolerance, 'the loss');
    expectClose(found.gradient, gradient, tolerance, 'the gradient');
  });

  test('a policy that is all but certain stays finite', async () => {
    for (const entropy of [0, 0.3]) {
      const { value, gradient } = await lossOf(backend, 'PolicyGradientLoss', { entropy }, NUMBERS.map((x) => 1000 * x));
      expect(value[0]).toSatisfy(Number.isFinite);
      expect([...gradient].every(Number.isFinite)).toBe(true);
    }
  });
});

describe('inputs that do not fit', () => {
  const infer = (name: string, change: Readonly<Record<number, TensorType>>) => () => {
    const type = typeOf(name);
    return type.infer(validateParams(type, {}).values as never, TYPES.map((each, i) => change[i] ?? each));
  };

  test.each(['PolicyGradientLoss', 'QLoss'])('%s says what it needs, with the numbers', (name) => {
    expect(infer(name, {})()).toEqual([{ shape: [], dtype: 'f32' }]);
    expect(infer(name, { 0: { shape: ['N', 2], dtype: 'f32' } })).toThrow(/the prediction has 2 classes on axis 1, but the target has 3/);
    expect(infer(name, { 0: { shape: ['N', 3, 5], dtype: 'f32' }, 1: { shape: ['N', 5], dtype: 'i32', classes: 3 } })).toThrow(/needs one number per action, f32 \[N, actions\], got \[N, 3, 5\]/);
    expect(infer(name, { 2: { shape: ['N', 1], dtype: 'f32' } })).toThrow(/must be one number per sample, f32 \[N\], got f32 \[N, 1\]/);
    expect(infer(name, { 1: { shape: ['N'], dtype: 'f32' } })).toThrow(/class indices \(i32\) of shape \[N\], got f32 \[N\]/);
  });
});
