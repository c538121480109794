/** The contract of a schedule: a pure function from where the run is to its learning rate, in float64 on the host. */

/** How far the run is, in the schedule's own unit. */
export interface Progress {
  /** The optimizer's learning rate, before the schedule. */
  readonly base: number;
  /** Steps or epochs done before this one: 0 at first. */
  readonly index: number;
  /** Steps or epochs that the run has in all. */
  readonly total: number;
  readonly state: ScheduleState;
}

/** What a schedule that watches the loss remembers; plain JSON, for checkpoints. */
export interface ScheduleState {
  /** Lowest loss so far; null before the first epoch. */
  readonly best: number | null;
  readonly badEpochs: number;
  readonly cooldownLeft: number;
  /** What the watched reductions have come to: multiplies the learning rate. */
  readonly scale: number;
}
export const FRESH_SCHEDULE: ScheduleState = { best: null, badEpochs: 0, cooldownLeft: 0, scale: 1 };

export interface ScheduleRule<P = never> {
  learningRate(params: P, progress: Progress): number;
  /** After each epoch, with the loss that it is judged by and the learning rate before the schedule. */
  afterEpoch?(params: P, state: ScheduleState, loss: number, base: number): ScheduleState;
}
