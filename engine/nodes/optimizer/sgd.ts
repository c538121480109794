/** Stochastic gradient descent, with momentum and Nesterov's variant. */
import { defineNode } from '../node-type.ts';
import { bool, text } from '../params.ts';
import { unless } from '../python.ts';
import { commonParams, fractionParam, kerasOptimizer, learningRateParam, MOMENTUM_HELP, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams, pytorchOptimizer } from './optimizer-parts.ts';

export interface SgdParams extends OptimizerParams {
  readonly momentum: number;
  readonly nesterov: boolean;
}

export const sgd = defineNode<SgdParams>({
  type: 'SGD',
  category: 'optimizer',
  title: text('SGD', '随机梯度下降'),
  summary: text(
    'Steps straight down the gradient, with momentum if wished. Plain, predictable, and with a good schedule hard to beat.',
    '沿梯度直接下降，可加动量。简单、可预测，配合好的学习率调度很难被超越。',
  ),
  synonyms: ['stochastic gradient descent', 'momentum', 'Nesterov', 'heavy ball'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: {
    learningRate: learningRateParam(0.01),
    momentum: { ...fractionParam(0, text('Momentum', '动量'), MOMENTUM_HELP), prominent: true },
    nesterov: bool(
      text('Nesterov', 'Nesterov 动量'), text('Looks ahead along the momentum before it steps.', '先沿动量方向前瞻再更新。'),
      false, { when: (params) => params.momentum !== 0 },
    ),
    ...commonParams(),
  },
  maths: { forward: 'v \\leftarrow \\mu v + g,\\qquad \\theta \\leftarrow \\theta - \\eta\\,v \\quad(\\text{Nesterov: } \\theta \\leftarrow \\theta - \\eta\\,(g + \\mu v))' },
  source: 'Robbins & Monro, “A Stochastic Approximation Method”, 1951; Polyak, 1964 (momentum); Sutskever, Martens, Dahl & Hinton, 2013 (this form of Nesterov’s)',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('SGD', p, { momentum: unless(p.momentum, 0), nesterov: p.momentum !== 0 && p.nesterov ? true : undefined }),
    keras: (p) => kerasOptimizer('SGD', p, { momentum: unless(p.momentum, 0), nesterov: p.momentum !== 0 && p.nesterov ? true : undefined }),
  },
  examples: [{ params: { momentum: 0.9, nesterov: true }, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
