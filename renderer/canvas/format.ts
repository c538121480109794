/** Shapes and counts as the canvas writes them. */
import type { Dim, TensorType } from '../../engine/nodes/node-type.ts';

/** The axes of one sample: "32 × 26 × 26". The batch axis goes without saying; empty where it is all there is. */
export function shapeText(type: Pick<TensorType, 'shape'>): string {
  const axes: readonly Dim[] = type.shape[0] === 'N' ? type.shape.slice(1) : type.shape;
  return axes.join(' × ');
}
/** Whether there is one number per sample, whose shape says nothing. */
export const isScalar = (type: Pick<TensorType, 'shape'>): boolean => type.shape.length === (type.shape[0] === 'N' ? 1 : 0);

/** "320", "12,345": the window's language decides about separators. */
export const countText = (count: number, language: string): string => count.toLocaleString(language);

/** A value of a parameter as it is edited in one line: "3 × 3". */
export const intsText = (values: readonly number[]): string => values.join(' × ');

/** Reads "3 × 3", "3x3", "3, 3", "3 3"; undefined for anything else. */
export function parseInts(text: string): readonly number[] | undefined {
  const parts = text.trim().split(/\s*[x×*,，;]\s*|\s+/i).filter((part) => part !== '');
  const values = parts.map(Number);
  return values.length > 0 && values.every((value) => Number.isInteger(value)) ? values : undefined;
}
