/** Templates: learning from rewards. */
import { type Template, defineTemplate } from './template.ts';

export const REINFORCEMENT: readonly Template[] = [
  defineTemplate({
    id: 'gridworld-q', dataset: 'grid-world', title: { en: 'Grid world by Q-learning', zh: 'Q 学习走网格' },
    reference: { en: 'Watkins, Learning from Delayed Rewards, 1989; network, replay and target as in Mnih et al., Human-level control through deep reinforcement learning, 2015; the figure: shortest paths counted breadth first', zh: 'Watkins，Learning from Delayed Rewards，1989；网络、经验回放与目标见 Mnih 等，Human-level control through deep reinforcement learning，2015；数值：广度优先算出的最短路径' },
    figure: { measure: 'shortest-paths', split: 'train', reached: 1, bound: { atLeast: 0.95 }, mark: 1 }, seconds: 3, quick: true,
  }),
  defineTemplate({
    id: 'cartpole-policy', dataset: 'cart-pole', title: { en: 'Cart-pole by policy gradient', zh: '策略梯度玩倒立摆' },
    reference: { en: 'Barto, Sutton and Anderson, Neuronlike Adaptive Elements, 1983; REINFORCE: Williams, 1992; the figure: solved is 195 of 200 steps', zh: 'Barto、Sutton 与 Anderson，Neuronlike Adaptive Elements，1983；REINFORCE：Williams，1992；数值：200 步中达到 195 步即为解决' },
    figure: { measure: 'episode-steps', split: 'train', reached: 200, bound: { atLeast: 195 }, mark: 195 }, seconds: 3, quick: true,
  }),
];
