/** Cart and pole: the classic of reinforcement learning. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { type LearningParams, learningParams, PLAYED, playedTypes } from './environment-parts.ts';
import { fedByTheEngine } from './shared.ts';

export type CartPoleParams = LearningParams;

export const cartPoleNode = defineNode<CartPoleParams>({
  type: 'CartPole',
  category: 'data',
  title: text('Cart-pole', '倒立摆小车'),
  summary: text(
    'An environment that the network plays in: a pole stands on a cart that is pushed left or right at each step. It sees the cart’s place and speed and the pole’s angle and its speed, and gets 1 for each step until the pole falls (12°) or the track ends (2.4 m). Each epoch plays with the network as it is. Solved: 195 of 200 steps in the mean.',
    '供网络游玩的环境：小车上立着一根杆，每一步把小车推向左或右。网络看到小车的位置与速度、杆的角度与角速度；每坚持一步得 1 分，直到杆倒下（12°）或小车驶出轨道（2.4 米）。每一轮都用当前的网络来玩。平均达到 200 步中的 195 步即为解决。',
  ),
  synonyms: ['reinforcement learning', 'environment', 'inverted pendulum', 'REINFORCE', 'policy gradient', 'gym', 'RL', '强化学习', '环境', '倒立摆'],
  inputs: [],
  outputs: PLAYED,
  params: learningParams({ method: 'policy-gradient', samples: 2000, limit: 200, discount: 0.99 }),
  maths: {
    forward: '\\ddot\\theta = \\frac{g\\sin\\theta - \\cos\\theta\\, u}{l\\left(\\tfrac43 - \\frac{m\\cos^2\\theta}{m + M}\\right)},\\quad \\ddot x = u - \\frac{m l\\,\\ddot\\theta\\cos\\theta}{m + M},\\quad u = \\frac{F + m l\\,\\dot\\theta^2\\sin\\theta}{m + M}',
  },
  source: 'Barto, Sutton & Anderson, Neuronlike Adaptive Elements That Can Solve Difficult Learning Control Problems, 1983; without friction, as it is mostly used. Policy gradient: Williams, Simple Statistical Gradient-Following Algorithms, 1992. Q-learning: Watkins, Learning from Delayed Rewards, 1989; target network and replay: Mnih et al., Human-level control through deep reinforcement learning, 2015',
  infer: () => playedTypes([4], 2),
  lower: fedByTheEngine,
  data: { dataset: 'cart-pole' },
  code: {
    pytorch: ({ limit }) => `env = gymnasium.make('CartPole-v0', max_episode_steps=${limit})  # x: observations, action: what was done, value: discounted returns less their mean at that step`,
    keras: ({ limit }) => `env = gymnasium.make('CartPole-v0', max_episode_steps=${limit})  # x: observations, action: what was done, value: discounted returns less their mean at that step`,
  },
  examples: [{ params: { samples: 30, limit: 20 }, inputs: [] }, { params: { samples: 17, limit: 9, method: 'q-learning', memory: 40 }, inputs: [] }],
});
