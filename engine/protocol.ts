/**
 * What an engine and its callers say to each other: the events of a run (the same on a terminal, in a
 * log file and between processes), and the requests that an editor makes of the engine beside it.
 * Everything here survives structured cloning.
 */
import type { GraphDoc, NodeId } from './graph/document.ts';
import type { Text } from './text.ts';

export type MetricValues = Readonly<Record<string, number>>;

/** `message`, `advice` and `why` are the English of the texts beside them, for terminals and logs. */
export type RunEvent =
  /** What is going on, so that nothing spins for ever: "compiling", "loading mnist", "training". A `done` has a detail when it came before the last epoch. */
  | { readonly kind: 'phase'; readonly phase: 'loading' | 'compiling' | 'training' | 'evaluating' | 'saving' | 'paused' | 'stopped' | 'done'; readonly detail?: Text; }
  | { readonly kind: 'start'; readonly model: string; readonly backend: string; readonly device: string; /** CPU threads, where those compute. */ readonly threads?: number; readonly why: string; readonly whyText: Text; readonly parameters: number; readonly trainSamples: number; readonly testSamples: number; readonly batchSize: number; readonly epochs: number; readonly stepsPerEpoch: number; readonly seed: number }
  /** Loss before the step's update, at full float32 precision. `step` counts from 1 over the whole run. */
  | { readonly kind: 'step'; readonly step: number; readonly epoch: number; readonly loss: number; readonly learningRate: number; /** By node, when there are several; `learningRate` is then the first one's. */ readonly optimizers?: Readonly<Record<NodeId, OptimizerStep>> }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly step: number; readonly train: MetricValues; readonly validation?: MetricValues; readonly test?: MetricValues; readonly seconds: number; readonly samplesPerSecond: number }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly path: string }
  | { readonly kind: 'tensor'; readonly step: number; readonly node: NodeId; readonly name: string; readonly shape: readonly number[]; readonly data: readonly number[] }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string; readonly text: Text; readonly node?: NodeId }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly text: Text; readonly node?: NodeId; readonly step?: number; readonly advice?: string; readonly adviceText?: Text };

/** One of several optimizers at a step. */
export interface OptimizerStep {
  /** What it minimises, as it was when its turn came. */
  readonly loss: number;
  readonly learningRate: number;
  /** False at a step at which it rests. */
  readonly acted: boolean;
}

/** What an engine can be asked while it trains. */
export type RunCommand =
  | { readonly kind: 'pause' } | { readonly kind: 'resume' } | { readonly kind: 'stop' } | { readonly kind: 'step' }
  | { readonly kind: 'learning-rate'; readonly value: number; /** Which one's; every optimizer's when left out. */ readonly optimizer?: NodeId };

// Requests of an editor -----------------------------------------------------------------------------

/** Chosen by the editor: letters, digits and '-'. The engine keeps the run's files under this name. */
export type RunId = string;
export type BackendName = 'auto' | 'webgpu' | 'wasm' | 'reference';

/** Numbers with their shape, row-major; the first axis is the sample unless said otherwise. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export interface EngineInfo {
  readonly version: string;
  readonly processors: number;
  /** False where a page is not cross-origin isolated: one thread then. */
  readonly canShareMemory: boolean;
  readonly gpu: { readonly name: string; readonly software: boolean } | { readonly unavailable: Text };
}

export interface TrainRequest {
  readonly run: RunId;
  /** Epochs, batch size, seed and the rest are `doc.training`. */
  readonly doc: GraphDoc;
  readonly backend: BackendName;
  /** CPU threads; all processors when left out. */
  readonly threads?: number;
  /** On a GPU that can: activations in half precision. */
  readonly halfPrecision?: boolean;
  /** Go on from the run's last checkpoint. */
  readonly resume?: boolean;
  readonly startPaused?: boolean;
  /** Start from the weights of another run, where names and shapes are the same. */
  readonly initFrom?: RunId;
}
/** Sent once data is loaded and the run begins; RunEvents come beside it. */
export interface TrainReply {
  readonly parameters: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly totalEpochs: number;
  /** More than 0 after a resume. */
  readonly stepsDone: number;
  readonly classNames: readonly string[] | undefined;
}

