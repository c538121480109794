/**
 * One handwritten-looking digit: a skeleton, a hand (slant, width, proportions, tremor), a pen, and
 * MNIST's framing: the drawing fits a 20×20 box, whose centre of mass lies in the middle of 28×28.
 */
import { breathe } from '../breathe.ts';
import { Random } from '../random.ts';
import { flatten, type Path, strokePath } from './render.ts';
import { drawSkeleton, type Stroke } from './skeletons.ts';

export const SIDE = 28;
/** Longest side of the drawing in pixels, as in MNIST. */
const BOX = 20;
/** Largest relative change of the pen's width along a stroke. */
const PRESSURE = 0.28;
/** How far ink and paper roughen the grey of an edge, on the scale 0 … 1. */
const EDGE = 0.4;
/** Canvas that holds a box-sized drawing at any shift that the centre of mass may ask for. */
const CANVAS = 48;

export interface Writing {
  /** Scales every variation of the hand: 1 is about what people do. */
  readonly difficulty: number;
  /** Standard deviation of the noise on each pixel, on the scale 0 … 1. */
  readonly noise: number;
}

/** Draws digits; keeps its canvases, so that a picture allocates next to nothing. */
export class DigitGenerator {
  readonly #writing: Writing;
  readonly #canvas = new Float32Array(CANVAS * CANVAS);
  readonly #path: Path = { points: new Float64Array(512), length: 0 };

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  /** Write the picture of `digit` (0 … 255, row-major 28×28) to `out` at `offset`. */
  draw(digit: number, random: Random, out: Uint8Array, offset: number): void {
    const { difficulty, noise } = this.#writing;
    const strokes = drawSkeleton(digit, random, difficulty);
    distort(strokes, random, difficulty, digit === 1);
    const diameter = Math.min(6.5, Math.max(1.1, 2.75 * Math.exp(random.normal(0, 0.33 * difficulty))));
    fitBox(strokes, BOX - Math.min(diameter, 3), CANVAS / 2);
    this.#canvas.fill(0);
    const soft = random.uniform(0.8, 0.8 + 0.8 * difficulty);
    for (const stroke of strokes) {
      flatten(stroke, this.#path);
      const press = (): number => (diameter / 2) * (1 + random.uniform(-PRESSURE, PRESSURE) * difficulty);
      strokePath(this.#path, this.#canvas, CANVAS, { start: press(), middle: press(), end: press() }, soft);
    }
    this.#frame(random, difficulty, noise, out, offset);
  }

  /** Roughen the edges, move the centre of mass to the middle (by whole pixels, as MNIST did) and cut out 28×28. */
  #frame(random: Random, difficulty: number, noise: number, out: Uint8Array, offset: number): void {
    const canvas = this.#canvas;
    let mass = 0, massX = 0, massY = 0;
    for (let y = 0, i = 0; y < CANVAS; y++) {
      for (let x = 0; x < CANVAS; x++, i++) {
        let value = canvas[i] ?? 0;
        if (value === 0) continue;
        if (value < 1) canvas[i] = value = Math.min(1, Math.max(0, value + random.uniform(-EDGE, EDGE) * difficulty));
        mass += value;
        massX += value * x;
        massY += value * y;
      }
    }
    const left = Math.round(massX / mass - (SIDE - 1) / 2);
    const top = Math.round(massY / mass - (SIDE - 1) / 2);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const sourceX = x + left, sourceY = y + top;
        const inside = sourceX >= 0 && sourceX < CANVAS && sourceY >= 0 && sourceY < CANVAS;
        let value = inside ? (canvas[sourceY * CANVAS + sourceX] ?? 0) : 0;
        if (noise > 0) value = Math.min(1, Math.max(0, value + random.normal(0, noise)));
        out[offset + y * SIDE + x] = Math.round(255 * value);
      }
    }
  }
}

