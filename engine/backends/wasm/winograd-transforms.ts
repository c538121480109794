/**
 * The one-dimensional transforms of minimal filtering with the six points 0, ±1, ±2, ∞ (Winograd 1980; Lavin & Gray
 * 2015): six inputs give four outputs of a filter of three taps, or two of one of five, with six products instead of
 * twelve or ten. Numbers are taken as coefficients of a polynomial: of both filter and outputs the values at the points
 * are multiplied; the data go through the transpose of what finds coefficients of the values.
 * Each transform is applied along rows and along columns.
 */
import type { FunctionBuilder, Local } from './assembler.ts';
import type { ModuleBuilder } from './module-builder.ts';

/** Points of the transforms. */
export const POINTS = 6;

/** Four channels, or eight: one vector or two side by side, which V8's revectorizer makes one of. */
export type Channels = readonly Local[];

/** One-dimensional: `emit` sets all outputs from all inputs. */
export interface Transform {
  readonly inputs: number;
  readonly outputs: number;
  emit(a: Arithmetic, inputs: readonly Channels[], outputs: readonly Channels[]): void;
}

/** Arithmetic between channels; constants come from memory, which is cheaper than writing them into registers. */
export class Arithmetic {
  readonly #m: ModuleBuilder;
  readonly #f: FunctionBuilder;
  readonly #vectors: number;
  constructor(m: ModuleBuilder, f: FunctionBuilder, vectors: number) {
    this.#m = m;
    this.#f = f;
    this.#vectors = vectors;
  }
  locals(): Channels { return this.#f.locals('v128', this.#vectors); }
  add(x: Channels, y: Channels, into = this.locals()): Channels {
    return this.#each(into, (i) => this.#f.get(x[i] as Local).get(y[i] as Local).simd('f32x4Add'));
  }
  sub(x: Channels, y: Channels, into = this.locals()): Channels {
    return this.#each(into, (i) => this.#f.get(x[i] as Local).get(y[i] as Local).simd('f32x4Sub'));
  }
  scale(factor: number, x: Channels, into = this.locals()): Channels {
    return this.#each(into, (i) => {
      this.#f.get(x[i] as Local);
      if (factor !== 1) this.#f.vConstant(factor).simd('f32x4Mul');
    });
  }
  /** factor · x + y. */
  multiplyAdd(factor: number, x: Channels, y: Channels, into = this.locals()): Channels {
    if (factor === 1) return this.add(x, y, into);
    if (factor === -1) return this.sub(y, x, into);
    return this.#each(into, (i) => {
      this.#f.get(x[i] as Local).vConstant(factor);
      if (this.#m.relaxed) this.#f.get(y[i] as Local).simd('f32x4RelaxedMadd');
      else this.#f.simd('f32x4Mul').get(y[i] as Local).simd('f32x4Add');
    });
  }
  #each(into: Channels, emit: (vector: number) => void): Channels {
    into.forEach((local, i) => {
      emit(i);
      this.#f.set(local);
    });
    return into;
  }
}

type Six = [Channels, Channels, Channels, Channels, Channels, Channels];

/** What the values at 0, ±1, ±2 are multiplied by; at ∞ by 1. */
type Scales = readonly [number, number, number];
const PLAIN: Scales = [1, 1, 1];
const OF_FILTER: Scales = [1 / 4, -1 / 6, 1 / 24];

/** Of the data. */
export const DATA: Transform = {
  inputs: POINTS, outputs: POINTS,
  emit: (a, x, y) => {
    const [x0, x1, x2, x3, x4, x5] = x as Six;
    const [y0, y1, y2, y3, y4, y5] = y as Six;
    a.multiplyAdd(4, x0, a.multiplyAdd(-5, x2, x4), y0);
    const [even, odd] = [a.multiplyAdd(-4, x2, x4), a.multiplyAdd(-4, x1, x3)];
    a.add(even, odd, y1);
    a.sub(even, odd, y2);
    const [outer, inner] = [a.sub(x4, x2), a.sub(x3, x1)];
    a.multiplyAdd(2, inner, outer, y3);
    a.multiplyAdd(-2, inner, outer, y4);
    a.multiplyAdd(4, x1, a.multiplyAdd(-5, x3, x5), y5);
  },
};

