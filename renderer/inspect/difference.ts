/** How far two runtimes' answers are apart. */
export interface Difference {
  readonly absolute: number;
  /** Of the largest magnitude among the expected numbers. */
  readonly relative: number;
}
/** Beyond this an exported file does not do what the model does: float32 arithmetic in another order stays well below. */
export const EXPORT_TOLERANCE = 1e-4;

/** Infinite where the lengths differ or a number is none. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (actual.length !== expected.length) return { absolute: Infinity, relative: Infinity };
  let absolute = 0;
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(apart)) return { absolute: Infinity, relative: Infinity };
    if (apart > absolute) absolute = apart;
    most = Math.max(most, Math.abs(expected[i]!));
  }
  return { absolute, relative: most > 0 ? absolute / most : absolute };
}
