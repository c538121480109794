/** The coefficient of determination: how much of the target's variance is explained. */
import { inferElementwise } from '../loss/loss-parts.ts';
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { METRIC_INPUTS } from './metric-parts.ts';

export const r2 = defineNode<Record<never, never>>({
  type: 'R2',
  category: 'metric',
  title: text('R²', 'R²（决定系数）'),
  summary: text(
    'Share of the target’s variance that the prediction explains: 1 is perfect, 0 no better than the mean. The mean over several outputs.',
    '预测所解释的目标方差比例：1 为完美，0 与直接取均值无异。多个输出时取平均。',
  ),
  synonyms: ['coefficient of determination', 'explained variance'],
  inputs: METRIC_INPUTS,
  outputs: [],
  params: {},
  maths: { forward: 'R^2 = 1 - \\frac{\\sum_n (t_n - x_n)^2}{\\sum_n (t_n - \\bar t)^2}' },
  source: 'Wright, “Correlation and Causation”, 1921',
  infer(_params, ins) {
    inferElementwise(ins);
    return [];
  },
  lower: () => [],
  code: { pytorch: () => '1 - (target - prediction).square().sum() / (target - target.mean()).square().sum()', keras: () => 'keras.metrics.R2Score()' },
  examples: [{ params: {}, inputs: [{ shape: ['N', 1], dtype: 'f32' }, { shape: ['N', 1], dtype: 'f32' }] }],
});
