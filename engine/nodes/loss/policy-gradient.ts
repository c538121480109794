/** Policy gradient: actions that went better than expected become more likely, the others less. */
import { defineNode, ShapeError } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inferClassIndex, LOSS_INPUTS, LOSS_OUTPUTS, type LossParams, lossValues, pickClass, requirePerSample, shapeText, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams {
  readonly entropy: number;
}

export const policyGradient = defineNode<Params>({
  type: 'PolicyGradientLoss',
  category: 'loss',
  title: text('Policy gradient loss', '策略梯度损失'),
  summary: text(
    'Cross-entropy of the action that was taken, times its advantage: how much better the rest of the episode went than expected. Takes the policy’s logits as they are. Its value says nothing of how well the network plays; watch the episodes’ steps or return instead.',
    '所选动作的交叉熵乘以其优势（回合余下部分比预期好多少）。直接接受策略的 logits。该损失的数值并不说明网络玩得好坏，请看回合的步数或回报。',
  ),
  synonyms: ['REINFORCE', 'actor', 'advantage', 'reinforcement learning', 'weighted cross-entropy', '强化学习', '优势'],
  inputs: [
    { ...LOSS_INPUTS[0]!, title: text('Logits of the actions', '各动作的 logits') },
    { ...LOSS_INPUTS[1]!, title: text('Action taken', '所选动作') },
    { name: 'advantage', kind: 'tensor', title: text('Advantage', '优势') },
  ],
  outputs: LOSS_OUTPUTS,
  params: {
    entropy: float(text('Entropy bonus', '熵奖励'), text('Rewards undecided policies, so that the network goes on trying.', '奖励尚未定型的策略，使网络继续尝试。'), 0, { min: 0, max: 10 }),
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = -\\frac{1}{N}\\sum_n \\left[ A_n \\log \\pi(a_n \\mid x_n) + \\beta H\\bigl(\\pi(\\cdot \\mid x_n)\\bigr) \\right],\\qquad \\pi = \\operatorname{softmax}(z)',
    backward: '\\frac{\\partial \\ell}{\\partial z_{nc}} = \\frac{1}{N}\\left[ A_n\\bigl(\\pi_{nc} - [c = a_n]\\bigr) + \\beta\\,\\pi_{nc}\\bigl(\\log\\pi_{nc} + H_n\\bigr) \\right]',
  },
  source: 'Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning, 1992; entropy: Mnih et al., Asynchronous Methods for Deep Reinforcement Learning, 2016',
  classes: () => 'logits',
  infer(_params, ins) {
    const types = inferClassIndex(ins.slice(0, 2));
    const [prediction, , advantage] = ins;
    if (prediction?.shape.length !== 2) throw new ShapeError({ en: `needs one number per action, f32 [N, actions], got ${shapeText(prediction?.shape ?? [])}; a Flatten and a Dense make them`, zh: `每个动作需要一个数，即 f32 [N, 动作数]，但得到 ${shapeText(prediction?.shape ?? [])}；可用展平和全连接层得到` }, { code: 'shape-rank', port: 'prediction' });
    requirePerSample(advantage, 'advantage');
    return types;
  },
  lower({ b }, { entropy }, ins) {
    const { prediction, target } = lossValues(ins);
    const advantage = ins[2];
    if (advantage === undefined) throw new RangeError('a policy gradient is lowered with an advantage');
    const shifted = b.sub(prediction, b.detach(b.reduceMax(prediction, [1], true)));
    const logSum = b.log(b.sum(b.exp(shifted), [1]));
    const blamed = b.mul(advantage, b.sub(logSum, pickClass(b, shifted, target)));
    if (entropy === 0) return [b.mean(blamed)];
    const probabilities = b.exp(b.sub(shifted, b.reshape(logSum, [logSum.shape[0] ?? 1, 1])));
    const undecided = b.sub(logSum, b.sum(b.mul(probabilities, shifted), [1]));
    return [b.mean(b.sub(blamed, b.mul(undecided, entropy)))];
  },
  code: {
    pytorch: ({ entropy }) => `(lambda p: -(advantage * p.log_prob(target)${entropy === 0 ? '' : ` + ${entropy} * p.entropy()`}).mean())(torch.distributions.Categorical(logits=prediction))`,
    keras: ({ entropy }) => `(lambda p: keras.ops.mean(advantage * keras.losses.sparse_categorical_crossentropy(target, prediction, from_logits=True)${entropy === 0 ? '' : ` + ${entropy} * keras.ops.sum(p * keras.ops.log(p), 1)`}))(keras.ops.softmax(prediction))`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 3 }, { shape: ['N'], dtype: 'f32' }] },
    { params: { entropy: 0.3 }, inputs: [{ shape: ['N', 5], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 5 }, { shape: ['N'], dtype: 'f32' }] },
  ],
});
