/** What the goldens leave out of the optimizers: Lion, centred RMSprop, decay without biases, clipping, frozen nodes and learning-rate factors, against plain loops. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import type { GraphDoc, NodeRec } from '../../engine/graph/document.ts';
import { nodeTypesOf } from '../../engine/nodes/registry.ts';
import { optimizerRule, optimizerTypes } from '../../engine/train/optimizers/index.ts';
import type { NamedTensors } from '../../engine/interop/named-tensors.ts';
import { makeDocument, type NodeSketch } from '../graph/documents.ts';
import { describeOnBackends } from '../support/backends.ts';
import { expectClose } from '../support/oracle.ts';
import { checked, inputData, startRun } from './models.ts';

// y = w x + b with two samples; by hand: r = w x + b - t, dL/dw = mean(2 r x), dL/db = mean(2 r).
const X = [1, 3];
const T = [2, -1];
const STEPS = 5;

function lineDocument(optimizer: NodeSketch, more: Partial<NodeRec> = {}): GraphDoc {
  return makeDocument(
    { x: ['Input', { shape: [1] }], y: ['Input', { name: 't', shape: [1] }], fc: ['Dense', { units: 1 }, more], head: ['Dense', { units: 1, bias: false }, { frozen: true }], loss: ['MSE'], optimizer },
    ['x.y -> fc.x', 'fc.y -> head.x', 'head.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> optimizer.loss'],
  );
}
const data = inputData({ x: { shape: [2, 1], data: Float32Array.from(X) }, y: { shape: [2, 1], data: Float32Array.from(T) } });
const one = (value: number, shape: number[]) => ({ shape, data: Float32Array.of(value) });
// The head only passes on: it is frozen at 1.
const START: NamedTensors = { 'fc.weight': one(0.5, [1, 1]), 'fc.bias': one(-0.25, [1]), 'head.weight': one(1, [1, 1]) };

async function trained(backend: Backend, doc: GraphDoc): Promise<[number, number]> {
  const { run } = await startRun({ graph: checked(doc), data, backend, initWeights: START, settings: { steps: STEPS, batchSize: 2, shuffle: false } });
  expect((await run.run()).outcome).toBe('finished');
  const weights = await run.weights();
  await run.dispose();
  expect(weights['head.weight']?.data[0]).toBe(1);
  return [weights['fc.weight']?.data[0] ?? Number.NaN, weights['fc.bias']?.data[0] ?? Number.NaN];
}

/** The same by a plain loop: `update` gets one parameter's value and gradient, and keeps what it likes. */
function byHand(update: (theta: number, gradient: number, kept: number[], which: 'weight' | 'bias') => number, change: (gradients: [number, number]) => [number, number] = (g) => g): [number, number] {
  let [w, b] = [0.5, -0.25];
  const kept: [number[], number[]] = [[0, 0, 0], [0, 0, 0]];
  for (let step = 0; step < STEPS; step++) {
    const residuals = X.map((x, i) => w * x + b - (T[i] ?? 0));
    const [gw, gb] = change([residuals.reduce((sum, r, i) => sum + r * (X[i] ?? 0), 0), residuals.reduce((sum, r) => sum + r, 0)]);
    w = update(w, gw, kept[0], 'weight');
    b = update(b, gb, kept[1], 'bias');
  }
  return [w, b];
}

test('every optimizer node has an update rule', () => {
  expect(nodeTypesOf('optimizer').map((type) => type.type).sort()).toEqual([...optimizerTypes()].sort());
  expect(() => optimizerRule('Newton')).toThrow(/no update rule/);
});

