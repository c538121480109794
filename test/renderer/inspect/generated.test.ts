/** Pictures out of latent numbers: which networks make them, which numbers they are given, and how they lie on one sheet. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../../engine/graph/parse.ts';
import { generatorOf, latentDraws, latentSize, planeGrid, planeReach, tiled } from '../../../renderer/inspect/generated.ts';
import { makeDocument } from '../../graph/documents.ts';

const template = (id: string) => parseDocument(readFileSync(`assets/templates/${id}.netloom`, 'utf8')).doc!;

describe('a generator is found', () => {
  it('in a variational autoencoder: its latent plane', () => {
    const generator = generatorOf(template('mnist-vae'))!;
    expect(generator).toMatchObject({ node: 'latent', shape: [2], distribution: 'normal', scale: 1, image: { channels: 1, height: 28, width: 28 } });
    expect([latentSize(generator), planeReach(generator)]).toEqual([2, 3]);
  });
  it('in a graph that starts from noise', () => {
    const doc = makeDocument({ z: ['Noise', { shape: [5], distribution: 'uniform', scale: 2 }], fc: ['Dense', { units: 48 }], image: ['ReshapeToImage', { channels: 3 }], out: ['Output'] }, ['z.y -> fc.x', 'fc.y -> image.x', 'image.y -> out.x']);
    const generator = generatorOf(doc)!;
    expect(generator).toMatchObject({ node: 'z', shape: [5], distribution: 'uniform', scale: 2, image: { channels: 3, height: 4, width: 4 } });
    expect(planeReach(generator)).toBe(2);
  });
  it.each(['mnist-cnn', 'mnist-autoencoder', 'linear-regression'])('and not in %s', (id) => expect(generatorOf(template(id))).toBeUndefined());
});

it('the plane is asked row by row from the top left', () => {
  expect(Array.from(planeGrid(2, 3))).toEqual([-1.5, 1.5, 1.5, 1.5, -1.5, -1.5, 1.5, -1.5]);
});

it('draws have the distribution', () => {
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const normal = latentDraws(4000, { distribution: 'normal', scale: 2 }, random);
  const uniform = latentDraws(4000, { distribution: 'uniform', scale: 2 }, random);
  const mean = (data: Float32Array, power: number): number => data.reduce((sum, x) => sum + x ** power, 0) / data.length;
  for (const data of [normal, uniform]) expect(Math.abs(mean(data, 1))).toBeLessThan(0.15);
  expect(mean(normal, 2)).toBeCloseTo(4, 0);
  expect(mean(uniform, 2)).toBeCloseTo(4 / 3, 1);
  expect(normal.every(Number.isFinite) && uniform.every((x) => Math.abs(x) <= 2)).toBe(true);
});

it('pictures lie side by side, channel by channel, and what is missing is black', () => {
  // Three pictures of two channels, 1 × 2 pixels, two to a row.
  const pictures = [1, 2, 10, 20, 3, 4, 30, 40, 5, 6, 50, 60];
  expect(Array.from(tiled(pictures, 3, 2, { channels: 2, height: 1, width: 2 }))).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 10, 20, 30, 40, 50, 60, 0, 0]);
});
