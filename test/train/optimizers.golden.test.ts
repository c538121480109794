/**
 * Several optimizers in one graph against PyTorch's numbers (test/golden/optimizers.json tells what it did):
 * a GAN in turns and at once, one that rests at every second step, and one loss that two optimizers share.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../../engine/backends/backend.ts';
import { createReferenceBackend } from '../../engine/backends/reference/reference.ts';
import type { GraphDoc } from '../../engine/graph/document.ts';
import type { RunEvent } from '../../engine/protocol.ts';
import { memoryPlatform } from '../data/memory-platform.ts';
import { describeOnBackends } from '../support/backends.ts';
import { trainModel } from '../../engine/train/model.ts';
import { trainingProgram } from '../../engine/train/step.ts';
import { makeDocument } from '../graph/documents.ts';
import { decodeFloats } from '../support/goldens.ts';
import { expectClose } from '../support/oracle.ts';
import { cases, documentOf, type GoldenCase, tensors } from './gan-documents.ts';
import { bitsOf, checked, startRun } from './models.ts';

const dataOf = ({ x, z }: GoldenCase) => ({ x: { train: { y: { shape: x.shape, data: decodeFloats(x) } } }, z: { train: { y: { shape: z.shape, data: decodeFloats(z) } } } });
const settingsOf = ({ steps, x }: GoldenCase) => ({ steps, batchSize: x.shape[0] ?? 0, shuffle: false });

type Step = Extract<RunEvent, { kind: 'step' }>;
const stepsOf = (events: readonly RunEvent[]): readonly Step[] => events.filter((event): event is Step => event.kind === 'step');

await describeOnBackends('several optimizers against PyTorch', (each) => {
  let backend: Backend;
  beforeAll(async () => { backend = await each.create(); });
  afterAll(() => backend.dispose());
  const tolerance = each.name === 'webgpu' ? 1e-4 : 1e-5;

  test.each(cases)('$name', async (golden) => {
    const { run, events } = await startRun({ graph: checked(documentOf(golden)), backend, initWeights: tensors(golden.weights), data: dataOf(golden), settings: settingsOf(golden) });
    expect((await run.run()).outcome).toBe('finished');
    const told = stepsOf(events);
    const first = golden.losses.map((losses) => (losses.length === 3 ? losses[0]! + losses[1]! : losses[0]!));
    const second = golden.losses.map((losses) => losses.at(-1)!);
    expectClose(told.map(({ optimizers }) => optimizers!['one']!.loss), first, tolerance, 'the first optimizer\'s losses');
    expectClose(told.map(({ optimizers }) => optimizers!['two']!.loss), second, tolerance, 'the second optimizer\'s losses');
    expectClose(told.map(({ loss }) => loss), golden.losses.map((losses) => losses.reduce((sum, loss) => sum + loss, 0)), tolerance, 'the losses');
    expect(told.map(({ optimizers }) => [optimizers!['one']!.acted, optimizers!['two']!.acted])).toEqual(told.map((_, i) => golden.every.map((every) => (i + 1) % every === 0)));
    const final = await run.weights();
    const wanted = tensors(golden.final);
    expect(Object.keys(final).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, { data }] of Object.entries(wanted)) expectClose(final[name]?.data ?? [], data, tolerance, name);
    await run.dispose();
  });
});

describe('several optimizers', () => {
  const backend = createReferenceBackend();
  const golden = cases.find(({ norm }) => norm)!;
  const graph = checked(documentOf(golden));
  const start = (more: Partial<Parameters<typeof startRun>[0]> = {}) => startRun({ graph, backend, initWeights: tensors(golden.weights), data: dataOf(golden), ...more, settings: { ...settingsOf(golden), ...more.settings } });

  test('stopped after any step, the run goes on in the same bits: the turns are told by the step alone', async () => {
    const whole = await start({ settings: { steps: 9 } });
    await whole.run.run();
    for (const stopAt of [1, 2, 5]) {
      const { files } = memoryPlatform();
      const part = await start({ files, outFolder: 'out', settings: { steps: stopAt } });
      await part.run.run();
      const rest = await start({ files, outFolder: 'out', resume: 'out', settings: { steps: 9 } });
      await rest.run.run();
      expect(bitsOf(await rest.run.weights())).toEqual(bitsOf(await whole.run.weights()));
    }
  });

  test('a learning rate set by hand is one optimizer\'s, or that of all, and outlives a stop', async () => {
    const { files } = memoryPlatform();
    const { run, events } = await start({ files, outFolder: 'out', settings: { steps: 2 } });
    run.command({ kind: 'learning-rate', value: 0.5, optimizer: 'two' });
    run.command({ kind: 'learning-rate', value: Number.NaN, optimizer: 'one' });
    await run.run();
    const rates = (all: readonly RunEvent[]) => stepsOf(all).map(({ optimizers }) => [optimizers!['one']!.learningRate, optimizers!['two']!.learningRate]);
    expect(rates(events)).toEqual([[0.05, 0.5], [0.05, 0.5]]);
    const rest = await start({ files, outFolder: 'out', resume: 'out', settings: { steps: 4 } });
    rest.run.command({ kind: 'learning-rate', value: 0.01 });
    await rest.run.run();
    expect(rates(rest.events)).toEqual([[0.01, 0.01], [0.01, 0.01]]);
    const unknown = await start({ settings: { steps: 1 } });
    unknown.run.command({ kind: 'learning-rate', value: 1, optimizer: 'three' });
    await unknown.run.run();
    expect(unknown.events.find((event) => event.kind === 'warning')).toMatchObject({ code: 'command-refused' });
    expect(rates(unknown.events)).toEqual([[0.05, 0.2]]);
  });

  test('an epoch tells each loss and what each optimizer minimises', async () => {
    const { run } = await start();
    const { train } = await run.run();
    expect(Object.keys(train!).sort()).toEqual(['loss', 'lossFake.loss', 'lossG.loss', 'lossReal.loss', 'one.loss', 'two.loss']);
    expect(train!['one.loss']).toBeCloseTo(train!['lossFake.loss']! + train!['lossReal.loss']!, 6);
    expect(train!['loss']).toBeCloseTo(train!['one.loss']! + train!['two.loss']!, 6);
  });

  test('each schedule moves its own optimizer', async () => {
    const doc = documentOf(golden);
    const scheduled: GraphDoc = { ...doc, nodes: { ...doc.nodes, half: { type: 'StepSchedule', params: { unit: 'step', stepSize: 1, gamma: 0.5 }, position: { x: 0, y: 0 } } }, edges: { ...doc.edges, half: { from: { node: 'half', port: 'schedule' }, to: { node: 'two', port: 'schedule' } } } };
    const { run, events } = await start({ graph: checked(scheduled), settings: { steps: 3 } });
    await run.run();
    expect(stepsOf(events).map(({ optimizers }) => [optimizers!['one']!.learningRate, optimizers!['two']!.learningRate])).toEqual([[0.05, 0.2], [0.05, 0.1], [0.05, 0.05]]);
  });

  test('over three turns, what no update has changed is computed once: one noise, one batch made of it', () => {
    const three = checked(makeDocument({
      x: ['Input', { shape: [2] }], noise: ['Noise', { shape: [3] }], g: ['Dense', { units: 2 }, { trainedBy: 'b' }], drop: ['Dropout', { rate: 0.5 }], d: ['Dense', { units: 2 }, { trainedBy: 'a' }], stop: ['Detach'], e: ['Dense', { units: 2 }],
      real: ['MSE'], made: ['MSE'], last: ['MSE'], a: ['SGD'], b: ['SGD', { turn: 2 }], c: ['SGD', { turn: 3 }], out: ['Output'],
    }, [
      'noise.y -> g.x', 'g.y -> drop.x', 'x.y -> d.x', 'd.y -> real.prediction', 'x.y -> real.target', 'drop.y -> made.prediction', 'd.y -> made.target',
      'drop.y -> stop.x', 'stop.y -> e.x', 'e.y -> last.prediction', 'x.y -> last.target', 'real.loss -> a.loss', 'made.loss -> b.loss', 'last.loss -> c.loss', 'drop.y -> out.x',
    ]));
    const { program } = trainingProgram(trainModel(three), { x: { y: { shape: [9, 2], dtype: 'f32', scale: 1, shift: 0 } } }, 4);
    // The noise, and the dropout once as it was and once behind the updated generator.
    expect(program.values.filter(({ op }) => op === 'random')).toHaveLength(3);
    expect(program.updates.map(({ state }) => state.attrs.name).sort()).toEqual(['weights.0', 'weights.1', 'weights.2']);
  });

  test('what goes wrong after the first turn is found in the second', async () => {
    const doc = documentOf(cases.find(({ alternating, every, norm }) => alternating && !norm && every[0] === 1)!);
    const wild: GraphDoc = { ...doc, nodes: { ...doc.nodes, one: { ...doc.nodes['one']!, type: 'SGD', params: { learningRate: 100 } } } };
    // What the discriminator sees is large and finite; its update makes the next number too large.
    const weights = Object.fromEntries(Object.entries(tensors(cases[0]!.weights)).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data, (x) => (name === 'd1.fc1.weight' ? x * 1e19 : x)) }]));
    const { run } = await start({ graph: checked(wild), initWeights: weights, settings: { steps: 1 } });
    const { outcome, error } = await run.run();
    expect(outcome).toBe('failed');
    expect(error).toMatchObject({ code: 'loss-not-finite', step: 1, node: expect.stringMatching(/^d3\//) as unknown });
  });
});
