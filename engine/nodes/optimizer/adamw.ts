/** AdamW: Adam with weight decay that is kept out of the gradient and its running means. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { unless } from '../python.ts';
import { adamKeywords, type AdamParams, adamParams } from './adam.ts';
import { commonParams, kerasOptimizer, learningRateParam, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, pytorchOptimizer } from './optimizer-parts.ts';

export const adamw = defineNode<AdamParams>({
  type: 'AdamW',
  category: 'optimizer',
  title: text('AdamW', 'AdamW'),
  summary: text(
    'Adam with weight decay that acts on the weights themselves. The usual choice for transformers and longer runs.',
    '权重衰减直接作用于权重的 Adam。训练 Transformer 和较长训练时的常用选择。',
  ),
  synonyms: ['decoupled weight decay'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: { learningRate: learningRateParam(0.001), ...adamParams, ...commonParams({ weightDecay: 0.01, decoupled: true }) },
  maths: { forward: '\\theta \\leftarrow (1 - \\eta\\lambda)\\,\\theta - \\eta\\,\\frac{m/(1-\\beta_1^t)}{\\sqrt{v/(1-\\beta_2^t)} + \\epsilon}\\qquad(m, v \\text{ as in Adam})' },
  source: 'Loshchilov & Hutter, “Decoupled Weight Decay Regularization”, 2019',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => pytorchOptimizer('AdamW', p, adamKeywords(p), 0.01),
    keras: (p) => kerasOptimizer('AdamW', p, { beta_1: unless(p.beta1, 0.9), beta_2: unless(p.beta2, 0.999), epsilon: p.epsilon, amsgrad: unless(p.amsgrad, false) }),
  },
  examples: [{ params: {}, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
