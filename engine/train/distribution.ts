/** Many numbers in a few: what histograms of weights, activations and gradients are drawn from. */
import type { Distribution } from '../protocol.ts';

const BINS = 40;

/** Numbers that are not finite are left out; `count` says how many there were. */
export function distributionOf(data: Float32Array): Distribution {
  let count = 0;
  let zeros = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    // Also false for NaN.
    if (!(value - value === 0)) continue;
    count++;
    sum += value;
    if (value === 0) zeros++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const bins = new Uint32Array(BINS);
  if (count === 0) return { count, mean: 0, std: 0, min: 0, max: 0, zeros: 0, bins };
  const mean = sum / count;
  const scale = max > min ? BINS / (max - min) : 0;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!(value - value === 0)) continue;
    squares += (value - mean) * (value - mean);
    const bin = Math.min(BINS - 1, Math.floor((value - min) * scale));
    bins[bin] = (bins[bin] as number) + 1;
  }
  return { count, mean, std: Math.sqrt(squares / count), min, max, zeros: zeros / count, bins };
}
