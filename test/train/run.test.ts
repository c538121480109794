/** The run as its callers see it: events, commands, files, early stopping, failures and lost devices. */
import { describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { sameText, type Text } from '../../engine/text.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import type { RunEvent } from '../../engine/protocol.ts';
import { findCheckpoint } from '../../engine/train/checkpoint.ts';
import { judgeEpoch, NOT_STOPPING } from '../../engine/train/early-stopping.ts';
import { evaluateModel } from '../../engine/train/evaluate.ts';
import { freshSamples } from '../../engine/train/fresh-samples.ts';
import { predict } from '../../engine/train/predict.ts';
import { loadModel } from '../../engine/train/saved-model.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { makeDocument } from '../graph/documents.ts';
import { bitsOf, checked, inputData, ringData, ringDocument, startRun } from './models.ts';

const backend = createReferenceBackend();
const data = inputData(ringData(70), ringData(30, 2));
const graph = checked(ringDocument());
const steps = (events: readonly RunEvent[]): number[] => events.flatMap((event) => (event.kind === 'step' ? [event.step] : []));
const phases = (events: readonly RunEvent[]): string[] => events.flatMap((event) => (event.kind === 'phase' ? [event.phase] : []));

describe('a run', () => {
  test('learns, and tells every step and epoch', async () => {
    const { run, events } = await startRun({ graph, data, backend, why: sameText('a test'), settings: { epochs: 12 } });
    expect([run.stepsPerEpoch, run.totalSteps, run.totalEpochs]).toEqual([5, 60, 12]);
    // fc1 16 + 8, norm 8 + 8, fc2 16 + 2; running statistics are no parameters.
    expect(run.parameters).toBe(58);
    const result = await run.run();
    expect(result).toMatchObject({ outcome: 'finished', steps: 60, epochs: 12 });
    expect(steps(events)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(events[0]).toMatchObject({ kind: 'start', why: 'a test', parameters: 58, trainSamples: 70, testSamples: 30, batchSize: 16, epochs: 12, stepsPerEpoch: 5, seed: 5 });
    const epochs = events.filter((event) => event.kind === 'epoch');
    expect(epochs.map((event) => [event.epoch, event.step])).toEqual(Array.from({ length: 12 }, (_, i) => [i + 1, 5 * (i + 1)]));
    expect(epochs[11]?.test?.['accuracy']).toBeGreaterThan(0.9);
    expect(epochs[11]?.train['loss']).toBeLessThan((epochs[0]?.train['loss'] ?? 0) * 0.8);
    expect(result.test).toEqual(epochs[11]?.test);
    // The epoch's training loss is the mean over samples, so that the last batch of 6 counts less than one of 16.
    const first = events.flatMap((event) => (event.kind === 'step' && event.epoch === 1 ? [event.loss] : []));
    expect(epochs[0]?.train['loss']).toBeCloseTo((16 * ((first[0] ?? 0) + (first[1] ?? 0) + (first[2] ?? 0) + (first[3] ?? 0)) + 6 * (first[4] ?? 0)) / 70, 6);
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  });

  test('ends after so many steps, in the middle of an epoch too, and goes on from there', async () => {
    const { files } = memoryPlatform();
    const { run, events } = await startRun({ graph, data, backend, files, outFolder: 'out', settings: { steps: 7 } });
    expect(await run.run()).toMatchObject({ outcome: 'finished', steps: 7, epochs: 1 });
    expect(events.filter((event) => event.kind === 'epoch').map((event) => [event.epoch, event.step])).toEqual([[1, 5], [2, 7]]);
    const more = await startRun({ graph, data, backend, files, outFolder: 'out', resume: 'out', settings: { steps: 15 } });
    await more.run.run();
    const whole = await startRun({ graph, data, backend, settings: { steps: 15 } });
    await whole.run.run();
    expect(bitsOf(await more.run.weights())).toEqual(bitsOf(await whole.run.weights()));
  });

  test('leaves a folder from which the model is found, evaluated and asked again', async () => {
    const { files } = memoryPlatform();
    const { run } = await startRun({ graph, data, backend, files, outFolder: 'out', settings: { epochs: 6 } });
    const result = await run.run();
    expect([...(await files.list('out'))].sort()).toEqual(['checkpoints', 'graph.netloom', 'log.jsonl', 'run.json', 'weights.safetensors']);
    const log = new TextDecoder().decode(await files.read('out/log.jsonl')).trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
    expect(steps(log)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));

    const model = await loadModel(files, 'out');
    expect(model).toMatchObject({ step: 30, epoch: 6, path: 'out/weights.safetensors', document: graph.doc });
    expect(bitsOf(model.weights)).toEqual(bitsOf(await run.weights()));
    const fromCheckpoint = await loadModel(files, result.checkpoint ?? '');
    expect(bitsOf(fromCheckpoint.weights)).toEqual(bitsOf(model.weights));

    const evaluated = await evaluateModel({ graph, data, backend, weights: model.weights });
    expect(evaluated).toMatchObject({ split: 'test', samples: 30 });
    // Another batch size adds up in another order.
    expect(evaluated.metrics['loss']).toBeCloseTo(result.test?.['loss'] ?? 0, 6);
    expect(evaluated.metrics['accuracy']).toBe(result.test?.['accuracy']);

    const { x, y } = ringData(30, 2);
    const predicted = (await predict({ graph, samples: { x: { y: x } }, backend, weights: model.weights, batchSize: 7 }))['output'];
    expect(predicted?.shape).toEqual([30, 2]);
    const right = Array.from(y.data).filter((label, i) => ((predicted?.data[2 * i + 1] ?? 0) > (predicted?.data[2 * i] ?? 0) ? 1 : 0) === label).length;
    expect(right / 30).toBeCloseTo(result.test?.['accuracy'] ?? 0, 10);
    await expect(evaluateModel({ graph, data, backend, weights: {} })).rejects.toThrow(/lack 'fc1\.weight'/);

    // The folder's document is somebody's file by now: it is read like any other.
    await files.write('out/graph.netloom', '{"format":"netloom","version":1}');
    await expect(loadModel(files, 'out')).rejects.toThrow(/^out\/graph\.netloom: .*name/);
  });

  test('pauses, makes single steps, resumes and stops when it is told to', async () => {
    const seen: number[] = [];
    let paused = 0;
    const { run, events } = await startRun({
      graph, data, backend, settings: { epochs: 4 },
      onEvent: (event) => {
        if (event.kind === 'step') seen.push(event.step);
        if (event.kind !== 'phase' || event.phase !== 'paused') return;
        paused += 1;
        const at = seen.length;
        if (paused <= 3) setTimeout(() => {
          expect(seen.length).toBe(at);
          run.command({ kind: 'step' });
        }, 5);
        else if (paused === 4) run.command({ kind: 'resume' });
      },
    });
    run.command({ kind: 'pause' });
    const result = await run.run();
    expect(paused).toBe(4);
    expect(result.outcome).toBe('finished');
    expect(steps(events)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    // Before the first step, and after each of the three.
    const order = events.flatMap((event): (string | number)[] => (event.kind === 'step' ? [event.step] : event.kind === 'phase' && event.phase === 'paused' ? ['paused'] : []));
    expect(order.slice(0, 7)).toEqual(['paused', 1, 'paused', 2, 'paused', 3, 'paused']);
    const plain = await startRun({ graph, data, backend, settings: { epochs: 4 } });
    await plain.run.run();
    expect(bitsOf(await run.weights())).toEqual(bitsOf(await plain.run.weights()));

    const stopped = await startRun({ graph, data, backend, settings: { epochs: 1000 } });
    setTimeout(() => stopped.run.command({ kind: 'stop' }), 50);
    expect((await stopped.run.run()).outcome).toBe('stopped');
    expect(phases(stopped.events).at(-1)).toBe('stopped');
  });

  test('early stopping goes by the metric that is chosen, or says that there is none of the name', async () => {
    const stop = async (metric: string) => {
      // A rate of 0 improves nothing: it ends with the patience.
      const { run, events } = await startRun({ graph: checked(ringDocument({ optimizer: ['SGD', { learningRate: 0 }], drop: ['Dropout', { rate: 0 }] })), data, backend, settings: { epochs: 9, validationSplit: 0.3, earlyStopping: { patience: 2, minDelta: 0, metric } } });
      const result = await run.run();
      return { result, warned: events.find((event) => event.kind === 'warning') };
    };
    expect(await stop('accuracy')).toMatchObject({ result: { outcome: 'early-stopped' }, warned: undefined });
    expect(await stop('beauty')).toMatchObject({ warned: { code: 'early-stopping-metric', message: expect.stringContaining('accuracy') as unknown } });
    const judge = (metric: string, ...values: readonly number[]) => values.reduce((state, value) => judgeEpoch(state, { train: { loss: 1, [metric]: value } }, { minDelta: 0.05, metric }).state, NOT_STOPPING);
    expect(judge('accuracy', 0.5, 0.6, 0.62)).toMatchObject({ best: 0.6, badEpochs: 1 });
    expect(judge('g.loss', 0.5, 0.6, 0.4)).toMatchObject({ best: 0.4, badEpochs: 0 });
  });

  test('a learning rate that is no number is refused and changes nothing', async () => {
    const { run, events } = await startRun({ graph, data, backend, settings: { epochs: 1 } });
    run.command({ kind: 'learning-rate', value: Number.NaN });
    await run.run();
    expect(events.find((event) => event.kind === 'warning')).toMatchObject({ code: 'command-refused' });
    expect(new Set(events.flatMap((event) => (event.kind === 'step' ? [event.learningRate] : [])))).toEqual(new Set([0.02]));
  });

  test('the same seed gives the same run, without a shuffle the data keeps its order', async () => {
    const bits = async (settings: object): Promise<unknown> => {
      const { run, losses } = await startRun({ graph, data, backend, settings: { epochs: 2, ...settings } });
      await run.run();
      return { losses: losses(), bits: bitsOf(await run.weights()) };
    };
    expect(await bits({})).toEqual(await bits({}));
    expect(await bits({ shuffle: false })).not.toEqual(await bits({}));
  });

  test('starts from given weights, and says which do not fit', async () => {
    const first = await startRun({ graph, data, backend, settings: { epochs: 1 } });
    await first.run.run();
    const weights = await first.run.weights();
    const second = await startRun({ graph, data, backend, initWeights: weights, settings: { epochs: 0 } });
    expect((await second.run.run()).outcome).toBe('finished');
    expect(bitsOf(await second.run.weights())).toEqual(bitsOf(weights));
    const wrong = { 'fc1.weight': { shape: [2, 8], data: new Float32Array(16) }, 'fc9.bias': { shape: [1], data: new Float32Array(1) } };
    await expect(startRun({ graph, data, backend, initWeights: wrong })).rejects.toThrow(/'fc1\.weight' is \[2, 8\], the graph has \[8, 2\]; 'fc9\.bias' is not a weight/);
  });

  test('data that does not fit is refused with the numbers', async () => {
    const short = ringData(20);
    await expect(startRun({ graph, backend, data: inputData({ x: ringData(30).x, y: short.y }) })).rejects.toThrow(/'x\.y' has 30 samples, 'y\.y' has 20/);
    const odd = ringData(20);
    odd.y.data[13] = 2;
    await expect(startRun({ graph, backend, data: inputData(odd) })).rejects.toThrow(/Label 2 of sample 13 in the training data of 'y\.y' is no class: CrossEntropy 'loss' has 2 of them, 0 to 1/);
    await expect(startRun({ graph, backend, data: inputData(ringData(20), odd) })).rejects.toThrow(/in the test data/);
    await expect(startRun({ graph, backend, data: { x: { train: { y: short.x } } } })).rejects.toThrow(/Node 'y' \(Input\) has no training data/);
  });
});

describe('early stopping and validation', () => {
  test('holds samples back, stops without improvement and restores the best weights', async () => {
    const settings = { epochs: 60, validationSplit: 0.3, earlyStopping: { patience: 2, minDelta: 0 } };
    // A large rate makes the validation loss jump, so that patience ends long before the epochs do.
    const noisy = checked(ringDocument({ optimizer: ['Adam', { learningRate: 0.3 }] }));
    const { files } = memoryPlatform();
    const { run, events } = await startRun({ graph: noisy, data, backend, settings, files, outFolder: 'out' });
    const result = await run.run();
    const epochs = events.filter((event) => event.kind === 'epoch');
    expect(events[0]).toMatchObject({ trainSamples: 49 });
    const validation = epochs.map((event) => event.validation?.['loss'] ?? Number.NaN);
    const best = validation.indexOf(Math.min(...validation));
    expect(result.outcome).toBe('early-stopped');
    expect(epochs.length).toBe(best + 1 + 2);
    expect(result.validation?.['loss']).toBe(validation[best]);
    // The weights are those of the best epoch: a run of just so many epochs ends in them.
    const shorter = await startRun({ graph: noisy, data, backend, settings: { ...settings, epochs: best + 1 } });
    await shorter.run.run();
    expect(bitsOf(await run.weights())).toEqual(bitsOf(await shorter.run.weights()));
    // Resuming what has ended ends at once, in the same weights.
    const again = await startRun({ graph: noisy, data, backend, settings, files, outFolder: 'out', resume: 'out' });
    expect((await again.run.run()).outcome).toBe('early-stopped');
    expect(bitsOf(await again.run.weights())).toEqual(bitsOf(await run.weights()));
  });

  test('fresh samples come in each epoch, but the validation rows stay', async () => {
    const asked: number[] = [];
    const { run } = await startRun({
      graph, data, backend, settings: { epochs: 3, validationSplit: 0.5 },
      refresh: async (epoch) => {
        asked.push(epoch);
        const fresh = ringData(70, 100 + epoch);
        return { x: { y: fresh.x }, y: { y: fresh.y } };
      },
    });
    await run.run();
    expect(asked).toEqual([1, 2]);
    const without = await startRun({ graph, data, backend, settings: { epochs: 3, validationSplit: 0.5 } });
    await without.run.run();
    expect(bitsOf(await run.weights())).not.toEqual(bitsOf(await without.run.weights()));
    const rows = (first: number) => ({ x: { y: { shape: [4, 2], data: Float32Array.from({ length: 8 }, (_, i) => first + i) } } });
    expect(freshSamples(rows(0), rows(100), Int32Array.of(1, 3))['x']?.['y']?.data).toEqual(Float32Array.of(100, 101, 2, 3, 104, 105, 6, 7));
    await expect(startRun({ graph, data, backend, settings: { epochs: 2 }, refresh: async () => ({ x: { y: ringData(30).x } }) }).then(({ run: other }) => other.run())).rejects.toThrow(/must have the shape/);
  });

  test('reduce on plateau lowers the rate while training', async () => {
    const flat = checked(ringDocument({ optimizer: ['SGD', { learningRate: 1e-6 }], plateau: ['PlateauSchedule', { patience: 0, factor: 0.5 }] }, ['plateau.schedule -> optimizer.schedule']));
    const { run, events } = await startRun({ graph: flat, data, backend, settings: { epochs: 4, validationSplit: 0.3 } });
    await run.run();
    const rates = [1, 6, 11, 16].map((step) => events.find((event) => event.kind === 'step' && event.step === step)).map((event) => (event?.kind === 'step' ? event.learningRate : 0));
    expect(rates[0]).toBe(1e-6);
    expect(rates.at(-1)).toBeLessThan(1e-6);
  });
});

describe('failures', () => {
  test('a loss that explodes stops the run with the step, the node and advice', async () => {
    const wild = checked(ringDocument({ norm: ['Dense', { units: 8 }], loss: ['MSE'], act: ['ReLU'], y: ['Input', { name: 't', shape: [2] }], accuracy: ['RMSE'], optimizer: ['SGD', { learningRate: 100 }] }));
    const targets = { shape: [70, 2], data: new Float32Array(140).fill(3) };
    const { run, events } = await startRun({ graph: wild, data: inputData({ x: ringData(70).x, y: targets }), backend, settings: { epochs: 20 } });
    const result = await run.run();
    expect(result.outcome).toBe('failed');
    const lastStep = steps(events).at(-1) ?? 0;
    expect(result.error).toMatchObject({ code: 'loss-not-finite', step: lastStep + 1 });
    expect(['fc1', 'norm', 'fc2', 'loss', 'act', 'drop']).toContain(result.error?.node);
    expect(result.error?.message).toContain(`step ${lastStep + 1}`);
    expect(result.error?.advice).toMatch(/learning rate/i);
    expect(events.at(-1)).toMatchObject({ kind: 'error', code: 'loss-not-finite' });
  });

  test('weights that overflow in an update never become a checkpoint', async () => {
    const { files } = memoryPlatform();
    // One step an epoch: the loss in front of the update is finite, about 1e37, the weights behind it are not.
    const wild = checked(makeDocument(
      { x: ['Input', { shape: [2] }], y: ['Input', { name: 't', shape: [1] }], fc: ['Dense', { units: 1 }], loss: ['MSE'], sgd: ['SGD', { learningRate: 100 }] },
      ['x.y -> fc.x', 'fc.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> sgd.loss'],
    ));
    const far = { x: { shape: [4, 2], data: new Float32Array(8).fill(5e18) }, y: { shape: [4, 1], data: new Float32Array(4) } };
    const initWeights = { 'fc.weight': { shape: [1, 2], data: Float32Array.of(0.3, 0.3) } };
    const { run } = await startRun({ graph: wild, data: inputData(far), backend, files, outFolder: 'out', initWeights, settings: { epochs: 20, batchSize: 4 } });
    const { outcome, error } = await run.run();
    expect(outcome).toBe('failed');
    expect(error?.node).toBe('fc');
    expect(error?.message).toMatch(/went wrong after step \d+: '(weight|bias)' of Dense '\w+' holds (-?Infinity|NaN) since the update of step \d+/);
    const { snapshot } = await findCheckpoint(files, 'out');
    expect(Object.values(snapshot.weights).every(({ data: values }) => values.every(Number.isFinite))).toBe(true);
    expect(snapshot.state.step).toBeLessThan(error?.step ?? 0);
  });

  test('NaN in the data names the source, numbers that grow beyond float32 the node where they do', async () => {
    const points = ringData(70);
    (points.x.data as Float32Array)[90] = Number.NaN;
    const dirty = await startRun({ graph, data: inputData(points), backend, settings: { shuffle: false } });
    // Sample 45 is in the third batch of 16.
    expect((await dirty.run.run()).error).toMatchObject({ node: 'x', step: 3, advice: expect.stringContaining('data') as string });

    // Squared again and again: 1e20, then 1e40, which is beyond float32.
    const squares = ['x', 's1', 's2', 's3'].flatMap((from, i) => [`${from}.y -> s${i + 1}.xs`, `${from}.y -> s${i + 1}.xs`]);
    const overflow = checked(makeDocument(
      { x: ['Input', { shape: [2] }], y: ['Input', { name: 't', shape: [], dtype: 'i32', classes: 2 }], s1: ['Multiply'], s2: ['Multiply'], s3: ['Multiply'], s4: ['Multiply'], fc: ['Dense', { units: 2 }], loss: ['CrossEntropy'], sgd: ['SGD'] },
      [...squares, 's4.y -> fc.x', 'fc.y -> loss.prediction', 'y.y -> loss.target', 'loss.loss -> sgd.loss'],
    ));
    const huge = ringData(70);
    (huge.x.data as Float32Array)[7] = 1e10;
    const { error } = await (await startRun({ graph: overflow, data: inputData(huge), backend, settings: { shuffle: false } })).run.run();
    expect(error).toMatchObject({ node: 's2', step: 1, advice: expect.stringContaining('grew beyond float32') as string });
  });

  /** The reference, whose device is lost during its n-th call. */
  function losing(after: number): Backend {
    const inner = createReferenceBackend();
    let lose: (reason: Text) => void = () => {};
    let calls = 0;
    return {
      ...inner, device: 'a GPU that falls off', lost: new Promise((resolve) => { lose = resolve; }),
      compile: async (plan, states) => {
        const executable = await inner.compile(plan, states);
        return {
          ...executable,
          run: async (feeds) => {
            if (++calls < after) return executable.run(feeds);
            setTimeout(() => lose({ en: 'unplugged', zh: '被拔掉' }), 10);
            throw new Error('device is lost');
          },
        };
      },
    };
  }

  test('a lost device is replaced and the run goes on to the same end', async () => {
    const whole = await startRun({ graph, data, backend });
    await whole.run.run();
    for (const after of [1, 3, 4, 8]) {
      const reasons: string[] = [];
      const { run, events } = await startRun({ graph, data, backend: losing(after), onDeviceLost: async (reason) => {
        reasons.push(reason.en);
        return backend;
      } });
      expect((await run.run()).outcome).toBe('finished');
      expect(reasons).toEqual(['unplugged']);
      expect(events.some((event) => event.kind === 'warning' && event.code === 'device-lost')).toBe(true);
      expect(bitsOf(await run.weights())).toEqual(bitsOf(await whole.run.weights()));
    }
  });

  test('a learning rate that was set by hand outlives the device', async () => {
    const rates: number[] = [];
    const { run } = await startRun({
      graph, data, backend: losing(10), onDeviceLost: async () => backend,
      // One step at a time, so that the device is lost in the middle of an epoch on every machine.
      chunkMs: () => 1e-6,
      onEvent: (event) => {
        if (event.kind !== 'step') return;
        rates.push(event.learningRate);
        if (event.step === 1) run.command({ kind: 'learning-rate', value: 0.001 });
      },
    });
    expect((await run.run()).outcome).toBe('finished');
    expect(rates[0]).toBe(0.02);
    expect(rates.at(-1)).toBe(0.001);
    // Some steps are made twice, the second time at the rate that is wanted now.
    expect(rates.length).toBeGreaterThan(15);
    expect(new Set(rates.slice(5))).toEqual(new Set([0.001]));
  });

  test('without a replacement a lost device ends the run and says how to go on', async () => {
    const { run, events } = await startRun({ graph, data, backend: losing(3), files: memoryPlatform().files, outFolder: 'out', settings: { checkpointEverySteps: 1 } });
    const result = await run.run();
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'device-lost' } });
    expect(result.error?.advice).toContain('out/checkpoints/step-');
    expect(events.at(-1)).toMatchObject({ kind: 'error', code: 'device-lost' });
  });
});
