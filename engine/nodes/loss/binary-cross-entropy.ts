/** Binary cross-entropy: yes-or-no predictions, one per output. From logits (stable) or from probabilities. */
import { defineNode } from '../node-type.ts';
import { choice, text } from '../params.ts';
import { call } from '../python.ts';
import { alignTarget, inferElementwise, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams {
  readonly from: string;
}
/** Below the smallest normal float32 a GPU may see 0, whose logarithm is minus infinity; PyTorch says −100 there. */
const SMALLEST_NORMAL = 1.1754943508222875e-38;
const LOG_FLOOR = -100;

export const binaryCrossEntropy = defineNode<Params>({
  type: 'BinaryCrossEntropy',
  category: 'loss',
  title: text('Binary cross-entropy', '二元交叉熵'),
  summary: text(
    'For yes-or-no targets (0 or 1), one per output; several may hold at once. From logits is the stable choice.',
    '用于取值 0 或 1 的目标，每个输出一个，可同时成立。从 logits 计算数值更稳定。',
  ),
  synonyms: ['BCE', 'BCELoss', 'BCEWithLogitsLoss', 'logistic loss', 'sigmoid cross-entropy'],
  inputs: LOSS_INPUTS,
  outputs: LOSS_OUTPUTS,
  params: {
    from: choice(
      text('Prediction is', '预测值是'), text('Logits when the last layer has no Sigmoid; probabilities when it has one.', '最后一层没有 Sigmoid 时选 logits，有 Sigmoid 时选概率。'),
      'logits', { logits: text('Logits', 'logits（未归一化）'), probabilities: text('Probabilities', '概率') }, { prominent: true },
    ),
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = -\\frac{1}{M}\\sum_i \\bigl[t_i\\log p_i + (1-t_i)\\log(1-p_i)\\bigr],\\qquad p = \\sigma(x)',
    backward: '\\frac{\\partial \\ell}{\\partial x_i} = \\frac{1}{M}\\,(p_i - t_i)',
  },
  source: 'Cox, “The Regression Analysis of Binary Sequences”, 1958',
  classes: ({ from }) => (from === 'probabilities' ? 'probability' : 'logit'),
  infer: (_params, ins) => inferElementwise(ins),
  lower({ b }, { from }, ins) {
    const { prediction: x, target } = lossValues(ins);
    const t = alignTarget(b, x, target);
    if (from === 'logits') {
      // softplus(-x) = max(-x, 0) + log1p(exp(-|x|)): nothing overflows, and the halves that max and
      // abs give at a tie make the gradient at x = 0 the true 1/2 - t.
      const softplus = b.add(b.max(b.neg(x), 0), b.log1p(b.exp(b.neg(b.abs(x)))));
      return [b.mean(b.add(b.mul(b.sub(1, t), x), softplus))];
    }
    const safeLog = (p: typeof x): typeof x => b.select(b.less(p, SMALLEST_NORMAL), LOG_FLOOR, b.max(b.log(b.max(p, SMALLEST_NORMAL)), LOG_FLOOR));
    return [b.neg(b.mean(b.add(b.mul(t, safeLog(x)), b.mul(b.sub(1, t), safeLog(b.sub(1, x))))))];
  },
  code: {
    pytorch: ({ from }) => (from === 'logits' ? 'nn.BCEWithLogitsLoss()' : 'nn.BCELoss()'),
    keras: ({ from }) => call('keras.losses.BinaryCrossentropy', [], { from_logits: from === 'logits' }),
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N', 3], dtype: 'f32' }] },
    { params: {}, inputs: [{ shape: ['N', 1], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 2 }] },
  ],
});
