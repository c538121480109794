/**
 * One coloured shape on a dim background, and the sentence that describes it. Size and place are drawn in
 * steps with gaps between them, so that "small" and "at the left" are never a matter of opinion.
 */
import { CAPTION_LENGTH, CAPTION_WORDS, COLOURS, SHAPE_SIDE, SHAPES } from '../../nodes/data/coloured-shapes.ts';
import { breathe } from '../breathe.ts';
import { permutation, Random } from '../random.ts';
import { OUTLINES, REACH, type ShapeName } from './outline.ts';

type ColourName = (typeof COLOURS)[number];

const RGB: Readonly<Record<ColourName, readonly [number, number, number]>> = {
  red: [0.9, 0.12, 0.12], orange: [1, 0.52, 0.05], yellow: [0.98, 0.92, 0.15], green: [0.12, 0.75, 0.2], blue: [0.15, 0.35, 0.95], purple: [0.62, 0.18, 0.82],
};
/** Radius in pixels, from and to. */
const SIZES = [{ word: 'small', radius: [4, 5] }, { word: undefined, radius: [5.8, 7] }, { word: 'large', radius: [7.8, 9.5] }] as const;
/** Middle of the shape along an axis in pixels, where its radius allows it. */
const PLACES = [[0, 12], [13.5, 18.5], [20, SHAPE_SIDE]] as const;
const ACROSS = ['left', undefined, 'right'] as const;
const DOWN = ['top', undefined, 'bottom'] as const;
/** Samples per pixel and axis: edges get 16 shades. */
const FINE = 4;

const TOKENS = new Map(CAPTION_WORDS.map((word, token) => [word, token]));

/** Shapes between two chances for others to have their turn: a few milliseconds. */
const DRAWN_AT_ONCE = 100;
/** Keeps the stream of the classes' order apart from that of the pictures. */
const ORDER = 0x5ade;

export interface ShapePictures {
  /** [count, 3, 32, 32] */
  readonly images: Uint8Array;
  readonly shapes: Int32Array;
  readonly colours: Int32Array;
  /** [count, CAPTION_LENGTH] */
  readonly captions: Int32Array;
}

/** Any 36 in a row from a multiple of 36 on hold every shape in every colour once. Picture i depends on (noise, seed, split, epoch, i) alone. */
export async function makeShapes(noise: number, count: number, seed: number, split: number, epoch: number): Promise<ShapePictures> {
  const plane = SHAPE_SIDE * SHAPE_SIDE;
  const images = new Uint8Array(count * 3 * plane);
  const shapes = new Int32Array(count);
  const colours = new Int32Array(count);
  const captions = new Int32Array(count * CAPTION_LENGTH);
  const kinds = SHAPES.length * COLOURS.length;
  let order = new Int32Array(0);
  for (let i = 0; i < count; i++) {
    if (i % kinds === 0) order = permutation(kinds, new Random(seed, split, epoch, i / kinds, ORDER)) as Int32Array<ArrayBuffer>;
    const kind = order[i % kinds] ?? 0;
    shapes[i] = Math.floor(kind / COLOURS.length);
    colours[i] = kind % COLOURS.length;
    const shape = SHAPES[shapes[i] ?? 0] ?? 'circle', colour = COLOURS[colours[i] ?? 0] ?? 'red';
    const words = draw(shape, colour, noise, new Random(seed, split, epoch, i), images.subarray(i * 3 * plane, (i + 1) * 3 * plane));
    captions.set(words.map((word) => TOKENS.get(word) ?? 0), i * CAPTION_LENGTH);
    if (i % DRAWN_AT_ONCE === DRAWN_AT_ONCE - 1) await breathe();
  }
  return { images, shapes, colours, captions };
}

/** Draws into `out` ([3, 32, 32]) and gives the words of the caption. */
function draw(shape: ShapeName, colour: ColourName, noise: number, random: Random, out: Uint8Array): string[] {
  const size = SIZES[random.below(SIZES.length)] ?? SIZES[1];
  const radius = random.uniform(...size.radius);
  const column = random.below(3), row = random.below(3);
  const x = middle(column, radius, random), y = middle(row, radius, random);
  const turn = random.uniform(0, 2 * Math.PI);
  const light = random.uniform(0.8, 1.05);
  const paint = RGB[colour].map((channel) => Math.min(1, Math.max(0, light * channel + random.uniform(-0.05, 0.05))));
  const ground = background(random);
  const cover = coverage(OUTLINES[shape], x, y, radius, turn);
  for (let c = 0; c < 3; c++) {
    for (let at = 0; at < cover.length; at++) {
      const share = cover[at] ?? 0;
      const value = share * (paint[c] ?? 0) + (1 - share) * ground(c, at % SHAPE_SIDE, Math.floor(at / SHAPE_SIDE)) + (noise === 0 ? 0 : random.normal(0, noise));
      out[c * cover.length + at] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
  return ['a', ...(size.word === undefined ? [] : [size.word]), colour, shape, ...placeWords(DOWN[row], ACROSS[column])];
}

function placeWords(down: string | undefined, across: string | undefined): string[] {
  const words = [down, across].filter((word) => word !== undefined);
  return words.length === 0 ? ['in', 'the', 'middle'] : ['at', 'the', ...words];
}

/** A place in the third that the caption names, from which the shape stays within the picture. */
function middle(third: number, radius: number, random: Random): number {
  const [from, to] = PLACES[third] ?? PLACES[1];
  return random.uniform(Math.max(from, radius * REACH), Math.min(to, SHAPE_SIDE - radius * REACH));
}

/** A dim, nearly grey tone that grows lighter in one direction. */
function background(random: Random): (channel: number, x: number, y: number) => number {
  const tone = random.uniform(0.1, 0.35);
  const tint = [0, 1, 2].map(() => random.uniform(-0.05, 0.05));
  const [slopeX, slopeY] = [random.uniform(-0.1, 0.1), random.uniform(-0.1, 0.1)];
  return (channel, x, y) => tone + (tint[channel] ?? 0) + (slopeX * (2 * x - SHAPE_SIDE) + slopeY * (2 * y - SHAPE_SIDE)) / SHAPE_SIDE;
}

/** Share of each pixel that the shape covers, row-major. */
function coverage(isInside: (u: number, v: number) => boolean, x: number, y: number, radius: number, turn: number): Float32Array {
  const cover = new Float32Array(SHAPE_SIDE * SHAPE_SIDE);
  const cos = Math.cos(turn) / radius, sin = Math.sin(turn) / radius;
  const reach = radius * REACH;
  const clip = (value: number): number => Math.min(SHAPE_SIDE, Math.max(0, value));
  for (let row = clip(Math.floor(y - reach)); row < clip(Math.ceil(y + reach)); row++) {
    for (let column = clip(Math.floor(x - reach)); column < clip(Math.ceil(x + reach)); column++) {
      let inside = 0;
      for (let fine = 0; fine < FINE * FINE; fine++) {
        const dx = column + ((fine % FINE) + 0.5) / FINE - x, dy = row + (Math.floor(fine / FINE) + 0.5) / FINE - y;
        if (isInside(cos * dx + sin * dy, cos * dy - sin * dx)) inside++;
      }
      cover[row * SHAPE_SIDE + column] = inside / (FINE * FINE);
    }
  }
  return cover;
}
