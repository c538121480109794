/** A run from Train to its end, through pauses, stops, refusals and the death of the engine. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sameText } from '../../../engine/text.ts';
import { emptyDocument } from '../../../renderer/document/empty.ts';
import { startI18n } from '../../../renderer/i18n/i18n.ts';
import { canContinue, shareDone, timeLeft } from '../../../renderer/run/run-facts.ts';
import { phaseEvent, startEvent, stepEvent, templateDocument, workbench } from './fixtures.ts';

beforeAll(() => startI18n('en'));

describe('training', () => {
  it('goes through its phases, each with its own clock', async () => {
    const bench = workbench();
    void bench.controls.train();
    await bench.settle();
    const run = bench.runs.getState().current!;
    expect(bench.runs.find(run)?.phase).toBe('starting');
    const request = bench.current().last('train');
    expect(request.params).toMatchObject({ run, backend: 'auto' });
    expect(request.params.doc).toBe(bench.documents.getState().doc);

    bench.current().events(run, phaseEvent('loading', 'mnist'));
    await bench.settle(500);
    expect(bench.runs.currentRun()).toMatchObject({ phase: 'loading', detail: { en: 'mnist' }, phaseSince: 0 });
    bench.current().say({ kind: 'progress', id: request.id, what: sameText('MNIST'), done: 34, total: 100 });
    expect(bench.runs.currentRun()?.progress).toMatchObject({ done: 34, total: 100 });
    bench.current().say({ kind: 'result', id: request.id, result: { parameters: 9, stepsPerEpoch: 100, totalSteps: 300, totalEpochs: 3, stepsDone: 0, classNames: undefined } });
    bench.current().events(run, startEvent(), phaseEvent('compiling'));
    await bench.settle(300);
    expect(bench.runs.currentRun()).toMatchObject({ phase: 'compiling', phaseSince: 500, progress: undefined });

    bench.current().events(run, phaseEvent('training'), stepEvent(1), stepEvent(2));
    await bench.settle(500);
    bench.current().events(run, stepEvent(3), stepEvent(50));
    await bench.settle(500);
    const record = bench.runs.currentRun()!;
    expect(record).toMatchObject({ phase: 'training', step: 50, epoch: 1 });
    // 48 steps of 4 samples in half a second.
    expect(record.samplesPerSecond).toBeCloseTo(384, 5);
    expect(shareDone(record)).toBeCloseTo(50 / 300, 9);
    expect(timeLeft(record)!.all).toBeCloseTo(250 / 96, 5);
    expect(timeLeft(record)!.epoch).toBeCloseTo(50 / 96, 5);
    expect(bench.runs.seriesOf(run)?.all[0]?.length).toBe(4);

    bench.current().events(run, phaseEvent('evaluating'), phaseEvent('saving'), phaseEvent('done'));
    await bench.settle(300);
    expect(bench.runs.currentRun()?.phase).toBe('done');
    expect(bench.claimed.size).toBe(0);
    // What comes late belongs to nobody.
    bench.current().events(run, stepEvent(400));
    await bench.settle(300);
    expect(bench.runs.currentRun()?.step).toBe(50);
  });

  it('asks for half precision where the settings say so, and not otherwise', async () => {
    for (const halfPrecision of [false, true]) {
      const bench = workbench();
      bench.settings.set({ halfPrecision });
      void bench.controls.train();
      await bench.settle();
      expect(bench.current().last('train').params.halfPrecision).toBe(halfPrecision ? true : undefined);
    }
  });

  it('tells plots of new numbers more often than it writes records', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(1));
    await bench.settle(250);
    const { tick } = bench.runs.getState();
    const before = bench.runs.getState().runs;
    bench.current().events(run, stepEvent(2));
    await bench.settle(50);
    bench.current().events(run, stepEvent(3));
    await bench.settle(50);
    expect(bench.runs.getState().tick).toBeGreaterThan(tick + 1);
    expect(bench.runs.getState().runs).toBe(before);
    expect(bench.runs.find(run)?.step).toBe(3);
    await bench.settle(200);
    await bench.settle(200);
    expect(bench.runs.currentRun()?.step).toBe(3);
  });

  it('does not begin with a graph that has errors, and says why', async () => {
    const bench = workbench(emptyDocument());
    await bench.controls.train();
    expect(bench.runs.getState().runs).toEqual([]);
    expect(bench.ui.getState().bottom).toBe('problems');
    expect(bench.ui.getState().toasts[0]?.tone).toBe('danger');
  });

  it('ends in words when the engine refuses', async () => {
    const bench = workbench();
    void bench.controls.train();
    await bench.settle();
    bench.current().say({ kind: 'failure', id: bench.current().last('train').id, error: { code: 'data', text: { en: 'No such data.', zh: '没有数据。' }, node: 'xor' } });
    await bench.settle();
    expect(bench.runs.currentRun()).toMatchObject({ phase: 'failed', error: { text: { en: 'No such data.' }, node: 'xor' } });
  });

  it('shows a loss that is no number as a failure with its node and advice', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(1), { kind: 'error', code: 'loss-not-finite', message: 'NaN at step 2.', text: sameText('NaN at step 2.'), node: 'dense1', step: 2, advice: 'Lower the learning rate.', adviceText: { en: 'Lower the learning rate.', zh: '请降低学习率。' } });
    await bench.settle(300);
    expect(bench.runs.currentRun()).toMatchObject({ phase: 'failed', error: { node: 'dense1', advice: { en: 'Lower the learning rate.', zh: '请降低学习率。' } } });
  });

  it('can be cancelled while it loads', async () => {
    const bench = workbench();
    void bench.controls.train();
    await bench.settle();
    bench.controls.stop();
    await bench.settle();
    expect(bench.current().cancelled).toEqual([bench.current().last('train').id]);
    expect(bench.runs.currentRun()?.phase).toBe('stopped');
  });

  it('stops at a word; asked twice, it ends an engine that does not answer', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(7));
    bench.controls.stop();
    await bench.settle();
    expect(bench.current().last('command').params.command.kind).toBe('stop');
    bench.current().events(run, phaseEvent('training'), stepEvent(8));
    await bench.settle(300);
    expect(bench.runs.currentRun()?.phase).toBe('stopping');
    bench.controls.stop();
    await bench.settle();
    expect(bench.engines[0]?.terminated).toBe(true);
    expect(bench.runs.currentRun()?.phase).toBe('stopped');
    expect(bench.engines).toHaveLength(1);
    expect(canContinue(bench.runs.currentRun()!)).toBe(true);
  });

  it('lets another run take over, and keeps the first one’s curves', async () => {
    const bench = workbench();
    const first = await bench.begin();
    bench.current().events(first, stepEvent(5));
    await bench.settle(300);
    const second = await bench.begin();
    expect(bench.current().of('close').map(({ params }) => params.run)).toContain(first);
    expect(bench.runs.getState().runs.map(({ id, number, phase, color }) => [id, number, phase, color])).toEqual([[first, 1, 'stopped', 0], [second, 2, 'training', 1]]);
    expect(bench.runs.seriesOf(first)?.all[0]?.length).toBe(1);
    await bench.controls.remove(first);
    expect(bench.runs.seriesOf(first)).toBeUndefined();
    expect(bench.current().last('forget').params.run).toBe(first);
  });

  it('hears a learning rate turned by hand, and keeps it over a restart', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(1));
    bench.controls.setLearningRate('adam', 0.5);
    await bench.settle();
    expect(bench.current().last('command').params.command).toEqual({ kind: 'learning-rate', value: 0.5, optimizer: 'adam' });
    bench.current().die('gone');
    await bench.settle();
    const again = bench.current().last('train');
    bench.current().say({ kind: 'result', id: again.id, result: { parameters: 9, stepsPerEpoch: 100, totalSteps: 300, totalEpochs: 3, stepsDone: 0, classNames: undefined } });
    await bench.settle();
    expect(bench.current().last('command').params.command).toEqual({ kind: 'learning-rate', value: 0.5, optimizer: 'adam' });
  });
});

describe('an engine that dies', () => {
  it('is started again, and the run goes on from its last checkpoint', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(1), stepEvent(120));
    await bench.settle(300);
    bench.current().die('out of memory');
    await bench.settle();
    expect(bench.engines).toHaveLength(2);
    expect(bench.current().last('train').params).toMatchObject({ run, resume: true });
    expect(bench.ui.getState().toasts.at(-1)?.message).toContain('out of memory');
    bench.current().events(run, phaseEvent('loading'), startEvent(), phaseEvent('training'), stepEvent(101));
    await bench.settle(300);
    expect(bench.runs.currentRun()).toMatchObject({ phase: 'training', step: 101 });
    expect(bench.runs.seriesOf(run)?.all[0]?.length).toBe(2);
  });

  it('is given up after three times in a row, and then goes on at a word', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(1));
    for (let i = 0; i < 4; i++) {
      bench.current().die('again');
      await bench.settle();
    }
    expect(bench.engines).toHaveLength(4);
    expect(bench.runs.currentRun()).toMatchObject({ phase: 'interrupted', detail: { en: 'again' } });
    bench.ui.getState().toasts.at(-1)?.action?.run();
    await bench.settle();
    expect(bench.engines).toHaveLength(5);
    expect(bench.runs.find(run)?.phase).toBe('starting');
  });

  it('counts anew once there was a checkpoint', async () => {
    const bench = workbench();
    const run = await bench.begin();
    for (let i = 0; i < 6; i++) {
      bench.current().events(run, stepEvent(10 + i), { kind: 'checkpoint', step: 10 + i, path: 'x' });
      bench.current().die('again');
      await bench.settle();
    }
    expect(bench.engines).toHaveLength(7);
  });

  it('begins at the beginning when there was no step yet', async () => {
    const bench = workbench();
    await bench.begin();
    bench.current().die('early');
    await bench.settle();
    expect(bench.current().last('train').params.resume).toBeUndefined();
  });

  it('lets a paused run stay paused', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(5), phaseEvent('paused'));
    await bench.settle(300);
    bench.current().die('gone');
    await bench.settle();
    expect(bench.current().last('train').params).toMatchObject({ resume: true, startPaused: true });
  });

  it('does not take along a run that was stopped meanwhile', async () => {
    const bench = workbench();
    const run = await bench.begin();
    bench.current().events(run, stepEvent(5), phaseEvent('stopped'));
    await bench.settle(300);
    bench.current().die('gone');
    await bench.settle();
    expect(bench.engines).toHaveLength(1);
    expect(bench.runs.find(run)?.phase).toBe('stopped');
  });
});

describe('a run that was cut off', () => {
  const stored = { run: 'run-old', doc: templateDocument(), outcome: 'running' as const, steps: 120, epochs: 1, changedAt: Date.now(), test: undefined, train: { loss: 1 }, device: 'CPU', hasCheckpoint: true };
  const history = [startEvent(), stepEvent(1), stepEvent(120)];

  it('is offered with its curves, and goes on', async () => {
    const bench = workbench(undefined, { runs: [stored], history });
    await bench.controls.restore();
    expect(bench.runs.currentRun()).toMatchObject({ id: 'run-old', phase: 'interrupted', step: 120 });
    expect(bench.runs.seriesOf('run-old')?.all[0]?.length).toBe(2);
    const toast = bench.ui.getState().toasts.at(-1)!;
    expect(toast.message).toContain('120');
    toast.action!.run();
    await bench.settle();
    expect(bench.current().last('train').params).toMatchObject({ run: 'run-old', resume: true });
  });

  it('is left alone where another window trains it', async () => {
    const bench = workbench(undefined, { runs: [stored], history });
    bench.elsewhere.add('run:run-old');
    await bench.controls.restore();
    expect(bench.runs.getState().runs).toEqual([]);
  });

  it('is not asked for twice, and a finished one is not offered', async () => {
    const bench = workbench(undefined, { runs: [{ ...stored, outcome: 'finished' }], history });
    await bench.controls.restore();
    await bench.controls.restore();
    expect(bench.current().of('runs')).toHaveLength(1);
    expect(bench.runs.getState().runs).toEqual([]);
  });
});
