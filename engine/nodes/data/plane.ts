/** Plane: points on a tilted plane over a square, with noise: regression with two inputs. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { fedByTheEngine, noise, regressionTypes, SEED, type SizeParams, testSamples, trainSamples, XY } from './shared.ts';

export interface PlaneParams extends SizeParams {
  readonly slopeX: number;
  readonly slopeY: number;
  readonly intercept: number;
  readonly range: number;
  readonly noise: number;
}

export const planeNode = defineNode<PlaneParams>({
  type: 'PlaneData',
  category: 'data',
  title: text('Plane', '平面数据'),
  summary: text('Points on a tilted plane over a square, with noise: regression with two inputs.', '正方形上方倾斜平面上带噪声的点：两个输入的回归。'),
  synonyms: ['linear regression', 'two inputs', '线性回归'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(200),
    testSamples: testSamples(100),
    slopeX: float(text('Slope a', '斜率 a'), text('How much y grows when the first input grows by 1.', '第一个输入增加 1 时 y 的增量。'), 1, { min: -100, max: 100 }),
    slopeY: float(text('Slope b', '斜率 b'), text('How much y grows when the second input grows by 1.', '第二个输入增加 1 时 y 的增量。'), -2, { min: -100, max: 100 }),
    intercept: float(text('Intercept c', '截距 c'), text('The y where both inputs are 0.', '两个输入都为 0 时的 y。'), 0.5, { min: -100, max: 100 }),
    range: float(text('Range r', '范围 r'), text('Both inputs lie between -r and r.', '两个输入都在 -r 与 r 之间。'), 1, { min: 0, max: 1000, exclusive: 'min' }),
    noise: noise(0.1, 10),
    seed: SEED,
  },
  maths: { forward: 'y = a x_1 + b x_2 + c + \\epsilon,\\quad x \\sim U(-r, r)^2' },
  source: 'Galton, Regression Towards Mediocrity in Hereditary Stature, 1886 (the name); Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805 (least squares)',
  infer: () => regressionTypes(2),
  lower: fedByTheEngine,
  data: { dataset: 'plane' },
  code: {
    pytorch: (params) => `x = (torch.rand(${params.trainSamples}, 2) * 2 - 1) * ${params.range}; y = x @ torch.tensor([[${params.slopeX}], [${params.slopeY}]], dtype=torch.float32) + ${params.intercept}`,
    keras: (params) => `x = numpy.random.uniform(-${params.range}, ${params.range}, (${params.trainSamples}, 2)); y = x @ [[${params.slopeX}], [${params.slopeY}]] + ${params.intercept}`,
  },
  examples: [{ params: { trainSamples: 32, testSamples: 8 }, inputs: [] }, { params: { trainSamples: 5, testSamples: 3, range: 2.5 }, inputs: [] }],
});
