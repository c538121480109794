/** A run behind messages: begun, paused, stepped, asked while it trains, stopped, killed and gone on with. */
import { cp } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { GraphDoc } from '../../engine/graph/document.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import type { RunEvent } from '../../engine/protocol.ts';
import { findCheckpoint } from '../../engine/train/checkpoint.ts';
import { bitsOf } from '../train/models.ts';
import { isPhase, newFolder, startEngine, template, type TestEngine } from './client.ts';

const DATA = 'digits';
const digits = (epochs = 3): GraphDoc => template('digits-cnn', { epochs }, { Digits: { trainSamples: 3000, testSamples: 300 } });
const source = Object.entries(digits().nodes).find(([, node]) => node.type === 'Digits')?.[0] ?? DATA;
const stepsOf = (events: readonly RunEvent[]): number[] => events.flatMap((event) => (event.kind === 'step' ? [event.step] : []));
const isStep = (least: number) => (event: RunEvent): boolean => event.kind === 'step' && event.step >= least;
const picture = (): { shape: number[]; data: Float32Array } => ({ shape: [1, 1, 28, 28], data: Float32Array.from({ length: 784 }, (_, i) => (i % 28 > 12 && i % 28 < 16 ? 1 : 0)) });
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
const rest = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const engines: TestEngine[] = [];
const engine = (folder?: string): TestEngine => {
  const started = startEngine(folder);
  engines.push(started);
  return started;
};
afterEach(async () => {
  for (const started of engines.splice(0)) await started.end();
});

