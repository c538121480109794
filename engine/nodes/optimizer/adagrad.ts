/** Adagrad: each weight's step shrinks with all the gradient it has seen. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { unless } from '../python.ts';
import { commonParams, epsilonParam, kerasOptimizer, learningRateParam, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams, pytorchOptimizer } from './optimizer-parts.ts';

export interface AdagradParams extends OptimizerParams {
  readonly learningRateDecay: number;
  readonly epsilon: number;
}

export const adagrad = defineNode<AdagradParams>({
  type: 'Adagrad',
  category: 'optimizer',
  title: text('Adagrad', 'Adagrad'),
  summary: text(
    'Gives rare features larger steps by dividing by the root of all squared gradients so far. Its steps only ever shrink.',
    '用历史梯度平方和的平方根做除数，让罕见特征获得更大的步长。步长只会越来越小。',
  ),
  synonyms: ['adaptive gradient'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: {
    learningRate: learningRateParam(0.01),
    learningRateDecay: float(
      text('Rate decay', '学习率衰减'), text('Divides the learning rate by 1 + (step − 1) times this.', '学习率除以 1 +（步数 − 1）× 该值。'),
      0, { min: 0, max: 1 },
    ),
    epsilon: epsilonParam(1e-10),
    ...commonParams(),
  },
  maths: { forward: 's \\leftarrow s + g^2,\\qquad \\theta \\leftarrow \\theta - \\frac{\\eta}{1 + (t-1)\\lambda}\\,\\frac{g}{\\sqrt{s} + \\epsilon}' },
  source: 'Duchi, Hazan & Singer, “Adaptive Subgradient Methods for Online Learning and Stochastic Optimization”, 2011',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('Adagrad', p, { lr_decay: unless(p.learningRateDecay, 0), eps: unless(p.epsilon, 1e-10) }),
    keras: (p) => kerasOptimizer('Adagrad', p, { initial_accumulator_value: 0, epsilon: p.epsilon }),
  },
  examples: [{ params: {}, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