/** A run whose files the engine keeps. */
export interface StoredRun {
  readonly run: RunId;
  readonly doc: GraphDoc;
  /** `running` and not open in this engine: it was cut off, and can go on from its checkpoint. */
  readonly outcome: 'running' | 'finished' | 'early-stopped' | 'stopped' | 'failed';
  readonly steps: number;
  readonly epochs: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  readonly test: MetricValues | undefined;
  readonly train: MetricValues | undefined;
  readonly backend: string;
  readonly device: string;
  /** CPU threads, where those computed. */
  readonly threads?: number;
  readonly hasCheckpoint: boolean;
}

/** Samples of one source node, by output port (`x`, `y`). Values as the network sees them (u8 images are scaled to 0…1). */
export interface SamplesReply {
  readonly ports: Readonly<Record<string, TensorData>>;
  /** Samples in the whole split. */
  readonly total: number;
  readonly classNames: readonly string[] | undefined;
  /** What the tokens of a port are called, by port, where they stand for text. */
  readonly tokenNames?: Readonly<Record<string, readonly string[]>>;
}

export interface PredictReply {
  /** By Output node (or the predicting node, in a graph without one). Logits stay logits. */
  readonly outputs: Readonly<Record<NodeId, TensorData>>;
  /** Class probabilities, where the prediction is a classification: softmax or sigmoid of it. [samples, classes] */
  readonly probabilities?: TensorData;
  readonly classNames: readonly string[] | undefined;
  readonly step: number;
  readonly milliseconds: number;
}

export interface WriteRequest {
  readonly run: RunId;
  /** What is gone on with; empty for a new line. */
  readonly prompt: string;
  /** Tokens to write. */
  readonly length: number;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  /** Choose among so many of the likeliest tokens; 0: among all. */
  readonly topK: number;
  readonly seed: number;
}
export interface WriteReply {
  /** Without the prompt. Shorter than asked for where the request was cancelled. */
  readonly text: string;
  /** Characters of the prompt that the vocabulary lacks. */
  readonly unknown: readonly string[];
  /** When it began: a run that trains goes on meanwhile. */
  readonly step: number;
}
/** A piece of a sentence as it was given, or a gap: what is likely there, the likeliest first and put in as `text`. */
export interface FilledPart {
  readonly text: string;
  readonly candidates?: readonly { readonly name: string; readonly probability: number }[];
  /** What stood there, in an example. */
  readonly truth?: string;
}
export interface FilledSentence {
  readonly parts: readonly FilledPart[];
  /** Characters that the vocabulary lacks. */
  readonly unknown: readonly string[];
}
export interface FillReply {
  readonly sentences: readonly FilledSentence[];
  readonly examples: readonly FilledSentence[];
  readonly step: number;
}

/** Every sample of a split, judged by the model. Arrays have one entry per sample; `targets` and `classes` only for classifiers. */
export interface EvaluateReply {
  readonly split: 'train' | 'test';
  readonly samples: number;
  readonly step: number;
  readonly metrics: MetricValues;
  readonly losses: Float32Array;
  readonly targets?: Int32Array;
  readonly classes?: Int32Array;
  /** Probability of the predicted class. */
  readonly confidences?: Float32Array;
  readonly classNames: readonly string[] | undefined;
  readonly classCount: number;
}

/** Mean, spread, range and a histogram of many numbers. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Share of exact zeros: units that a ReLU keeps silent. */
  readonly zeros: number;
  /** Counts in equal bins from min to max. */
  readonly bins: Uint32Array;
}
export interface InspectRequest {
  readonly run: RunId;
  /** Nodes whose feature maps are wanted, as pictures; at most `maps` channels each. */
  readonly featureMaps?: readonly NodeId[];
  readonly maps?: number;
  /** Histograms of gradients, which cost a backward pass. */
  readonly gradients?: boolean;
  /** Which sample of the test (or training) set the feature maps are of; 0 when left out. */
  readonly sample?: number;
}
/** The inside of the network on a small fixed batch, at one step. */
export interface InspectReply {
  readonly step: number;
  /** By node: the numbers at its first output. */
  readonly activations: Readonly<Record<NodeId, Distribution>>;
  /** By `<node>.<weight>`. */
  readonly weights: Readonly<Record<string, Distribution>>;
  readonly gradients: Readonly<Record<string, Distribution>>;
  /** [channels, height, width] of one sample, or [features]. */
  readonly featureMaps: Readonly<Record<NodeId, TensorData>>;
  /** Filters of convolutions, [out, in, height, width]; only of the nodes in `featureMaps`. */
  readonly kernels: Readonly<Record<NodeId, TensorData>>;
  /** The sample that the feature maps are of, at its source. */
  readonly input: TensorData | undefined;
}

