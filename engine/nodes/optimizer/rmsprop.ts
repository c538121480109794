/** RMSprop: the gradient divided by its recent root mean square. */
import { defineNode } from '../node-type.ts';
import { bool, text } from '../params.ts';
import { unless } from '../python.ts';
import { commonParams, epsilonParam, fractionParam, kerasOptimizer, learningRateParam, MOMENTUM_HELP, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams, pytorchOptimizer } from './optimizer-parts.ts';

export interface RmspropParams extends OptimizerParams {
  readonly alpha: number;
  readonly momentum: number;
  readonly centered: boolean;
  readonly epsilon: number;
}

export const rmsprop = defineNode<RmspropParams>({
  type: 'RMSprop',
  category: 'optimizer',
  title: text('RMSprop', 'RMSprop'),
  summary: text(
    'Divides the gradient by its recent root mean square, so that all weights move at a similar pace. A favourite for recurrent networks.',
    '用近期梯度的均方根归一化，使各权重以相近的速度更新。常用于循环网络。',
  ),
  synonyms: ['root mean square propagation'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: {
    learningRate: learningRateParam(0.001),
    alpha: fractionParam(0.99, text('Alpha', 'α'), text('Decay rate of the running mean of the squared gradient.', '梯度平方滑动平均的衰减率。')),
    momentum: fractionParam(0, text('Momentum', '动量'), MOMENTUM_HELP),
    centered: bool(
      text('Centred', '中心化'), text('Divides by the standard deviation of the gradient instead of its root mean square.', '用梯度的标准差代替均方根做除数。'),
      false,
    ),
    epsilon: epsilonParam(1e-8),
    ...commonParams(),
  },
  maths: { forward: 's \\leftarrow \\alpha s + (1-\\alpha)g^2,\\qquad v \\leftarrow \\mu v + \\frac{g}{\\sqrt{s} + \\epsilon},\\qquad \\theta \\leftarrow \\theta - \\eta\\,v' },
  source: 'Hinton, Srivastava & Swersky, “Neural Networks for Machine Learning”, lecture 6e, 2012; centred form: Graves, 2013',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('RMSprop', p, { alpha: unless(p.alpha, 0.99), momentum: unless(p.momentum, 0), centered: unless(p.centered, false), eps: unless(p.epsilon, 1e-8) }),
    keras: (p) => kerasOptimizer('RMSprop', p, { rho: p.alpha, momentum: unless(p.momentum, 0), centered: unless(p.centered, false), epsilon: p.epsilon }),
  },
  examples: [{ params: { momentum: 0.9 }, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
