/** The learning rate falls by the same factor each epoch or step. */
import { defineNode } from '../node-type.ts';
import { text } from '../params.ts';
import { gammaParam, kerasUnit, SCHEDULE_OUTPUTS, SCHEDULE_TYPE, type ScheduleParams, unitParam } from './schedule-parts.ts';

export interface ExponentialScheduleParams extends ScheduleParams {
  readonly gamma: number;
}

export const exponentialSchedule = defineNode<ExponentialScheduleParams>({
  type: 'ExponentialSchedule',
  category: 'schedule',
  title: text('Exponential decay', '指数衰减'),
  summary: text('Multiplies the learning rate by gamma after every epoch or step.', '每一轮（或步）之后把学习率乘以 γ。'),
  synonyms: ['ExponentialLR', 'geometric decay'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: { gamma: gammaParam(0.95), unit: unitParam('epoch') },
  maths: { forward: '\\eta_t = \\eta\\,\\gamma^{t}' },
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ gamma }) => `torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=${gamma})`,
    keras: ({ gamma, unit }) => `keras.optimizers.schedules.ExponentialDecay(learning_rate, decay_steps=1, decay_rate=${gamma})${kerasUnit(unit)}`,
  },
  examples: [{ params: {}, inputs: [] }],
});
