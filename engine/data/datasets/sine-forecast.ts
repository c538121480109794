/** Sine forecast: windows of one series. Step t of it depends on (parameters, seed, t) alone, so that windows that overlap agree. */
import { sineForecastNode, type SineForecastParams } from '../../nodes/data/sine-forecast.ts';
import { Random } from '../random.ts';
import type { Samples } from '../dataset.ts';
import { datasetFromNode } from './from-node.ts';

/** Roots of these are the waves' frequencies, in units of the slowest. */
const SQUARES = [1, 2, 3, 5, 7] as const;
/** Keep the phases' and the noise's streams apart from each other. */
const PHASES = 0x5a1;
const NOISE = 0x5a2;

/** Steps `first` to `first + count - 1` of the series. */
function series({ period, waves, noise }: SineForecastParams, seed: number, first: number, count: number): Float32Array {
  const random = new Random(seed, PHASES);
  const phases = Array.from({ length: waves }, () => random.uniform(0, 2 * Math.PI));
  // So much makes the variance one half, whatever the number of waves.
  const amplitude = Math.sqrt(1 / waves);
  return Float32Array.from({ length: count }, (_, i) => {
    const t = first + i;
    const clean = phases.reduce((sum, phase, j) => sum + Math.sin((2 * Math.PI * Math.sqrt(SQUARES[j] ?? 1) * t) / period + phase), 0);
    return amplitude * clean + (noise === 0 ? 0 : new Random(seed, NOISE, t).normal(0, noise));
  });
}

function windows(params: SineForecastParams, seed: number, first: number, count: number): Samples {
  const { window, horizon } = params;
  const values = series(params, seed, first, count + window + horizon - 1);
  const x = new Float32Array(count * window);
  const y = new Float32Array(count * horizon);
  for (let i = 0; i < count; i++) {
    x.set(values.subarray(i, i + window), i * window);
    y.set(values.subarray(i + window, i + window + horizon), i * horizon);
  }
  return { x: { shape: [count, window, 1], data: x }, y: { shape: [count, horizon], data: y } };
}

export const sineForecast = datasetFromNode(sineForecastNode, {
  async load(params, context) {
    const seed = params.seed ?? context.seed;
    const { trainSamples, testSamples, window, horizon } = params;
    const overlap = window + horizon - 1;
    return {
      train: windows(params, seed, 0, trainSamples),
      ...(testSamples === 0 ? {} : { test: windows(params, seed, trainSamples + overlap, testSamples) }),
      overlap,
    };
  },
});
