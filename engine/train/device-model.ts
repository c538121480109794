/**
 * A model on a device: its states, its compiled programs and its data. All that is lost with a
 * device is here, so that a run goes on elsewhere by making a new one and writing its tensors back.
 */
import type { Backend, DeviceState, Executable, Feeds, StepOutputs } from '../backends/backend.ts';
import { compileProgram } from '../compile/compile.ts';
import type { LoadedData, SampleArray, Samples } from '../data/dataset.ts';
import type { NodeId } from '../graph/document.ts';
import { FormatError } from '../interop/format-error.ts';
import type { NamedTensor, NamedTensors } from '../interop/named-tensors.ts';
import type { Text } from '../text.ts';
import { elementCount, type Value } from '../tensor/ir.ts';
import { actsAt, stepKind, type Totals, type TrainModel } from './model.ts';
import { type BatchProgram, dataState, evaluationProgram, inspectionProgram, lossOutput, metricOutput, momentState, predictionProgram, type SampleLayout, type SampleLayouts, sampleLayout, trainingProgram } from './step.ts';
import { packArena, unpackArena } from './weights.ts';

export type SplitName = 'train' | 'test' | 'predict';
export type SplitSamples = Readonly<Record<NodeId, Samples>>;

export interface CompiledBatch<P extends BatchProgram = BatchProgram> {
  readonly program: P;
  readonly executable: Executable;
  /** Runs the steps; feeds that the program has no use for are left out. */
  run(steps: readonly Feeds[]): Promise<readonly StepOutputs[]>;
}

/** Weights, buffers and the optimizer's moments, by the names that checkpoints use. */
export interface DeviceTensors {
  readonly weights: NamedTensors;
  readonly moments: NamedTensors;
}
export const momentKey = (moment: string, key: string): string => `optimizer/${moment}/${key}`;

/** What a set of samples is called in messages: English as it stands, and in Chinese. */
export const DATA_WORDS = { training: '训练', train: '训练', test: '测试', predict: '预测', given: '给定' } as const;
export type DataWord = keyof typeof DATA_WORDS;

/** A data set that does not fit the graph: the caller's to mend. */
export class DataError extends FormatError {
  constructor(text: Text) {
    super(text);
    this.name = 'DataError';
  }
}

/** The samples of one split, for all sources that have it; undefined when one that is needed lacks it. */
export function splitOf(data: Readonly<Record<NodeId, LoadedData>>, split: 'train' | 'test'): SplitSamples | undefined {
  const samples: Record<NodeId, Samples> = {};
  for (const [node, loaded] of Object.entries(data)) {
    const part = loaded[split];
    if (part === undefined) return undefined;
    samples[node] = part;
  }
  return samples;
}

/** How many samples a split has; all its arrays must agree. */
export function sampleCount(split: SplitSamples, what: DataWord): number {
  let count: number | undefined;
  let first = '';
  for (const [node, samples] of Object.entries(split)) {
    for (const [port, array] of Object.entries(samples)) {
      const rows = array.shape[0] ?? 0;
      if (count === undefined) {
        count = rows;
        first = `'${node}.${port}'`;
      } else if (rows !== count) throw new DataError({ en: `The ${what} data does not fit together: ${first} has ${count} samples, '${node}.${port}' has ${rows}.`, zh: `${DATA_WORDS[what]}数据不一致：${first} 有 ${count} 个样本，而“${node}.${port}”有 ${rows} 个。` });
      if (elementCount(array.shape) !== array.data.length) throw new DataError({ en: `'${node}.${port}' of the ${what} data says [${array.shape.join(', ')}], but holds ${array.data.length} numbers.`, zh: `${DATA_WORDS[what]}数据中的“${node}.${port}”声明形状为 [${array.shape.join(', ')}]，实际却有 ${array.data.length} 个数。` });
    }
  }
  if (count === undefined || count === 0) throw new DataError({ en: `The ${what} data has no samples.`, zh: `${DATA_WORDS[what]}数据中没有样本。` });
  return count;
}

export class DeviceModel {
  readonly model: TrainModel;
  readonly backend: Backend;
  readonly #states = new Map<string, DeviceState>();
  readonly #arrays = new Map<string, SampleArray>();
  readonly #layouts: Record<string, Record<NodeId, Record<string, SampleLayout>>> = {};
  readonly #compiled = new Map<string, Promise<CompiledBatch>>();
  readonly #owned: Promise<CompiledBatch>[] = [];
  readonly #dataOf: DeviceModel | undefined;

