/** The order of samples and the sizes of batches. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allSamples, batchesOf, batchIndex, epochOrder, passBatch } from '../../engine/train/batches.ts';

describe('batches', () => {
  test('a shuffle is a permutation, another one for each seed and epoch', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 50 }), (n, seed, epoch) => {
      const samples = allSamples(n).map((i) => 3 * i);
      const order = epochOrder(samples, true, seed, epoch);
      expect([...order].sort((a, b) => a - b)).toEqual([...samples]);
      expect(epochOrder(samples, true, seed, epoch)).toEqual(order);
      if (n > 30) {
        expect(epochOrder(samples, true, seed, epoch + 1)).not.toEqual(order);
        expect(epochOrder(samples, true, seed + 1, epoch)).not.toEqual(order);
      }
      expect(epochOrder(samples, false, seed, epoch)).toBe(samples);
    }));
  });

  test('every place is as likely for every sample', () => {
    const n = 12;
    const counts = Array.from({ length: n }, () => new Int32Array(n));
    for (let epoch = 0; epoch < 3000; epoch++) epochOrder(allSamples(n), true, 1, epoch).forEach((sample, place) => { const row = counts[place]; if (row !== undefined) row[sample] = (row[sample] ?? 0) + 1; });
    // 250 expected, standard deviation 15; χ² has 121 degrees of freedom, its 99.9 % point is 174.
    const chi = counts.flatMap((row) => [...row]).reduce((sum, count) => sum + (count - 250) ** 2 / 250, 0);
    expect(chi).toBeLessThan(174);
  });

  test('batches cover the order once, the last may be smaller', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 64 }), (n, batch) => {
      const parts = Array.from({ length: batchesOf(n, batch) }, (_, at) => [...batchIndex(allSamples(n), batch, at)]);
      expect(parts.flat()).toEqual([...allSamples(n)]);
      expect(parts.slice(0, -1).every((part) => part.length === batch)).toBe(true);
      expect(parts.at(-1)?.length).toBeGreaterThan(0);
    }));
  });

  test('a pass takes a size that divides where there is one nearby', () => {
    expect(passBatch(10_000, 128)).toBe(125);
    expect(passBatch(66, 32)).toBe(22);
    expect(passBatch(2 * 131, 70)).toBe(131);
    expect(passBatch(2 * 151, 70)).toBe(70);
    expect(passBatch(10_007, 128)).toBe(128);
    expect(passBatch(30, 128)).toBe(30);
    expect(passBatch(1, 128)).toBe(1);
  });
});
