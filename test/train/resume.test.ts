/** A run can always go on: stopped, killed at any write, with damaged files or another learning rate, it ends in the same bits. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import type { FileStore } from '../../engine/platform/platform.ts';
import { CheckpointError, findCheckpoint } from '../../engine/train/checkpoint.ts';
import type { RunOptions, RunSettings } from '../../engine/train/run-contract.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { describeOnBackends, testBackends } from '../support/backends.ts';
import { makeDocument } from '../graph/documents.ts';
import { bitsOf, checked, inputData, ringData, ringDocument, startRun } from './models.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';

// 70 samples in batches of 16: five steps an epoch, the last of six samples.
const data = inputData(ringData(70), ringData(30, 2));
const graph = checked(ringDocument());
const settings: Partial<RunSettings> = { epochs: 3, checkpointEverySteps: 2 };

/** A whole run, stopped for the first time after the event of step `stopAt`. */
async function runInParts(backend: Backend, stopsAt: readonly number[], files: FileStore = memoryPlatform().files, more: Partial<RunSettings> = {}, subject: Pick<RunOptions, 'graph' | 'data'> = { graph, data }) {
  const losses: number[] = [];
  let resume: string | undefined;
  for (const stopAt of [...stopsAt, Infinity]) {
    const { run } = await startRun({
      ...subject, backend, files, outFolder: '/run', settings: { ...settings, ...more }, ...(resume === undefined ? {} : { resume }),
      onEvent: (event) => {
        if (event.kind !== 'step') return;
        losses.push(event.loss);
        if (event.step >= stopAt) run.command({ kind: 'stop' });
      },
    });
    const result = await run.run();
    resume = '/run';
    const weights = await run.weights();
    await run.dispose();
    if (stopAt === Infinity || result.outcome !== 'stopped') return { weights, losses, result };
  }
  throw new Error('unreachable');
}

await describeOnBackends('resuming', (each) => {
  let backend: Backend;
  beforeAll(async () => { backend = await each.create(); });

  test('a run in parts is the run in one, bit for bit', async () => {
    const whole = await runInParts(backend, []);
    expect(whole.losses).toHaveLength(15);
    // A software GPU takes seconds to compile a step: one break there, breaks of every kind (within an epoch and at its end) on the CPU.
    const parts = await runInParts(backend, each.name === 'webgpu' ? [7] : [1, 5, 8, 13]);
    expect(parts.losses).toEqual(whole.losses);
    expect(bitsOf(parts.weights)).toEqual(bitsOf(whole.weights));
    expect(parts.result.train).toEqual(whole.result.train);
    expect(parts.result.test).toEqual(whole.result.test);
    // A comparison that could not fail would prove nothing: other seeds give other weights.
    if (each.name !== 'webgpu') expect(bitsOf((await runInParts(backend, [], undefined, { seed: 6 })).weights)).not.toEqual(bitsOf(whole.weights));
  });
  // One number of threads stands for all: that they give the same bits is tested below.
}, (name) => name !== 'wasm, 1 thread' && name !== 'wasm, 4 threads');

/** Pictures that are turned, blanked and mixed anew at each step, and noise beside them. */
const augmented = {
  graph: checked(makeDocument({
    x: ['Input', { shape: [1, 4, 4] }], y: ['Input', { name: 'label', shape: [], dtype: 'i32', classes: 2 }], warp: ['RandomAffine'], hole: ['Cutout', { size: 2 }], mix: ['Mixup'], targets: ['MixTargets'],
    flat: ['Flatten'], noise: ['Noise', { shape: [3] }], both: ['Concat'], fc: ['Dense', { units: 2 }], loss: ['CrossEntropy'], accuracy: ['Accuracy'], adam: ['Adam'], output: ['Output'],
  }, [
    'x.y -> warp.x', 'warp.y -> hole.x', 'hole.y -> mix.x', 'y.y -> targets.target', 'mix.share -> targets.share', 'mix.y -> flat.x', 'flat.y -> both.xs', 'noise.y -> both.xs', 'both.y -> fc.x', 'fc.y -> loss.prediction',
    'targets.y -> loss.target', 'loss.loss -> adam.loss', 'fc.y -> accuracy.prediction', 'y.y -> accuracy.target', 'fc.y -> output.x',
  ])),
  data: (() => {
    const pictures = (count: number) => ({ x: { shape: [count, 1, 4, 4], data: Float32Array.from({ length: 16 * count }, (_, i) => Math.sin(i * i)) }, y: { shape: [count], data: Int32Array.from({ length: count }, (_, i) => (i * i) % 3 % 2) } });
    return inputData(pictures(70), pictures(30));
  })(),
};

