/** Moons: two half moons that reach into each other. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { fedByTheEngine, noise, pointTypes, SEED, type SizeParams, type Targets, TARGETS, testSamples, trainSamples, XY } from './shared.ts';

export interface MoonsParams extends SizeParams {
  readonly noise: number;
  readonly targets: Targets;
}

export const moonsNode = defineNode<MoonsParams>({
  type: 'Moons',
  category: 'data',
  title: text('Moons', '双月'),
  summary: text('Two half moons that reach into each other.', '两个相互嵌入的半月形。'),
  synonyms: ['two moons', 'make_moons', 'half circles', '半月'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(400),
    testSamples: testSamples(200),
    noise: noise(0.1, 1),
    targets: TARGETS,
    seed: SEED,
  },
  maths: { forward: 'x = (\\cos\\theta, \\sin\\theta) \\ \\text{or}\\ (1 - \\cos\\theta, \\tfrac12 - \\sin\\theta),\\quad 0 \\le \\theta \\le \\pi' },
  source: 'Pedregosa et al., Scikit-learn: Machine Learning in Python, 2011 (make_moons)',
  infer: (params) => pointTypes(params.targets, 2),
  lower: fedByTheEngine,
  data: { dataset: 'moons' },
  code: { pytorch: (params) => `sklearn.datasets.make_moons(${params.trainSamples}, noise=${params.noise})`, keras: (params) => `sklearn.datasets.make_moons(${params.trainSamples}, noise=${params.noise})` },
  examples: [
    { params: { trainSamples: 32, testSamples: 8 }, inputs: [] },
    { params: { trainSamples: 32, testSamples: 8, targets: 'binary' }, inputs: [] },
  ],
});
