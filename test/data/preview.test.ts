/** Previews: the numbers of a table, and pictures that can be recognised. */
import { expect, test } from 'vitest';
import { previewSamples } from '../../engine/data/preview.ts';

test('a table: ranges, class counts, first rows', () => {
  const text = previewSamples({
    x: { shape: [4, 2], data: Float32Array.of(0, 10, 1, 20, 2, 30, 3, Number.NaN) },
    y: { shape: [4], data: Int32Array.of(0, 1, 1, 1) },
  }, { count: 2, width: 80, classNames: ['cat', 'dog'] });
  expect(text.split('\n')).toEqual([
    'x  [4, 2] numbers',
    '   column 0: 0 … 3, mean 1.5, deviation 1.118',
    '   column 1: 10 … 30, mean 20, deviation 8.165, 1 not finite',
    'y  [4] whole numbers',
    '   classes: cat × 1, dog × 3',
    '',
    'x      |  y',
    '0  10  |  cat',
    '1  20  |  dog',
  ]);
});

test('images: side by side as far as the terminal is wide, two pixels to a character', () => {
  const data = new Uint8Array(3 * 4 * 4);
  // A bright upper half in each of three pictures.
  for (let n = 0; n < 3; n++) data.fill(255, 16 * n, 16 * n + 8);
  const samples = { x: { shape: [3, 1, 4, 4], data, scale: 1 / 255 }, y: { shape: [3], data: Int32Array.of(7, 8, 9) } };
  expect(previewSamples(samples, { count: 3, width: 10 }).split('\n').slice(-6)).toEqual(['7     8', '████  ████', '', '9', '████', '']);
  expect(previewSamples(samples, { count: 1, width: 10, ascii: true }).split('\n').slice(-2)).toEqual(['@@@@', '']);
  expect(previewSamples(samples, { count: 1, width: 10 })).toContain('0 … 1, mean 0.5, deviation 0.5');
});

test('a picture of one shade and a set without samples do not break it', () => {
  expect(previewSamples({ x: { shape: [1, 1, 2, 2], data: new Uint8Array(4) } }, { count: 1, width: 20 })).toContain('#0');
  expect(previewSamples({ x: { shape: [0, 2], data: new Float32Array(0) } }, { count: 5, width: 20 })).toContain('no finite number');
});
