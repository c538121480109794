/** Sine forecast: a window of a time series of waves and noise, and the values that come next. */
import { defineNode } from '../node-type.ts';
import { float, int, text } from '../params.ts';
import { fedByTheEngine, noise, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface SineForecastParams extends SizeParams {
  readonly window: number;
  readonly horizon: number;
  readonly period: number;
  readonly waves: number;
  readonly noise: number;
}

export const sineForecastNode = defineNode<SineForecastParams>({
  type: 'SineForecast',
  category: 'data',
  title: text('Sine forecast', '正弦预测'),
  summary: text(
    'One long time series, the sum of sine waves and noise: from a window of it the next values are to be told. Windows start at every step; the test set is the end of the series, which training never sees.',
    '一条由正弦波与噪声叠加的长时间序列：根据其中一个窗口预测随后的值。每一步都开始一个窗口；测试集是序列的末段，训练时从不出现。',
  ),
  synonyms: ['time series', 'prediction', 'autoregression', 'sequence', 'wave', 'RNN', '时间序列', '序列预测', '循环网络'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(2000),
    testSamples: testSamples(500),
    window: int(text('Window', '窗口'), text('Steps of the series that the network sees.', '网络看到的步数。'), 40, { min: 1, max: 10_000, prominent: true, logarithmic: true }),
    horizon: int(text('Horizon', '预测步数'), text('How many of the next values are asked for.', '要预测的后续值的个数。'), 1, { min: 1, max: 1000, prominent: true }),
    period: float(text('Period', '周期'), text('Steps of the slowest wave.', '最慢的波的步数。'), 25, { min: 2, max: 10_000 }),
    waves: int(text('Waves', '波数'), text('How many sine waves are added. Their frequencies have irrational ratios, so that their sum never repeats itself.', '叠加的正弦波个数。它们的频率之比为无理数，因此叠加后永不重复。'), 2, { min: 1, max: 5, prominent: true }),
    noise: noise(0.05, 10),
    seed: SEED,
  },
  maths: { forward: 's_t = \\sqrt{\\tfrac{1}{J}} \\sum_{j=1}^{J} \\sin\\bigl(2\\pi \\sqrt{q_j}\\, t / P + \\phi_j\\bigr) + \\epsilon_t,\\quad q = 1, 2, 3, 5, 7' },
  source: 'Box & Jenkins, Time Series Analysis: Forecasting and Control, 1970 (forecasting from a window of the series)',
  infer: ({ window, horizon }) => [
    { shape: ['N', window, 1], dtype: 'f32' },
    { shape: ['N', horizon], dtype: 'f32' },
  ],
  lower: fedByTheEngine,
  data: { dataset: 'sine-forecast' },
  code: {
    pytorch: ({ trainSamples: count, window, horizon, period, noise: deviation }) => `s = torch.sin(2 * torch.pi * torch.arange(${count + window + horizon - 1}) / ${period}); s = s + ${deviation} * torch.randn_like(s); w = s.unfold(0, ${window + horizon}, 1); x, y = w[:, :${window}, None], w[:, ${window}:]`,
    keras: ({ trainSamples: count, window, horizon, period, noise: deviation }) => `s = numpy.sin(2 * numpy.pi * numpy.arange(${count + window + horizon - 1}) / ${period}); s = s + ${deviation} * numpy.random.normal(size=s.shape); w = numpy.lib.stride_tricks.sliding_window_view(s, ${window + horizon}); x, y = w[:, :${window}, None], w[:, ${window}:]`,
  },
  examples: [
    { params: { trainSamples: 16, testSamples: 4, window: 9 }, inputs: [] },
    { params: { trainSamples: 16, testSamples: 4, window: 1, horizon: 3 }, inputs: [] },
  ],
});
