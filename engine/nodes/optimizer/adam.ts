/** Adam: momentum and a scale of its own for every weight, both free of the bias of their zero start. */
import { defineNode } from '../node-type.ts';
import { bool, text } from '../params.ts';
import { unless } from '../python.ts';
import { BETA1, BETA2, commonParams, epsilonParam, fractionParam, kerasOptimizer, learningRateParam, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams, pytorchOptimizer } from './optimizer-parts.ts';

export interface AdamParams extends OptimizerParams {
  readonly beta1: number;
  readonly beta2: number;
  readonly amsgrad: boolean;
  readonly epsilon: number;
}

export const adamParams = {
  beta1: fractionParam(0.9, BETA1.title, BETA1.help),
  beta2: fractionParam(0.999, BETA2.title, BETA2.help),
  amsgrad: bool(
    text('AMSGrad', 'AMSGrad'), text('Divides by the largest running mean so far, so that a weight’s step size never grows again.', '用历史最大的滑动平均做除数，使步长不再回升。'),
    false,
  ),
  epsilon: epsilonParam(1e-8),
} as const;

export const adamKeywords = (p: AdamParams): { readonly betas: string | undefined; readonly eps: number | undefined; readonly amsgrad: boolean | undefined } => ({
  betas: p.beta1 === 0.9 && p.beta2 === 0.999 ? undefined : `(${p.beta1}, ${p.beta2})`,
  eps: unless(p.epsilon, 1e-8),
  amsgrad: unless(p.amsgrad, false),
});

export const adam = defineNode<AdamParams>({
  type: 'Adam',
  category: 'optimizer',
  title: text('Adam', 'Adam'),
  summary: text(
    'Momentum plus a step size of its own for every weight. The safe first choice; a learning rate of 0.001 suits most networks.',
    '动量加上每个权重各自的步长。最稳妥的首选，学习率取 0.001 适合大多数网络。',
  ),
  synonyms: ['adaptive moment estimation', 'AMSGrad'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: { learningRate: learningRateParam(0.001), ...adamParams, ...commonParams() },
  maths: { forward: 'm \\leftarrow \\beta_1 m + (1-\\beta_1)g,\\quad v \\leftarrow \\beta_2 v + (1-\\beta_2)g^2,\\quad \\theta \\leftarrow \\theta - \\eta\\,\\frac{m/(1-\\beta_1^t)}{\\sqrt{v/(1-\\beta_2^t)} + \\epsilon}' },
  source: 'Kingma & Ba, “Adam: A Method for Stochastic Optimization”, 2015; AMSGrad: Reddi, Kale & Kumar, 2018',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('Adam', p, adamKeywords(p)),
    keras: (p) => kerasOptimizer('Adam', p, { beta_1: unless(p.beta1, 0.9), beta_2: unless(p.beta2, 0.999), epsilon: p.epsilon, amsgrad: unless(p.amsgrad, false) }),
  },
  examples: [{ params: {}, inputs: OPTIMIZER_EXAMPLE_INPUTS }, { params: { amsgrad: true }, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
