/** Linear from a share of the rate to all of it. */
import type { WarmupScheduleParams } from '../../nodes/schedule/warmup-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const warmupRule: ScheduleRule<WarmupScheduleParams> = {
  learningRate: ({ startFactor, length }, { base, index }) => base * (startFactor + (1 - startFactor) * Math.min(index / length, 1)),
};
