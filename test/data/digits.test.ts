/** Digits: framed like MNIST, seeded, fresh in each epoch, and so drawn that a simple reader tells them apart. */
import { describe, expect, test } from 'vitest';
import { dataset } from '../../engine/data/datasets/index.ts';
import type { DataContext } from '../../engine/data/dataset.ts';
import { makeDigits, SIDE } from '../../engine/data/digits/generator.ts';
import { flatten, type Path, strokePath } from '../../engine/data/digits/render.ts';
import { nodePlatform } from '../../engine/platform/node.ts';
import { memoryPlatform } from './memory-platform.ts';

const PIXELS = SIDE * SIDE;
const context: DataContext = { platform: memoryPlatform(), seed: 3 };
const digits = dataset('digits');
if (digits?.refresh === undefined) throw new Error('Digits must be endless');
const { refresh } = digits;
const image = (images: Uint8Array, i: number): Uint8Array => images.subarray(i * PIXELS, (i + 1) * PIXELS);

describe('framing', async () => {
  const { images, labels } = await makeDigits({ difficulty: 1, noise: 0 }, 1000, 1, 1, 0);

  test('the centre of mass is in the middle, to a pixel, and nothing touches the border', () => {
    for (let n = 0; n < 1000; n++) {
      const pixels = image(images, n);
      let mass = 0, x = 0, y = 0, border = 0;
      for (let i = 0; i < PIXELS; i++) {
        const value = pixels[i] ?? 0, column = i % SIDE, row = Math.floor(i / SIDE);
        mass += value;
        x += value * column;
        y += value * row;
        if (column === 0 || row === 0 || column === SIDE - 1 || row === SIDE - 1) border += value;
      }
      expect(mass).toBeGreaterThan(255 * 15);
      expect(Math.abs(x / mass - (SIDE - 1) / 2)).toBeLessThan(0.75);
      expect(Math.abs(y / mass - (SIDE - 1) / 2)).toBeLessThan(0.75);
      // A tail that is long on one side may be cut, as in MNIST; it is rare and small.
      expect(border / mass).toBeLessThan(0.1);
    }
  });

  test('the longer side measures about 20 pixels', () => {
    let sum = 0;
    for (let n = 0; n < 1000; n++) {
      const pixels = image(images, n);
      const columns = new Set<number>(), rows = new Set<number>();
      pixels.forEach((value, i) => {
        if (value < 128) return;
        columns.add(i % SIDE);
        rows.add(Math.floor(i / SIDE));
      });
      sum += Math.max(columns.size, rows.size);
    }
    expect(sum / 1000).toBeGreaterThan(18.5);
    expect(sum / 1000).toBeLessThan(21.5);
  });

  test('every digit is as frequent as the others in any ten', () => {
    for (let n = 0; n < 1000; n += 10) expect([...labels.subarray(n, n + 10)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('randomness', () => {
  const params = { trainSamples: 12, testSamples: 0 };

  test('epoch 0 is what load gave; later epochs are new, and the same each time they are asked for', async () => {
    const loaded = (await digits.load(params, context)).train;
    expect(await refresh(params, context, 0)).toEqual(loaded);
    const third = await refresh(params, context, 3);
    expect(third['x']?.data).not.toEqual(loaded['x']?.data);
    expect(await refresh(params, context, 3)).toEqual(third);
  });

  test('with "fresh" off, every epoch has the same pictures', async () => {
    const fixed = { ...params, fresh: false };
    expect(await refresh(fixed, context, 5)).toEqual((await digits.load(fixed, context)).train);
  });

  test('picture i is the same however many are drawn', async () => {
    const few = await makeDigits({ difficulty: 1, noise: 0 }, 15, 9, 1, 2), many = await makeDigits({ difficulty: 1, noise: 0 }, 25, 9, 1, 2);
    expect(many.images.subarray(0, 15 * PIXELS)).toEqual(few.images);
    expect(many.labels.subarray(0, 15)).toEqual(few.labels);
  });

  test('no two pictures are alike, whether in an epoch, in two of them, or in training and test', async () => {
    const seen = new Set<string>();
    for (const [split, epoch] of [[1, 0], [1, 1], [2, 0]] as const) {
      const { images } = await makeDigits({ difficulty: 1, noise: 0 }, 200, 1, split, epoch);
      for (let n = 0; n < 200; n++) seen.add(image(images, n).join());
    }
    expect(seen.size).toBe(600);
  });
});

test('noise and difficulty do what they say', async () => {
  const spread = async (difficulty: number): Promise<number> => {
    const { images, labels } = await makeDigits({ difficulty, noise: 0 }, 400, 1, 1, 0);
    const sums = Array.from({ length: 10 }, () => new Float64Array(PIXELS));
    labels.forEach((label, n) => image(images, n).forEach((value, i) => { const sum = sums[label]; if (sum !== undefined) sum[i] = (sum[i] ?? 0) + value / 40; }));
    let distance = 0;
    labels.forEach((label, n) => image(images, n).forEach((value, i) => { distance += (value - (sums[label]?.[i] ?? 0)) ** 2; }));
    return distance;
  };
  expect(await spread(0.5)).toBeGreaterThan(1.1 * (await spread(0)));
  expect(await spread(1)).toBeGreaterThan(1.1 * (await spread(0.5)));

  const { images } = await makeDigits({ difficulty: 1, noise: 0.3 }, 20, 1, 1, 0);
  let corners = 0;
  for (let n = 0; n < 20; n++) for (const i of [0, SIDE - 1, PIXELS - SIDE, PIXELS - 1]) corners += (image(images, n)[i] ?? 0) > 0 ? 1 : 0;
  // Empty corners: half of the noise is below 0 and cut off.
  expect(corners).toBeGreaterThan(20);
  expect(corners).toBeLessThan(60);
});

describe('the pen', () => {
  const path: Path = { points: new Float64Array(8), length: 0 };
  const ink = (stroke: readonly number[], radius: number): Float32Array => {
    const canvas = new Float32Array(21 * 21);
    flatten(stroke, path);
    strokePath(path, canvas, 21, { start: radius, middle: radius, end: radius }, 1);
    return canvas;
  };

  test('a straight stroke has its width, soft edges and round ends', () => {
    const canvas = ink([5, 10, 15, 10], 2);
    const at = (x: number, y: number): number => canvas[y * 21 + x] ?? Number.NaN;
    expect([at(10, 8), at(10, 9), at(10, 10), at(10, 11), at(10, 12)]).toEqual([0.5, 1, 1, 1, 0.5]);
    expect([at(10, 7), at(10, 13)]).toEqual([0, 0]);
    expect(at(3, 10)).toBeCloseTo(0.5, 6);
    expect(at(3, 8)).toBe(0);
  });

  test('a curve goes through its control points, and a doubled point is a corner', () => {
    for (const [stroke, corner] of [[[2, 18, 10, 2, 18, 18], false], [[2, 18, 10, 2, 10, 2, 18, 18], true]] as const) {
      flatten(stroke, path);
      const points = Array.from({ length: path.length / 2 }, (_, i) => [path.points[2 * i] ?? 0, path.points[2 * i + 1] ?? 0] as const);
      expect(points.some(([x, y]) => Math.hypot(x - 10, y - 2) < 1e-9)).toBe(true);
      // On a straight way up to the corner x grows in step with y; on the curve it does not.
      const bend = Math.max(...points.map(([x, y]) => (x <= 10 ? Math.abs((18 - y) / 16 - (x - 2) / 8) : 0)));
      if (corner) expect(bend).toBeLessThan(1e-9);
      else expect(bend).toBeGreaterThan(0.01);
    }
  });
});

/** Share of the images whose nearest neighbour among the training pictures has the right label. */
function nearestNeighbour(train: Awaited<ReturnType<typeof makeDigits>>, images: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let n = 0; n < labels.length; n++) {
    let nearest = Infinity, label = -1;
    for (let k = 0; k < train.labels.length; k++) {
      let distance = 0;
      // Every other row and column: a quarter of the work, and enough to tell the digits apart.
      for (let y = 0; y < SIDE && distance < nearest; y += 2) {
        for (let x = 0; x < SIDE; x += 2) {
          const i = y * SIDE + x;
          distance += ((images[n * PIXELS + i] ?? 0) - (train.images[k * PIXELS + i] ?? 0)) ** 2;
        }
      }
      if (distance < nearest) {
        nearest = distance;
        label = train.labels[k] ?? -1;
      }
    }
    if (label === labels[n]) right++;
  }
  return right / labels.length;
}

const source = process.env['NETLOOM_DATASETS'];
describe('reading by the nearest neighbour', async () => {
  const train = await makeDigits({ difficulty: 1, noise: 0 }, 3000, 1, 1, 0);

  test('generated digits read other generated digits', async () => {
    const other = await makeDigits({ difficulty: 1, noise: 0 }, 300, 2, 2, 0);
    expect(nearestNeighbour(train, other.images, other.labels)).toBeGreaterThan(0.7);
  });

  test.skipIf(source === undefined)('and real ones (skipped without NETLOOM_DATASETS)', async () => {
    const real = (await dataset('mnist')?.load({ limit: 1 }, { platform: nodePlatform, seed: 1, ...(source === undefined ? {} : { source }) }))?.test;
    expect(nearestNeighbour(train, real?.['x']?.data ?? [], real?.['y']?.data.subarray(0, 300) ?? [])).toBeGreaterThan(0.7);
  });
});