describe('a run behind messages', () => {
  test('says what it has, trains, and is asked while it trains', async () => {
    const { request, event, events, messages } = engine();
    expect(await request('info', {})).toMatchObject({ version: 'test', canShareMemory: true });
    expect(messages[0]).toEqual({ kind: 'ready' });

    const reply = await request('train', { run: 'run-1', doc: digits(), backend: 'wasm' });
    expect(reply).toMatchObject({ stepsPerEpoch: 47, totalSteps: 141, totalEpochs: 3, stepsDone: 0 });
    expect(reply.classNames?.length).toBe(10);
    await event('run-1', isStep(1));
    const first = await request('predict', { run: 'run-1', inputs: { [source]: picture() } });
    expect(first.probabilities?.shape).toEqual([1, 10]);
    expect(Array.from(first.probabilities?.data ?? []).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    const times: number[] = [];
    let last = first.step;
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      last = (await request('predict', { run: 'run-1', inputs: { [source]: picture() } })).step;
      times.push(performance.now() - began);
      await rest(5);
    }
    // It went on meanwhile, and nobody waited long for an answer.
    expect(last).toBeGreaterThan(first.step);
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(50);
    await event('run-1', isPhase('done'));
    expect(stepsOf(events('run-1'))).toEqual(upTo(141));
    // The start says which device and why, in both languages.
    expect(events('run-1').find(({ kind }) => kind === 'start')).toMatchObject({ backend: 'wasm', why: 'as asked', whyText: { zh: '按您的选择' } });
  }, 60_000);

  test('pauses, makes single steps, takes another learning rate, goes on and stops', async () => {
    const { request, event, events } = engine();
    await request('train', { run: 'run-1', doc: digits(50), backend: 'wasm', startPaused: true });
    await event('run-1', isPhase('paused'));
    expect(stepsOf(events('run-1'))).toEqual([]);
    for (const wanted of [1, 2]) {
      await request('command', { run: 'run-1', command: { kind: 'step' } });
      await event('run-1', isStep(wanted));
    }
    await rest(120);
    expect(stepsOf(events('run-1'))).toEqual([1, 2]);
    await request('command', { run: 'run-1', command: { kind: 'learning-rate', value: 0.0001 } });
    await request('command', { run: 'run-1', command: { kind: 'resume' } });
    const third = await event('run-1', isStep(3));
    // A cosine has hardly begun to fall.
    expect(third.kind === 'step' ? third.learningRate : 0).toBeCloseTo(0.0001, 6);
    await request('command', { run: 'run-1', command: { kind: 'stop' } });
    await event('run-1', isPhase('stopped'));
    const done = stepsOf(events('run-1')).at(-1) ?? 0;
    expect(stepsOf(events('run-1'))).toEqual(upTo(done));
    expect(await request('runs', {})).toMatchObject([{ run: 'run-1', outcome: 'stopped', steps: done, hasCheckpoint: true, device: expect.stringContaining('CPU') }]);
    // What comes late is no error.
    await request('command', { run: 'run-1', command: { kind: 'pause' } });
  }, 60_000);

  test('tells of a thousand steps a second in twenty messages', async () => {
    const { request, event, messages, events } = engine();
    await request('train', { run: 'run-1', doc: template('xor', { epochs: 400 }), backend: 'wasm' });
    const began = performance.now();
    await event('run-1', isPhase('done'));
    const seconds = (performance.now() - began) / 1000;
    const sent = messages.filter(({ kind }) => kind === 'events').length;
    expect(sent).toBeLessThan(20 * seconds + 8);
    expect(stepsOf(events('run-1')).length).toBeGreaterThan(300);
    expect(stepsOf(events('run-1'))).toEqual(upTo(stepsOf(events('run-1')).length));
  }, 60_000);

  test('a newer run stops the former one, which can still be asked; closed, it is opened from its files', async () => {
    const { request, event } = engine();
    await request('train', { run: 'run-1', doc: digits(50), backend: 'wasm' });
    await event('run-1', isStep(5));
    await request('train', { run: 'run-2', doc: digits(50), backend: 'wasm', startPaused: true, initFrom: 'run-1' });
    await event('run-1', isPhase('stopped'));
    const ask = (run: string) => request('predict', { run, inputs: { [source]: picture() } });
    const former = await ask('run-1');
    const latter = await ask('run-2');
    expect(former.step).toBeGreaterThanOrEqual(5);
    expect(latter.step).toBe(0);
    expect(latter.outputs).toEqual(former.outputs);
    await request('close', { run: 'run-1' });
    const reopened = await ask('run-1');
    expect(reopened.step).toBe(former.step);
    expect(reopened.outputs).toEqual(former.outputs);
    await request('forget', { run: 'run-1' });
    await expect(ask('run-1')).rejects.toThrow(/no-such-run/);
    expect((await request('runs', {})).map(({ run }) => run)).toEqual(['run-2']);
    await expect(request('command', { run: 'run-9', command: { kind: 'stop' } })).rejects.toThrow(/run-not-open/);
  }, 60_000);

  test('killed in the middle, it goes on from its checkpoint to the weights of a run that never stopped', async () => {
    const folder = newFolder();
    const doc = template('digits-cnn', { epochs: 3 }, { Digits: { trainSamples: 640, testSamples: 100 } });
    const killed = startEngine(folder);
    await killed.request('train', { run: 'run-1', doc, backend: 'wasm' });
    await killed.event('run-1', (event) => event.kind === 'checkpoint' && event.step === 10);
    await killed.event('run-1', isStep(12));
    // As a killed process leaves it: what the run does from here on is not in the copy. It pauses, so that the copy is of one moment.
    await killed.request('command', { run: 'run-1', command: { kind: 'pause' } });
    await killed.event('run-1', isPhase('paused'));
    const copied = newFolder();
    await cp(folder, copied, { recursive: true });
    await killed.request('command', { run: 'run-1', command: { kind: 'resume' } });
    await killed.event('run-1', isPhase('done'));
    await killed.end();

    const { request, event, events } = engine(copied);
    const [stored] = await request('runs', {});
    expect(stored).toMatchObject({ run: 'run-1', outcome: 'running', hasCheckpoint: true, doc: { name: doc.name } });
    expect(stored?.steps).toBeGreaterThanOrEqual(10);
    expect(stored?.changedAt).toBeGreaterThan(Date.now() - 60_000);
    await expect(request('train', { run: 'run-1', doc, backend: 'wasm' })).rejects.toThrow(/run-exists/);
    const reply = await request('train', { run: 'run-1', doc, backend: 'wasm', resume: true });
    expect(reply.stepsDone).toBe(stored?.steps);
    await event('run-1', isPhase('done'));
    expect(stepsOf(events('run-1'))[0]).toBe(reply.stepsDone + 1);
    // Every step once, whichever of the two wrote it.
    expect(stepsOf(await request('history', { run: 'run-1' }))).toEqual(upTo(30));
    expect((await request('history', { run: 'run-1' })).filter(({ kind }) => kind === 'epoch').length).toBe(3);
    const bits = async (where: string) => bitsOf((await findCheckpoint(nodePlatform.files, `${where}/run-1`)).snapshot.weights);
    expect(await bits(copied)).toEqual(await bits(folder));
  }, 60_000);

  test('being looked into changes nothing: the weights are those of a run that nobody asked, bit for bit', async () => {
    const doc = template('digits-cnn', { epochs: 2 }, { Digits: { trainSamples: 1280, testSamples: 100 } });
    const folder = newFolder();
    const { request, event } = engine(folder);
    const finish = async (run: string, meanwhile: () => Promise<unknown>): Promise<unknown> => {
      await request('train', { run, doc, backend: 'wasm' });
      let done = false;
      const ended = event(run, isPhase('done')).then(() => { done = true; });
      while (!done) await meanwhile();
      await ended;
      return bitsOf((await findCheckpoint(nodePlatform.files, `${folder}/${run}`)).snapshot.weights);
    };
    const left = await finish('run-1', () => rest(20));
    let looks = 0;
    const watched = await finish('run-2', async () => {
      await request('inspect', { run: 'run-2', gradients: true, featureMaps: ['conv1'] });
      await request('predict', { run: 'run-2', inputs: { [source]: picture() } });
      await request('evaluate', { run: 'run-2', split: 'test' });
      looks++;
    });
    expect(looks).toBeGreaterThan(2);
    expect(watched).toEqual(left);
  }, 60_000);

  test('plays in an environment, tells how its episodes went, and is asked for actions and previews meanwhile', async () => {
    const doc = template('cartpole-policy', { epochs: 6 }, { CartPole: { samples: 400 } });
    const node = Object.entries(doc.nodes).find(([, { type }]) => type === 'CartPole')?.[0] ?? '';
    const { request, event, events } = engine();
    const shown = await request('samples', { doc, node, split: 'train', indices: [0, 1, 2] });
    expect(shown).toMatchObject({ total: 400, classNames: ['←', '→'], ports: { x: { shape: [3, 4] }, action: { shape: [3] }, value: { shape: [3] } } });
    expect(await request('train', { run: 'run-1', doc, backend: 'wasm' })).toMatchObject({ stepsPerEpoch: 2, totalEpochs: 6 });
    await event('run-1', isStep(1));
    const answer = await request('predict', { run: 'run-1', inputs: { [node]: { shape: [2, 4], data: new Float32Array(8) } } });
    expect(answer.probabilities?.shape).toEqual([2, 2]);
    await event('run-1', isPhase('done'));
    const epochs = events('run-1').filter(({ kind }) => kind === 'epoch');
    expect(epochs).toHaveLength(6);
    for (const each of epochs) expect(each).toMatchObject({ train: { episode_steps: expect.any(Number), episode_return: expect.any(Number) } });
    expect(await request('evaluate', { run: 'run-1', split: 'train' })).toMatchObject({ samples: 400, classNames: ['←', '→'] });
    await request('inspect', { run: 'run-1', gradients: true });
  }, 60_000);
});
