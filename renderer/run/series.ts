/** Numbers of a run over its steps, in typed arrays that grow; x is strictly increasing. */
export interface Series {
  /** `loss`, `accuracy`, …; one of a metric's names. */
  readonly name: string;
  readonly split: 'train' | 'validation' | 'test';
  /** By step (every step of training) or by epoch (at the epoch's last step). */
  readonly per: 'step' | 'epoch';
  readonly length: number;
  /** Valid up to `length`; may be replaced when it grows, so do not keep it. */
  readonly x: Float64Array;
  readonly y: Float32Array;
}
export interface RunSeries {
  readonly all: readonly Series[];
  /** By step: the learning rate. */
  readonly learningRate: Series;
  /** Step at which each epoch ended. */
  readonly epochEnds: readonly number[];
}