/** What a training step costs by node, from counts of its arithmetic (forward and backward). */
export interface CostsReply {
  /** Floating-point operations of one training step, by node. */
  readonly flops: Readonly<Record<NodeId, number>>;
  /** Bytes of the plan's memory for one step. */
  readonly activationBytes: number;
  readonly parameters: number;
}

export type ExportFormatName = 'onnx' | 'safetensors' | 'npz' | 'pytorch';
export interface ExportReply {
  readonly bytes: Uint8Array;
  /** With its extension. */
  readonly fileName: string;
  readonly step: number;
  /** For ONNX: inputs and what this engine makes of them, to hold against another runtime. By the file's input and output names. */
  readonly check?: { readonly inputs: Readonly<Record<string, TensorData>>; readonly outputs: Readonly<Record<string, TensorData>> };
}

/** Every request: what it takes and what it gives. */
export interface EngineMethods {
  info: { params: Record<string, never>; result: EngineInfo };
  train: { params: TrainRequest; result: TrainReply };
  command: { params: { readonly run: RunId; readonly command: RunCommand }; result: null };
  /** Stops the run if it is on and frees its memory; its files stay. */
  close: { params: { readonly run: RunId }; result: null };
  /** Removes the run's files too. */
  forget: { params: { readonly run: RunId }; result: null };
  runs: { params: Record<string, never>; result: readonly StoredRun[] };
  /** The step and epoch events of a stored run, to draw its curves again. */
  history: { params: { readonly run: RunId }; result: readonly RunEvent[] };
  /** Samples of a data node, loading (or downloading) its set where needed; `indices` counts within the split. */
  samples: { params: { readonly doc: GraphDoc; readonly node: NodeId; readonly split: 'train' | 'test'; readonly indices: readonly number[] }; result: SamplesReply };
  /** With the weights of a live run as they are now, or of a stored one. `inputs` by source node, one tensor for its port `x`. */
  predict: { params: { readonly run: RunId; readonly inputs: Readonly<Record<NodeId, TensorData>> }; result: PredictReply };
  /** A model of language goes on with a text, by its weights as they are. */
  write: { params: WriteRequest; result: WriteReply };
  /** A model of hidden tokens fills the gaps (`□`, one per token) of each sentence, and of the first `examples` windows of the test (or training) set. */
  fill: { params: { readonly run: RunId; readonly sentences: readonly string[]; readonly examples: number }; result: FillReply };
  evaluate: { params: { readonly run: RunId; readonly split: 'train' | 'test' }; result: EvaluateReply };
  inspect: { params: InspectRequest; result: InspectReply };
  costs: { params: { readonly doc: GraphDoc }; result: CostsReply };
  export: { params: { readonly run: RunId; readonly format: ExportFormatName }; result: ExportReply };
  /** The network as code, without weights. */
  code: { params: { readonly doc: GraphDoc; readonly framework: 'pytorch' }; result: { readonly code: string; readonly fileName: string } };
}
export type EngineMethod = keyof EngineMethods;

/** Why a request failed. */
export interface EngineError {
  readonly code: string;
  readonly text: Text;
  readonly node?: NodeId;
  readonly advice?: Text;
}

export type ToEngine =
  | { readonly [M in EngineMethod]: { readonly kind: 'request'; readonly id: number; readonly method: M; readonly params: EngineMethods[M]['params'] } }[EngineMethod]
  /** The answer is no longer wanted. */
  | { readonly kind: 'cancel'; readonly id: number };

export type FromEngine =
  /** Once, when the engine is ready to be asked. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: EngineError }
  /** How far a long request is, for example a download. */
  | { readonly kind: 'progress'; readonly id: number; readonly what: Text; readonly done: number; readonly total: number | undefined }
  /** Events of a run, gathered for at most 50 ms. */
  | { readonly kind: 'events'; readonly run: RunId; readonly events: readonly RunEvent[] };

/** The engine's end of the wire, as a host gives it: a Worker's global, a MessagePort, a process's parent port. */
export interface EnginePort {
  post(message: FromEngine, transfer?: readonly Transferable[]): void;
  onMessage(listener: (message: ToEngine) => void): void;
}
