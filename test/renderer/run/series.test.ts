/** Series: they grow without losing a number, and go back when a run goes on from an earlier checkpoint. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../engine/protocol.ts';
import { GrowingSeries, RunNumbers, lowerBound } from '../../../renderer/run/series.ts';

const step = (at: number, loss = at / 10): RunEvent => ({ kind: 'step', step: at, epoch: 1, loss, learningRate: 0.01 });
const epoch = (number: number, at: number): RunEvent => ({ kind: 'epoch', epoch: number, step: at, train: { loss: at, accuracy: 0.5 }, test: { loss: at + 1 }, seconds: 1, samplesPerSecond: 1 });

describe('a growing series', () => {
  it('keeps every number past several doublings', () => {
    const series = new GrowingSeries('loss', 'train', 'step');
    for (let i = 1; i <= 100_000; i++) series.append(i, i % 97);
    expect(series.length).toBe(100_000);
    for (const i of [0, 1023, 1024, 65_535, 65_536, 99_999]) expect([series.x[i], series.y[i]]).toEqual([i + 1, (i + 1) % 97]);
    expect(series.rewinds).toBe(0);
  });

  it('is what a list would be, whatever comes in twice', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 200 }), (steps) => {
      const series = new GrowingSeries('loss', 'train', 'step');
      let expected: number[] = [];
      for (const at of steps) {
        series.append(at, at);
        expected = [...expected.filter((each) => each < at), at];
      }
      expect([...series.x.subarray(0, series.length)]).toEqual(expected);
    }));
  });

  it('finds a place as a search from the start would', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 100 })), fc.integer({ min: -5, max: 105 }), (values, wanted) => {
      const sorted = Float64Array.from(values).sort();
      const found = sorted.findIndex((each) => each >= wanted);
      expect(lowerBound(sorted, sorted.length, wanted)).toBe(found < 0 ? sorted.length : found);
    }));
  });
});

describe('the numbers of a run', () => {
  it('are one series per metric and split', () => {
    const numbers = new RunNumbers();
    for (const event of [step(1), step(2), epoch(1, 2), step(3), step(4), epoch(2, 4)]) numbers.feed(event);
    expect(numbers.all.map(({ name, split, per, length }) => `${name} ${split} ${per} ${length}`)).toEqual(['loss train step 4', 'loss train epoch 2', 'accuracy train epoch 2', 'loss test epoch 2']);
    expect(numbers.epochEnds).toEqual([2, 4]);
    expect(numbers.learningRates.map(({ name, length }) => [name, length])).toEqual([['learning-rate', 4]]);
  });

  it('go back with a run that is resumed from a checkpoint', () => {
    const numbers = new RunNumbers();
    for (const event of [step(1), step(2), epoch(1, 2), step(3), step(4), epoch(2, 4), step(5), step(3, 42)]) numbers.feed(event);
    expect(numbers.epochEnds).toEqual([2]);
    expect(numbers.all.map(({ length }) => length)).toEqual([3, 1, 1, 1]);
    expect(numbers.all[0]?.y[2]).toBe(42);
    expect(numbers.all[0]?.rewinds).toBe(1);
  });
});
