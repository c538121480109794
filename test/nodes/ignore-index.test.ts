/** Places that a loss is told to ignore: PyTorch's numbers on every backend; nothing counted; the check of labels; the accuracy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { ParamValue } from '../../engine/graph/document.ts';
import { validateParams } from '../../engine/nodes/params.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from '../support/oracle.ts';
import { runNode } from '../support/run-node.ts';

// From PyTorch: logits [2, 4, 3], targets [[0, -100, 3], [-100, -100, 1]], CrossEntropyLoss(ignore_index=-100) in float64.
const LOGITS = [-0.44, 0.29, 1.34, -1.03, -3.17, -1.5, 1.31, 1.82, 2.16, 0.69, 1.44, 1.66, 1.02, -3.05, -3.8, 0.5, 0.06, 0.48, 1.57, -2, 2.37, 0.83, 0.37, -0.31];
const TARGETS = [0, -100, 3, -100, -100, 1];
const PLAIN = { value: 1.8871203666855816, gradient: [-0.30129618, 0, 0.07083076, 0.01775907, 0, 0.00413833, 0.18436109, 0, 0.16082123, 0.09917602, 0, -0.23579033, 0, 0, 0.00057057, 0, 0, -0.2921152, 0, 0, 0.272838, 0, 0, 0.01870663] };
const SMOOTHED = { value: 1.9193703666855815, gradient: [-0.27629618, 0, 0.06249743, 0.00942573, 0, -0.004195, 0.17602776, 0, 0.1524879, 0.09084269, 0, -0.21079033, 0, 0, -0.00776276, 0, 0, -0.2671152, 0, 0, 0.26450467, 0, 0, 0.0103733] };

async function lossOf(backend: Backend, name: string, params: Readonly<Record<string, ParamValue>>, prediction: readonly number[], target: readonly number[]) {
  const type = nodeType(name);
  if (type === undefined) throw new Error(`there is no node type ${name}`);
  const { outputs, inputGradients } = await runNode(backend, {
    type, params: validateParams(type, params).values, inputTypes: [{ shape: ['N', 4, 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'i32', classes: 4 }], batch: 2, training: true, weights: {},
    inputs: [{ shape: [2, 4, 3], data: Float32Array.from(prediction) }, { shape: [2, 3], data: Int32Array.from(target), dtype: 'i32' }],
    upstream: [{ shape: [], data: Float32Array.of(1) }],
  });
  return { value: outputs[0]?.data ?? [], gradient: inputGradients[0] ?? [] };
}

await describeOnBackends('ignored places', (test_) => {
  let backend: Backend;
  beforeAll(async () => { backend = await test_.create(); });
  afterAll(() => backend.dispose());
  const tolerance = test_.name === 'webgpu' ? 1e-4 : 1e-5;

  test.each([['CrossEntropy', {}, PLAIN], ['CrossEntropy', { labelSmoothing: 0.1 }, SMOOTHED]] as const)('%s %j as in PyTorch', async (name, params, wanted) => {
    const found = await lossOf(backend, name, { ...params, ignoreIndex: -100 }, LOGITS, TARGETS);
    expectClose(found.value, [wanted.value], tolerance, 'the loss');
    expectClose(found.gradient, wanted.gradient, tolerance, 'the gradient');
  });

  test('NLL of the log-probabilities is the same loss', async () => {
    const logs = LOGITS.map((x, at) => {
      const [sample, place] = [Math.floor(at / 12), at % 3];
      return x - Math.log([0, 1, 2, 3].reduce((sum, c) => sum + Math.exp(LOGITS[sample * 12 + c * 3 + place] ?? 0), 0));
    });
    const found = await lossOf(backend, 'NLL', { ignoreIndex: -100 }, logs, TARGETS);
    expectClose(found.value, [PLAIN.value], tolerance, 'the loss');
    // A third for each of the three places, at their classes.
    const gradient = LOGITS.map((_, at) => (TARGETS[Math.floor(at / 12) * 3 + (at % 3)] === Math.floor((at % 12) / 3) ? -1 / 3 : 0));
    expectClose(found.gradient, gradient, tolerance, 'the gradient');
  });

  test('a class may be the one that is ignored', async () => {
    const found = await lossOf(backend, 'CrossEntropy', { ignoreIndex: 2 }, LOGITS, TARGETS.map((label) => (label < 0 ? 2 : label)));
    expectClose(found.value, [PLAIN.value], tolerance, 'the loss');
  });

  test('where nothing counts the loss is 0 and moves nothing, even with logits beyond all bounds', async () => {
    const found = await lossOf(backend, 'CrossEntropy', { ignoreIndex: -100 }, LOGITS.map((x) => x * 1e30), TARGETS.map(() => -100));
    expect([...found.value]).toEqual([0]);
    expect([...found.gradient].every((g) => g === 0)).toBe(true);
  });

  test('without it every place counts', async () => {
    const counted = await lossOf(backend, 'CrossEntropy', {}, LOGITS, TARGETS.map((label) => Math.max(label, 0)));
    const same = await lossOf(backend, 'CrossEntropy', { ignoreIndex: -100 }, LOGITS, TARGETS.map((label) => Math.max(label, 0)));
    expectClose(same.value, counted.value, tolerance, 'the loss');
  });
});

describe('code', () => {
  test('PyTorch ignores −100 of itself', () => {
    const code = (params: object): string | undefined => {
      const type = nodeType('CrossEntropy');
      return type?.code.pytorch({ labelSmoothing: 0, weight: null, ignoreIndex: null, ...params } as never, []);
    };
    expect([code({}), code({ ignoreIndex: -100 }), code({ ignoreIndex: 0 })]).toEqual(['nn.CrossEntropyLoss()', 'nn.CrossEntropyLoss()', 'nn.CrossEntropyLoss(ignore_index=0)']);
  });
});
