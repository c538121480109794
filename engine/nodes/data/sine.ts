/** Sine: points along a sine curve, with noise: a regression that needs a hidden layer. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { fedByTheEngine, noise, regressionTypes, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface SineParams extends SizeParams {
  readonly amplitude: number;
  readonly frequency: number;
  readonly phase: number;
  readonly noise: number;
}

export const sineNode = defineNode<SineParams>({
  type: 'SineData',
  category: 'data',
  title: text('Sine', '正弦数据'),
  summary: text('Points along a sine curve, with noise: a regression that needs a hidden layer.', '沿正弦曲线分布、带噪声的点：需要隐藏层的回归。'),
  synonyms: ['curve fitting', 'wave', 'nonlinear regression', '曲线拟合'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(200),
    testSamples: testSamples(100),
    amplitude: float(text('Amplitude A', '振幅 A'), text('Height of the wave.', '波的高度。'), 1, { min: -100, max: 100 }),
    frequency: float(text('Frequency f', '频率 f'), text('Waves per unit of x; x runs from −1 to 1.', '单位 x 内的波数；x 从 −1 到 1。'), 1, { min: 0, max: 20 }),
    phase: float(text('Phase φ', '相位 φ'), text('Shift of the wave in radians.', '波的相移，单位为弧度。'), 0, { min: -6.3, max: 6.3 }),
    noise: noise(0.1, 10),
    seed: SEED,
  },
  maths: { forward: 'y = A \\sin(2\\pi f x + \\phi) + \\epsilon,\\quad x \\sim U(-1, 1)' },
  source: 'Bishop, Pattern Recognition and Machine Learning, 2006, section 1.1 (the sine as the running example of curve fitting)',
  infer: () => regressionTypes(1),
  lower: fedByTheEngine,
  data: { dataset: 'sine' },
  code: {
    pytorch: (params) => `x = torch.rand(${params.trainSamples}, 1) * 2 - 1; y = ${params.amplitude} * torch.sin(2 * torch.pi * ${params.frequency} * x + ${params.phase}) + ${params.noise} * torch.randn_like(x)`,
    keras: (params) => `x = numpy.random.uniform(-1, 1, (${params.trainSamples}, 1)); y = ${params.amplitude} * numpy.sin(2 * numpy.pi * ${params.frequency} * x + ${params.phase}) + ${params.noise} * numpy.random.normal(size=x.shape)`,
  },
  examples: [{ params: { trainSamples: 32, testSamples: 8 }, inputs: [] }],
});
