/** Where a run is: everything besides its tensors that decides how it goes on. Plain JSON, so that a checkpoint is a copy of it. */
import type { Choices } from '../backends/choices.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import type { NodeId } from '../graph/document.ts';
import { type EarlyStopping, type EpochMetrics, NOT_STOPPING } from './early-stopping.ts';
import type { Experience } from './player.ts';
import { NO_TOTALS, type Totals } from './model.ts';
import type { OptimizerState } from './learning-rate.ts';

export interface RunState {
  /** Steps done. */
  readonly step: number;
  /** Whole epochs done, and batches of the current one. */
  readonly epoch: number;
  readonly batch: number;
  /** By optimizer. */
  readonly optimizers: Readonly<Record<NodeId, OptimizerState>>;
  readonly early: EarlyStopping;
  /** Sums over the current epoch's batches. */
  readonly totals: Totals;
  readonly lastEpoch: EpochMetrics | null;
}

export const FIRST_STATE: RunState = { step: 0, epoch: 0, batch: 0, optimizers: {}, early: NOT_STOPPING, totals: NO_TOTALS, lastEpoch: null };

/** A moment of a run that it can go on from. */
export interface Snapshot {
  readonly state: RunState;
  readonly weights: NamedTensors;
  readonly moments: NamedTensors;
  /** The weights of the best epoch, when early stopping watches. */
  readonly best: NamedTensors | undefined;
  /** Of the current epoch or the one before it, where the run plays in environments. */
  readonly experience: Experience | undefined;
  /** How the device computes what can be computed in several ways that round differently. */
  readonly convolutions: Choices['convolutions'] | undefined;
}
