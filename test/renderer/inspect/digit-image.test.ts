/** Drawings and photographs become what a network was trained on: framed, centred, ink on black. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GreyImage, type Pixels, drawingInput, fitWhole, frameDigit, imageInput, inkBox, inkOf } from '../../../renderer/inspect/digit-image.ts';

function rectangle(size: number, left: number, top: number, width: number, height: number): GreyImage {
  const data = new Float32Array(size * size);
  for (let y = top; y < top + height; y++) data.fill(1, y * size + left, y * size + left + width);
  return { width: size, height: size, data };
}
const SIZE = { width: 28, height: 28 };
const at = (image: Float32Array, x: number, y: number): number => image[y * 28 + x]!;
function centre(image: Float32Array): { readonly x: number; readonly y: number } {
  let [mass, x, y] = [0, 0, 0];
  image.forEach((ink, i) => {
    mass += ink;
    x += ink * ((i % 28) + 0.5);
    y += ink * (Math.floor(i / 28) + 0.5);
  });
  return { x: x / mass, y: y / mass };
}

describe('a drawing', () => {
  test('fills 20 of 28 pixels by its longer side, wherever and however large it was drawn', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 150 }), fc.integer({ min: 20, max: 120 }), fc.integer({ min: 20, max: 120 }), (left, top, width, height) => {
      const framed = frameDigit(rectangle(280, left, top, width, height), SIZE);
      const box = inkBox({ ...SIZE, data: framed })!;
      expect(Math.abs(Math.max(box.width, box.height) - 20)).toBeLessThanOrEqual(1);
      const middle = centre(framed);
      expect(middle.x).toBeCloseTo(14, 1);
      expect(middle.y).toBeCloseTo(14, 1);
    }), { numRuns: 40 });
  });
  test('is centred by its mass, not by its box', () => {
    // A 7 has most of its ink on top: its middle lies below the ink.
    const image = rectangle(280, 60, 60, 160, 40);
    const stem = rectangle(280, 180, 100, 30, 120);
    const seven = { ...image, data: image.data.map((ink, i) => Math.max(ink, stem.data[i]!)) };
    const middle = centre(frameDigit(seven, SIZE));
    expect(middle.x).toBeCloseTo(14, 1);
    expect(middle.y).toBeCloseTo(14, 1);
  });
  test('keeps its strokes black when it shrinks, and empty paper stays empty', () => {
    expect(Math.max(...frameDigit(rectangle(280, 100, 20, 6, 240), SIZE))).toBeCloseTo(1, 5);
    expect(frameDigit(rectangle(280, 0, 0, 0, 0), SIZE).every((ink) => ink === 0)).toBe(true);
  });
  test('goes to every channel of a coloured input, in its shape', () => {
    const input = drawingInput(rectangle(280, 100, 100, 50, 50), { channels: 3, height: 32, width: 30 }, true);
    expect(input.length).toBe(3 * 32 * 30);
    expect(input.slice(0, 960)).toEqual(input.slice(960, 1920));
  });
});

function pixels(size: number, color: (x: number, y: number) => readonly [number, number, number, number]): Pixels {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let i = 0; i < size * size; i++) data.set(color(i % size, Math.floor(i / size)), i * 4);
  return { width: size, height: size, data };
}

describe('a photograph', () => {
  const isInk = (x: number, y: number): boolean => x > 20 && x < 30 && y > 8 && y < 48;
  test('dark on light, light on dark and on transparent ground give the same ink', () => {
    const onPaper = imageInput(pixels(56, (x, y) => (isInk(x, y) ? [20, 20, 30, 255] : [230, 225, 210, 255])), { channels: 1, ...SIZE }, true);
    const onBoard = imageInput(pixels(56, (x, y) => (isInk(x, y) ? [240, 240, 240, 255] : [10, 30, 10, 255])), { channels: 1, ...SIZE }, true);
    const onNothing = imageInput(pixels(56, (x, y) => (isInk(x, y) ? [0, 0, 0, 255] : [0, 0, 0, 0])), { channels: 1, ...SIZE }, true);
    for (const image of [onPaper, onBoard, onNothing]) {
      expect(at(image, 14, 14)).toBeGreaterThan(0.9);
      expect(at(image, 2, 14)).toBe(0);
      expect(image).toEqual(onPaper);
    }
  });
  test('a shadow over the paper is no ink, and plain paper is empty', () => {
    const ink = inkOf(pixels(56, (x, y) => (isInk(x, y) ? [10, 10, 10, 255] : [230 - x / 2, 230 - x / 2, 230 - x / 2, 255])));
    expect(ink.data[5 * 56 + 50]).toBe(0);
    expect(inkOf(pixels(20, () => [200, 200, 200, 255])).data.every((value) => value === 0)).toBe(true);
  });
  test('keeps its colours and proportions for a coloured network', () => {
    const input = imageInput(pixels(64, () => [255, 128, 0, 255]), { channels: 3, height: 32, width: 32 }, false);
    expect(input[0]).toBeCloseTo(1, 5);
    expect(input[1024]).toBeCloseTo(128 / 255, 5);
    expect(input[2048]).toBe(0);
    const wide = fitWhole({ width: 40, height: 20, data: new Float32Array(800).fill(1) }, { width: 20, height: 20 });
    expect(wide[0]).toBe(0);
    expect(wide[10 * 20]).toBe(1);
  });
});
