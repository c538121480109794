/**
 * Sizes of axes in a model whose batch size is open: `perBatch · N + fixed`. Every size that a
 * lowering can make of N by reshaping, concatenating and slicing is of this form.
 */
export interface Extent {
  readonly perBatch: number;
  readonly fixed: number;
}
export type Extents = readonly Extent[];

/** What the batch axis is called in the file. */
export const BATCH = 'batch';

export const fixed = (size: number): Extent => ({ perBatch: 0, fixed: size });
export const batchExtent: Extent = { perBatch: 1, fixed: 0 };
export const isFixed = (extent: Extent): boolean => extent.perBatch === 0;
export const sameExtent = (a: Extent, b: Extent): boolean => a.perBatch === b.perBatch && a.fixed === b.fixed;
export const isOne = (extent: Extent): boolean => sameExtent(extent, fixed(1));
export const add = (a: Extent, b: Extent): Extent => ({ perBatch: a.perBatch + b.perBatch, fixed: a.fixed + b.fixed });
export const scale = (a: Extent, by: number): Extent => ({ perBatch: a.perBatch * by, fixed: a.fixed * by });

/** The product, or undefined where it would be quadratic in N. */
export function multiply(a: Extent, b: Extent): Extent | undefined {
  if (isFixed(a)) return scale(b, a.fixed);
  return isFixed(b) ? scale(a, b.fixed) : undefined;
}

/** The factor c in c · b = a, or undefined where there is none. */
export function divide(a: Extent, b: Extent): Extent | undefined {
  if (isFixed(b)) {
    const quotient = { perBatch: a.perBatch / b.fixed, fixed: a.fixed / b.fixed };
    return Number.isInteger(quotient.perBatch) && Number.isInteger(quotient.fixed) ? quotient : undefined;
  }
  const factor = a.perBatch / b.perBatch;
  return Number.isInteger(factor) && a.fixed === factor * b.fixed ? fixed(factor) : undefined;
}

/** `batch`, `batch*49`, `batch*2+1` or a number: what the file calls the size. */
export function extentName({ perBatch, fixed: rest }: Extent): string {
  if (perBatch === 0) return String(rest);
  const product = perBatch === 1 ? BATCH : `${BATCH}*${perBatch}`;
  return rest === 0 ? product : `${product}${rest < 0 ? '-' : '+'}${Math.abs(rest)}`;
}

export const shapeText = (extents: Extents): string => `[${extents.map(extentName).join(', ')}]`;

/** The extent that takes these values at these batch sizes, or undefined where no line goes through them. */
export function extentThrough(sizes: readonly [number, number, number], batches: readonly [number, number, number]): Extent | undefined {
  const perBatch = (sizes[1] - sizes[0]) / (batches[1] - batches[0]);
  const extent = { perBatch, fixed: sizes[0] - perBatch * batches[0] };
  return Number.isInteger(perBatch) && perBatch * batches[2] + extent.fixed === sizes[2] ? extent : undefined;
}
