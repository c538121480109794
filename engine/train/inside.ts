/**
 * The inside of a network on a small fixed batch: what comes out of every node, what the weights and
 * their gradients are like, and the pictures that a node makes of one sample. Nothing is written, so
 * that a run goes on as if nobody had looked.
 */
import type { CheckedGraph, CheckedNode } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import type { Distribution } from '../protocol.ts';
import { Builder } from '../tensor/builder.ts';
import { elementCount, makeProgram, type Value } from '../tensor/ir.ts';
import type { NamedTensors } from '../interop/named-tensors.ts';
import { type CompiledBatch, DATA_WORDS, DataError, type DeviceModel, type SplitName } from './device-model.ts';
import { distributionOf } from './distribution.ts';
import type { TrainModel } from './model.ts';
import { type BatchProgram, gathered, lowerModel, optimizerGradients, type SampleLayouts } from './step.ts';

/** Samples whose activations are looked at. */
const MOST_SAMPLES = 64;
/** Numbers that a look may bring back: 2 million take about 10 ms to read and to count. */
const MOST_NUMBERS = 2_000_000;
/** The same dropout and noise at every look, so that two looks differ by the weights alone. */
const STEP = 1;

export interface LookOptions {
  readonly split: SplitName;
  /** In the split. */
  readonly samples: number;
  readonly seed: number;
  readonly gradients: boolean;
  /** Nodes whose outputs for one sample are wanted whole, and which sample. */
  readonly featureMaps: readonly NodeId[];
  readonly maps: number;
  readonly sample: number;
}
export interface Picture {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export interface Look {
  readonly activations: Readonly<Record<NodeId, Distribution>>;
  readonly weights: Readonly<Record<string, Distribution>>;
  readonly gradients: Readonly<Record<string, Distribution>>;
  readonly featureMaps: Readonly<Record<NodeId, Picture>>;
  readonly kernels: Readonly<Record<NodeId, Picture>>;
  readonly input: Picture | undefined;
}

interface NodeProgram extends BatchProgram {
  /** Nodes by the name of their output. */
  readonly nodes: ReadonlyMap<string, NodeId>;
}

export class Inside {
  readonly #device: DeviceModel;
  readonly #outputs = new Map<string, Promise<CompiledBatch<NodeProgram>>>();
  readonly #gradients = new Map<string, Promise<CompiledBatch>>();

  constructor(device: DeviceModel) {
    this.#device = device;
  }

  async look(options: LookOptions): Promise<Look> {
    const { split, samples, featureMaps, sample } = options;
    const { model } = this.#device;
    const unknown = featureMaps.find((id) => !model.graph.nodes.has(id));
    if (unknown !== undefined) throw new DataError({ en: `There is no node '${unknown}' whose pictures could be shown.`, zh: `没有节点“${unknown}”，无法显示它的图像。` });
    if (sample >= samples) throw new DataError({ en: `There is no sample ${sample}; the ${split} data has ${samples}.`, zh: `没有第 ${sample} 个样本；${DATA_WORDS[split]}数据共有 ${samples} 个。` });
    const batch = batchFor(model.graph, samples);
    // Weights and activations of the same moment: both are asked for before anything is awaited in between.
    const compiled = await this.#outputsOf(split, batch);
    const slopes = options.gradients ? await this.#gradientsOf(split, batch) : undefined;
    // Two samples where one may be mixed with another; the pictures are those of the first.
    const looked = disturbing(model).length > 0 ? [sample, (sample + 1) % samples] : [sample];
    const single = featureMaps.length > 0 ? await this.#outputsOf(split, looked.length) : undefined;
    const index = Int32Array.from({ length: batch }, (_, i) => i);
    const [weights, [outputs = {}], [gradient = {}] = [], [maps = {}] = []] = await Promise.all([
      this.#device.readWeights(),
      compiled.run([{ index, seed: options.seed | 0, step: STEP }]),
      slopes?.run([{ index, seed: options.seed | 0, step: STEP }]),
      single?.run([{ index: Int32Array.from(looked), seed: options.seed | 0, step: STEP + sample }]),
    ]);
    const activations: Record<NodeId, Distribution> = {};
    for (const [name, node] of compiled.program.nodes) {
      const data = outputs[name];
      if (data instanceof Float32Array) activations[node] = distributionOf(data);
    }
    const trained = model.layout.entries.filter((entry) => !entry.buffer);
    const pictures: Record<NodeId, Picture> = {};
    let input: Picture | undefined;
    if (single !== undefined) {
      for (const [name, node] of single.program.nodes) {
        const value = single.program.program.outputs.get(name);
        const data = maps[name];
        if (value === undefined || !(data instanceof Float32Array)) continue;
        const shape = value.shape.slice(1);
        const picture = { shape, data: data.slice(0, elementCount(shape)) };
        if (model.graph.nodes.get(node)?.role === 'source') input ??= picture;
        if (featureMaps.includes(node)) pictures[node] = firstMaps(picture, options.maps);
      }
    }
    return {
      activations, input, featureMaps: pictures, kernels: kernelsOf(model, weights, featureMaps, options.maps),
      weights: Object.fromEntries(trained.flatMap(({ key }) => (weights[key] === undefined ? [] : [[key, distributionOf(weights[key].data)]]))),
      gradients: Object.fromEntries(Object.entries(gradient).flatMap(([key, data]) => (data instanceof Float32Array ? [[key, distributionOf(data)]] : []))),
    };
  }

