/**
 * From a drawing or a photograph to what a network was trained on. Handwriting data sets frame their
 * digits alike: scaled into 20 of 28 pixels and centred by mass (LeCun, Cortes & Burges, The MNIST
 * database, 1998). A drawing that is not framed so looks strange to the network, however well it was learned.
 */
import type { ImageSize } from './model-facts.ts';

/** Ink is 1, paper 0; row-major. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}
/** Share of the picture that the digit's longer side takes. */
const BOX = 20 / 28;
/** Fainter than this is paper. */
const INK = 0.08;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where there is ink; undefined on empty paper. */
export function inkBox({ width, height, data }: GreyImage): Box | undefined {
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x]! <= INK) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return right < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Mean of the image over the rectangle, which may reach beyond it (paper); exact for fractional borders. */
function meanOver({ width, height, data }: GreyImage, x0: number, y0: number, x1: number, y1: number): number {
  let sum = 0;
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(height, Math.ceil(y1)); y++) {
    const rows = Math.min(y + 1, y1) - Math.max(y, y0);
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(width, Math.ceil(x1)); x++) {
      sum += data[y * width + x]! * rows * (Math.min(x + 1, x1) - Math.max(x, x0));
    }
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

/** `scale` source pixels to one of the result, whose centre shows the source's (x, y). */
function sample(image: GreyImage, size: { readonly width: number; readonly height: number }, scale: number, x: number, y: number): Float32Array {
  const result = new Float32Array(size.width * size.height);
  for (let row = 0; row < size.height; row++) {
    for (let column = 0; column < size.width; column++) {
      const left = x + (column - size.width / 2) * scale;
      const top = y + (row - size.height / 2) * scale;
      result[row * size.width + column] = meanOver(image, left, top, left + scale, top + scale);
    }
  }
  return result;
}

/** Framed as handwriting data sets are: the longer side in 20/28 of the picture, the centre of mass in its middle. */
export function frameDigit(image: GreyImage, size: { readonly width: number; readonly height: number }): Float32Array {
  const box = inkBox(image);
  if (box === undefined) return new Float32Array(size.width * size.height);
  const scale = Math.max(box.width / (size.width * BOX), box.height / (size.height * BOX));
  let mass = 0;
  let x = 0;
  let y = 0;
  for (let row = box.top; row < box.top + box.height; row++) {
    for (let column = box.left; column < box.left + box.width; column++) {
      const ink = image.data[row * image.width + column]!;
      mass += ink;
      x += ink * (column + 0.5);
      y += ink * (row + 0.5);
    }
  }
  const framed = sample(image, size, scale, x / mass, y / mass);
  // Thin strokes pale when they shrink; the data's are black in the middle.
  const most = framed.reduce((a, b) => Math.max(a, b), 0);
  return most > 0 && most < 1 ? framed.map((ink) => ink / most) : framed;
}

/** The whole picture, as large as it fits, its proportions kept. */
export function fitWhole(image: GreyImage, size: { readonly width: number; readonly height: number }): Float32Array {
  return sample(image, size, Math.max(image.width / size.width, image.height / size.height), image.width / 2, image.height / 2);
}

/** Pixels of a page's canvas, RGBA, as ink or as channels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}
function plane({ width, height, data }: Pixels, value: (red: number, green: number, blue: number) => number): GreyImage {
  const result = new Float32Array(width * height);
  for (let i = 0; i < result.length; i++) {
    const alpha = data[i * 4 + 3]! / 255;
    // What is transparent shows white paper.
    const channel = (offset: number): number => (data[i * 4 + offset]! / 255) * alpha + 1 - alpha;
    result[i] = value(channel(0), channel(1), channel(2));
  }
  return { width, height, data: result };
}

/** Brightness as the eye weighs colours (ITU-R BT.601). */
const brightness = (red: number, green: number, blue: number): number => 0.299 * red + 0.587 * green + 0.114 * blue;

/** Handwriting on paper or on a dark ground: whichever fills the border is the ground. Contrast is stretched, so that a shadow is no ink. */
export function inkOf(pixels: Pixels): GreyImage {
  const { width, height, data } = plane(pixels, brightness);
  const border: number[] = [];
  for (let x = 0; x < width; x++) border.push(data[x]!, data[(height - 1) * width + x]!);
  for (let y = 0; y < height; y++) border.push(data[y * width]!, data[y * width + width - 1]!);
  border.sort((a, b) => a - b);
  const ground = border[border.length >> 1] ?? 1;
  let furthest = 0;
  for (const value of data) furthest = Math.max(furthest, Math.abs(value - ground));
  const floor = 0.25 * furthest;
  return { width, height, data: data.map((value) => (furthest < 0.02 ? 0 : Math.max(0, Math.min(1, (Math.abs(value - ground) - floor) / (0.6 * furthest))))) };
}

/** What a network with this input is given for a picture: [channels, height, width], 0 to 1. */
export function imageInput(pixels: Pixels, size: ImageSize, asDigit: boolean): Float32Array {
  if (size.channels === 1) return asDigit ? frameDigit(inkOf(pixels), size) : fitWhole(plane(pixels, brightness), size);
  const planes = [plane(pixels, (red) => red), plane(pixels, (_red, green) => green), plane(pixels, (_red, _green, blue) => blue)].map((each) => fitWhole(each, size));
  const result = new Float32Array(size.channels * size.height * size.width);
  planes.forEach((values, channel) => result.set(values, channel * size.height * size.width));
  return result;
}
/** The same for a drawing: one plane of ink, given to every channel. */
export function drawingInput(drawing: GreyImage, size: ImageSize, asDigit: boolean): Float32Array {
  const framed = asDigit ? frameDigit(drawing, size) : fitWhole(drawing, size);
  const result = new Float32Array(size.channels * size.height * size.width);
  for (let channel = 0; channel < size.channels; channel++) result.set(framed, channel * framed.length);
  return result;
}
