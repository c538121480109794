/** One pass over samples without training: the sums of losses and metrics, or the predictions. Gives way to other work now and then. */
import { batchesOf, batchIndex, passBatch } from './batches.ts';
import { batchTotals, type CompiledBatch, type DeviceModel, type SplitName } from './device-model.ts';
import { addTotals, NO_TOTALS, type Totals } from './model.ts';
import { breathe } from '../data/breathe.ts';
import type { StepOutputs } from '../backends/backend.ts';

/** Milliseconds of work between two chances for commands and other tasks. */
const CHUNK_MS = 75;

export interface PassOptions {
  /** Near this size; see `passBatch`. */
  readonly batchSize: number;
  readonly onProgress?: (done: number, total: number) => void;
  /** Asked between chunks: true ends the pass early. */
  readonly cancelled?: () => boolean;
  /** Milliseconds of work between two chances for other tasks. */
  readonly chunkMs?: () => number;
}

/** Runs `compiled(batch)` over all of `indices` in order and hands each batch's outputs on. Returns false when cancelled. */
export async function passOver(indices: Int32Array, options: PassOptions, compiled: (batch: number) => Promise<CompiledBatch>, visit: (batch: CompiledBatch, outputs: StepOutputs, first: number) => void): Promise<boolean> {
  const size = passBatch(indices.length, options.batchSize);
  const total = batchesOf(indices.length, size);
  let chunk = 1;
  for (let at = 0; at < total;) {
    if (options.cancelled?.() === true) return false;
    const rows = Math.min(size, indices.length - at * size);
    // A smaller last batch has a program of its own and goes alone.
    const whole = Math.floor(indices.length / size) - at;
    const count = rows < size ? 1 : Math.min(chunk, whole);
    const batch = await compiled(rows);
    const began = performance.now();
    const outputs = await batch.run(Array.from({ length: count }, (_, i) => ({ index: batchIndex(indices, size, at + i), step: at + i })));
    const perBatch = (performance.now() - began) / count;
    outputs.forEach((output, i) => visit(batch, output, (at + i) * size));
    at += count;
    chunk = Math.max(1, Math.min(chunk * 4, Math.round((options.chunkMs?.() ?? CHUNK_MS) / Math.max(perBatch, 0.01))));
    options.onProgress?.(Math.min(at * size, indices.length), indices.length);
    await breathe();
  }
  return true;
}

/** Loss and metric sums over `indices` of a split, in inference mode; undefined when cancelled. */
export async function evaluatePass(device: DeviceModel, split: SplitName, indices: Int32Array, options: PassOptions): Promise<Totals | undefined> {
  let totals = NO_TOTALS;
  const whole = await passOver(indices, options, (batch) => device.evaluation(split, batch), ({ program }, outputs) => {
    totals = addTotals(device.model, totals, batchTotals(device.model, program, outputs));
  });
  return whole ? totals : undefined;
}

/** `visit` gets each batch's predictions and the number of its first sample. */
export async function predictPass(device: DeviceModel, split: SplitName, indices: Int32Array, options: PassOptions, visit: (batch: CompiledBatch, outputs: StepOutputs, first: number) => void): Promise<void> {
  await passOver(indices, options, (batch) => device.prediction(split, batch), visit);
}