  #outputsOf(split: SplitName, batch: number): Promise<CompiledBatch<NodeProgram>> {
    const key = `${split} ${batch}`;
    let compiled = this.#outputs.get(key);
    if (compiled === undefined) this.#outputs.set(key, (compiled = this.#device.own(() => nodesProgram(this.#device.model, this.#device.layoutsOf(split), split, batch))));
    return compiled;
  }
  #gradientsOf(split: SplitName, batch: number): Promise<CompiledBatch> {
    const key = `${split} ${batch}`;
    let compiled = this.#gradients.get(key);
    if (compiled === undefined) this.#gradients.set(key, (compiled = this.#device.own(() => gradientsProgram(this.#device.model, this.#device.layoutsOf(split), split, batch))));
    return compiled;
  }
}

/** As many samples as the limits allow. */
function batchFor({ order }: CheckedGraph, samples: number): number {
  const perSample = order.reduce((sum, { outputTypes: [type] }) => sum + (type === undefined || type.dtype !== 'f32' ? 0 : type.shape.reduce<number>((product, n) => (n === 'N' ? product : product * n), 1)), 0);
  return Math.max(1, Math.min(MOST_SAMPLES, samples, Math.floor(MOST_NUMBERS / Math.max(1, perSample))));
}

/** Nodes that disturb samples while training and may pass them on otherwise. */
const disturbing = ({ graph }: TrainModel): readonly CheckedNode[] => graph.order.filter(({ definition }) => definition.category === 'augmentation');

/**
 * The first output of every node that computes, in inference mode, as the test after an epoch sees it. Only
 * augmentation that passes its input on there is shown as a training step sees it, for there is nothing else to see.
 */
function nodesProgram(model: TrainModel, layouts: SampleLayouts, split: string, batch: number): NodeProgram {
  const b = new Builder();
  const shown = model.graph.order.filter(({ role }) => role === 'compute' || role === 'source');
  const source = gathered(b, layouts, split, batch);
  const { lowered } = lowerModel(model, b, source, { batch, goal: 'evaluate', until: shown.map(({ id }) => id) });
  const idle = disturbing(model).filter(({ id, inputs: [input] }) => input !== undefined && lowered.values.get(id)?.[0] === lowered.values.get(input.from)?.[input.output]).map(({ id }) => id);
  const trained = idle.length === 0 ? undefined : lowerModel(model, b, source, { batch, goal: 'train', until: idle }).lowered;
  const outputs = new Map<string, Value>();
  const nodes = new Map<string, NodeId>();
  for (const { id } of shown) {
    const value = (idle.includes(id) ? trained : lowered)?.values.get(id)?.[0];
    if (value === undefined || value.dtype !== 'f32' || value.shape[0] !== batch) continue;
    outputs.set(`out.${id}`, value);
    nodes.set(`out.${id}`, id);
  }
  return { program: makeProgram(outputs), batch, known: {}, predictions: [], nodes };
}

/** The gradient of every trained weight, in training mode, by `<node>.<weight>`. */
function gradientsProgram(model: TrainModel, layouts: SampleLayouts, split: string, batch: number): BatchProgram {
  const b = new Builder();
  const { lowered } = lowerModel(model, b, gathered(b, layouts, split, batch), { batch, goal: 'train' });
  if (lowered.totalLoss === undefined) throw new DataError({ en: 'The graph has no loss, so there are no gradients.', zh: '该图没有损失，因此没有梯度。' });
  const slopes = model.optimizers.flatMap((optimizer) => optimizerGradients(b, lowered, optimizer));
  return { program: makeProgram(new Map(slopes.map(({ entry, gradient }): [string, Value] => [entry.key, gradient]))), batch, known: {}, predictions: [] };
}

/** The first `most` channels of [channels, height, width]; vectors stay whole. */
function firstMaps({ shape, data }: Picture, most: number): Picture {
  const [channels = 1, ...size] = shape;
  if (size.length === 0 || channels <= most) return { shape, data };
  return { shape: [most, ...size], data: data.slice(0, most * elementCount(size)) };
}

/** The filters of those nodes that convolve: [out, in, height, width], a height of 1 where there is one axis. At most `most` outputs. */
function kernelsOf({ layout }: TrainModel, weights: NamedTensors, nodes: readonly NodeId[], most: number): Record<NodeId, Picture> {
  const found: Record<NodeId, Picture> = {};
  for (const { node, name, key, shape } of layout.entries) {
    const tensor = weights[key];
    if (name !== 'weight' || !nodes.includes(node) || tensor === undefined || shape.length < 3 || shape.length > 4) continue;
    const [out = 1, into = 1, ...size] = shape;
    found[node] = firstMaps({ shape: size.length === 1 ? [out, into, 1, ...size] : shape, data: Float32Array.from(tensor.data) }, most);
  }
  return found;
}
