/** What the panels compute of an evaluation, of distributions and of ranges. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Distribution, EvaluateReply, InspectReply } from '../../../engine/protocol.ts';
import { accuracy, confusionOf, mistakes, mostWrong, precision, recall, samplesOf } from '../../../renderer/inspect/confusion.ts';
import { largestDifference } from '../../../renderer/inspect/difference.ts';
import { DistributionHistory, spread } from '../../../renderer/inspect/distribution-history.ts';
import { Latest } from '../../../renderer/inspect/latest.ts';
import { extentOf, ticks } from '../../../renderer/inspect/plane-points.ts';

const reply = (targets: readonly number[], classes: readonly number[], losses: readonly number[], classCount = 3): EvaluateReply => ({
  split: 'test', samples: targets.length, step: 1, metrics: {}, losses: Float32Array.from(losses), targets: Int32Array.from(targets), classes: Int32Array.from(classes),
  confidences: Float32Array.from(targets, (_, i) => 1 - i / 100), classNames: undefined, classCount,
});

describe('the confusion matrix', () => {
  const judged = reply([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 2], [0.1, 0.2, 3, 0.4, 2, 0.1]);
  const confusion = confusionOf(judged)!;
  test('counts true classes in rows', () => {
    expect([...confusion.counts]).toEqual([2, 1, 0, 1, 1, 0, 0, 0, 1]);
    expect(recall(confusion, 0)).toBeCloseTo(2 / 3);
    expect(precision(confusion, 1)).toBeCloseTo(1 / 2);
    expect(accuracy(confusion)).toBeCloseTo(4 / 6);
  });
  test('opens the samples of a cell, the surest first; lists the most wrong', () => {
    expect(samplesOf(judged, 0, 0)).toEqual([0, 1]);
    expect(mostWrong(judged, true)).toEqual([2, 4]);
    expect(mostWrong(judged, false)[0]).toBe(2);
    expect(mistakes(confusion)).toEqual([{ target: 0, predicted: 1, count: 1 }, { target: 1, predicted: 0, count: 1 }]);
  });
  test('is absent for a regression', () => {
    const { targets: _targets, ...rest } = judged;
    expect(confusionOf(rest)).toBeUndefined();
  });
  test('every sample is in one cell', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))), (pairs) => {
      const all = confusionOf(reply(pairs.map(([a]) => a), pairs.map(([, b]) => b), pairs.map(() => 0), 5))!;
      expect(all.counts.reduce((sum, count) => sum + count, 0)).toBe(pairs.length);
      expect(all.rows.reduce((sum, count) => sum + count, 0)).toBe(pairs.length);
    }));
  });
});

describe('distributions', () => {
  const distribution = (min: number, max: number, bins: readonly number[]): Distribution => ({ count: bins.reduce((a, b) => a + b, 0), mean: 0, std: 1, min, max, zeros: 0, bins: Uint32Array.from(bins) });
  test('spread over a common range keep their mass', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (bins, rows) => {
      if (bins.every((count) => count === 0)) return;
      const shares = spread([{ step: 1, distribution: distribution(-1, 2, bins) }], rows, -3, 5);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
    }));
  });
  test('of one value alone stand in one row, the largest on top', () => {
    expect([...spread([{ step: 1, distribution: distribution(3, 3, [7]) }], 4, 0, 4)]).toEqual([1, 0, 0, 0]);
    expect([...spread([{ step: 1, distribution: distribution(3, 3, [7]) }], 3, 3, 3)]).toEqual([0, 1, 0]);
  });
  test('are thinned when there are many, and a resumed run takes the place of what it does again', () => {
    const history = new DistributionHistory();
    const at = (step: number): InspectReply => ({ step, activations: { a: distribution(0, step, [1]) }, weights: {}, gradients: {}, featureMaps: {}, kernels: {}, input: undefined });
    for (let step = 1; step <= 1000; step++) history.add('run', at(step));
    const steps = history.moments('activations', 'a').map((moment) => moment.step);
    expect(steps.length).toBeLessThanOrEqual(240);
    expect([steps[0], steps.at(-1)]).toEqual([1, 1000]);
    history.add('run', at(500));
    expect(history.moments('activations', 'a').at(-1)?.step).toBe(500);
    history.add('other', at(3));
    expect(history.moments('activations', 'a').length).toBe(1);
  });
});

test('the newest question is asked, those in between are not', async () => {
  const asked: number[] = [];
  const release: (() => void)[] = [];
  const answers: number[] = [];
  const latest = new Latest((question: number) => new Promise<number>((resolve) => { asked.push(question); release.push(() => resolve(question)); }), (answer) => answers.push(answer), () => {});
  for (const question of [1, 2, 3, 4]) latest.ask(question);
  release[0]!();
  await new Promise((resolve) => setTimeout(resolve));
  release[1]!();
  await new Promise((resolve) => setTimeout(resolve));
  expect(asked).toEqual([1, 4]);
  expect(answers).toEqual([1, 4]);
});

test('a difference is relative to the largest number; what cannot be compared is infinitely far', () => {
  expect(largestDifference([1, 2.5], [1, 2])).toEqual({ absolute: 0.5, relative: 0.25 });
  expect(largestDifference([1], [1, 2]).relative).toBe(Infinity);
  expect(largestDifference([Number.NaN], [1]).relative).toBe(Infinity);
});

test('ticks are round numbers within the range', () => {
  expect(ticks({ min: -1.1, max: 2.3 }, 4)).toEqual([-1, 0, 1, 2]);
  fc.assert(fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (min, width) => {
    const found = ticks({ min, max: min + width }, 5);
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(found.length).toBeLessThanOrEqual(12);
  }));
  expect(extentOf([5], 1, 0)).toEqual({ min: 5 - 0.12, max: 5 + 0.12 });
});
