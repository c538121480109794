/**
 * The one-dimensional transforms of minimal filtering F(4, 3): six inputs give four outputs of a
 * three-tap filter with six products instead of twelve (Winograd 1980; Lavin & Gray 2016, with
 * interpolation points 0, ±1, ±2, ∞). Each is applied along rows and along columns.
 */
import type { FunctionBuilder, Local } from './assembler.ts';

/** One output as Σ coefficient · input; the emitter multiplies first and adds what has factor ±1 last. */
type Matrix = readonly (readonly number[])[];

/** Bᵀ: of the data. */
export const DATA: Matrix = [[4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1]];
/** G: of the filter. */
export const FILTER: Matrix = [[1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6], [0, 0, 1]];
/** Aᵀ: of the products. */
export const OUTPUT: Matrix = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]];

export const transposed = (matrix: Matrix): Matrix => (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? 0));

/**
 * Outputs 2i − 1 and 2i of DATA, OUTPUT's transpose and FILTER are sum and difference of the same
 * two parts: (even-indexed inputs) ± (odd-indexed inputs). Computing the parts once halves the work.
 */
function emitTransform(f: FunctionBuilder, matrix: Matrix, inputs: readonly Local[], outputs: readonly Local[]): void {
  const weighted = (row: readonly number[], which: (i: number) => boolean): boolean => {
    let first = true;
    for (const unit of [false, true]) {
      row.forEach((c, i) => {
        if (c === 0 || !which(i) || (Math.abs(c) === 1) !== unit) return;
        f.get(inputs[i] as Local);
        if (!unit) f.vf32(first ? c : Math.abs(c)).simd('f32x4Mul');
        else if (first && c < 0) f.simd('f32x4Neg');
        if (!first) f.simd(c < 0 ? 'f32x4Sub' : 'f32x4Add');
        first = false;
      });
    }
    return !first;
  };
  const even = (i: number): boolean => i % 2 === 0;
  const odd = (i: number): boolean => i % 2 === 1;
  for (let o = 0; o < matrix.length; o++) {
    const row = matrix[o] ?? [];
    const next = matrix[o + 1];
    const mirrored = next !== undefined && row.some((c, i) => c !== 0 && odd(i)) && row.some((c, i) => c !== 0 && even(i)) && row.every((c, i) => next[i] === (odd(i) ? -c : c));
    if (mirrored) {
      const [p, q] = f.locals('v128', 2) as [Local, Local];
      weighted(row, even);
      f.set(p);
      weighted(row, odd);
      f.set(q);
      f.get(p).get(q).simd('f32x4Add').set(outputs[o] as Local);
      f.get(p).get(q).simd('f32x4Sub').set(outputs[o + 1] as Local);
      o++;
    } else {
      if (!weighted(row, () => true)) f.vf32(0);
      f.set(outputs[o] as Local);
    }
  }
}

/** matrix · X · matrixᵀ for a square X of vectors: `load` sets a local to X[i][j], `store` takes results row by row. */
export function emitTransform2D(f: FunctionBuilder, matrix: Matrix, load: (i: number, j: number, into: Local) => void, store: (i: number, j: number, value: Local) => void): void {
  const size = matrix[0]?.length ?? 0;
  const columns = Array.from({ length: size }, () => f.locals('v128', matrix.length));
  const inputs = f.locals('v128', size);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) load(i, j, inputs[i] as Local);
    emitTransform(f, matrix, inputs, columns[j] as Local[]);
  }
  const outputs = f.locals('v128', matrix.length);
  for (let i = 0; i < matrix.length; i++) {
    emitTransform(f, matrix, columns.map((column) => column[i] as Local), outputs);
    outputs.forEach((value, j) => store(i, j, value));
  }
}
