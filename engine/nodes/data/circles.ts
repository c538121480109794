/** Circles: one class lies in a ring around the other: no straight line parts them. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { fedByTheEngine, noise, pointTypes, SEED, type SizeParams, type Targets, TARGETS, testSamples, trainSamples, XY } from './shared.ts';

export interface CirclesParams extends SizeParams {
  readonly noise: number;
  readonly factor: number;
  readonly targets: Targets;
}

export const circlesNode = defineNode<CirclesParams>({
  type: 'Circles',
  category: 'data',
  title: text('Circles', '同心圆'),
  summary: text('One class lies in a ring around the other: no straight line parts them.', '一类成环包围另一类，无法用直线分开。'),
  synonyms: ['rings', 'make_circles', 'concentric', '圆环'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(400),
    testSamples: testSamples(200),
    noise: noise(0.08, 1),
    factor: float(text('Inner radius', '内圆半径'), text('Radius of the inner circle; the outer one has 1.', '内圆的半径；外圆半径为 1。'), 0.5, { min: 0, max: 1, exclusive: 'max' }),
    targets: TARGETS,
    seed: SEED,
  },
  maths: { forward: 'x = r_y (\\cos\\theta, \\sin\\theta) + \\epsilon,\\quad r_0 = 1,\\ r_1 = \\text{factor}' },
  source: 'Pedregosa et al., Scikit-learn: Machine Learning in Python, 2011 (make_circles); Smilkov & Carter, A Neural Network Playground, 2016',
  infer: (params) => pointTypes(params.targets, 2),
  lower: fedByTheEngine,
  data: { dataset: 'circles' },
  code: { pytorch: (params) => `sklearn.datasets.make_circles(${params.trainSamples}, noise=${params.noise}, factor=${params.factor})`, keras: (params) => `sklearn.datasets.make_circles(${params.trainSamples}, noise=${params.noise}, factor=${params.factor})` },
  examples: [
    { params: { trainSamples: 32, testSamples: 8 }, inputs: [] },
    { params: { trainSamples: 32, testSamples: 8, targets: 'binary' }, inputs: [] },
  ],
});
