/** The sequence tasks: each follows its definition, whatever its lengths. */
import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../engine/graph/document.ts';
import type { SampleArray, Samples } from '../../engine/data/dataset.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { timeSplit } from '../../engine/data/split.ts';
import { memoryPlatform } from './memory-platform.ts';

async function load(id: string, params: Record<string, ParamValue>, seed = 1) {
  const loaded = await dataset(id)?.load(params, { platform: memoryPlatform(), seed });
  if (loaded === undefined) throw new Error(`no dataset ${id}`);
  return loaded;
}
function array(samples: Samples | undefined, port: string): SampleArray {
  const found = samples?.[port];
  if (found === undefined) throw new Error(`no array ${port}`);
  return found;
}
const sampleRow = ({ data, shape }: SampleArray, i: number): number[] => {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return Array.from(data.subarray(i * size, (i + 1) * size));
};
const meanOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;

describe('adding problem', () => {
  test.each([2, 3, 50])('length %i: two marks, one in each half, whose values add up to the target', async (length) => {
    const { train } = await load('adding-problem', { trainSamples: 300, testSamples: 0, length });
    const x = array(train, 'x'), y = array(train, 'y');
    expect(x.shape).toEqual([300, length, 2]);
    const places = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const row = sampleRow(x, i);
      const marked = Array.from({ length }, (_, t) => t).filter((t) => row[2 * t + 1] !== 0);
      expect(marked).toHaveLength(2);
      expect(marked.every((t) => row[2 * t + 1] === 1)).toBe(true);
      expect([marked[0], marked[1]].map((t) => (t ?? 0) < Math.floor(length / 2))).toEqual([true, false]);
      for (const t of marked) places.add(t);
      expect(y.data[i]).toBeCloseTo(marked.reduce((sum, t) => sum + (row[2 * t] ?? 0), 0), 6);
    }
    // 300 draws leave no place of fifty out.
    expect(places.size).toBe(length);
  });

  test('values are uniform, so that whoever answers 1 errs by 1/6 on average', async () => {
    const { train } = await load('adding-problem', { trainSamples: 5000, testSamples: 0, length: 10 });
    const values = array(train, 'x').data.filter((_, i) => i % 2 === 0);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(meanOf(values)).toBeCloseTo(0.5, 2);
    expect(meanOf(Array.from(array(train, 'y').data, (sum) => (sum - 1) ** 2))).toBeCloseTo(1 / 6, 2);
  });

  test('one step has no two halves', async () => {
    await expect(load('adding-problem', { length: 1 })).rejects.toThrow(/'length' is 1, but must be a whole number from 2 to 10000/);
  });
});

describe('copy memory', () => {
  test.each([[3, 4, 8], [1, 1, 2], [10, 100, 5]])('%i symbols, delay %i, alphabet of %i', async (length, delay, symbols) => {
    const { train, classNames } = await load('copy-memory', { trainSamples: 50, testSamples: 0, length, delay, symbols });
    const x = array(train, 'x'), y = array(train, 'y');
    expect(x.shape).toEqual([50, 2 * length + delay]);
    expect(y.shape).toEqual(x.shape);
    const blanks = (count: number): number[] => Array.from({ length: count }, () => 0);
    for (let i = 0; i < 50; i++) {
      const shown = sampleRow(x, i).slice(0, length);
      expect(shown.every((symbol) => symbol >= 1 && symbol <= symbols)).toBe(true);
      expect(sampleRow(x, i)).toEqual([...shown, ...blanks(delay - 1), symbols + 1, ...blanks(length)]);
      expect(sampleRow(y, i)).toEqual([...blanks(length + delay), ...shown]);
    }
    expect(classNames).toHaveLength(symbols + 2);
    const types = dataset('copy-memory')?.describe({ length, delay, symbols });
    expect([types?.['x']?.classes, types?.['y']?.classes]).toEqual([symbols + 2, symbols + 1]);
  });
});

