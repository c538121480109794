/** The random generator: fixed known bits (computed apart, in Python), and the statistics that dropout, noise and initialisers rely on. */
import { describe, expect, test } from 'vitest';
import { drawRandom, mix, randomBits, randomKeys, randomNormal } from '../../engine/tensor/random.ts';
import { Builder } from '../../engine/tensor/builder.ts';
import { evaluateValue } from '../support/oracle.ts';

describe('known values', () => {
  test('the mixer', () => {
    expect([0, 1, 0xffffffff, 0x12345678].map((x) => mix(x) >>> 0)).toEqual([0, 1364076727, 2180083513, 3816608188]);
  });
  const draws = [
    { seed: 0, step: 0, stream: 0, bits: [434819423, 3379801365, 170233984, 2203360778], normals: [0.49205415002438974, 1.2066048479359859] },
    { seed: 1, step: 2, stream: 3, bits: [2322167299, 738628865, 508657580, 621278002], normals: [0.5221627034618339, -0.3969501966814281] },
    { seed: -5, step: 7, stream: 4000000000, bits: [269414526, 40456840, 2557883472, 3429770061], normals: [2.3491529020552724, 0.7191889187729462] },
  ];
  for (const { seed, step, stream, bits, normals } of draws) {
    test(`seed ${seed}, step ${step}, stream ${stream}`, () => {
      const keys = randomKeys(seed, step, stream);
      expect([0, 1, 2, 0xffffffff].map((i) => randomBits(keys, i) >>> 0)).toEqual(bits);
      const uniform = drawRandom('uniform', 3, seed, step, stream);
      expect([...uniform]).toEqual(bits.slice(0, 3).map((n) => (n >>> 8) / 2 ** 24));
      expect([...uniform].map(Math.fround)).toEqual([...uniform]);
      for (const [i, normal] of normals.entries()) expect(randomNormal(keys, i)).toBeCloseTo(normal, 14);
    });
  }
  test('the op gives the same numbers, by row-major index, and wraps a seed beyond 32 bits as the devices do', () => {
    const b = new Builder();
    const [seed, step] = [b.input('seed', [], 'i32'), b.input('step', [], 'i32')];
    const value = b.random([2, 3], 'normal', 3, seed, step);
    expect(evaluateValue(value, { seed: 1, step: 2 })).toEqual(drawRandom('normal', 6, 1, 2, 3));
    expect(evaluateValue(value, { seed: 2 ** 32 + 1, step: 2 })).toEqual(drawRandom('normal', 6, 1, 2, 3));
    expect(() => b.random([2], 'normal', 3, step, b.input('f', []))).toThrow('random needs its step as an i32 scalar, got f32[]');
  });
});

describe('statistics over 100,000 numbers', () => {
  const count = 100_000;
  const mean = (items: Float64Array, of: (x: number) => number = (x) => x): number => items.reduce((sum, x) => sum + of(x), 0) / items.length;
  /** Standard errors of the mean below: 4.5 of them fail once in 100,000 draws, and the draw is fixed. */
  const sigmas = 4.5 / Math.sqrt(count);

  test('uniform numbers fill [0, 1) evenly', () => {
    const u = drawRandom('uniform', count, 42, 1, 5);
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(sigmas * Math.sqrt(1 / 12));
    expect(Math.min(...u.subarray(0, 60000))).toBeGreaterThanOrEqual(0);
    expect(u.every((x) => x < 1)).toBe(true);
    const bins = new Float64Array(100);
    for (const x of u) bins[Math.floor(x * 100)]!++;
    const chiSquare = bins.reduce((sum, n) => sum + (n - count / 100) ** 2 / (count / 100), 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.
    expect(chiSquare).toBeGreaterThan(99 - 4 * 14);
    expect(chiSquare).toBeLessThan(99 + 4 * 14);
  });
  test('normal numbers have the moments of a normal distribution', () => {
    const z = drawRandom('normal', count, 42, 1, 5);
    expect(Math.abs(mean(z))).toBeLessThan(sigmas);
    expect(Math.abs(mean(z, (x) => x ** 2) - 1)).toBeLessThan(sigmas * Math.sqrt(2));
    expect(Math.abs(mean(z, (x) => x ** 3))).toBeLessThan(sigmas * Math.sqrt(15));
    expect(Math.abs(mean(z, (x) => x ** 4) - 3)).toBeLessThan(sigmas * Math.sqrt(96));
    expect(Math.abs(mean(z, (x) => (Math.abs(x) < 1 ? 1 : 0)) - 0.6826895)).toBeLessThan(sigmas / 2);
  });
  test('neighbouring elements, steps, streams and seeds are uncorrelated', () => {
    const base = drawRandom('uniform', count, 7, 100, 0);
    const correlation = (other: Float64Array): number => mean(base.map((x, i) => 12 * (x - 0.5) * ((other[i] ?? 0.5) - 0.5)));
    const others = {
      next: Float64Array.from({ length: count }, (_, i) => base[(i + 1) % count]!), 'next but one': Float64Array.from({ length: count }, (_, i) => base[(i + 2) % count]!),
      step: drawRandom('uniform', count, 7, 101, 0), stream: drawRandom('uniform', count, 7, 100, 1), seed: drawRandom('uniform', count, 8, 100, 0),
      'step and seed swapped': drawRandom('uniform', count, 100, 7, 0),
    };
    for (const [name, other] of Object.entries(others)) expect(Math.abs(correlation(other)), name).toBeLessThan(sigmas);
  });
  test('every bit is one half of the time', () => {
    const keys = randomKeys(3, 3, 3);
    for (let bit = 0; bit < 32; bit++) {
      let ones = 0;
      for (let i = 0; i < count; i++) ones += (randomBits(keys, i) >>> bit) & 1;
      expect(Math.abs(ones / count - 0.5), `bit ${bit}`).toBeLessThan(sigmas / 2);
    }
  });
});
