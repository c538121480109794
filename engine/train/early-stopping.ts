/** When an epoch is the best so far, and when there have been too many that were not. Plain JSON, for checkpoints. */
import type { TrainingSettings } from '../graph/document.ts';
import type { MetricValues } from '../protocol.ts';

export interface EpochMetrics {
  readonly train: MetricValues;
  readonly validation?: MetricValues;
  readonly test?: MetricValues;
}

export interface EarlyStopping {
  /** Lowest watched loss; null before the first epoch. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly badEpochs: number;
  readonly bestMetrics: EpochMetrics | null;
}
export const NOT_STOPPING: EarlyStopping = { best: null, badEpochs: 0, bestMetrics: null };

/** The validation loss where there is a validation set, else the training loss; never the test set's, which must stay unseen. */
export const watchedMetric = ({ train, validation }: EpochMetrics, name = 'loss'): number => validation?.[name] ?? train[name] ?? Number.NaN;

export function judgeEpoch(state: EarlyStopping, metrics: EpochMetrics, minDelta: number): { readonly state: EarlyStopping; readonly improved: boolean } {
  const loss = watchedMetric(metrics);
  const improved = state.best === null || loss < state.best - minDelta;
  return improved ? { state: { best: loss, badEpochs: 0, bestMetrics: metrics }, improved } : { state: { ...state, badEpochs: state.badEpochs + 1 }, improved };
}

export const patienceIsOver = (state: EarlyStopping, settings: TrainingSettings['earlyStopping']): boolean => settings !== undefined && state.badEpochs >= settings.patience;
