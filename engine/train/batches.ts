/** Which samples make which batch: the order of an epoch, and the sizes of its batches. Pure functions of seed and epoch, the same on every backend. */
import { permutation, Random } from '../data/random.ts';

/** Keeps the shuffles apart from every other use of the run's seed. */
const SHUFFLE_STREAM = 0x0b47c4;

/** The epoch's samples in order: shuffled by (seed, epoch), or as they are. */
export function epochOrder(samples: Int32Array, shuffle: boolean, seed: number, epoch: number): Int32Array {
  if (!shuffle) return samples;
  const order = permutation(samples.length, new Random(seed, SHUFFLE_STREAM, epoch));
  return order.map((at) => samples[at] ?? 0);
}

export const allSamples = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);
export const batchesOf = (samples: number, batch: number): number => Math.ceil(samples / batch);
/** The index of batch number `at`; the last one may be smaller. */
export const batchIndex = (order: Int32Array, batch: number, at: number): Int32Array => order.slice(at * batch, (at + 1) * batch);

/**
 * Batch size for going through `samples` once without training: one that divides them, near the training's, so that one
 * program does it all; else the training's, with a smaller last batch. Rather below it: a recurrent layer's steps over
 * 250 samples no longer fit the second-level cache, and take 1.12 times as long a sample as over 125.
 */
export function passBatch(samples: number, near: number): number {
  const divides = (size: number): boolean => samples % size === 0;
  for (let size = Math.min(samples, near); size >= Math.max(1, near / 2); size--) if (divides(size)) return size;
  for (let size = near + 1; size <= Math.min(samples, 2 * near); size++) if (divides(size)) return size;
  return Math.min(samples, near);
}
