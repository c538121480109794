/** The generated sets: types as described, seeded, and of the form that their names promise. */
import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../engine/graph/document.ts';
import type { DataContext, SampleArray } from '../../engine/data/dataset.ts';
import { allDatasets, dataset } from '../../engine/data/datasets/index.ts';
import { allNodeTypes } from '../../engine/nodes/registry.ts';
import { memoryPlatform } from './memory-platform.ts';

const context = (seed: number): DataContext => ({ platform: memoryPlatform(), seed });
const GENERATED = ['digits', 'blobs', 'circles', 'moons', 'xor', 'spiral', 'line', 'plane', 'sine', 'sine-forecast', 'adding-problem', 'copy-memory', 'parity', 'coloured-shapes'];

async function load(id: string, params: Record<string, ParamValue> = {}, seed = 1) {
  const set = dataset(id);
  if (set === undefined) throw new Error(`no dataset ${id}`);
  return set.load(params, context(seed));
}

function array(samples: Readonly<Record<string, SampleArray>> | undefined, port: string): SampleArray {
  const found = samples?.[port];
  if (found === undefined) throw new Error(`no array ${port}`);
  return found;
}

/** Rows of a [N, k] array. */
function rows(samples: SampleArray): number[][] {
  const width = samples.shape.slice(1).reduce((a, b) => a * b, 1);
  return Array.from({ length: samples.shape[0] ?? 0 }, (_, i) => Array.from(samples.data.subarray(i * width, (i + 1) * width)));
}

test('every data node names a dataset of the registry, and the other way round', () => {
  const named = allNodeTypes().flatMap((type) => (type.data === undefined ? [] : [type.data.dataset]));
  expect([...named].sort()).toEqual(allDatasets().map((set) => set.id).sort());
});

describe.each(GENERATED)('%s', (id) => {
  const small = { trainSamples: 60, testSamples: 30 };

  test('has the described types, sizes and finite numbers', async () => {
    const set = dataset(id);
    const types = set?.describe(small) ?? {};
    const { train, test: held } = await load(id, small);
    for (const [samples, count] of [[train, 60], [held, 30]] as const) {
      expect(Object.keys(samples ?? {}).sort()).toEqual(Object.keys(types).sort());
      for (const [port, type] of Object.entries(types)) {
        const found = array(samples, port);
        expect(found.shape).toEqual([count, ...type.shape.slice(1)]);
        expect(found.data.length).toBe(found.shape.reduce((a, b) => a * b, 1));
        if (type.dtype === 'i32') {
          expect(found.data).toBeInstanceOf(Int32Array);
          expect(Math.min(...found.data)).toBe(0);
          expect(Math.max(...found.data)).toBe((type.classes ?? 0) - 1);
        }
        expect([...found.data].every(Number.isFinite)).toBe(true);
      }
    }
  });

  test('the same seed gives the same samples, another seed others, and the test set shares none with the training set', async () => {
    const [one, again, other] = [await load(id, small, 7), await load(id, small, 7), await load(id, small, 8)];
    expect(again).toEqual(one);
    expect(array(other.train, 'x').data).not.toEqual(array(one.train, 'x').data);
    const seen = new Set(rows(array(one.train, 'x')).map((row) => row.join()));
    expect(rows(array(one.test, 'x')).filter((row) => seen.has(row.join()))).toEqual([]);
  });

  test('a seed of its own wins over that of the run', async () => {
    expect(await load(id, { ...small, seed: 5 }, 1)).toEqual(await load(id, { ...small, seed: 5 }, 2));
    expect(await load(id, { ...small, seed: 5 }, 1)).toEqual(await load(id, small, 5));
  });

  test('more samples begin with the same ones', async () => {
    const few = array((await load(id, small)).train, 'x');
    const many = array((await load(id, { ...small, trainSamples: 90 })).train, 'x');
    expect(many.data.slice(0, few.data.length)).toEqual(few.data);
  });

  test('no test samples, no test set', async () => {
    expect((await load(id, { ...small, testSamples: 0 })).test).toBeUndefined();
  });
});

