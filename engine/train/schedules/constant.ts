/** The same rate throughout. */
import type { ConstantScheduleParams } from '../../nodes/schedule/constant-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const constantRule: ScheduleRule<ConstantScheduleParams> = {
  learningRate: ({ factor }, { base }) => base * factor,
};
