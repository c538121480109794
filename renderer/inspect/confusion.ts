/** Counts of a confusion matrix and what follows from them (rows are the true classes). */
import type { EvaluateReply } from '../../engine/protocol.ts';

export interface Confusion {
  readonly classes: number;
  /** [true · classes + predicted]. */
  readonly counts: Uint32Array;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}
export function confusionOf({ targets, classes, classCount, samples }: EvaluateReply): Confusion | undefined {
  if (targets === undefined || classes === undefined || classCount < 2) return undefined;
  const counts = new Uint32Array(classCount * classCount);
  for (let i = 0; i < samples; i++) {
    const [target = -1, predicted = -1] = [targets[i], classes[i]];
    if (target >= 0 && target < classCount && predicted >= 0 && predicted < classCount) counts[target * classCount + predicted]!++;
  }
  const range = Array.from({ length: classCount }, (_, i) => i);
  const sum = (cells: readonly number[]): number => cells.reduce((total, cell) => total + counts[cell]!, 0);
  return { classes: classCount, counts, rows: range.map((row) => sum(range.map((column) => row * classCount + column))), columns: range.map((column) => sum(range.map((row) => row * classCount + column))) };
}

/** Of those called this class, the share that is; of those that are, the share that is found. Not a number where there are none. */
export const precision = ({ classes, counts, columns }: Confusion, index: number): number => counts[index * classes + index]! / columns[index]!;
export const recall = ({ classes, counts, rows }: Confusion, index: number): number => counts[index * classes + index]! / rows[index]!;

export function accuracy({ classes, counts, rows }: Confusion): number {
  let right = 0;
  for (let i = 0; i < classes; i++) right += counts[i * classes + i]!;
  return right / rows.reduce((sum, row) => sum + row, 0);
}

export interface Mistake {
  readonly target: number;
  readonly predicted: number;
  readonly count: number;
}
/** The cells beside the diagonal, the fullest first. */
export function mistakes({ classes, counts }: Confusion): readonly Mistake[] {
  const found: Mistake[] = [];
  for (let target = 0; target < classes; target++) {
    for (let predicted = 0; predicted < classes; predicted++) {
      const count = counts[target * classes + predicted]!;
      if (target !== predicted && count > 0) found.push({ target, predicted, count });
    }
  }
  return found.sort((a, b) => b.count - a.count);
}

/** Samples of one cell, those that the model is surest of first: there it is most wrong, or most right. */
export function samplesOf({ targets, classes, confidences, samples }: EvaluateReply, target: number, predicted: number): readonly number[] {
  const found: number[] = [];
  for (let i = 0; i < samples; i++) if (targets?.[i] === target && classes?.[i] === predicted) found.push(i);
  return found.sort((a, b) => (confidences?.[b] ?? 0) - (confidences?.[a] ?? 0));
}
/** The greatest loss first; `wrongOnly` leaves out what was named rightly. */
export function mostWrong({ targets, classes, losses, samples }: EvaluateReply, wrongOnly: boolean): readonly number[] {
  const all = Array.from({ length: samples }, (_, i) => i);
  const chosen = wrongOnly && targets !== undefined ? all.filter((i) => targets[i] !== classes?.[i]) : all;
  return chosen.sort((a, b) => losses[b]! - losses[a]!);
}
