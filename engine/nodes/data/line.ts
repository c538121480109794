/** Line: points along a straight line, with noise: the first regression. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { fedByTheEngine, noise, regressionTypes, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface LineParams extends SizeParams {
  readonly slope: number;
  readonly intercept: number;
  readonly noise: number;
}

export const lineNode = defineNode<LineParams>({
  type: 'LineData',
  category: 'data',
  title: text('Line', '直线数据'),
  summary: text('Points along a straight line, with noise: the first regression.', '沿直线分布、带噪声的点：最简单的回归。'),
  synonyms: ['linear regression', 'straight line', '线性回归'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(200),
    testSamples: testSamples(100),
    slope: float(text('Slope a', '斜率 a'), text('How much y grows when x grows by 1.', 'x 增加 1 时 y 的增量。'), 2, { min: -100, max: 100 }),
    intercept: float(text('Intercept b', '截距 b'), text('The y at x = 0.', 'x = 0 处的 y。'), -0.5, { min: -100, max: 100 }),
    noise: noise(0.1, 10),
    seed: SEED,
  },
  maths: { forward: 'y = a x + b + \\epsilon,\\quad x \\sim U(-1, 1)' },
  source: 'Galton, Regression Towards Mediocrity in Hereditary Stature, 1886 (the name); Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805 (least squares)',
  infer: () => regressionTypes(1),
  lower: fedByTheEngine,
  data: { dataset: 'line' },
  code: {
    pytorch: (params) => `x = torch.rand(${params.trainSamples}, 1) * 2 - 1; y = ${params.slope} * x + ${params.intercept} + ${params.noise} * torch.randn_like(x)`,
    keras: (params) => `x = numpy.random.uniform(-1, 1, (${params.trainSamples}, 1)); y = ${params.slope} * x + ${params.intercept} + ${params.noise} * numpy.random.normal(size=x.shape)`,
  },
  examples: [{ params: { trainSamples: 32, testSamples: 8 }, inputs: [] }],
});
