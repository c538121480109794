/**
 * One rise and one fall, with PyTorch's bounds: the top is reached at step rise · T − 1, the bottom at
 * T − 1. Past its end, where PyTorch raises an error, the rate stays at the bottom.
 */
import type { OneCycleScheduleParams } from '../../nodes/schedule/one-cycle-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const oneCycleRule: ScheduleRule<OneCycleScheduleParams> = {
  learningRate({ length, rise, divFactor, finalDivFactor, shape }, { base, index, total }) {
    const last = (length ?? total) - 1;
    const top = rise * (length ?? total) - 1;
    const start = base / divFactor;
    const end = start / finalDivFactor;
    const between = (from: number, to: number, share: number): number =>
      shape === 'linear' ? from + (to - from) * share : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
    if (index >= last) return end;
    // A cycle too short to have a rise starts at the top.
    return index <= top && top > 0 ? between(start, base, index / top) : between(base, end, (index - Math.max(top, 0)) / (last - Math.max(top, 0)));
  },
};
