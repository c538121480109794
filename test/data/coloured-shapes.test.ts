/** Coloured shapes: what the caption says is what can be measured in the picture. */
import { beforeAll, describe, expect, test } from 'vitest';
import { CAPTION_LENGTH, CAPTION_WORDS, COLOURS, SHAPE_SIDE, SHAPES } from '../../engine/nodes/data/coloured-shapes.ts';
import type { DataContext, LoadedData, SampleArray, Samples } from '../../engine/data/dataset.ts';
import { dataset } from '../../engine/data/datasets/index.ts';
import { OUTLINES, REACH } from '../../engine/data/shapes/outline.ts';
import { tokenizerOf } from '../../engine/data/text/token-coding.ts';
import { memoryPlatform } from './memory-platform.ts';

const set = dataset('coloured-shapes');
if (set?.refresh === undefined) throw new Error('the shapes must be endless');
const { load, refresh } = set;
const context: DataContext = { platform: memoryPlatform(), seed: 4 };
const PLANE = SHAPE_SIDE * SHAPE_SIDE;
function array(samples: Samples | undefined, port: string): SampleArray {
  const found = samples?.[port];
  if (found === undefined) throw new Error(`no array ${port}`);
  return found;
}

describe('captions and pictures', () => {
  let loaded: LoadedData;
  let captions: string[];
  beforeAll(async () => {
    loaded = await load({ trainSamples: 720, testSamples: 0, labels: 'both', noise: 0 }, context);
    const coding = loaded.tokens?.['caption'];
    if (coding === undefined) throw new Error('the caption has no coding');
    const { decode } = tokenizerOf(coding);
    captions = Array.from({ length: 720 }, (_, i) => decode(array(loaded.train, 'caption').data.subarray(i * CAPTION_LENGTH, (i + 1) * CAPTION_LENGTH)));
  });

  /** Where the picture differs from its dim ground by colour: saturation above what grounds have. */
  const painted = (i: number): { x: number; y: number; rgb: readonly number[] }[] => {
    const pixels = array(loaded.train, 'x').data.subarray(i * 3 * PLANE, (i + 1) * 3 * PLANE);
    return Array.from({ length: PLANE }, (_, at) => ({ x: at % SHAPE_SIDE, y: Math.floor(at / SHAPE_SIDE), rgb: [0, 1, 2].map((c) => (pixels[c * PLANE + at] ?? 0) / 255) }))
      .filter(({ rgb }) => Math.max(...rgb) - Math.min(...rgb) > 0.3);
  };

  test('every sentence is of one form and tells the class', () => {
    const form = new RegExp(`^a (?:(?:small|large) )?(?<colour>${COLOURS.join('|')}) (?<shape>${SHAPES.join('|')}) (?:in the middle|at the (?:(?:top|bottom)(?: (?:left|right))?|left|right))$`);
    captions.forEach((caption, i) => {
      const { colour, shape } = form.exec(caption)?.groups ?? {};
      expect(`${colour} ${shape}`, caption).toBe(loaded.classNames?.[array(loaded.train, 'y').data[i] ?? -1]);
    });
    // Each word is used.
    expect(new Set(captions.flatMap((caption) => caption.split(' '))).size).toBe(CAPTION_WORDS.length - 1);
  });

  test('it lies where the sentence says, as large as it says, and within the picture', () => {
    const extents: Record<string, number[]> = { small: [], middling: [], large: [] };
    captions.forEach((caption, i) => {
      const area = painted(i);
      expect(area.length, caption).toBeGreaterThan(8);
      const mean = (axis: 'x' | 'y'): number => area.reduce((sum, at) => sum + at[axis] + 0.5, 0) / area.length;
      const third = (middle: number): number => (middle < 12.75 ? 0 : middle > 19.25 ? 2 : 1);
      expect([third(mean('x')), third(mean('y'))], caption).toEqual([
        caption.endsWith('left') ? 0 : caption.endsWith('right') ? 2 : 1,
        caption.includes('top') ? 0 : caption.includes('bottom') ? 2 : 1,
      ]);
      const reach = Math.max(...area.map(({ x, y }) => Math.hypot(x + 0.5 - mean('x'), y + 0.5 - mean('y'))));
      extents[caption.includes('small') ? 'small' : caption.includes('large') ? 'large' : 'middling']?.push(reach);
    });
    const middle = (word: string): number => (extents[word] ?? []).reduce((sum, reach) => sum + reach, 0) / (extents[word]?.length ?? 1);
    expect(middle('small')).toBeLessThan(5);
    expect(middle('large')).toBeGreaterThan(7);
    for (const reaches of Object.values(extents)) expect(reaches.length).toBeGreaterThan(150);
  });

  test('its hue is that of its word', () => {
    const hues: Readonly<Record<string, readonly [number, number]>> = { red: [-20, 17], orange: [18, 42], yellow: [45, 70], green: [100, 150], blue: [205, 245], purple: [265, 310] };
    captions.forEach((caption, i) => {
      const colour = COLOURS.find((name) => caption.includes(` ${name} `)) ?? 'red';
      const area = painted(i);
      const [r = 0, g = 0, b = 0] = [0, 1, 2].map((c) => area.reduce((sum, { rgb }) => sum + (rgb[c] ?? 0), 0) / area.length);
      const hue = (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
      const [from, to] = hues[colour] ?? [0, 0];
      const positive = hue < -20 ? hue + 360 : hue;
      expect(positive >= from && positive <= to, `${caption}: hue ${positive}`).toBe(true);
    });
  });

  test('any 36 hold every shape in every colour', () => {
    const labels = array(loaded.train, 'y').data;
    for (let first = 0; first < 720; first += 36) expect([...labels.subarray(first, first + 36)].sort((a, b) => a - b)).toEqual(Array.from({ length: 36 }, (_, i) => i));
  });
});

test('labels: shape, colour, or both', async () => {
  const of = async (labels: string) => {
    const { train, classNames } = await load({ trainSamples: 72, testSamples: 0, labels }, context);
    return { y: [...array(train, 'y').data], classNames };
  };
  const [shape, colour, both] = [await of('shape'), await of('colour'), await of('both')];
  expect(shape.classNames).toEqual(SHAPES);
  expect(colour.classNames).toEqual(COLOURS);
  expect(both.y.map((kind) => [Math.floor(kind / 6), kind % 6])).toEqual(shape.y.map((each, i) => [each, colour.y[i]]));
});

test('epochs are new pictures, the same whenever they are asked for; noise has its deviation', async () => {
  const params = { trainSamples: 40, testSamples: 0 };
  const first = (await load(params, context)).train;
  expect(await refresh(params, context, 0)).toEqual(first);
  const third = await refresh(params, context, 3);
  expect(array(third, 'x').data).not.toEqual(array(first, 'x').data);
  expect(await refresh(params, context, 3)).toEqual(third);
  expect(await refresh({ ...params, fresh: false }, context, 3)).toEqual(first);

  // The corners of a picture whose shape is in the middle are ground alone: neighbours differ by noise only.
  const { train } = await load({ trainSamples: 400, testSamples: 0, noise: 0.1 }, context);
  const pixels = array(train, 'x').data;
  let squares = 0, count = 0;
  for (let i = 0; i < 400 * 3; i++) {
    const difference = ((pixels[i * PLANE] ?? 0) - (pixels[i * PLANE + 1] ?? 0)) / 255;
    if ((pixels[i * PLANE] ?? 0) === 0 || (pixels[i * PLANE + 1] ?? 0) === 0) continue;
    squares += difference ** 2;
    count++;
  }
  expect(Math.sqrt(squares / count / 2)).toBeGreaterThan(0.08);
  expect(Math.sqrt(squares / count / 2)).toBeLessThan(0.12);
});

test('outlines: areas of about a circle, none beyond its reach, and the numbers of their symmetry', () => {
  const turns: Readonly<Record<string, number>> = { square: 4, triangle: 3, star: 5, cross: 4, circle: 7, ring: 7 };
  for (const [name, isInside] of Object.entries(OUTLINES)) {
    let area = 0, asymmetric = 0;
    const step = 0.02, turn = (2 * Math.PI) / (turns[name] ?? 1);
    for (let u = -1.5; u <= 1.5; u += step) {
      for (let v = -1.5; v <= 1.5; v += step) {
        if (!isInside(u, v)) continue;
        area += step * step;
        expect(Math.hypot(u, v)).toBeLessThanOrEqual(REACH);
        if (!isInside(0.999 * (u * Math.cos(turn) - v * Math.sin(turn)), 0.999 * (u * Math.sin(turn) + v * Math.cos(turn)))) asymmetric += step * step;
      }
    }
    expect(area, name).toBeGreaterThan(1.2);
    expect(area, name).toBeLessThan(3.3);
    // The ring's hole grows against its outer edge by the shrinking: a thin line.
    expect(asymmetric, name).toBeLessThan(0.03);
  }
});