await describeOnBackends('optimizers by hand', (each) => {
  let backend: Backend;
  beforeAll(async () => { backend = await each.create(); });
  const agrees = async (doc: GraphDoc, wanted: [number, number]): Promise<void> => expectClose(await trained(backend, doc), wanted, each.name === 'webgpu' ? 1e-4 : 1e-5, 'weight and bias');

  test('Lion with decoupled decay', async () => {
    await agrees(lineDocument(['Lion', { learningRate: 0.05, weightDecay: 0.1 }]), byHand((theta, g, kept) => {
      const direction = Math.sign(0.9 * (kept[0] ?? 0) + 0.1 * g);
      kept[0] = 0.99 * (kept[0] ?? 0) + 0.01 * g;
      return theta * (1 - 0.05 * 0.1) - 0.05 * direction;
    }));
  });

  test('centred RMSprop with momentum', async () => {
    await agrees(lineDocument(['RMSprop', { learningRate: 0.01, centered: true, momentum: 0.5, alpha: 0.9 }]), byHand((theta, g, kept) => {
      kept[0] = 0.9 * (kept[0] ?? 0) + 0.1 * g * g;
      kept[1] = 0.9 * (kept[1] ?? 0) + 0.1 * g;
      kept[2] = 0.5 * (kept[2] ?? 0) + g / (Math.sqrt(kept[0] - kept[1] ** 2) + 1e-8);
      return theta - 0.01 * kept[2];
    }));
  });

  test('Adagrad with a decaying rate', async () => {
    const steps = { weight: 0, bias: 0 };
    await agrees(lineDocument(['Adagrad', { learningRate: 0.1, learningRateDecay: 0.2 }]), byHand((theta, g, kept, which) => {
      const rate = 0.1 / (1 + steps[which]++ * 0.2);
      kept[0] = (kept[0] ?? 0) + g * g;
      return theta - (rate * g) / (Math.sqrt(kept[0]) + 1e-10);
    }));
  });

  test('weight decay that leaves the bias alone, added to the gradient or taken from the weight', async () => {
    await agrees(lineDocument(['SGD', { learningRate: 0.02, weightDecay: 0.3, decayBiases: false }]), byHand((theta, g, _kept, which) => theta - 0.02 * (g + (which === 'weight' ? 0.3 * theta : 0))));
    await agrees(lineDocument(['Lion', { learningRate: 0.02, weightDecay: 0.3, decayBiases: false, beta1: 0, beta2: 0 }]), byHand((theta, g, _kept, which) => theta * (which === 'weight' ? 1 - 0.02 * 0.3 : 1) - 0.02 * Math.sign(g)));
  });

  test('clipping by value, by the norm of all gradients together, and by both', async () => {
    const step = (theta: number, g: number): number => theta - 0.05 * g;
    const byValue = ([w, b]: [number, number]): [number, number] => [Math.max(-1.5, Math.min(1.5, w)), Math.max(-1.5, Math.min(1.5, b))];
    const byNorm = (limit: number) => ([w, b]: [number, number]): [number, number] => {
      const factor = Math.min(1, limit / (Math.hypot(w, b) + 1e-6));
      return [w * factor, b * factor];
    };
    await agrees(lineDocument(['SGD', { learningRate: 0.05, clipValue: 1.5 }]), byHand(step, byValue));
    await agrees(lineDocument(['SGD', { learningRate: 0.05, clipNorm: 0.7 }]), byHand(step, byNorm(0.7)));
    await agrees(lineDocument(['SGD', { learningRate: 0.05, clipValue: 1.5, clipNorm: 1 }]), byHand(step, (g) => byNorm(1)(byValue(g))));
    // A limit that is never reached changes nothing.
    await agrees(lineDocument(['SGD', { learningRate: 0.05, clipNorm: 1e6 }]), byHand(step));
  });

  test("a node's learning-rate factor multiplies the rate", async () => {
    await agrees(lineDocument(['SGD', { learningRate: 0.2 }], { learningRateFactor: 0.1 }), byHand((theta, g) => theta - 0.02 * g));
  });
}, (name) => !name.startsWith('wasm, 4'));

describe('scalars of a step', () => {
  test('are the same whether the steps are asked for in order or one alone', () => {
    for (const type of optimizerTypes()) {
      const definition = nodeTypesOf('optimizer').find((candidate) => candidate.type === type);
      const params = Object.fromEntries(Object.entries(definition?.params ?? {}).map(([name, spec]) => [name, (spec as { default: number }).default]));
      const rule = optimizerRule(type);
      const inOrder = rule.scalars(params as never);
      const sequence = Array.from({ length: 40 }, (_, i) => inOrder(i + 1, 0.1));
      expect(rule.scalars(params as never)(40, 0.1)).toEqual(sequence[39]);
      // Back again, as after a lost device.
      expect(inOrder(3, 0.1)).toEqual(sequence[2]);
      expect(Object.keys(sequence[0] ?? {}).sort()).toEqual([...rule.scalarNames].sort());
    }
  });
});

test('several losses add up with their weights, and are told apart', async () => {
  const backend = createReferenceBackend();
  const doc = makeDocument(
    { x: ['Input', { shape: [1] }], y: ['Input', { name: 't', shape: [1] }], fc: ['Dense', { units: 1 }], squares: ['MSE', { weight: 0.25 }], sizes: ['MAE', { weight: 2 }], rmse: ['RMSE'], other: ['RMSE'], optimizer: ['SGD', { learningRate: 0 }] },
    ['x.y -> fc.x', 'fc.y -> squares.prediction', 'fc.y -> sizes.prediction', 'y.y -> squares.target', 'y.y -> sizes.target', 'squares.loss -> optimizer.loss', 'sizes.loss -> optimizer.loss', 'fc.y -> rmse.prediction', 'y.y -> rmse.target', 'fc.y -> other.prediction', 'y.y -> other.target'],
  );
  const { 'fc.weight': weight, 'fc.bias': bias } = START;
  const { run } = await startRun({ graph: checked(doc), data, backend, initWeights: { 'fc.weight': weight!, 'fc.bias': bias! }, settings: { steps: 1, batchSize: 2 } });
  const { train } = await run.run();
  const residuals = X.map((x, i) => 0.5 * x - 0.25 - (T[i] ?? 0));
  const squares = residuals.reduce((sum, r) => sum + r * r, 0) / 2;
  const sizes = residuals.reduce((sum, r) => sum + Math.abs(r), 0) / 2;
  expect(train?.['loss']).toBeCloseTo(0.25 * squares + 2 * sizes, 6);
  expect(train?.['squares.loss']).toBeCloseTo(0.25 * squares, 6);
  expect(train?.['sizes.loss']).toBeCloseTo(2 * sizes, 6);
  // Two metrics of one name carry their node's.
  expect(train?.['rmse.rmse']).toBeCloseTo(Math.sqrt(squares), 6);
  expect(train?.['other.rmse']).toBeCloseTo(Math.sqrt(squares), 6);
  expect(train?.['rmse']).toBeUndefined();
});
