/** η γ^t */
import type { ExponentialScheduleParams } from '../../nodes/schedule/exponential-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const exponentialRule: ScheduleRule<ExponentialScheduleParams> = {
  learningRate: ({ gamma }, { base, index }) => base * gamma ** index,
};
