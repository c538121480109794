/** The geometry of windows that convolutions and pools share: output sizes, and which element each tap of each window reads. */
import { type Shape, type Window, elementCount } from '../ir.ts';
import { affinePositions, rowMajorStrides, shapeText } from './shapes.ts';

/** Elements that a window spans along each axis, gaps of the dilation included. */
const spans = (window: Window): number[] => window.size.map((n, axis) => (n - 1) * window.dilation[axis]! + 1);

/** Number of places of the window along each spatial axis. Throws when the window does not fit. */
export function windowOutput(op: string, spatial: Shape, window: Window): number[] {
  const rank = spatial.length;
  const { size, stride, padBefore, padAfter, dilation } = window;
  for (const [what, list, least] of [['size', size, 1], ['stride', stride, 1], ['padBefore', padBefore, 0], ['padAfter', padAfter, 0], ['dilation', dilation, 1]] as const) {
    if (list.length !== rank) throw new RangeError(`${op}: the window's ${what} [${list.join(', ')}] must have ${rank} entries for spatial axes ${shapeText(spatial)}`);
    if (!list.every((n) => Number.isInteger(n) && n >= least)) throw new RangeError(`${op}: the window's ${what} [${list.join(', ')}] must be whole numbers of at least ${least}`);
  }
  const span = spans(window);
  return spatial.map((n, axis) => {
    const padded = n + padBefore[axis]! + padAfter[axis]!;
    if (padded < span[axis]!) {
      throw new RangeError(`${op}: a window that spans ${shapeText(span)} does not fit into ${shapeText(spatial)} with padding ${shapeText(padBefore)} and ${shapeText(padAfter)}; use a smaller window or more padding`);
    }
    return Math.floor((padded - span[axis]!) / stride[axis]!) + 1;
  });
}

/** Throws when some place of the window sees nothing but padding, where a maximum has no meaning. */
export function expectNoEmptyWindow(op: string, spatial: Shape, window: Window, places: readonly number[]): void {
  for (const [axis, n] of spatial.entries()) {
    for (let place = 0; place < places[axis]!; place++) {
      const start = place * window.stride[axis]! - window.padBefore[axis]!;
      const seesInput = Array.from({ length: window.size[axis]! }, (_, tap) => start + tap * window.dilation[axis]!).some((at) => at >= 0 && at < n);
      if (!seesInput) throw new RangeError(`${op}: place ${place} of the window along spatial axis ${axis} (size ${n}) sees only padding; use less padding`);
    }
  }
}

/** Flat input positions that the taps of each place read: `taps` entries per place, -1 in the padding. */
export interface WindowTable {
  readonly places: number;
  readonly taps: number;
  readonly at: Int32Array;
}

export function windowTable(spatial: Shape, outSpatial: Shape, window: Window): WindowTable {
  const places = elementCount(outSpatial);
  const taps = elementCount(window.size);
  const at = new Int32Array(places * taps);
  // Axis by axis: add that axis's share of the position, or mark the tap as outside.
  const strides = rowMajorStrides(spatial);
  for (const [axis, n] of spatial.entries()) {
    const alone = (shape: Shape): Int32Array => affinePositions(shape, shape.map((_, i) => (i === axis ? 1 : 0)));
    const placeIndex = alone(outSpatial);
    const tapIndex = alone(window.size);
    for (let place = 0; place < places; place++) {
      const start = placeIndex[place]! * window.stride[axis]! - window.padBefore[axis]!;
      for (let tap = 0; tap < taps; tap++) {
        const i = place * taps + tap;
        const position = start + tapIndex[tap]! * window.dilation[axis]!;
        if (at[i]! >= 0) at[i] = position < 0 || position >= n ? -1 : at[i]! + position * strides[axis]!;
      }
    }
  }
  return { places, taps, at };
}
