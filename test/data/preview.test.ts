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

test('a sequence is a curve per feature, on the scale of what is shown', () => {
  const x = { shape: [2, 4, 2], data: Float32Array.of(0, 1, 1, 0, 2, 0, 3, 1, 3, 0, 3, 0, 0, 0, 7, 0) };
  const rows = previewSamples({ x, y: { shape: [2, 1], data: Float32Array.of(0.5, 2) } }, { count: 1, width: 80 }).split('\n');
  expect(rows.at(-1)).toBe('▁▃▆█  █▁▁█  |  0.5');
  expect(previewSamples({ x }, { count: 2, width: 80, ascii: true }).split('\n').slice(-2)).toEqual(['0124  9009', '4409  0000']);
  // What the terminal is too narrow for is left out, and one sees that it is.
  expect(previewSamples({ x: { shape: [1, 40, 1], data: new Float32Array(40) } }, { count: 1, width: 30 }).split('\n').at(-1)).toBe(`${'▁'.repeat(12)} …`);
});

test('tokens are shown by their names: close together where these are characters, and none below 0', () => {
  const tokens = { shape: [2, 3], data: Int32Array.of(0, 2, 2, 1, -100, 0) };
  const last = (options: object): string | undefined => previewSamples({ x: tokens }, { count: 2, width: 80, ...options }).split('\n').at(-1);
  expect(last({ classNames: ['a', 'b', 'c'] })).toBe('b_a');
  expect(last({ tokenNames: { x: ['the', 'cat', 'sat'] } })).toBe('cat _ the');
  expect(last({})).toBe('1 _ 0');
  expect(previewSamples({ x: tokens }, { count: 1, width: 80, classNames: ['a', 'b', 'c'] })).toContain("tokens: 3 different, most often 'a', 'c', 'b'; 16.67 % of the places have none");
  const captioned = previewSamples({ x: { shape: [1, 3, 2, 2], data: new Uint8Array(12) }, caption: { shape: [1, 2], data: Int32Array.of(1, 0) } }, { count: 1, width: 80, tokenNames: { caption: ['', 'cat'] } });
  expect(captioned.split('\n').at(-1)).toBe('caption #0: cat');
});

test('a colour is as bright as its brightest channel', () => {
  const blue = { shape: [1, 3, 2, 2], data: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255, 0) };
  expect(previewSamples({ x: blue }, { count: 1, width: 10 }).split('\n').at(-1)).toBe('█');
});
