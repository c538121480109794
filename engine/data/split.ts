/** Which training samples are held back for validation: a random share, the same for the same seed; of a time series, its end. */
import { permutation, Random } from './random.ts';

/** Keeps this stream apart from those that draw samples with the same seed. */
const SPLIT_STREAM = 0x5e1d;

export interface Split {
  /** Both ascending, so that an unshuffled run keeps the data's order. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** `share` of `samples` (rounded to whole samples, never all of them) is held back. */
export function validationSplit(samples: number, share: number, seed: number): Split {
  if (!(share >= 0 && share < 1)) throw new RangeError(`the validation share is ${share}, but must be at least 0 and below 1`);
  const held = Math.min(Math.round(samples * share), Math.max(0, samples - 1));
  const order = permutation(samples, new Random(seed, SPLIT_STREAM));
  return { train: order.slice(held).sort(), validation: order.slice(0, held).sort() };
}

/**
 * As `validationSplit`, of samples that follow each other in time: the end is held back, and the `overlap`
 * samples in front of it, which share numbers with it, are in neither part. The training part may be empty.
 */
export function timeSplit(samples: number, share: number, overlap: number): Split {
  if (!(share >= 0 && share < 1)) throw new RangeError(`the validation share is ${share}, but must be at least 0 and below 1`);
  const held = Math.min(Math.round(samples * share), Math.max(0, samples - 1));
  const trained = held === 0 ? samples : Math.max(0, samples - held - overlap);
  return { train: Int32Array.from({ length: trained }, (_, i) => i), validation: Int32Array.from({ length: held }, (_, i) => samples - held + i) };
}
