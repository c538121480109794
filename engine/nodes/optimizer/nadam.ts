/** NAdam: Adam with Nesterov's look ahead. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { unless } from '../python.ts';
import { BETA1, BETA2, commonParams, epsilonParam, fractionParam, kerasOptimizer, learningRateParam, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams, pytorchOptimizer } from './optimizer-parts.ts';

export interface NadamParams extends OptimizerParams {
  readonly beta1: number;
  readonly beta2: number;
  readonly momentumDecay: number;
  readonly epsilon: number;
}

export const nadam = defineNode<NadamParams>({
  type: 'NAdam',
  category: 'optimizer',
  title: text('NAdam', 'NAdam'),
  summary: text('Adam that looks ahead along its momentum; often a little quicker at the start.', '沿动量方向前瞻的 Adam，开始阶段往往更快一些。'),
  synonyms: ['Nesterov Adam'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: {
    learningRate: learningRateParam(0.002),
    beta1: fractionParam(0.9, BETA1.title, BETA1.help),
    beta2: fractionParam(0.999, BETA2.title, BETA2.help),
    momentumDecay: float(text('Momentum decay', '动量衰减'), text('How fast the momentum grows to beta 1.', '动量增长到 β₁ 的快慢。'), 0.004, { min: 0, max: 1 }),
    epsilon: epsilonParam(1e-8),
    ...commonParams(),
  },
  maths: { forward: '\\mu_t = \\beta_1\\bigl(1 - \\tfrac12\\,0.96^{t\\psi}\\bigr),\\quad \\hat m = \\frac{\\mu_{t+1}\\,m}{1-\\mu_t\\mu_{t+1}\\prod_{i\\le t}\\mu_i} + \\frac{(1-\\mu_t)\\,g}{1-\\prod_{i\\le t}\\mu_i},\\quad \\theta \\leftarrow \\theta - \\eta\\,\\frac{\\hat m}{\\sqrt{v/(1-\\beta_2^t)} + \\epsilon}' },
  source: 'Dozat, “Incorporating Nesterov Momentum into Adam”, 2016',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('NAdam', p, { betas: p.beta1 === 0.9 && p.beta2 === 0.999 ? undefined : `(${p.beta1}, ${p.beta2})`, eps: unless(p.epsilon, 1e-8), momentum_decay: unless(p.momentumDecay, 0.004) }),
    keras: (p) => kerasOptimizer('Nadam', p, { beta_1: unless(p.beta1, 0.9), beta_2: unless(p.beta2, 0.999), epsilon: p.epsilon }),
  },
  examples: [{ params: {}, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
