/** The learning rate rises linearly from a fraction of itself, then stays. */
import { defineNode } from '../node-type.ts';
import { float, int, text } from '../params.ts';
import { SCHEDULE_OUTPUTS, SCHEDULE_TYPE, type ScheduleParams, unitParam } from './schedule-parts.ts';

export interface WarmupScheduleParams extends ScheduleParams {
  readonly startFactor: number;
  readonly length: number;
}

export const warmupSchedule = defineNode<WarmupScheduleParams>({
  type: 'WarmupSchedule',
  category: 'schedule',
  title: text('Linear warm-up', '线性预热'),
  summary: text(
    'Starts with a small learning rate and raises it evenly to the full one: a soft start for large networks and adaptive optimizers.',
    '从较小的学习率开始，均匀升到设定值：为大网络和自适应优化器提供平稳的起步。',
  ),
  synonyms: ['LinearLR', 'ramp up'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    startFactor: float(text('Start at', '起始比例'), text('Share of the learning rate at the first step.', '第一步使用的学习率比例。'), 0.1, { min: 0, max: 1, exclusive: 'min' }),
    length: int(
      text('Length', '长度'), text('Epochs or steps until the full learning rate is reached.', '达到完整学习率所需的轮数或步数。'),
      100, { min: 1, max: 1e9, prominent: true },
    ),
    unit: unitParam('step'),
  },
  maths: { forward: '\\eta_t = \\eta\\,\\bigl(s + (1 - s)\\min(t / T, 1)\\bigr)' },
  source: 'Goyal et al., “Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour”, 2017',
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ startFactor, length }) => `torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=${startFactor}, end_factor=1.0, total_iters=${length})`,
    keras: ({ startFactor, length }) => `lambda step: learning_rate * (${startFactor} + ${1 - startFactor} * min(step / ${length}, 1))`,
  },
  examples: [{ params: {}, inputs: [] }],
});
