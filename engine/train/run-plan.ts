/** What a run is once its input has been checked: made by `createRun`, followed by the loop. */
import type { Playable } from '../data/environments/experience.ts';
import type { TokenCodings } from '../data/text/token-coding.ts';
import type { NodeId } from '../graph/document.ts';
import type { Text } from '../text.ts';
import type { SplitSamples } from './device-model.ts';
import type { TrainModel } from './model.ts';
import type { RunSettings } from './run-contract.ts';
import type { Snapshot } from './run-state.ts';

/** What the run's owner should know, told at its start. */
export interface RunWarning {
  readonly code: string;
  readonly text: Text;
}
export interface RunPlan {
  readonly model: TrainModel;
  readonly settings: RunSettings;
  readonly train: SplitSamples;
  readonly test: SplitSamples | undefined;
  readonly testSamples: number;
  /** Samples of the training set that are trained on, and those held back to validate with. */
  /** The environments among the sources. */
  readonly playables: Readonly<Record<NodeId, Playable>>;
  readonly trainIndices: Int32Array;
  readonly validationIndices: Int32Array;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly totalEpochs: number;
  readonly classNames: readonly string[] | undefined;
  readonly tokens: TokenCodings | undefined;
  readonly start: Snapshot;
  readonly resumedFrom: string | undefined;
  readonly warnings: readonly RunWarning[];
}
