/** When an epoch is the best so far, and when there have been too many that were not. Plain JSON, for checkpoints. */
import type { TrainingSettings } from '../graph/document.ts';
import type { MetricValues } from '../protocol.ts';

export interface EpochMetrics {
  readonly train: MetricValues;
  readonly validation?: MetricValues;
  readonly test?: MetricValues;
}

export interface EarlyStopping {
  /** Of what is watched; null before the first epoch. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly badEpochs: number;
  readonly bestMetrics: EpochMetrics | null;
}
export const NOT_STOPPING: EarlyStopping = { best: null, badEpochs: 0, bestMetrics: null };

/** Of the validation set where there is one, else of the training set; never of the test set, which must stay unseen. NaN when nothing of this name is measured. */
export const watchedMetric = ({ train, validation }: EpochMetrics, name = 'loss'): number => validation?.[name] ?? train[name] ?? Number.NaN;

/** Losses and errors are to fall, everything else that is measured is to rise. A node's id may stand in front. */
export const isBetterLower = (metric: string): boolean => /(?:^|\.)(?:loss|mae|mse|rmse)$/.test(metric);

type Settings = NonNullable<TrainingSettings['earlyStopping']>;

export function judgeEpoch(state: EarlyStopping, metrics: EpochMetrics, { minDelta, metric = 'loss' }: Pick<Settings, 'minDelta' | 'metric'>): { readonly state: EarlyStopping; readonly improved: boolean } {
  const value = watchedMetric(metrics, metric);
  const improved = state.best === null || (isBetterLower(metric) ? value < state.best - minDelta : value > state.best + minDelta);
  return improved ? { state: { best: value, badEpochs: 0, bestMetrics: metrics }, improved } : { state: { ...state, badEpochs: state.badEpochs + 1 }, improved };
}

export const patienceIsOver = (state: EarlyStopping, settings: TrainingSettings['earlyStopping']): boolean => settings !== undefined && state.badEpochs >= settings.patience;
