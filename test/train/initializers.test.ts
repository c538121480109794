/** Initial weights: their distributions by their statistics, their independence of order, and orthogonality. */
import { describe, expect, test } from 'vitest';
import type { InitSpec } from '../../engine/nodes/node-type.ts';
import { drawWeight } from '../../engine/train/initializers/index.ts';

const SHAPE = [200, 100];
const COUNT = 20_000;
function statistics(spec: InitSpec): { mean: number; std: number; least: number; largest: number; kurtosis: number } {
  const data = Array.from(drawWeight(spec, SHAPE, 7, 'fc.weight'));
  const mean = data.reduce((sum, x) => sum + x, 0) / COUNT;
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / COUNT;
  const fourth = data.reduce((sum, x) => sum + (x - mean) ** 4, 0) / COUNT;
  return { mean, std: Math.sqrt(variance), least: data.reduce((a, b) => Math.min(a, b)), largest: data.reduce((a, b) => Math.max(a, b)), kurtosis: fourth / variance ** 2 };
}

describe('initializers', () => {
  const fans = { fanIn: 100, fanOut: 200 };
  // Standard deviations by the papers' formulas; a uniform within ±a has a/√3. Standard errors at 20,000 draws: 0.7 % of the mean's scale, 0.5 % of the std.
  test.each([
    [{ kind: 'uniform', low: -1, high: 3 }, 1, 4 / Math.sqrt(12), 1.8],
    [{ kind: 'normal', mean: 2, std: 0.5 }, 2, 0.5, 3],
    [{ kind: 'glorot-uniform', ...fans }, 0, Math.sqrt(2 / 300), 1.8],
    [{ kind: 'glorot-normal', ...fans }, 0, Math.sqrt(2 / 300), 3],
    [{ kind: 'he-uniform', ...fans }, 0, Math.sqrt(2 / 100), 1.8],
    [{ kind: 'he-normal', ...fans }, 0, Math.sqrt(2 / 100), 3],
    [{ kind: 'lecun-uniform', ...fans }, 0, Math.sqrt(1 / 100), 1.8],
    [{ kind: 'lecun-normal', ...fans }, 0, Math.sqrt(1 / 100), 3],
  ] as const)('%j has the mean, spread and shape of its distribution', (spec, mean, std, kurtosis) => {
    const found = statistics(spec);
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.03 * std);
    expect(found.std / std).toBeGreaterThan(0.98);
    expect(found.std / std).toBeLessThan(1.02);
    expect(Math.abs(found.kurtosis - kurtosis)).toBeLessThan(0.15);
    if (kurtosis === 1.8) expect(Math.max(found.largest - mean, mean - found.least)).toBeLessThanOrEqual(std * Math.sqrt(3) * 1.0001);
  });

  test('a truncated normal stays within two standard deviations and keeps its shape inside', () => {
    const found = statistics({ kind: 'truncated-normal', mean: 1, std: 0.1 });
    expect(found.least).toBeGreaterThanOrEqual(0.8 - 1e-6);
    expect(found.largest).toBeLessThanOrEqual(1.2 + 1e-6);
    // The variance of a standard normal cut off at ±2 is 0.774.
    expect(found.std / (0.1 * Math.sqrt(0.7737))).toBeCloseTo(1, 1);
    expect(found.mean).toBeCloseTo(1, 2);
  });

  test('zeros and ones', () => {
    expect(drawWeight({ kind: 'zeros' }, [2, 2], 1, 'a')).toEqual(new Float32Array(4));
    expect(drawWeight({ kind: 'ones' }, [3], 1, 'a')).toEqual(Float32Array.of(1, 1, 1));
  });

  test.each([[[6, 10]], [[10, 6]], [[5, 5]], [[4, 3, 3, 3]]])('orthogonal: %j has orthonormal rows or columns, times the gain', (shape) => {
    const rows = shape[0] ?? 1;
    const columns = shape.slice(1).reduce((product, n) => product * n, 1);
    const data = drawWeight({ kind: 'orthogonal', gain: 2 }, shape, 3, 'w');
    const at = (i: number, j: number): number => data[rows <= columns ? i * columns + j : j * columns + i] ?? 0;
    const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
    for (let a = 0; a < short; a++) {
      for (let b = 0; b < short; b++) {
        let product = 0;
        for (let i = 0; i < long; i++) product += at(a, i) * at(b, i);
        expect(product).toBeCloseTo(a === b ? 4 : 0, 5);
      }
    }
  });

  test('depend on seed, name and element alone', () => {
    const spec: InitSpec = { kind: 'truncated-normal', mean: 0, std: 1 };
    const draw = (shape: number[], seed: number, key: string): number[] => Array.from(drawWeight(spec, shape, seed, key));
    expect(draw([50], 1, 'a.weight')).toEqual(draw([50], 1, 'a.weight'));
    expect(draw([50], 1, 'a.weight')).toEqual(draw([80], 1, 'a.weight').slice(0, 50));
    for (const other of [draw([50], 2, 'a.weight'), draw([50], 1, 'b.weight'), draw([50], 1, 'a.bias')]) {
      expect(other.filter((x, i) => x === draw([50], 1, 'a.weight')[i]).length).toBeLessThan(3);
    }
    // Streams of different weights are not correlated.
    const [p, q] = [drawWeight(spec, [COUNT], 1, 'a.weight'), drawWeight(spec, [COUNT], 1, 'b.weight')];
    expect(Math.abs(p.reduce((sum, x, i) => sum + x * (q[i] ?? 0), 0) / COUNT)).toBeLessThan(0.03);
  });
});