  /** `dataOf`: a model on the same backend whose copies of the samples serve this one too. */
  constructor(model: TrainModel, backend: Backend, splits: Readonly<Partial<Record<SplitName, SplitSamples>>>, dataOf?: DeviceModel) {
    this.model = model;
    this.backend = backend;
    this.#dataOf = dataOf;
    for (const [split, samples] of Object.entries(splits)) this.provide(split, samples);
  }

  /** The samples of a split that has none yet. They are uploaded when a program first reads them. */
  provide(split: string, samples: SplitSamples): void {
    if (this.#layouts[split] !== undefined) return;
    const layouts: Record<NodeId, Record<string, SampleLayout>> = {};
    for (const [node, ports] of Object.entries(samples)) {
      layouts[node] = Object.fromEntries(Object.entries(ports).map(([port, array]) => [port, sampleLayout(array)]));
      for (const [port, array] of Object.entries(ports)) this.#arrays.set(dataState(split, node, port), array);
    }
    this.#layouts[split] = layouts;
  }

  /** The step numbered `step` (from 1): optimizers that do not act at every step make several kinds. */
  training(batch: number, step = 1): Promise<CompiledBatch> {
    const acting = this.model.optimizers.filter((optimizer) => actsAt(optimizer, step));
    return this.#once(`train ${batch} ${stepKind(this.model, step)}`, () => trainingProgram(this.model, this.#layoutsOf('train'), batch, acting));
  }
  evaluation(split: SplitName, batch: number): Promise<CompiledBatch> {
    return this.#once(`evaluate ${split} ${batch}`, () => evaluationProgram(this.model, this.#layoutsOf(split), split, batch));
  }
  prediction(split: SplitName, batch: number): Promise<CompiledBatch> {
    return this.#once(`predict ${split} ${batch}`, () => predictionProgram(this.model, this.#layoutsOf(split), split, batch));
  }
  /** Not kept: it is asked for once, when something has gone wrong. */
  inspection(batch: number, step: number): Promise<CompiledBatch<ReturnType<typeof inspectionProgram>>> {
    return this.#compile(inspectionProgram(this.model, this.#layoutsOf('train'), batch, this.model.optimizers.filter((optimizer) => actsAt(optimizer, step))));
  }

  /** A program of the caller's own making over these states; the caller keeps what it gets, and it is freed with the model. */
  own<P extends BatchProgram>(build: () => P): Promise<CompiledBatch<P>> {
    const compiled = (async () => this.#compile(build()))();
    this.#owned.push(compiled);
    return compiled;
  }

  /** What the programs must know of a split's samples. */
  layoutsOf(split: SplitName): SampleLayouts {
    return this.#layoutsOf(split);
  }

  #layoutsOf(split: SplitName): SampleLayouts {
    const layouts = this.#layouts[split];
    if (layouts === undefined) throw new DataError({ en: `There is no ${split} data.`, zh: `没有${DATA_WORDS[split]}数据。` });
    return layouts;
  }

  #once(key: string, build: () => BatchProgram): Promise<CompiledBatch> {
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    // Inside an async function, so that a build that throws is remembered as a rejection like any other.
    const compiled = (async () => this.#compile(build()))();
    this.#compiled.set(key, compiled);
    return compiled;
  }

  async #compile<P extends BatchProgram>(program: P): Promise<CompiledBatch<P>> {
    for (const state of program.program.states) await this.#ensure(state);
    const executable = await this.backend.compile(compileProgram(program.program), this.#states);
    return { program, executable, run: (steps) => executable.run(steps) };
  }

  /** The state, allocated at its first use; data is uploaded then. */
  async #ensure(value: Pick<Value<'state'>, 'attrs' | 'dtype' | 'shape'>): Promise<DeviceState> {
    const { name } = value.attrs;
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const array = this.#arrays.get(name);
    const other = this.#dataOf;
    if (array !== undefined && other !== undefined && other.#arrays.get(name) === array) {
      const shared = await other.#ensure(value);
      this.#states.set(name, shared);
      return shared;
    }
    const state = this.backend.allocate(name, value.dtype, elementCount(value.shape));
    this.#states.set(name, state);
    if (array !== undefined) await this.backend.write(state, array.data);
    return state;
  }

  /** Other samples of the same shapes and dtypes in place of a split's. */
  async replaceSamples(split: SplitName, samples: SplitSamples): Promise<void> {
    for (const [node, ports] of Object.entries(samples)) {
      for (const [port, array] of Object.entries(ports)) {
        const name = dataState(split, node, port);
        const before = this.#arrays.get(name);
        if (before === undefined || before.data.length !== array.data.length || before.data.constructor !== array.data.constructor) {
          throw new DataError({ en: `Fresh samples of '${node}.${port}' must have the shape and type of the first ones, [${before?.shape.join(', ') ?? 'none'}], got [${array.shape.join(', ')}].`, zh: `“${node}.${port}”的新样本必须与最初的样本形状和类型相同，即 [${before?.shape.join(', ') ?? '无'}]，但得到 [${array.shape.join(', ')}]。` });
        }
        this.#arrays.set(name, array);
        const state = this.#states.get(name);
        if (state !== undefined) await this.backend.write(state, array.data);
      }
    }
  }