/**
 * Slant, turn, stretch, taper and tremble: what one hand does to all strokes alike. A lone stem (`isOne`)
 * leans further than the other digits do.
 */
function distort(strokes: readonly Stroke[], random: Random, amount: number, isOne: boolean): void {
  const slant = random.normal(0.16, (isOne ? 0.34 : 0.26) * amount);
  const turn = random.normal(0, 0.11 * amount);
  const stretch = Math.exp(random.normal(0.03, 0.2 * amount));
  const taper = random.normal(0, 0.22 * amount);
  // Positive: the upper part is larger than the lower one.
  const topHeavy = random.normal(0, 0.09 * amount);
  const cos = Math.cos(turn), sin = Math.sin(turn);
  // Two slow waves per axis bend the whole drawing, as elastic distortion does.
  const waves = Array.from({ length: 4 }, () => ({
    size: random.normal(0, 0.035 * amount), kx: random.uniform(-5, 5), ky: random.uniform(-5, 5), phase: random.uniform(0, 2 * Math.PI),
  }));
  const jitter = 0.016 * amount;
  for (const stroke of strokes) {
    let previousX = Number.NaN, previousY = Number.NaN, movedX = 0, movedY = 0;
    for (let i = 0; i < stroke.length; i += 2) {
      const x0 = stroke[i] ?? 0, y0 = stroke[i + 1] ?? 0;
      // A corner is a point given twice: both must move alike to stay one.
      if (x0 !== previousX || y0 !== previousY) {
        let x = x0 - 0.35 + random.normal(0, jitter), y = y0 - 0.5 + random.normal(0, jitter);
        y += topHeavy * (1 - 4 * y * y);
        x *= 1 + taper * 2 * y;
        for (const [w, wave] of waves.entries()) {
          const push = wave.size * Math.sin(wave.kx * x + wave.ky * y + wave.phase);
          if (w % 2 === 0) x += push;
          else y += push;
        }
        x = x * stretch - slant * y;
        movedX = cos * x - sin * y;
        movedY = sin * x + cos * y;
        previousX = x0;
        previousY = y0;
      }
      stroke[i] = movedX;
      stroke[i + 1] = movedY;
    }
  }
}

/** Scale the strokes so that their longer side is `size`, and put the middle of their bounds at (middle, middle). */
function fitBox(strokes: readonly Stroke[], size: number, middle: number): void {
  let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 2) {
      const x = stroke[i] ?? 0, y = stroke[i + 1] ?? 0;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y);
    }
  }
  const scale = size / Math.max(x1 - x0, y1 - y0, 1e-6);
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 2) {
      stroke[i] = ((stroke[i] ?? 0) - (x0 + x1) / 2) * scale + middle;
      stroke[i + 1] = ((stroke[i + 1] ?? 0) - (y0 + y1) / 2) * scale + middle;
    }
  }
}

/** Digits between two chances for others to have their turn: about 4 ms. */
const DRAWN_AT_ONCE = 100;

/** `count` digits in balanced random order. Picture i depends on (writing, seed, epoch, split, i) alone. */
export async function makeDigits(writing: Writing, count: number, seed: number, split: number, epoch: number): Promise<{ images: Uint8Array; labels: Uint8Array }> {
  const generator = new DigitGenerator(writing);
  const images = new Uint8Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const digit = digitAt(seed, split, epoch, i);
    labels[i] = digit;
    generator.draw(digit, new Random(seed, split, epoch, i), images, i * SIDE * SIDE);
    if (i % DRAWN_AT_ONCE === DRAWN_AT_ONCE - 1) await breathe();
  }
  return { images, labels };
}

/** Each block of ten holds every digit once, in an order of its own: balanced whatever the count. */
function digitAt(seed: number, split: number, epoch: number, index: number): number {
  const block = Math.floor(index / 10);
  const random = new Random(seed, split, epoch, block, 0x0d16);
  const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  for (let i = 9; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order[index % 10] ?? 0;
}
