/** A grid with walls and a goal: where every way can be counted, and learning be checked. */
import { defineNode } from '../node-type.ts';
import { float, int, text } from '../params.ts';
import { type LearningParams, learningParams, PLAYED, playedTypes } from './environment-parts.ts';
import { fedByTheEngine } from './shared.ts';

export interface GridWorldParams extends LearningParams {
  readonly rows: number;
  readonly columns: number;
  readonly walls: number;
  readonly layout: number;
}

const side = (en: string, zh: string) => int(text(en, zh), text('Cells of the grid.', '网格的单元数。'), 6, { min: 2, max: 32, prominent: true });

export const gridWorldNode = defineNode<GridWorldParams>({
  type: 'GridWorld',
  category: 'data',
  title: text('Grid world', '网格世界'),
  summary: text(
    'An environment that the network plays in: it walks over a grid with walls, up, right, down or left, and gets 1 when it reaches the goal in the last corner. It sees a picture of three planes: itself, the goal, the walls. Each epoch plays with the network as it is, from random cells.',
    '供网络游玩的环境：在有墙的网格上向上、右、下、左移动，到达最后一角的目标时得 1 分。网络看到由三个平面组成的图像：自身、目标、墙。每一轮都用当前的网络从随机单元出发来玩。',
  ),
  synonyms: ['reinforcement learning', 'environment', 'maze', 'Q-learning', 'DQN', 'RL', '强化学习', '环境', '迷宫'],
  inputs: [],
  outputs: PLAYED,
  params: {
    rows: side('Rows', '行数'),
    columns: side('Columns', '列数'),
    walls: float(text('Walls', '墙'), text('Share of the cells that are walls, as far as none is cut off from the goal by them.', '墙所占单元的比例，前提是不把任何单元与目标隔断。'), 0.2, { min: 0, max: 0.6 }),
    layout: int(text('Layout', '布局'), text('Decides where the walls stand.', '决定墙的位置。'), 1, { min: 0, max: 2_147_483_647 }),
    ...learningParams({ method: 'q-learning', samples: 1000, limit: 50, discount: 0.9 }),
  },
  maths: { forward: 'Q(s, a) \\leftarrow r + \\gamma \\max_{a\'} Q(s\', a\')' },
  source: 'Q-learning: Watkins, Learning from Delayed Rewards, 1989; target network and replay: Mnih et al., Human-level control through deep reinforcement learning, 2015; the grid after Sutton & Barto, Reinforcement Learning: An Introduction, 2018, chapters 4 and 6',
  infer: ({ rows, columns }) => playedTypes([3, rows, columns], 4),
  lower: fedByTheEngine,
  data: { dataset: 'grid-world' },
  code: {
    pytorch: ({ rows, columns, discount }) => `x, action, value = play(network, rows=${rows}, columns=${columns})  # pictures of the grid, steps taken, r + ${discount} * q(next).max(1)`,
    keras: ({ rows, columns, discount }) => `x, action, value = play(network, rows=${rows}, columns=${columns})  # pictures of the grid, steps taken, r + ${discount} * q(next).max(1)`,
  },
  examples: [{ params: { rows: 3, columns: 4, samples: 30, limit: 20, memory: 50 }, inputs: [] }, { params: { rows: 5, columns: 2, walls: 0, samples: 17, limit: 9, method: 'policy-gradient' }, inputs: [] }],
});
