/**
 * A model that can be asked: the one of a run that trains or has trained here, or one from a run's files.
 * What it is asked is answered by programs that are compiled at the first time and kept.
 */
import type { SampleArray } from '../data/dataset.ts';
import type { TokenCodings } from '../data/text/token-coding.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import type { EngineMethods, EvaluateReply, FilledSentence, FillReply, InspectReply, InspectRequest, PredictReply, RunId, TensorData, WriteReply, WriteRequest } from '../protocol.ts';
import { requireLabels, requireSources } from '../train/check-data.ts';
import { DeviceModel, sampleCount, type SplitSamples, splitOf } from '../train/device-model.ts';
import { Inside } from '../train/inside.ts';
import { Judge } from '../train/judge.ts';
import { Predictor } from '../train/predictor.ts';
import type { GraphData } from '../train/run-contract.ts';
import { TextModel } from '../train/write-text.ts';
import type { Asker } from './data-store.ts';
import { cancelled, EngineFailure, text } from './failure.ts';

/** Samples at a time where the document's own batches are smaller or larger: enough to keep a device busy, and not more. */
const LEAST_BATCH = 64;
const MOST_BATCH = 512;
/** Channels of a feature map, where nobody says how many are wanted. */
const MOST_MAPS = 16;
/** Milliseconds of work between two chances for other requests. */
const CHUNK_MS = 25;

export interface ModelSource {
  readonly run: RunId;
  readonly graph: CheckedGraph;
  /** Where the weights are now. */
  device(): DeviceModel;
  /** The step that they are of. */
  step(): number;
  /** Whether the weights change meanwhile. */
  isTraining(): boolean;
  classNames(): readonly string[] | undefined;
  /** What the tokens of its sources mean, by `<node id>.<port>`. */
  tokens(): TokenCodings | undefined;
  /** All the samples that there are of the graph's sources. */
  data(asker: Asker): Promise<GraphData>;
}

export class OpenModel {
  readonly #source: ModelSource;
  readonly #predictors = new WeakMap<DeviceModel, Predictor>();
  readonly #writers = new WeakMap<DeviceModel, TextModel>();
  readonly #judges = new WeakMap<DeviceModel, Judge>();
  readonly #insides = new WeakMap<DeviceModel, Inside>();
  /** Of each device, one with weights of its own that stay as they are while the run's go on. */
  readonly #copies = new WeakMap<DeviceModel, DeviceModel>();
  readonly #opened: DeviceModel[] = [];
  /** Evaluations come one after the other, for they share a copy of the weights. */
  #evaluating: Promise<unknown> = Promise.resolve();
  /** What is being answered: the device stays until all of it is. */
  readonly #answering = new Set<Promise<unknown>>();
  #closed = false;

  constructor(source: ModelSource) {
    this.#source = source;
  }

  get source(): ModelSource { return this.#source; }
  get graph(): CheckedGraph { return this.#source.graph; }
  get step(): number { return this.#source.step(); }

  weights(): Promise<NamedTensors> {
    return this.#answer(() => this.#source.device().readWeights());
  }

  predict(inputs: Readonly<Record<string, TensorData>>): Promise<PredictReply> {
    return this.#answer(() => this.#predict(inputs));
  }

  /** With the weights as they are from token to token; a text that is cancelled ends early. */
  write(request: Omit<WriteRequest, 'run'>, asker: Asker): Promise<WriteReply> {
    return this.#answer(async () => {
      const { step } = this;
      const written = await this.#writer().write({ ...request, isCancelled: () => asker.signal.aborted || this.#closed });
      return { ...written, step };
    });
  }

  fill({ sentences, examples }: Omit<EngineMethods['fill']['params'], 'run'>, asker: Asker): Promise<FillReply> {
    return this.#answer(async () => {
      const { step } = this;
      const writer = this.#writer();
      const goOn = (): void => {
        if (asker.signal.aborted || this.#closed) throw cancelled();
      };
      const filled: FilledSentence[] = [];
      for (const sentence of sentences) {
        goOn();
        filled.push(await writer.fill(sentence));
      }
      const shown: FilledSentence[] = [];
      const { source, port, window, target } = writer.language;
      const samples = examples === 0 ? undefined : ((await this.samplesOf('test', asker)) ?? (await this.samplesOf('train', asker)))?.[source];
      const [tokens, targets] = [samples?.[port], samples?.[target.fromPort]];
      for (let i = 0; i < Math.min(examples, tokens?.shape[0] ?? 0); i++) {
        goOn();
        const rows = (array: SampleArray | undefined): Int32Array => Int32Array.from(array?.data.subarray(i * window, (i + 1) * window) ?? []);
        shown.push(await writer.fillWindow(rows(tokens), rows(targets)));
      }
      return { sentences: filled, examples: shown, step };
    });
  }