describe('parity', () => {
  test('the class is whether the ones are odd, in each form of the targets', async () => {
    const of = async (targets: string) => (await load('parity', { trainSamples: 400, testSamples: 0, length: 9, targets })).train;
    const train = await of('index'), x = array(train, 'x');
    expect(x.shape).toEqual([400, 9, 1]);
    const odd = Array.from({ length: 400 }, (_, i) => sampleRow(x, i).filter((bit) => bit === 1).length % 2);
    expect([...new Set(x.data)].sort()).toEqual([0, 1]);
    expect([...array(train, 'y').data]).toEqual(odd);
    expect([...array(await of('binary'), 'y').data]).toEqual(odd);
    expect([...array(await of('one-hot'), 'y').data]).toEqual(odd.flatMap((bit) => [1 - bit, bit]));
    // Fair bits: 3,600 of them, standard error 0.008.
    expect(Math.abs(meanOf(x.data) - 0.5)).toBeLessThan(0.03);
  });
});

describe('sine forecast', () => {
  test('windows move by one step, and targets are what comes next', async () => {
    const { train, test: held } = await load('sine-forecast', { trainSamples: 30, testSamples: 10, window: 6, horizon: 3, noise: 0.2 });
    for (const samples of [train, held]) {
      const x = array(samples, 'x'), y = array(samples, 'y');
      expect([x.shape, y.shape]).toEqual([[x.shape[0], 6, 1], [x.shape[0], 3]]);
      for (let i = 0; i + 1 < (x.shape[0] ?? 0); i++) {
        const series = [...sampleRow(x, i), ...sampleRow(y, i)];
        expect([...sampleRow(x, i + 1), ...sampleRow(y, i + 1)].slice(0, -1)).toEqual(series.slice(1));
      }
    }
  });

  test('without noise it is the sum of its waves: of one wave, s(t+1) + s(t−1) = 2 cos(2π/P) s(t)', async () => {
    const { train } = await load('sine-forecast', { trainSamples: 100, testSamples: 0, window: 2, horizon: 1, period: 17.5, waves: 1, noise: 0 });
    for (let i = 0; i < 100; i++) {
      const [before = 0, now = 0] = sampleRow(array(train, 'x'), i);
      expect(array(train, 'y').data[i]).toBeCloseTo(2 * Math.cos((2 * Math.PI) / 17.5) * now - before, 5);
    }
  });

  test.each([1, 2, 5])('%i waves: variance one half', async (waves) => {
    const { train } = await load('sine-forecast', { trainSamples: 20_000, testSamples: 0, window: 1, waves, noise: 0 });
    const values = array(train, 'x').data;
    expect(meanOf(values.map((v) => v * v))).toBeCloseTo(0.5, 1);
  });

  test('the test set lies behind all that training sees, and says how far windows overlap', async () => {
    const small = { window: 4, horizon: 2, noise: 0.5, waves: 3 };
    const { train, test: held, overlap } = await load('sine-forecast', { trainSamples: 20, testSamples: 5, ...small });
    expect(overlap).toBe(5);
    const seen = new Set([...array(train, 'x').data, ...array(train, 'y').data]);
    expect([...array(held, 'x').data, ...array(held, 'y').data].filter((v) => seen.has(v))).toEqual([]);
    // The same series: what is the test set here, more training samples come to.
    const longer = await load('sine-forecast', { trainSamples: 30, testSamples: 0, ...small });
    expect(sampleRow(array(longer.train, 'x'), 25)).toEqual(sampleRow(array(held, 'x'), 0));
  });
});

describe('splits in time', () => {
  test('the end is held back, and what overlaps it is in neither part', () => {
    const { train, validation } = timeSplit(20, 0.25, 4);
    expect([...validation]).toEqual([15, 16, 17, 18, 19]);
    expect([...train]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...timeSplit(5, 0, 4).train]).toEqual([0, 1, 2, 3, 4]);
    expect(timeSplit(6, 0.5, 4).train).toHaveLength(0);
    expect(() => timeSplit(6, 1, 4)).toThrow(/share is 1/);
  });
});
