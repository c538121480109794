/** The learning rate falls by a factor at regular intervals. */
import { defineNode } from '../node-type.ts';
import { int, text } from '../params.ts';
import { gammaParam, kerasUnit, SCHEDULE_OUTPUTS, SCHEDULE_TYPE, type ScheduleParams, unitParam } from './schedule-parts.ts';

export interface StepScheduleParams extends ScheduleParams {
  readonly stepSize: number;
  readonly gamma: number;
}

export const stepSchedule = defineNode<StepScheduleParams>({
  type: 'StepSchedule',
  category: 'schedule',
  title: text('Step decay', '阶梯衰减'),
  summary: text('Multiplies the learning rate by gamma after every so many epochs or steps.', '每隔若干轮（或步）把学习率乘以 γ。'),
  synonyms: ['StepLR', 'staircase', 'piecewise constant'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    stepSize: int(text('Every', '间隔'), text('Epochs or steps between two reductions.', '两次下降之间的轮数或步数。'), 10, { min: 1, max: 1e9, prominent: true }),
    gamma: gammaParam(0.1),
    unit: unitParam('epoch'),
  },
  maths: { forward: '\\eta_t = \\eta\\,\\gamma^{\\lfloor t / T \\rfloor}' },
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ stepSize, gamma }) => `torch.optim.lr_scheduler.StepLR(optimizer, step_size=${stepSize}, gamma=${gamma})`,
    keras: ({ stepSize, gamma, unit }) => `keras.optimizers.schedules.ExponentialDecay(learning_rate, decay_steps=${stepSize}, decay_rate=${gamma}, staircase=True)${kerasUnit(unit)}`,
  },
  examples: [{ params: {}, inputs: [] }],
});