/** The transpose of `DATA`: from products to all that one tile of data adds to, the places around it included. */
export const DATA_TRANSPOSED: Transform = {
  inputs: POINTS, outputs: POINTS,
  emit: (a, x, y) => {
    const [x0, x1, x2, x3, x4, x5] = x as Six;
    const [y0, y1, y2, y3, y4, y5] = y as Six;
    const [nearSum, nearDifference] = [a.add(x1, x2), a.sub(x1, x2)];
    const [farSum, farDifference] = [a.add(x3, x4), a.sub(x3, x4)];
    a.scale(4, x0, y0);
    a.multiplyAdd(4, a.sub(x5, nearDifference), a.scale(-2, farDifference), y1);
    a.sub(a.multiplyAdd(-4, nearSum, a.scale(-5, x0)), farSum, y2);
    a.multiplyAdd(-5, x5, a.multiplyAdd(2, farDifference, nearDifference), y3);
    a.add(a.add(nearSum, farSum), x0, y4);
    a.scale(1, x5, y5);
  },
};

/** Values at the points, of so many coefficients: of the filter's taps, or of the gradient of the outputs. */
export const evaluation = (count: number, scales: Scales): Transform => ({
  inputs: count, outputs: POINTS,
  emit: (a, x, y) => {
    const [y0, y1, y2, y3, y4, y5] = y as Six;
    a.scale(scales[0], x[0] as Channels, y0);
    // Even and odd coefficients once for both signs of a point, by Horner's rule in its square.
    for (const [point, scale, plus, minus] of [[1, scales[1], y1, y2], [2, scales[2], y3, y4]] as const) {
      const part = (first: number): Channels => {
        const last = count - 1 - ((count - 1 - first) % 2);
        let sum = x[last] as Channels;
        for (let k = last - 2; k >= first; k -= 2) sum = a.multiplyAdd(point * point, sum, x[k] as Channels);
        return sum;
      };
      let [even, odd] = [part(0), part(1)];
      if (scale !== 1) [even, odd] = [a.scale(scale, even), a.scale(scale, odd)];
      a.multiplyAdd(point, odd, even, plus);
      a.multiplyAdd(-point, odd, even, minus);
    }
    a.scale(1, x[count - 1] as Channels, y5);
  },
});

/** The transpose of `evaluation`: so many outputs, or gradients of taps, of six products. */
export const collection = (count: number, scales: Scales): Transform => ({
  inputs: POINTS, outputs: count,
  emit: (a, x, y) => {
    const [x0, x1, x2, x3, x4, x5] = x as Six;
    const scaled = (factor: number, value: Channels): Channels => (factor === 1 ? value : a.scale(factor, value));
    const [nearSum, nearDifference] = [scaled(scales[1], a.add(x1, x2)), scaled(scales[1], a.sub(x1, x2))];
    const [farSum, farDifference] = [scaled(scales[2], a.add(x3, x4)), scaled(scales[2], a.sub(x3, x4))];
    for (let k = 0; k < count; k++) {
      const into = y[k] as Channels;
      const isLast = k === count - 1;
      const near = k % 2 === 0 ? nearSum : nearDifference;
      const sum = a.multiplyAdd(2 ** k, k % 2 === 0 ? farSum : farDifference, near, k === 0 || isLast ? undefined : into);
      if (k === 0) a.multiplyAdd(scales[0], x0, sum, into);
      else if (isLast) a.add(sum, x5, into);
    }
  },
});

/** The transforms of a filter of so many taps along each axis. */
export interface Transforms {
  /** Outputs of a tile along each axis. */
  readonly tile: number;
  readonly filter: Transform;
  readonly filterGradient: Transform;
  readonly output: Transform;
  readonly outputGradient: Transform;
}

export function transformsOf(taps: number): Transforms {
  const tile = POINTS - taps + 1;
  return { tile, filter: evaluation(taps, OF_FILTER), filterGradient: collection(taps, OF_FILTER), output: collection(tile, PLAIN), outputGradient: evaluation(tile, PLAIN) };
}

/**
 * The transform along both axes of a square X of channels, so many vectors of them: `load` sets the locals to X[i][j],
 * `store` takes results row by row.
 */
export function emitTransform2D(
  m: ModuleBuilder, f: FunctionBuilder, transform: Transform, vectors: number,
  load: (i: number, j: number, into: Channels) => void, store: (i: number, j: number, value: Channels) => void,
): void {
  const a = new Arithmetic(m, f, vectors);
  const many = (count: number): Channels[] => Array.from({ length: count }, () => a.locals());
  const columns = Array.from({ length: transform.inputs }, () => many(transform.outputs));
  const inputs = many(transform.inputs);
  for (const [j, column] of columns.entries()) {
    inputs.forEach((into, i) => load(i, j, into));
    transform.emit(a, inputs, column);
  }
  const outputs = many(transform.outputs);
  for (let i = 0; i < transform.outputs; i++) {
    transform.emit(a, columns.map((column) => column[i] as Channels), outputs);
    outputs.forEach((value, j) => store(i, j, value));
  }
}
