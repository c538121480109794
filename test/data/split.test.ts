/** Validation splits: every sample once, the wanted share, seeded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validationSplit } from '../../engine/data/split.ts';

test('splits are disjoint, complete, ascending and of the wanted size', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 0.99, noNaN: true }), fc.integer(), (samples, share, seed) => {
    const { train, validation } = validationSplit(samples, share, seed);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: samples }, (_, i) => i));
    expect([...train]).toEqual([...train].sort((a, b) => a - b));
    expect([...validation]).toEqual([...validation].sort((a, b) => a - b));
    expect(validation.length).toBe(Math.min(Math.round(samples * share), samples - 1));
  }));
});

test('the seed decides which samples', () => {
  expect(validationSplit(1000, 0.1, 1)).toEqual(validationSplit(1000, 0.1, 1));
  expect(validationSplit(1000, 0.1, 1).validation).not.toEqual(validationSplit(1000, 0.1, 2).validation);
});

test('held-back samples come from everywhere', () => {
  const { validation } = validationSplit(10_000, 0.2, 3);
  const mean = validation.reduce((sum, i) => sum + i, 0) / validation.length;
  // Standard error of the mean of 2000 of 10,000 indices: about 58.
  expect(Math.abs(mean - 4999.5)).toBeLessThan(300);
});

test('a share outside [0, 1) is refused', () => {
  expect(() => validationSplit(10, 1, 0)).toThrow(/share is 1/);
  expect(() => validationSplit(10, Number.NaN, 0)).toThrow(/share is NaN/);
});