  #arenas(): { readonly name: string; readonly arena: TrainModel['layout']['arenas'][number]; readonly moment: string | undefined }[] {
    const { optimizers, layout } = this.model;
    return layout.arenas.flatMap((arena) => {
      const optimizer = optimizers.find(({ node }) => node === arena.optimizer);
      const moments = optimizer === undefined ? [] : optimizer.rule.moments(optimizer.params);
      return [{ name: arena.name, arena, moment: undefined }, ...moments.map((moment) => ({ name: momentState(moment, arena.name), arena, moment }))];
    });
  }

  /** `moments` may lack all of an optimizer's; they are zero then, as at the start of a run. */
  async writeTensors({ weights, moments }: DeviceTensors): Promise<void> {
    for (const { name, arena, moment } of this.#arenas()) {
      const state = await this.#ensure({ attrs: { name }, dtype: 'f32', shape: [arena.length] });
      if (moment === undefined) await this.backend.write(state, packArena(arena, weights));
      else if (Object.keys(moments).length === 0) await this.backend.write(state, new Float32Array(arena.length));
      else await this.backend.write(state, packArena(arena, moments, (entry) => momentKey(moment, entry.key)));
    }
  }

  async readTensors(): Promise<DeviceTensors> {
    const weights: Record<string, NamedTensor> = {};
    const kept: Record<string, NamedTensor> = {};
    for (const { name, arena, moment } of this.#arenas()) {
      const state = this.#states.get(name);
      if (state === undefined) throw new Error(`State '${name}' was never written.`);
      const data = await this.backend.read(state);
      for (const [entry, tensor] of unpackArena(arena, Float32Array.from(data))) {
        if (moment === undefined) weights[entry.key] = tensor;
        else kept[momentKey(moment, entry.key)] = tensor;
      }
    }
    return { weights, moments: kept };
  }

  /** Weights and buffers of one moment, whatever is trained meanwhile: all reads are asked for at once. */
  async readWeights(): Promise<NamedTensors> {
    const reads = this.model.layout.arenas.map((arena) => {
      const state = this.#states.get(arena.name);
      if (state === undefined) throw new Error(`State '${arena.name}' was never written.`);
      return this.backend.read(state);
    });
    const all = await Promise.all(reads);
    return Object.fromEntries(this.model.layout.arenas.flatMap((arena, i) => unpackArena(arena, Float32Array.from(all[i] ?? [])).map(([entry, tensor]) => [entry.key, tensor])));
  }

  /** For models that only answer: an optimizer's moments have no place then. */
  async writeWeights(weights: NamedTensors): Promise<void> {
    for (const arena of this.model.layout.arenas) await this.backend.write(await this.#ensure({ attrs: { name: arena.name }, dtype: 'f32', shape: [arena.length] }), packArena(arena, weights));
  }

  /** Frees the programs. States belong to the backend and go with it. */
  async dispose(): Promise<void> {
    for (const compiled of [...this.#compiled.values(), ...this.#owned]) {
      // A program that failed to compile has nothing to free.
      const done = await compiled.catch(() => undefined);
      done?.executable.dispose();
    }
    this.#compiled.clear();
    this.#owned.length = 0;
  }
}

/** What a batch's outputs come to, weighted by its samples. */
export function batchTotals(model: TrainModel, { batch, known, program }: BatchProgram, outputs: StepOutputs): Totals {
  const scalar = (name: string): number => outputs[name]?.[0] ?? Number.NaN;
  const losses: Record<NodeId, number> = {};
  for (const { node } of model.graph.losses) if (program.outputs.has(lossOutput(node.id))) losses[node.id] = scalar(lossOutput(node.id)) * batch;
  const metrics: Record<NodeId, Record<string, readonly number[]>> = {};
  for (const { node } of model.metrics) {
    const fixed = known[node];
    if (fixed === undefined) continue;
    const sums: Record<string, readonly number[]> = Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, [value]]));
    const prefix = metricOutput(node, '');
    for (const [name, data] of Object.entries(outputs)) if (name.startsWith(prefix)) sums[name.slice(prefix.length)] = Array.from(data);
    metrics[node] = sums;
  }
  return { samples: batch, loss: program.outputs.has('loss') ? scalar('loss') * batch : 0, losses, metrics };
}
