/** Q-learning's error: what the chosen action was thought to be worth, against what it turned out to be. */
import { defineNode, ShapeError } from '../node-type.ts';
import { float, text } from '../params.ts';
import { inferClassIndex, LOSS_OUTPUTS, type LossParams, pickClass, requirePerSample, shapeText, WEIGHT_PARAM } from './loss-parts.ts';

interface Params extends LossParams {
  readonly delta: number;
}

export const qLoss = defineNode<Params>({
  type: 'QLoss',
  category: 'loss',
  title: text('Q loss', 'Q 损失'),
  summary: text(
    'Huber’s error of one action’s worth: the network gives a number for every action, and the one that was taken is drawn to its target. The others are left alone.',
    '单个动作价值的 Huber 误差：网络为每个动作给出一个数，其中被选动作的数被拉向目标，其余不受影响。',
  ),
  synonyms: ['Q-learning', 'DQN', 'temporal difference', 'TD error', 'reinforcement learning', '时序差分', '强化学习'],
  inputs: [
    { name: 'prediction', kind: 'tensor', title: text('Worth of the actions', '各动作的价值') },
    { name: 'action', kind: 'tensor', title: text('Action taken', '所选动作') },
    { name: 'target', kind: 'tensor', title: text('Target', '目标') },
  ],
  outputs: LOSS_OUTPUTS,
  params: {
    delta: float(text('Delta', 'δ'), text('Errors beyond this size count linearly.', '超过该值的误差按线性计算。'), 1, { min: 0, max: 1e6, exclusive: 'min' }),
    weight: WEIGHT_PARAM,
  },
  maths: {
    forward: '\\ell = \\frac{1}{N}\\sum_n \\begin{cases}\\tfrac12 d_n^2 & |d_n|\\le\\delta\\\\ \\delta\\,(|d_n|-\\tfrac12\\delta) & \\text{otherwise}\\end{cases},\\qquad d_n = Q(x_n, a_n) - t_n',
    backward: '\\frac{\\partial \\ell}{\\partial Q(x_n, a)} = \\frac{1}{N}\\,[a = a_n]\\,\\max(-\\delta,\\min(\\delta, d_n))',
  },
  source: 'Watkins, Learning from Delayed Rewards, 1989; the clipped error: Mnih et al., Human-level control through deep reinforcement learning, 2015',
  infer(_params, [prediction, action, target]) {
    if (prediction === undefined || action === undefined || target === undefined) throw new ShapeError({ en: 'A Q loss needs the worth of the actions, the action taken and a target', zh: 'Q 损失需要各动作的价值、所选动作和目标' }, { code: 'missing-input' });
    if (prediction.shape.length !== 2) throw new ShapeError({ en: `needs one number per action, f32 [N, actions], got ${shapeText(prediction.shape)}; a Flatten and a Dense make them`, zh: `每个动作需要一个数，即 f32 [N, 动作数]，但得到 ${shapeText(prediction.shape)}；可用展平和全连接层得到` }, { code: 'shape-rank', port: 'prediction' });
    const types = inferClassIndex([prediction, action]);
    requirePerSample(target, 'target');
    return types;
  },
  lower({ b }, { delta }, [prediction, action, target]) {
    if (prediction === undefined || action === undefined || target === undefined) throw new RangeError('a Q loss is lowered with three inputs');
    const difference = b.sub(pickClass(b, prediction, action), target);
    const size = b.abs(difference);
    return [b.mean(b.select(b.lessEqual(size, delta), b.mul(b.square(difference), 0.5), b.mul(b.sub(size, delta / 2), delta)))];
  },
  code: {
    pytorch: ({ delta }) => `F.huber_loss(prediction.gather(1, action[:, None]).squeeze(1), target, delta=${delta})`,
    keras: ({ delta }) => `keras.losses.Huber(delta=${delta})(target, keras.ops.take_along_axis(prediction, action[:, None], 1)[:, 0])`,
  },
  examples: [
    { params: {}, inputs: [{ shape: ['N', 4], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 4 }, { shape: ['N'], dtype: 'f32' }] },
    { params: { delta: 0.6 }, inputs: [{ shape: ['N', 3], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: 3 }, { shape: ['N'], dtype: 'f32' }] },
  ],
});
