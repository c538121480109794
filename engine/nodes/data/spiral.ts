/** Spiral: arms that wind around each other, one per class: hard for a small network. */
import { defineNode } from '../node-type.ts';
import { float, int, text } from '../params.ts';
import { fedByTheEngine, noise, pointTypes, SEED, type SizeParams, type Targets, TARGETS, testSamples, trainSamples, XY } from './shared.ts';

export interface SpiralParams extends SizeParams {
  readonly classes: number;
  readonly noise: number;
  readonly turns: number;
  readonly targets: Targets;
}

export const spiralNode = defineNode<SpiralParams>({
  type: 'Spiral',
  category: 'data',
  title: text('Spiral', '螺旋'),
  summary: text('Arms that wind around each other, one per class: hard for a small network.', '每类一条相互缠绕的螺旋臂，对小网络颇有难度。'),
  synonyms: ['two spirals', 'arms', '螺线'],
  inputs: [],
  outputs: XY,
  params: {
    trainSamples: trainSamples(400),
    testSamples: testSamples(200),
    classes: int(text('Classes', '类别数'), text('How many classes there are.', '类别的数量。'), 2, { min: 2, max: 8, prominent: true }),
    noise: noise(0.03, 0.5),
    turns: float(text('Turns', '圈数'), text('How often each arm goes around the centre.', '每条臂绕中心的圈数。'), 1.5, { min: 0.1, max: 4 }),
    targets: TARGETS,
    seed: SEED,
  },
  maths: { forward: 'x = t\\,(\\cos\\phi, \\sin\\phi),\\quad \\phi = 2\\pi\\,(\\text{turns}\\cdot t + \\tfrac{y}{K})' },
  source: 'Lang & Witbrock, Learning to tell two spirals apart, 1988; Smilkov & Carter, A Neural Network Playground, 2016',
  infer: (params) => pointTypes(params.targets, params.classes),
  lower: fedByTheEngine,
  data: { dataset: 'spiral' },
  code: { pytorch: (params) => `t = torch.rand(${params.trainSamples}); y = torch.randint(${params.classes}, t.shape); phi = 2 * torch.pi * (${params.turns} * t + y / ${params.classes}); x = torch.stack([t * phi.cos(), t * phi.sin()], 1)`, keras: (params) => `t = numpy.random.rand(${params.trainSamples}); y = numpy.random.randint(${params.classes}, size=t.shape); phi = 2 * numpy.pi * (${params.turns} * t + y / ${params.classes}); x = numpy.stack([t * numpy.cos(phi), t * numpy.sin(phi)], 1)` },
  examples: [
    { params: { trainSamples: 32, testSamples: 8 }, inputs: [] },
    { params: { trainSamples: 32, testSamples: 8, targets: 'binary' }, inputs: [] },
  ],
});