  /** On the test set, where there is one. */
  inspect(request: Omit<InspectRequest, 'run'>, asker: Asker): Promise<InspectReply> {
    return this.#answer(() => this.#inspect(request, asker));
  }

  evaluate(split: 'train' | 'test', asker: Asker): Promise<EvaluateReply> {
    return this.#answer(() => {
      const evaluated = this.#evaluating.then(() => this.#evaluate(split, asker));
      this.#evaluating = evaluated.catch(() => {});
      return evaluated;
    });
  }

  /** Who asks after the model was closed, or while it closes, is told so: its device is about to go. */
  async #answer<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw cancelled();
    const answer = work();
    this.#answering.add(answer);
    try {
      return await answer;
    } finally {
      this.#answering.delete(answer);
    }
  }

  async #predict(inputs: Readonly<Record<string, TensorData>>): Promise<PredictReply> {
    const began = performance.now();
    const device = this.#source.device();
    let predictor = this.#predictors.get(device);
    if (predictor === undefined) this.#predictors.set(device, (predictor = new Predictor(device)));
    const { outputs, probabilities } = await predictor.predict(inputs);
    return { outputs, ...(probabilities === undefined ? {} : { probabilities }), classNames: this.#source.classNames(), step: this.step, milliseconds: performance.now() - began };
  }

  #writer(): TextModel {
    const device = this.#source.device();
    let writer = this.#writers.get(device);
    if (writer === undefined) this.#writers.set(device, (writer = new TextModel(device, this.#source.tokens())));
    return writer;
  }

  async #evaluate(split: 'train' | 'test', asker: Asker): Promise<EvaluateReply> {
    if (asker.signal.aborted || this.#closed) throw cancelled();
    const { graph } = this;
    const samples = await this.samplesOf(split, asker);
    if (samples === undefined) throw new EngineFailure('no-such-split', split === 'test' ? text('This data has no test samples.', '该数据没有测试样本。') : text('There are no training samples.', '没有训练样本。'));
    const count = sampleCount(samples, split);
    const live = this.#source.device();
    const device = this.#source.isTraining() ? this.#copyOf(live) : live;
    device.provide(split, samples);
    const { step } = this;
    if (device !== live) await device.writeWeights(await live.readWeights());
    let judge = this.#judges.get(device);
    if (judge === undefined) this.#judges.set(device, (judge = new Judge(device)));
    const batchSize = Math.max(LEAST_BATCH, Math.min(graph.doc.training.batchSize, MOST_BATCH));
    const judged = await judge.judge(split, count, {
      batchSize, chunkMs: () => CHUNK_MS, cancelled: () => asker.signal.aborted || this.#closed, onProgress: (done, total) => asker.onProgress({ what: text('Evaluating', '正在评估'), done, total }),
    });
    if (judged === undefined) throw cancelled();
    return { split, samples: count, step, ...judged, classNames: this.#source.classNames() };
  }

  async #inspect({ featureMaps = [], maps = MOST_MAPS, gradients = false, sample = 0 }: Omit<InspectRequest, 'run'>, asker: Asker): Promise<InspectReply> {
    const test = await this.samplesOf('test', asker);
    const split = test === undefined ? 'train' : 'test';
    const samples = test ?? (await this.samplesOf('train', asker));
    if (samples === undefined) throw new EngineFailure('no-such-split', text('There are no samples to look at.', '没有可供查看的样本。'));
    const device = this.#source.device();
    device.provide(split, samples);
    let inside = this.#insides.get(device);
    if (inside === undefined) this.#insides.set(device, (inside = new Inside(device)));
    const look = await inside.look({ split, samples: sampleCount(samples, split), seed: this.graph.doc.training.seed, gradients, featureMaps, maps, sample });
    return { step: this.step, ...look };
  }

  /** A split's samples, checked against the graph. */
  async samplesOf(split: 'train' | 'test', asker: Asker): Promise<SplitSamples | undefined> {
    const samples = splitOf(await this.#source.data(asker), split);
    if (samples === undefined) return undefined;
    const { model } = this.#source.device();
    requireSources(model, samples, split);
    requireLabels(model, samples, split);
    return samples;
  }

  #copyOf(live: DeviceModel): DeviceModel {
    let copy = this.#copies.get(live);
    if (copy === undefined) {
      copy = new DeviceModel(live.model, live.backend, {}, live);
      this.#copies.set(live, copy);
      this.#opened.push(copy);
    }
    return copy;
  }

  /** Frees what was compiled here; the device is its owner's. */
  async dispose(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#answering);
    for (const copy of this.#opened) await copy.dispose();
    this.#opened.length = 0;
  }
}

