/** Raw samples as the network's numbers: value · scale + shift, where each may differ by channel. */
import type { PerChannel, SampleArray } from './dataset.ts';

/** The number that holds for a channel. */
export const ofChannel = (numbers: PerChannel, channel: number): number => (typeof numbers === 'number' ? numbers : (numbers[channel] ?? Number.NaN));

/** The channel of element `index` of an array whose axis 1 is the channel. */
export function channelOf(shape: readonly number[], index: number): number {
  const plane = shape.slice(2).reduce((product, size) => product * size, 1);
  return Math.floor(index / plane) % (shape[1] ?? 1);
}

/** Element `index`, counted over all samples, in double precision. */
export function scaledValue({ shape, data, scale = 1, shift = 0 }: SampleArray, index: number): number {
  const raw = data[index] ?? 0;
  if (typeof scale === 'number' && typeof shift === 'number') return raw * scale + shift;
  const channel = channelOf(shape, index);
  return raw * ofChannel(scale, channel) + ofChannel(shift, channel);
}
