/** η γ^⌊t/T⌋ */
import type { StepScheduleParams } from '../../nodes/schedule/step-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const stepRule: ScheduleRule<StepScheduleParams> = {
  learningRate: ({ stepSize, gamma }, { base, index }) => base * gamma ** Math.floor(index / stepSize),
};
