/** XOR: points in a square, of class 1 where their coordinates have different signs: what one layer cannot learn. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { fedByTheEngine, noise, pointTypes, SEED, type SizeParams, type Targets, TARGETS, testSamples, trainSamples, XY } from './shared.ts';

export interface XorParams extends SizeParams {
  readonly noise: number;
  readonly targets: Targets;
}

export const xorNode = defineNode<XorParams>({
  type: 'XOR',
  category: 'data',
  title: text('XOR', '异或'),
  summary: text('Points in a square, of class 1 where their coordinates have different signs: what one layer cannot learn.', '正方形内的点，两坐标异号时为第 1 类：单层网络学不会的问题。'),
  synonyms: ['exclusive or', 'checkerboard', 'quadrants', '棋盘'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(400),
    testSamples: testSamples(200),
    noise: noise(0.05, 1),
    targets: TARGETS,
    seed: SEED,
  },
  maths: { forward: 'y = [x_1 > 0] \\oplus [x_2 > 0]' },
  source: 'Minsky & Papert, Perceptrons, 1969; Smilkov & Carter, A Neural Network Playground, 2016',
  infer: (params) => pointTypes(params.targets, 2),
  lower: fedByTheEngine,
  data: { dataset: 'xor' },
  code: { pytorch: (params) => `x = torch.rand(${params.trainSamples}, 2) * 2 - 1; y = (x[:, 0] > 0) ^ (x[:, 1] > 0)`, keras: (params) => `x = numpy.random.uniform(-1, 1, (${params.trainSamples}, 2)); y = (x[:, 0] > 0) ^ (x[:, 1] > 0)` },
  examples: [
    { params: { trainSamples: 32, testSamples: 8 }, inputs: [] },
    { params: { trainSamples: 32, testSamples: 8, targets: 'binary' }, inputs: [] },
  ],
});
