/** Reduce on plateau, as PyTorch counts it: mode min, relative threshold, patience, cooldown. */
import type { PlateauScheduleParams } from '../../nodes/schedule/plateau-schedule.ts';
import type { ScheduleRule } from './schedule-rule.ts';

export const plateauRule: ScheduleRule<PlateauScheduleParams> = {
  // A reduction never raises a rate that is below the minimum already.
  learningRate: ({ minimum }, { base, state }) => Math.max(base * state.scale, Math.min(base, minimum)),
  afterEpoch({ factor, patience, threshold, cooldown }, state, loss) {
    const better = state.best === null || loss < state.best * (1 - threshold);
    const best = better ? loss : state.best;
    const resting = state.cooldownLeft > 0;
    const badEpochs = better || resting ? 0 : state.badEpochs + 1;
    if (badEpochs > patience) return { best, badEpochs: 0, cooldownLeft: cooldown, scale: state.scale * factor };
    return { best, badEpochs, cooldownLeft: resting ? state.cooldownLeft - 1 : 0, scale: state.scale };
  },
};
