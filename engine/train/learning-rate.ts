/** The learning rate of each step, and the scalars that the optimizer's program is fed with. Float64 on the host. */
import type { Feeds } from '../backends/backend.ts';
import type { NodeId } from '../graph/document.ts';
import { actsAt, type ModelOptimizer, ownLoss, type TrainModel } from './model.ts';
import { FRESH_SCHEDULE, type ScheduleState } from './schedules/schedule-rule.ts';
import { KEEP_SCALAR, scalarInput } from './step.ts';

export interface RateInputs {
  /** Steps and epochs done before this step. */
  readonly step: number;
  readonly epoch: number;
  readonly totalSteps: number;
  readonly totalEpochs: number;
  /** By optimizer; one that is missing has its own rate and a schedule that has seen nothing. */
  readonly optimizers: Readonly<Record<NodeId, OptimizerState>>;
}

/** What an optimizer carries from step to step besides its moments. Plain JSON, for checkpoints. */
export interface OptimizerState {
  /** Set by hand while running; null for the optimizer's own. */
  readonly baseLearningRate: number | null;
  readonly schedule: ScheduleState;
}
export const FRESH_OPTIMIZER: OptimizerState = { baseLearningRate: null, schedule: FRESH_SCHEDULE };
export const optimizerState = (states: Readonly<Record<NodeId, OptimizerState>>, { node }: ModelOptimizer): OptimizerState => (Object.hasOwn(states, node) ? states[node] : undefined) ?? FRESH_OPTIMIZER;

/** Each optimizer's learning rate for a step. Schedules count the run's steps, whatever steps their optimizer takes part in. */
export function learningRates(model: TrainModel, at: RateInputs): Readonly<Record<NodeId, number>> {
  return Object.fromEntries(model.optimizers.map((optimizer) => {
    const { baseLearningRate, schedule: state } = optimizerState(at.optimizers, optimizer);
    const { schedule, params, node } = optimizer;
    const base = baseLearningRate ?? params.learningRate;
    if (schedule === undefined) return [node, base];
    const byEpoch = schedule.params['unit'] === 'epoch';
    return [node, schedule.rule.learningRate(schedule.params, { base, index: byEpoch ? at.epoch : at.step, total: byEpoch ? at.totalEpochs : at.totalSteps, state })];
  }));
}

/** The optimizers' memory after an epoch; `loss` gives what a metric of that name came to. */
export function afterEpoch(model: TrainModel, states: Readonly<Record<NodeId, OptimizerState>>, loss: (name: string) => number): Readonly<Record<NodeId, OptimizerState>> {
  return Object.fromEntries(model.optimizers.map((optimizer) => {
    const { schedule, params, node } = optimizer;
    const state = optimizerState(states, optimizer);
    return [node, { ...state, schedule: schedule?.rule.afterEpoch?.(schedule.params, state.schedule, loss(ownLoss(model, node)), state.baseLearningRate ?? params.learningRate) ?? FRESH_SCHEDULE }];
  }));
}

/** A function from (step counted from 1, learning rates) to the scalars of all arenas that the step updates. */
export function optimizerFeeds(model: TrainModel): (step: number, rates: Readonly<Record<NodeId, number>>) => Feeds {
  const all = model.optimizers.map((optimizer) => ({ optimizer, arenas: optimizer.arenas.map((arena) => ({ arena, keep: scalarInput(arena.name, KEEP_SCALAR), scalars: optimizer.rule.scalars(optimizer.params), inputs: new Map<string, string>() })) }));
  return (step, rates) => {
    const feeds: Record<string, number> = {};
    for (const { optimizer, arenas } of all) {
      if (!actsAt(optimizer, step)) continue;
      const { node, rule, params, every } = optimizer;
      for (const { arena, keep, scalars, inputs } of arenas) {
        const own = (rates[node] ?? 0) * arena.learningRateFactor;
        // Its own steps: bias corrections count the updates that there were.
        for (const [name, value] of Object.entries(scalars(step / every, own))) {
          // A name that is put together anew is looked up anew: a microsecond each.
          let input = inputs.get(name);
          if (input === undefined) inputs.set(name, (input = scalarInput(arena.name, name)));
          feeds[input] = value;
        }
        if (rule.decoupledDecay) feeds[keep] = 1 - own * params.weightDecay;
      }
    }
    return feeds;
  };
}
