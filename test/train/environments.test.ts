/** Runs that play: what an epoch trains on is what its network did, the same with any number of threads and in any number of parts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import { createWasmBackend } from '../../engine/backends/wasm/wasm.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { observations } from '../../engine/data/environments/play.ts';
import { Random } from '../../engine/data/random.ts';
import type { GraphDoc, ParamValue } from '../../engine/graph/document.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { findCheckpoint } from '../../engine/train/checkpoint.ts';
import { evaluateModel } from '../../engine/train/evaluate.ts';
import { playGreedily } from '../../engine/train/greedy-play.ts';
import { predict } from '../../engine/train/predict.ts';
import type { GraphData, RunOptions, RunSettings } from '../../engine/train/run-contract.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument } from '../graph/documents.ts';
import { bitsOf, checked, SETTINGS, startRun } from './models.ts';

let backend: Backend;
beforeAll(async () => { backend = await createWasmBackend(nodePlatform, { threads: 1 }); });
afterAll(() => backend.dispose());

type Params = Readonly<Record<string, ParamValue>>;
const cartDocument = (params: Params = {}): GraphDoc => makeDocument({
  env: ['CartPole', { samples: 200, limit: 40, ...params }], fc1: ['Dense', { units: 8 }], act: ['Tanh'], fc2: ['Dense', { units: 2 }], loss: ['PolicyGradientLoss'], optimizer: ['Adam', { learningRate: 0.01 }], output: ['Output'],
}, ['env.x -> fc1.x', 'fc1.y -> act.x', 'act.y -> fc2.x', 'fc2.y -> loss.prediction', 'env.action -> loss.target', 'env.value -> loss.advantage', 'loss.loss -> optimizer.loss', 'fc2.y -> output.x']);
const gridDocument = (params: Params = {}): GraphDoc => makeDocument({
  env: ['GridWorld', { rows: 4, columns: 4, samples: 200, limit: 30, memory: 500, explorationEpochs: 4, ...params }], flat: ['Flatten'], fc1: ['Dense', { units: 16 }], act: ['ReLU'], fc2: ['Dense', { units: 4 }], loss: ['QLoss'], optimizer: ['Adam', { learningRate: 0.01 }], output: ['Output'],
}, ['env.x -> flat.x', 'flat.y -> fc1.x', 'fc1.y -> act.x', 'act.y -> fc2.x', 'fc2.y -> loss.prediction', 'env.action -> loss.action', 'env.value -> loss.target', 'loss.loss -> optimizer.loss', 'fc2.y -> output.x']);

async function subject(doc: GraphDoc): Promise<Pick<RunOptions, 'graph' | 'data'> & { readonly data: GraphData }> {
  const graph = checked(doc);
  const node = graph.nodes.get('env');
  const loaded = await dataset(node?.definition.data?.dataset ?? '')?.load(node?.params ?? {}, { platform: memoryPlatform(), seed: SETTINGS.seed });
  if (loaded === undefined) throw new Error('no environment');
  return { graph, data: { env: loaded } };
}

const METHODS = [['policy gradient', cartDocument()], ['Q-learning', gridDocument()]] as const;
// 200 samples in batches of 30: seven steps an epoch, the last of twenty samples.
const settings: Partial<RunSettings> = { epochs: 4, batchSize: 30, checkpointEverySteps: 3 };

describe.each(METHODS)('%s', (_, doc) => {
  test('a run in parts is the run in one, bit for bit, memory and figures included', async () => {
    const it = await subject(doc);
    const parts = async (stops: readonly number[]) => {
      const { files } = memoryPlatform();
      const told: unknown[] = [];
      for (const [i, stop] of [...stops, Infinity].entries()) {
        const { run } = await startRun({
          ...it, backend, files, outFolder: '/run', settings, ...(i === 0 ? {} : { resume: '/run' }),
          onEvent: (event) => {
            if (event.kind === 'step') told.push([event.step, event.loss]);
            if (event.kind === 'epoch') told.push([event.epoch, event.train]);
            if (event.kind === 'step' && event.step >= stop) run.command({ kind: 'stop' });
          },
        });
        await run.run();
        const weights = bitsOf(await run.weights());
        await run.dispose();
        if (stop === Infinity) return { weights, told, experience: (await findCheckpoint(files, '/run')).snapshot.experience };
      }
      throw new Error('unreachable');
    };
    const whole = await parts([]);
    // Within the first epoch, at an epoch's last step, in the middle of one.
    const broken = await parts([2, 14, 17]);
    expect(broken).toEqual(whole);
    expect(whole.experience?.epoch).toBe(3);
  });

  test('any number of threads gives the same bits, on float64 nearly the same', async () => {
    const it = await subject(doc);
    const ends = async (on: Backend) => {
      const { run, losses } = await startRun({ ...it, backend: on, settings });
      await run.run();
      return { weights: bitsOf(await run.weights()), losses: losses() };
    };
    const several = await createWasmBackend(nodePlatform, { threads: 3 });
    const one = await ends(backend);
    try {
      expect(await ends(several)).toEqual(one);
    } finally {
      await several.dispose();
    }
    // Before rounding has had the time to tip a choice.
    (await ends(createReferenceBackend())).losses.slice(0, 7).forEach((loss, i) => expect(loss).toBeCloseTo(one.losses[i] ?? Number.NaN, 4));
  });

  test('the episodes’ steps and return stand in each epoch’s metrics', async () => {
    const it = await subject(doc);
    const { run, events } = await startRun({ ...it, backend, settings: { ...settings, validationSplit: 0.2 } });
    const result = await run.run();
    const epochs = events.filter((event) => event.kind === 'epoch');
    expect(epochs).toHaveLength(4);
    for (const { train, validation } of epochs) {
      expect(Object.keys(train)).toEqual(['loss', 'episode_steps', 'episode_return']);
      expect(train['episode_steps']).toBeGreaterThan(1);
      expect(train['episode_steps']).toBeLessThanOrEqual(40);
      expect(Object.keys(validation ?? {})).toEqual(['loss']);
    }
    expect(result.train?.['episode_steps']).toBe(epochs.at(-1)?.train['episode_steps']);
    expect(new Set(epochs.map(({ train }) => train['episode_steps'])).size).toBeGreaterThan(1);
  });

  test('is evaluated on what an indifferent player did, and by its own episodes', async () => {
    const it = await subject(doc);
    const { run } = await startRun({ ...it, backend, settings: { epochs: 1 } });
    await run.run();
    expect(await evaluateModel({ ...it, backend, weights: await run.weights() })).toMatchObject({ split: 'train', samples: 200, metrics: { loss: expect.any(Number), episode_steps: expect.any(Number), episode_return: expect.any(Number) } });
  });
});

test('the network plays its own epochs: a policy that always pushes to one side is what is trained on', async () => {
  const it = await subject(cartDocument());
  const tensors = (bias: number) => ({ 'fc2.weight': { shape: [2, 8], data: new Float32Array(16) }, 'fc2.bias': { shape: [2], data: Float32Array.of(bias, 0) } });
  const stepsOf = async (bias: number): Promise<number> => {
    const { run } = await startRun({ ...it, backend, settings: { epochs: 1 }, initWeights: tensors(bias) });
    return (await run.run()).train?.['episode_steps'] ?? Number.NaN;
  };
  // The pole falls within ten steps of one-sided pushes, and stays up for about twenty by chance.
  expect(await stepsOf(50)).toBeLessThan(11);
  expect(await stepsOf(0)).toBeGreaterThan(14);
});

test('Q-learning comes to the worth that value iteration gives', async () => {
  const it = await subject(gridDocument({ samples: 400, memory: 2000 }));
  const { run } = await startRun({ ...it, backend, settings: { epochs: 40, batchSize: 50 } });
  await run.run();
  const playable = it.data['env']?.playable;
  const environment = playable?.environment;
  if (playable === undefined || environment === undefined || !('distances' in environment)) throw new Error('no grid');
  const { distances, starts } = environment as unknown as { distances: readonly number[]; starts: readonly (readonly number[])[] };
  const episodes = await playGreedily(run.device, 'env', playable, starts.map((start) => ({ start, random: new Random(1) })));
  for (const { states, actions, ended } of episodes) {
    expect(ended).toBe(true);
    expect(actions.length).toBe(distances[states[0]?.[0] ?? 0]);
  }
  // What the network says the best step is worth: the discount, once for each step after the first.
  const { output } = await predict({ graph: it.graph, backend, weights: await run.weights(), samples: { env: { x: observations(environment, starts) } } });
  starts.forEach(([cell = 0], i) => expect(Math.abs(Math.max(...(output?.data.subarray(4 * i, 4 * i + 4) ?? [])) - 0.9 ** ((distances[cell] ?? 0) - 1))).toBeLessThan(0.05));
}, 60_000);

test('a stop is heard while the network plays, and the run goes on from there as if nothing had been', async () => {
  const it = await subject(cartDocument({ samples: 20_000, limit: 200 }));
  const { files } = memoryPlatform();
  const finish = async (stop: boolean, resume: boolean) => {
    const { run, events } = await startRun({
      ...it, backend, files, outFolder: stop || resume ? '/run' : '/whole', settings: { epochs: 2, batchSize: 2000 }, ...(resume ? { resume: '/run' } : {}),
      onEvent: (event) => {
        if (stop && event.kind === 'phase' && event.detail?.en.startsWith('episodes for epoch 2')) run.command({ kind: 'stop' });
      },
    });
    return { ...(await run.run()), weights: bitsOf(await run.weights()), played: events.filter((event) => event.kind === 'epoch').length };
  };
  const whole = await finish(false, false);
  expect(await finish(true, false)).toMatchObject({ outcome: 'stopped', steps: 10, played: 1 });
  const rest = await finish(false, true);
  expect(rest).toMatchObject({ outcome: 'finished', steps: 20, played: 1 });
  expect(rest.weights).toEqual(whole.weights);
}, 60_000);

describe('a network that cannot play', () => {
  test('has another number of outputs than there are actions', async () => {
    const doc = makeDocument({
      env: ['GridWorld', { rows: 3, columns: 3, samples: 20 }], flat: ['Flatten'], fc: ['Dense', { units: 5 }], loss: ['QLoss'], optimizer: ['Adam'],
    }, ['env.x -> flat.x', 'flat.y -> fc.x', 'fc.y -> loss.prediction', 'env.action -> loss.action', 'env.value -> loss.target', 'loss.loss -> optimizer.loss']);
    const { run } = await startRun({ ...(await subject(doc)), backend });
    await expect(run.run()).rejects.toThrow(/'env' has 4 actions and needs a number for each, \[N, 4\]; the graph predicts \[N, 5\]/);
  });

  test('gives its Output something else than its loss', async () => {
    const doc = makeDocument({
      env: ['CartPole', { samples: 20 }], fc: ['Dense', { units: 2 }], soft: ['Softmax'], loss: ['PolicyGradientLoss'], optimizer: ['Adam'], output: ['Output'],
    }, ['env.x -> fc.x', 'fc.y -> loss.prediction', 'env.action -> loss.target', 'env.value -> loss.advantage', 'loss.loss -> optimizer.loss', 'fc.y -> soft.x', 'soft.y -> output.x']);
    const { run } = await startRun({ ...(await subject(doc)), backend });
    await expect(run.run()).rejects.toThrow(/'env' is played by what the graph predicts, but its Output is not what the loss judges/);
  });
});
