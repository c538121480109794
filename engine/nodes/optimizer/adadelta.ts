/** Adadelta: steps measured in units of earlier steps, so that hardly any learning rate is left to choose. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { unless } from '../python.ts';
import { commonParams, epsilonParam, fractionParam, kerasOptimizer, learningRateParam, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams, pytorchOptimizer } from './optimizer-parts.ts';

export interface AdadeltaParams extends OptimizerParams {
  readonly rho: number;
  readonly epsilon: number;
}

export const adadelta = defineNode<AdadeltaParams>({
  type: 'Adadelta',
  category: 'optimizer',
  title: text('Adadelta', 'Adadelta'),
  summary: text(
    'Scales each step by the size of the steps before it. Starts slowly; the learning rate stays at 1.',
    '用以往更新量的大小来缩放当前步长。起步较慢，学习率保持 1 即可。',
  ),
  synonyms: ['adaptive delta'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: {
    learningRate: learningRateParam(1),
    rho: fractionParam(0.9, text('Rho', 'ρ'), text('Decay rate of both running means.', '两个滑动平均的衰减率。')),
    epsilon: epsilonParam(1e-6),
    ...commonParams(),
  },
  maths: { forward: 's \\leftarrow \\rho s + (1-\\rho)g^2,\\quad \\Delta = \\frac{\\sqrt{u+\\epsilon}}{\\sqrt{s+\\epsilon}}\\,g,\\quad u \\leftarrow \\rho u + (1-\\rho)\\Delta^2,\\quad \\theta \\leftarrow \\theta - \\eta\\,\\Delta' },
  source: 'Zeiler, “ADADELTA: An Adaptive Learning Rate Method”, 2012',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('Adadelta', p, { rho: unless(p.rho, 0.9), eps: unless(p.epsilon, 1e-6) }),
    keras: (p) => kerasOptimizer('Adadelta', p, { rho: p.rho, epsilon: p.epsilon }),
  },
  examples: [{ params: {}, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