test('a run with augmentation goes on with the same bits, on any number of threads', async () => {
  const backends = (await testBackends()).filter(({ name, skipped }) => name !== 'webgpu' && skipped === undefined);
  const results = [];
  for (const each of backends) {
    const backend = await each.create();
    const run = (stops: readonly number[], seed = 5) => runInParts(backend, stops, undefined, { seed }, augmented);
    const whole = await run([]);
    const parts = await run([1, 5, 8, 13]);
    expect(parts.losses).toEqual(whole.losses);
    expect(bitsOf(parts.weights)).toEqual(bitsOf(whole.weights));
    expect(parts.result.test).toEqual(whole.result.test);
    expect(bitsOf((await run([], 6)).weights)).not.toEqual(bitsOf(whole.weights));
    if (each.name.startsWith('wasm')) results.push(bitsOf(whole.weights));
    await backend.dispose();
  }
  for (const result of results) expect(result).toEqual(results[0]);
});

test('the CPU backend gives the same bits with any number of threads', async (context) => {
  const available = (await testBackends()).filter((each) => each.name.startsWith('wasm') && each.skipped === undefined);
  if (available.length < 2) context.skip('needs the CPU backend with several numbers of threads');
  const results = [];
  for (const each of available) {
    const backend = await each.create();
    const { weights, losses } = await runInParts(backend, []);
    results.push({ losses, bits: bitsOf(weights) });
    await backend.dispose();
  }
  for (const result of results) expect(result).toEqual(results[0]);
});

/** Dies at its n-th writing operation; a torn write leaves half a file if the store is not atomic. */
function mortal(files: FileStore, dieAt: number): { readonly files: FileStore; readonly died: () => boolean } {
  let operations = 0;
  let dead = false;
  const step = async (write: () => Promise<void>): Promise<void> => {
    if (dead || ++operations >= dieAt) {
      dead = true;
      throw new Error('killed');
    }
    await write();
  };
  return {
    died: () => dead,
    files: {
      ...files,
      write: (path, bytes) => step(() => files.write(path, bytes)),
      append: async (path, bytes) => step(() => files.append(path, bytes)).catch(async (error: unknown) => {
        await files.append(path, bytes.slice(0, bytes.length >> 1));
        throw error;
      }),
      remove: (path) => step(() => files.remove(path)),
      rename: (from, to) => step(() => files.rename(from, to)),
    },
  };
}

