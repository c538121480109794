/** A run behind messages: begun, paused, stepped, asked while it trains, stopped, killed and gone on with. */
import { afterEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../engine/protocol.ts';
import { isPhase, startEngine, template, type TestEngine } from './client.ts';

const digits = (epochs = 3) => template('digits-cnn', { epochs }, { Digits: { trainSamples: 3000, testSamples: 300 } });
const stepsOf = (events: readonly RunEvent[]): number[] => events.flatMap((event) => (event.kind === 'step' ? [event.step] : []));
const picture = (): { shape: number[]; data: Float32Array } => ({ shape: [1, 1, 28, 28], data: Float32Array.from({ length: 784 }, (_, i) => (i % 28 > 12 && i % 28 < 16 ? 1 : 0)) });

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
    const info = await request('info', {});
    expect(info).toMatchObject({ version: 'test', canShareMemory: true });
    expect(messages[0]).toEqual({ kind: 'ready' });

    const reply = await request('train', { run: 'run-1', doc: digits(), backend: 'wasm' });
    expect(reply.stepsPerEpoch * 3).toBe(reply.totalSteps);
    expect(reply.classNames?.length).toBe(10);
    await event('run-1', ({ kind }) => kind === 'step');
    const source = Object.entries(digits().nodes).find(([, node]) => node.type === 'Digits')?.[0] ?? '';
    const answered = await request('predict', { run: 'run-1', inputs: { [source]: picture() } });
    expect(answered.probabilities?.shape).toEqual([1, 10]);
    const times: number[] = [];
    let last = answered.step;
    for (let i = 0; i < 20; i++) {
      const began = performance.now();
      last = (await request('predict', { run: 'run-1', inputs: { [source]: picture() } })).step;
      times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(last).toBeGreaterThan(answered.step);
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(50);
    await event('run-1', isPhase('done'));
    const told = stepsOf(events('run-1'));
    expect(told).toEqual(Array.from({ length: reply.totalSteps }, (_, i) => i + 1));
  }, 60_000);
});
