/** What the environments have in common: how a network learns from playing in them. */
import type { ParamValue } from '../../graph/document.ts';
import type { Port, TensorType } from '../node-type.ts';
import { choice, float, int, text } from '../params.ts';
import { SEED } from './shared.ts';

export type Method = 'policy-gradient' | 'q-learning';

export interface LearningParams {
  readonly method: Method;
  readonly samples: number;
  /** Steps of the longest episode. */
  readonly limit: number;
  readonly discount: number;
  readonly exploration: number;
  readonly explorationEpochs: number;
  readonly memory: number;
  readonly seed: number | null;
}

export const PLAYED: readonly Port[] = [
  { name: 'x', kind: 'tensor', title: text('Observation', '观测') },
  { name: 'action', kind: 'tensor', title: text('Action taken', '所选动作') },
  { name: 'value', kind: 'tensor', title: text('Advantage/target', '优势/目标') },
];

/** Types of `PLAYED`. */
export const playedTypes = (observation: readonly number[], actions: number): readonly TensorType[] => [
  { shape: ['N', ...observation], dtype: 'f32' }, { shape: ['N'], dtype: 'i32', classes: actions }, { shape: ['N'], dtype: 'f32' },
];

const learnsValues = ({ method }: Readonly<Record<string, ParamValue>>): boolean => method === 'q-learning';

export const learningParams = (defaults: Pick<LearningParams, 'method' | 'samples' | 'limit' | 'discount'>) => ({
  method: choice<Method>(
    text('Learning', '学习方法'),
    text(
      'What the third output says. Policy gradient: the network’s numbers are logits of the actions, and each step comes with its advantage; wire it into a Policy gradient loss. Q-learning: the numbers are what each action is worth, and each step comes with its target; wire it into a Q loss.',
      '第三个输出的含义。策略梯度：网络输出是各动作的 logits，每一步附带其优势，请接到“策略梯度损失”。Q 学习：网络输出是各动作的价值，每一步附带其目标，请接到“Q 损失”。',
    ),
    defaults.method,
    { 'policy-gradient': text('Policy gradient', '策略梯度'), 'q-learning': text('Q-learning', 'Q 学习') },
    { prominent: true },
  ),
  samples: int(text('Steps per epoch', '每轮步数'), text('Steps that are played, and trained on, in each epoch.', '每一轮所玩、并用于训练的步数。'), defaults.samples, { min: 1, max: 100_000, logarithmic: true, prominent: true }),
  limit: int(text('Longest episode', '最长回合'), text('After so many steps an episode is broken off.', '达到该步数后回合中止。'), defaults.limit, { min: 1, max: 10_000, logarithmic: true }),
  discount: float(text('Discount', '折扣'), text('What a reward one step later is worth.', '晚一步得到的奖励所保留的价值。'), defaults.discount, { min: 0, max: 1, prominent: true }),
  exploration: float(text('Random share', '随机比例'), text('Share of steps that are taken at random in the end; in the first epoch all are.', '最终随机选择动作的步数所占比例；第一轮全部随机。'), 0.1, { min: 0, max: 1, when: learnsValues }),
  explorationEpochs: int(text('Exploring epochs', '探索轮数'), text('Over so many epochs the random share falls to its end, in a straight line.', '随机比例在这么多轮内线性降到最终值。'), 20, { min: 1, max: 100_000, logarithmic: true, when: learnsValues }),
  memory: int(text('Memory', '经验回放'), text('So many of the last steps are remembered; an epoch trains on a random choice of them.', '记住最近的这么多步；每一轮从中随机选取来训练。'), 5000, { min: 1, max: 1_000_000, logarithmic: true, when: learnsValues }),
  seed: SEED,
});
