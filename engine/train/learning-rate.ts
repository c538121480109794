/** The learning rate of each step, and the scalars that the optimizer's program is fed with. Float64 on the host. */
import type { Feeds } from '../backends/backend.ts';
import type { TrainModel } from './model.ts';
import { FRESH_SCHEDULE, type ScheduleState } from './schedules/schedule-rule.ts';
import { KEEP_SCALAR, scalarInput } from './step.ts';

export interface RateInputs {
  /** Steps and epochs done before this step. */
  readonly step: number;
  readonly epoch: number;
  readonly totalSteps: number;
  readonly totalEpochs: number;
  /** Set by hand while running; null for the optimizer's own. */
  readonly baseLearningRate: number | null;
  readonly schedule: ScheduleState;
}

const baseRate = (model: TrainModel, override: number | null): number => override ?? model.optimizer?.params.learningRate ?? 0;

export function learningRate(model: TrainModel, at: RateInputs): number {
  const base = baseRate(model, at.baseLearningRate);
  const { schedule } = model;
  if (schedule === undefined) return base;
  const byEpoch = schedule.params['unit'] === 'epoch';
  return schedule.rule.learningRate(schedule.params, { base, index: byEpoch ? at.epoch : at.step, total: byEpoch ? at.totalEpochs : at.totalSteps, state: at.schedule });
}

/** The schedule's memory after an epoch that is judged by `loss`. */
export function scheduleAfterEpoch(model: TrainModel, state: ScheduleState, loss: number, baseLearningRate: number | null): ScheduleState {
  const { schedule } = model;
  return schedule?.rule.afterEpoch?.(schedule.params, state, loss, baseRate(model, baseLearningRate)) ?? FRESH_SCHEDULE;
}

/** A function from (step counted from 1, learning rate) to the scalars of all arenas. */
export function optimizerFeeds(model: TrainModel): (step: number, rate: number) => Feeds {
  const { optimizer, layout } = model;
  if (optimizer === undefined) return () => ({});
  const { rule, params } = optimizer;
  const arenas = layout.arenas.filter((arena) => arena.trainable).map((arena) => ({ arena, scalars: rule.scalars(params) }));
  return (step, rate) => {
    const feeds: Record<string, number> = {};
    for (const { arena, scalars } of arenas) {
      const own = rate * arena.learningRateFactor;
      for (const [name, value] of Object.entries(scalars(step, own))) feeds[scalarInput(arena.name, name)] = value;
      if (rule.decoupledDecay) feeds[scalarInput(arena.name, KEEP_SCALAR)] = 1 - own * params.weightDecay;
    }
    return feeds;
  };
}