describe('checkpoints', () => {
  const backend = createReferenceBackend();

  test('killed at any write, the run goes on and ends in the same weights', async () => {
    const wanted = bitsOf((await runInParts(backend, [])).weights);
    let died = 0;
    for (let dieAt = 2; ; dieAt += 3) {
      const store = memoryPlatform().files;
      const { files, died: isDead } = mortal(store, dieAt);
      const first = await startRun({ graph, data, backend, files, outFolder: '/run', settings });
      await first.run.run().catch((error: unknown) => expect((error as Error).message).toBe('killed'));
      if (!isDead()) break;
      died += 1;
      const hasCheckpoint = (await store.list('/run/checkpoints')).some((name) => name.endsWith('.json') && name.startsWith('step'));
      const second = await startRun({ graph, data, backend, files: store, outFolder: '/run', settings, ...(hasCheckpoint ? { resume: '/run' } : {}) });
      expect((await second.run.run()).outcome).toBe('finished');
      expect(bitsOf(await second.run.weights())).toEqual(wanted);
    }
    expect(died).toBeGreaterThan(15);
  });

  test('a damaged checkpoint is refused with its digest, and the one before it is used', async () => {
    const { files, stored } = memoryPlatform();
    await runInParts(backend, [], files);
    const newest = (await files.list('/run/checkpoints')).filter((name) => /^step-\d+\.json$/.test(name)).sort().at(-1) ?? '';
    const stem = newest.replace('.json', '');
    const tensors = [...stored.keys()].find((name) => name.includes(stem) && name.endsWith('.safetensors')) ?? '';
    const bytes = stored.get(tensors) ?? new Uint8Array();
    bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
    const refused: string[] = [];
    const found = await findCheckpoint(files, '/run', (error) => refused.push(error.message));
    expect(found.snapshot.state.step).toBe(14);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(/SHA-256 digest [0-9a-f]{64}, wanted is [0-9a-f]{64}/);
    await expect(findCheckpoint(files, `/run/checkpoints/${newest}`)).rejects.toThrow(CheckpointError);

    // The JSON itself: one digit of the state, then cut off, then gone.
    const earlier = `/run/checkpoints/step-000000014.json`;
    const text = new TextDecoder().decode(stored.get(earlier));
    await files.write(earlier, text.replace('"step":14', '"step":13'));
    await expect(findCheckpoint(files, earlier)).rejects.toThrow(/damaged/);
    await files.write(earlier, text.slice(0, -20));
    await expect(findCheckpoint(files, earlier)).rejects.toThrow(/not whole JSON/);
    await files.remove(earlier);
    expect((await findCheckpoint(files, '/run')).snapshot.state.step).toBe(12);
    await expect(findCheckpoint(files, '/nowhere')).rejects.toThrow('There is no checkpoint in /nowhere');
  });

  test('only a few checkpoints stay', async () => {
    const { files } = memoryPlatform();
    await runInParts(backend, [], files);
    const names = await files.list('/run/checkpoints');
    expect(names.filter((name) => name.endsWith('.safetensors'))).toHaveLength(3);
    expect(names.filter((name) => /^step-.*json$/.test(name)).sort()).toEqual(['step-000000012.json', 'step-000000014.json', 'step-000000015.json']);
  });

  test('a learning rate set while running is in the checkpoint', async () => {
    const half = async (stops: readonly number[]) => {
      const { files } = memoryPlatform();
      const rates: number[] = [];
      let resume: string | undefined;
      for (const stopAt of [...stops, Infinity]) {
        const { run } = await startRun({
          graph, data, backend, files, outFolder: '/run', settings, ...(resume === undefined ? {} : { resume }),
          onEvent: (event) => {
            if (event.kind !== 'step') return;
            rates.push(event.learningRate);
            // Only what is heard between chunks counts; checkpoints every two steps end a chunk here.
            if (event.step === 4) run.command({ kind: 'learning-rate', value: 0.001 });
            if (event.step >= stopAt) run.command({ kind: 'stop' });
          },
        });
        await run.run();
        resume = '/run';
        if (stopAt === Infinity) return { rates, bits: bitsOf(await run.weights()) };
      }
      throw new Error('unreachable');
    };
    const whole = await half([]);
    expect(whole.rates.slice(0, 4)).toEqual([0.02, 0.02, 0.02, 0.02]);
    expect(new Set(whole.rates.slice(4))).toEqual(new Set([0.001]));
    expect(await half([6, 11])).toEqual(whole);
  });

  test('a resumed run may be longer, keeps its own seed and says so', async () => {
    const { files } = memoryPlatform();
    const short = await startRun({ graph, data, backend, files, outFolder: '/run', settings: { epochs: 1 } });
    await short.run.run();
    const longer = await startRun({ graph, data, backend, files, outFolder: '/run', resume: '/run', settings: { epochs: 3, seed: 99 } });
    expect(longer.run.stepsDone).toBe(5);
    expect((await longer.run.run()).epochs).toBe(3);
    expect(longer.events.find((event) => event.kind === 'warning')).toMatchObject({ code: 'resume-settings', message: expect.stringContaining('seed 5 (asked for was 99)') as string });
    expect(bitsOf(await longer.run.weights())).toEqual(bitsOf((await runInParts(backend, [])).weights));
  });

  test('a checkpoint of another graph, optimizer or data is refused in words', async () => {
    const { files } = memoryPlatform();
    await runInParts(backend, [], files);
    const start = (changes: Parameters<typeof ringDocument>[0], samples = data) => startRun({ graph: checked(ringDocument(changes)), data: samples, backend, files, outFolder: '/run', resume: '/run', settings });
    await expect(start({ fc1: ['Dense', { units: 9 }] })).rejects.toThrow(/'fc1\.weight' is \[8, 2\], the graph has \[9, 2\]/);
    await expect(start({ optimizer: ['Adadelta'] })).rejects.toThrow(/has no 'updates' of the optimizer/);
    await expect(start({}, inputData(ringData(40)))).rejects.toThrow(/an epoch has 3 steps/);
  });
});
