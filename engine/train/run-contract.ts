/**
 * What a run is asked and what it answers: the interface that the command line, the editor's engine
 * process and the tests share. Types only, so that a caller pays for nothing it does not start.
 * The functions: `createRun(RunOptions): Promise<Run>` in `run.ts`, `evaluateModel` in `evaluate.ts`, `predict` in
 * `predict.ts`, `loadModel(files, path): Promise<SavedModel>` and `weightsFromFile(bytes)` in `saved-model.ts`,
 * `findCheckpoint` (settings and document of a run to resume) in `checkpoint.ts`. Wrong input throws FormatError.
 */
import type { Backend } from '../backends/backend.ts';
import type { LoadedData, Samples } from '../data/dataset.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { GraphDoc, NodeId, TrainingSettings } from '../graph/document.ts';
import type { NamedTensor, NamedTensors } from '../interop/named-tensors.ts';
import type { FileStore } from '../platform/platform.ts';
import type { MetricValues, RunCommand, RunEvent } from '../protocol.ts';
import type { Text } from '../text.ts';
import type { Shape } from '../tensor/ir.ts';
import type { DeviceModel } from './device-model.ts';

/** Samples of each source of the graph: a data node by its ports, an `Input` node by its port `y`. */
export type GraphData = Readonly<Record<NodeId, LoadedData>>;

export interface RunSettings extends TrainingSettings {
  /** Ends the run after so many steps, whatever `epochs` says; epochs go on as long as needed. */
  readonly steps?: number;
  /** A checkpoint after every so many steps, besides the one at the end of each epoch. */
  readonly checkpointEverySteps?: number;
}

export interface RunOptions {
  readonly graph: CheckedGraph;
  readonly data: GraphData;
  /** The run uses it but does not own it: the caller disposes of it, and of any that `onDeviceLost` gave. */
  readonly backend: Backend;
  /** Why this backend was chosen; goes into the start event. */
  readonly why?: Text;
  readonly settings: RunSettings;
  readonly files: FileStore;
  /** Where checkpoints, weights and the log go. Without it nothing is written. */
  readonly outFolder?: string;
  /** A run folder (its latest usable checkpoint) or a checkpoint's JSON file. */
  readonly resume?: string;
  /** Start from these weights instead of random ones; nodes that are not named keep their own. Ignored with `resume`. */
  readonly initWeights?: NamedTensors;
  /** Fresh training samples for epochs 1, 2, … (counted from 0) of endless datasets, by source node. */
  readonly refresh?: (epoch: number) => Promise<Readonly<Record<NodeId, Samples>>>;
  readonly onEvent: (event: RunEvent) => void;
  /** Milliseconds of work that the device is given at a time: commands and questions wait at least as long. 75 when left out. */
  readonly chunkMs?: () => number;
  /** Milliseconds of training after which a checkpoint is made, however long an epoch takes. 30,000 when left out. */
  readonly snapshotMs?: number;
  /** Another backend to go on with when this one's device is lost; without it a lost device ends the run. */
  readonly onDeviceLost?: (reason: Text) => Promise<Backend>;
}

export interface RunResult {
  /** `failed` is a loss that is not a number or a lost device; the error event says which. */
  readonly outcome: 'finished' | 'early-stopped' | 'stopped' | 'failed';
  /** Steps and whole epochs done since the run's beginning, earlier sessions included. */
  readonly steps: number;
  readonly epochs: number;
  readonly train: MetricValues | undefined;
  readonly validation: MetricValues | undefined;
  readonly test: MetricValues | undefined;
  /** The checkpoint to resume from, when there is an out folder. */
  readonly checkpoint: string | undefined;
  readonly error?: { readonly code: string; readonly message: string; readonly text: Text; readonly node?: NodeId; readonly step?: number; readonly advice?: string; readonly adviceText?: Text };
}

export interface Run {
  /** Number of trained and frozen weights. */
  readonly parameters: number;
  readonly stepsPerEpoch: number;
  /** Steps and epochs that the settings ask for in all. */
  readonly totalSteps: number;
  readonly totalEpochs: number;
  /** Steps already done: more than 0 after a resume. */
  readonly stepsDone: number;
  /** Train to the end, or until stopped. Call once. Failures of training are results, not exceptions. */
  run(): Promise<RunResult>;
  /** Heard within about 100 ms. May be called before `run`, for example to start paused. */
  command(command: RunCommand): void;
  /** Names of the classes, where the data has some. */
  readonly classNames: readonly string[] | undefined;
  /** Where the weights are now, for predictions beside the training. Another one after a device was lost. */
  readonly device: DeviceModel;
  /** Weights and buffers as they are now. */
  weights(): Promise<NamedTensors>;
  /** Everything that was told so far stands in the log when this resolves. */
  flushLog(): Promise<void>;
  /** Free the compiled plans. */
  dispose(): Promise<void>;
}

export interface EvaluateOptions {
  readonly graph: CheckedGraph;
  readonly data: GraphData;
  readonly backend: Backend;
  readonly weights: NamedTensors;
  /** Which of the data's splits; `test` where there is one, else `train`. */
  readonly split?: 'train' | 'test';
  readonly batchSize?: number;
  readonly onProgress?: (done: number, total: number) => void;
}
export interface EvaluateResult {
  readonly split: 'train' | 'test';
  readonly samples: number;
  readonly metrics: MetricValues;
  /** Confusion counts of each Confusion node: rows are the true classes. */
  readonly tables: readonly { readonly node: NodeId; readonly name: string; readonly shape: Shape; readonly data: readonly number[] }[];
}

export interface PredictOptions {
  readonly graph: CheckedGraph;
  /** Samples of each source that the prediction needs; labels may be left out. */
  readonly samples: Readonly<Record<NodeId, Samples>>;
  /** How many predictions, where no source is needed: a generator draws what it starts from. */
  readonly count?: number;
  readonly backend: Backend;
  readonly weights: NamedTensors;
  readonly batchSize?: number;
  readonly onProgress?: (done: number, total: number) => void;
}
/** By node (the Output node's id; in a graph without one, the id of the node that predicts): all samples' predictions, row-major. */
export type Predictions = Readonly<Record<string, NamedTensor>>;

/** A trained model as found in a run folder or a checkpoint. */
export interface SavedModel {
  readonly document: GraphDoc;
  readonly weights: NamedTensors;
  readonly step: number;
  readonly epoch: number;
  readonly classNames: readonly string[] | undefined;
  /** The file that the weights came from. */
  readonly path: string;
}
