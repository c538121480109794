/** Lion: only the sign of the momentum counts, so that every weight moves by the learning rate. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { unless } from '../python.ts';
import { BETA1, BETA2, commonParams, fractionParam, kerasOptimizer, learningRateParam, OPTIMIZER_EXAMPLE_INPUTS, OPTIMIZER_INPUTS, type OptimizerParams } from './optimizer-parts.ts';

export interface LionParams extends OptimizerParams {
  readonly beta1: number;
  readonly beta2: number;
}

export const lion = defineNode<LionParams>({
  type: 'Lion',
  category: 'optimizer',
  title: text('Lion', 'Lion'),
  summary: text(
    'Moves every weight by the same length, in the direction of the momentum’s sign. Needs half of Adam’s memory and about a tenth of its learning rate.',
    '每个权重按动量的符号移动相同的长度。内存只需 Adam 的一半，学习率约取其十分之一。',
  ),
  synonyms: ['evolved sign momentum', 'signSGD'],
  inputs: OPTIMIZER_INPUTS,
  outputs: [],
  params: {
    learningRate: learningRateParam(0.0001),
    beta1: fractionParam(0.9, BETA1.title, text('Share of the momentum in the direction of the step.', '更新方向中动量所占的比例。')),
    beta2: fractionParam(0.99, BETA2.title, text('Decay rate of the momentum.', '动量的衰减率。')),
    ...commonParams({ decoupled: true }),
  },
  maths: { forward: '\\theta \\leftarrow (1-\\eta\\lambda)\\,\\theta - \\eta\\,\\operatorname{sign}\\bigl(\\beta_1 m + (1-\\beta_1)g\\bigr),\\qquad m \\leftarrow \\beta_2 m + (1-\\beta_2)g' },
  source: 'Chen, Liang, Huang, Real, Wang, Liu, Pham, Dong, Luong, Hsieh, Lu & Le, “Symbolic Discovery of Optimization Algorithms”, 2023',
  infer: () => [],
  lower: () => [],
  code: {
    pytorch: (p) => `Lion(model.parameters(), lr=${p.learningRate}, betas=(${p.beta1}, ${p.beta2}), weight_decay=${p.weightDecay})  # from the package lion-pytorch`,
    keras: (p) => kerasOptimizer('Lion', p, { beta_1: unless(p.beta1, 0.9), beta_2: unless(p.beta2, 0.99) }),
  },
  examples: [{ params: {}, inputs: OPTIMIZER_EXAMPLE_INPUTS }],
});
