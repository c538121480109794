/** η_min + (η − η_min)(1 + cos(πt/T))/2 */
import type { CosineScheduleParams } from '../../nodes/schedule/cosine-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const cosineRule: ScheduleRule<CosineScheduleParams> = {
  learningRate: ({ length, minimum }, { base, index, total }) => minimum + ((base - minimum) * (1 + Math.cos((Math.PI * index) / (length ?? total)))) / 2,
};
