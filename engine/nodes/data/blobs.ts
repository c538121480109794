/** Blobs: round clouds of points, one per class, on a circle: classes that straight lines can part. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { fedByTheEngine, noise, pointTypes, SEED, type SizeParams, type Targets, TARGETS, testSamples, trainSamples, XY } from './shared.ts';

export interface BlobsParams extends SizeParams {
  readonly classes: number;
  readonly noise: number;
  readonly targets: Targets;
}

export const blobsNode = defineNode<BlobsParams>({
  type: 'Blobs',
  category: 'data',
  title: text('Blobs', '高斯团'),
  summary: text('Round clouds of points, one per class, on a circle: classes that straight lines can part.', '圆周上每类一团点，可以用直线分开。'),
  synonyms: ['gaussians', 'clusters', 'make_blobs', '聚类'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(400),
    testSamples: testSamples(200),
    classes: int(text('Classes', '类别数'), text('How many classes there are.', '类别的数量。'), 3, { min: 2, max: 10, prominent: true }),
    noise: noise(0.25, 2),
    targets: TARGETS,
    seed: SEED,
  },
  maths: { forward: 'x \\sim \\mathcal{N}(c_y, \\sigma^2 I),\\quad c_k = (\\cos \\tfrac{2\\pi k}{K}, \\sin \\tfrac{2\\pi k}{K})' },
  source: 'Smilkov & Carter, A Neural Network Playground, 2016',
  infer: (params) => pointTypes(params.targets, params.classes),
  lower: fedByTheEngine,
  data: { dataset: 'blobs' },
  code: { pytorch: (params) => `sklearn.datasets.make_blobs(${params.trainSamples}, centers=${params.classes}, cluster_std=${params.noise})`, keras: (params) => `sklearn.datasets.make_blobs(${params.trainSamples}, centers=${params.classes}, cluster_std=${params.noise})` },
  examples: [
    { params: { trainSamples: 32, testSamples: 8 }, inputs: [] },
    { params: { trainSamples: 32, testSamples: 8, classes: 2, targets: 'binary' }, inputs: [] },
    { params: { trainSamples: 32, testSamples: 8, classes: 5, targets: 'one-hot' }, inputs: [] },
  ],
});
