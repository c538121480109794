/** A learning rate that stays as it is, times a factor: the schedule to start from and to compare with. */
import { defineNode } from '../node-type.ts';
import { float, text } from '../params.ts';
import { SCHEDULE_OUTPUTS, SCHEDULE_TYPE } from './schedule-parts.ts';

export interface ConstantScheduleParams {
  readonly factor: number;
}

export const constantSchedule = defineNode<ConstantScheduleParams>({
  type: 'ConstantSchedule',
  category: 'schedule',
  title: text('Constant', '恒定学习率'),
  summary: text('Keeps the learning rate the same throughout.', '整个训练过程中保持学习率不变。'),
  synonyms: ['ConstantLR', 'fixed learning rate'],
  inputs: [],
  outputs: SCHEDULE_OUTPUTS,
  params: {
    factor: float(text('Factor', '系数'), text('Multiplies the optimizer’s learning rate.', '与优化器学习率相乘的系数。'), 1, { min: 0, max: 1000 }),
  },
  maths: { forward: '\\eta_t = f\\,\\eta' },
  infer: () => [SCHEDULE_TYPE],
  lower: () => [],
  code: {
    pytorch: ({ factor }) => `torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: ${factor})`,
    keras: ({ factor }) => `lambda step: ${factor} * learning_rate`,
  },
  examples: [{ params: {}, inputs: [] }],
});