describe('the playground sets', () => {
  const clean = { noise: 0, trainSamples: 200, testSamples: 0 };
  const labelled = async (id: string, params: Record<string, ParamValue> = {}) => {
    const { train } = await load(id, { ...clean, ...params });
    return rows(array(train, 'x')).map((point, i) => ({ x: point[0] ?? Number.NaN, y: point[1] ?? Number.NaN, label: array(train, 'y').data[i] ?? -1 }));
  };

  test('classes are equally frequent', async () => {
    const { train } = await load('blobs', { trainSamples: 40, classes: 4 });
    const counts = [0, 0, 0, 0];
    for (const label of array(train, 'y').data) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts).toEqual([10, 10, 10, 10]);
  });

  test('blobs lie around their centres on the unit circle', async () => {
    for (const { x, y, label } of await labelled('blobs', { classes: 5 })) {
      expect(x).toBeCloseTo(Math.cos((2 * Math.PI * label) / 5), 6);
      expect(y).toBeCloseTo(Math.sin((2 * Math.PI * label) / 5), 6);
    }
    const { train } = await load('blobs', { trainSamples: 3000, classes: 3, noise: 0.4 });
    const deviations = rows(array(train, 'x')).map((point, i) => (point[0] ?? 0) - Math.cos((2 * Math.PI * (i % 3)) / 3));
    expect(Math.sqrt(deviations.reduce((sum, d) => sum + d * d, 0) / 3000)).toBeCloseTo(0.4, 1);
  });

  test('circles have their radii', async () => {
    for (const { x, y, label } of await labelled('circles', { factor: 0.3 })) expect(Math.hypot(x, y)).toBeCloseTo(label === 0 ? 1 : 0.3, 6);
  });

  test('moons are half circles that open towards each other', async () => {
    for (const { x, y, label } of await labelled('moons')) {
      const centre = label === 0 ? { x: -0.5, y: -0.25 } : { x: 0.5, y: 0.25 };
      expect(Math.hypot(x - centre.x, y - centre.y)).toBeCloseTo(1, 5);
      expect(label === 0 ? y - centre.y : centre.y - y).toBeGreaterThanOrEqual(-1e-6);
    }
  });

  test('XOR: the class is whether the signs differ', async () => {
    const points = await labelled('xor');
    for (const { x, y, label } of points) expect(label).toBe(x * y < 0 ? 1 : 0);
    const quadrants = new Set(points.map(({ x, y }) => `${Math.sign(x)},${Math.sign(y)}`));
    expect(quadrants.size).toBe(4);
  });

  test('spiral arms wind by the given turns', async () => {
    for (const { x, y, label } of await labelled('spiral', { classes: 3, turns: 2 })) {
      const expected = 2 * Math.PI * (2 * Math.hypot(x, y) + label / 3);
      expect(Math.cos(Math.atan2(y, x) - expected)).toBeCloseTo(1, 4);
    }
  });

  test('targets: index, 0 or 1, one-hot', async () => {
    const of = async (targets: string, classes = 2) => array((await load('spiral', { ...clean, trainSamples: 4, targets, classes })).train, 'y');
    expect(await of('index')).toEqual({ shape: [4], data: Int32Array.of(0, 1, 0, 1) });
    expect(await of('binary')).toEqual({ shape: [4, 1], data: Float32Array.of(0, 1, 0, 1) });
    expect(await of('one-hot', 3)).toEqual({ shape: [4, 3], data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0) });
    expect(() => dataset('spiral')?.describe({ targets: 'binary', classes: 3 })).toThrow(/two classes, but there are 3/);
  });
});

describe('the regression sets', () => {
  const clean = { noise: 0, trainSamples: 100, testSamples: 0 };
  test.each([
    ['line', { slope: 3, intercept: -1 }, (x: readonly number[]) => 3 * (x[0] ?? 0) - 1],
    ['plane', { slopeX: 2, slopeY: -0.5, intercept: 4 }, (x: readonly number[]) => 2 * (x[0] ?? 0) - 0.5 * (x[1] ?? 0) + 4],
    ['sine', { amplitude: 2, frequency: 1.5, phase: 0.3 }, (x: readonly number[]) => 2 * Math.sin(3 * Math.PI * (x[0] ?? 0) + 0.3)],
  ] as const)('%s follows its formula', async (id, params, formula) => {
    const { train } = await load(id, { ...clean, ...params });
    const y = array(train, 'y').data;
    rows(array(train, 'x')).forEach((x, i) => expect(y[i]).toBeCloseTo(formula(x), 5));
  });

  test('noise has the given deviation', async () => {
    const { train } = await load('line', { trainSamples: 4000, slope: 0, intercept: 0, noise: 0.5 });
    const y = array(train, 'y').data;
    expect(Math.sqrt(Array.from(y).reduce((sum, v) => sum + v * v, 0) / y.length)).toBeCloseTo(0.5, 1);
  });
});

test('parameters out of range are refused with the range', async () => {
  await expect(load('blobs', { classes: 99 })).rejects.toThrow(/Blobs: 'classes' is 99, but must be a whole number from 2 to 10/);
});
