/** Fresh training samples of an endless set, with the validation rows kept as they were, so that epochs are judged by the same samples. */
import type { SampleArray, Samples } from '../data/dataset.ts';
import type { SplitSamples } from './device-model.ts';

export function freshSamples(first: SplitSamples, fresh: SplitSamples, validation: Int32Array): SplitSamples {
  const merged: Record<string, Samples> = {};
  for (const [node, ports] of Object.entries(fresh)) {
    merged[node] = Object.fromEntries(Object.entries(ports).map(([port, array]) => [port, keepRows(first[node]?.[port], array, validation)]));
  }
  return merged;
}

function keepRows(first: SampleArray | undefined, fresh: SampleArray, rows: Int32Array): SampleArray {
  if (first === undefined || rows.length === 0) return fresh;
  const width = fresh.data.length / (fresh.shape[0] ?? 1);
  const data = fresh.data.slice();
  for (const row of rows) data.set(first.data.subarray(row * width, (row + 1) * width), row * width);
  return { ...fresh, data };
}
