/**
 * Predictions for samples that come with the question, by the weights as they are on the device. The
 * programs are compiled once per batch size and stay, so that a drawing is answered while the model trains.
 */
import type { Feeds, TypedData } from '../backends/backend.ts';
import { breathe } from '../data/breathe.ts';
import { ancestors } from '../graph/checked-graph.ts';
import type { NodeId } from '../graph/document.ts';
import { shapeOf } from '../graph/lower.ts';
import type { TensorType } from '../nodes/node-type.ts';
import { Builder } from '../tensor/builder.ts';
import { elementCount, makeProgram, type Value } from '../tensor/ir.ts';
import { type Classifier, classifierOf, probabilitiesOf } from './classifier.ts';
import { type CompiledBatch, DataError, type DeviceModel } from './device-model.ts';
import type { TrainModel } from './model.ts';
import { type BatchProgram, lowerModel } from './step.ts';

/** A tensor as it comes with a question; the first axis is the sample. */
export interface GivenTensor {
  readonly shape: readonly number[];
  readonly data: TypedData;
}
export interface Answer {
  /** By Output node, or the predicting node in a graph without one. */
  readonly outputs: Readonly<Record<NodeId, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
  /** [samples, classes], of a classifier; axes behind the classes are places that are judged apart. */
  readonly probabilities: { readonly shape: readonly number[]; readonly data: Float32Array } | undefined;
}

interface FedPort {
  readonly node: NodeId;
  readonly label: string;
  readonly input: string;
  readonly type: TensorType;
}
interface FedProgram extends BatchProgram {
  readonly feeds: readonly FedPort[];
}

/** Samples at once: points of the plane come by the thousand, pictures a few at a time and each with many activations. */
const MOST_POINTS = 1024;
const MOST_PICTURES = 64;
/** A sample with more numbers than this counts as a picture. */
const PICTURE_SIZE = 64;
const MOST_SAMPLES = 1_000_000;
const PROBABILITIES = 'probabilities';

export class Predictor {
  readonly #device: DeviceModel;
  readonly #classifier: Classifier | undefined;
  readonly #compiled = new Map<string, Promise<CompiledBatch<FedProgram>>>();

  /** `classifier`: where the answer's probabilities are read; those of the graph's classes of whole samples when left out. */
  constructor(device: DeviceModel, classifier: Classifier | undefined = classifierOf(device.model.graph)) {
    this.#device = device;
    this.#classifier = classifier;
  }

  /**
   * A question brings the samples of the sources. It may bring the output of any other node too, which is then not computed: the noise of
   * a generator, the latent point that a decoder starts from. What nodes draw is the same for equal questions. Throws DataError where samples do not fit.
   */
  async predict(inputs: Readonly<Record<NodeId, GivenTensor>>): Promise<Answer> {
    const brought = this.#device.model.graph.order.filter(({ id, role }) => role === 'compute' && inputs[id] !== undefined).map(({ id }) => id);
    const one = await this.#batch(1, brought);
    const given = one.program.feeds.map((port) => fittingSamples(port, inputs[port.node]));
    const count = given[0]?.count ?? 1;
    const odd = given.find((tensor) => tensor.count !== count);
    if (odd !== undefined) throw new DataError({ en: `The inputs have different numbers of samples: ${count} and ${odd.count}.`, zh: `各输入的样本数不同：${count} 与 ${odd.count}。` });
    if (count > MOST_SAMPLES) throw new DataError({ en: `${count} samples are too many for one question; ask for at most ${MOST_SAMPLES} at a time.`, zh: `一次询问 ${count} 个样本太多了；每次最多 ${MOST_SAMPLES} 个。` });
    const widest = Math.max(1, ...given.map((tensor) => tensor.perSample));
    const rows = batchRows(count, widest > PICTURE_SIZE ? MOST_PICTURES : MOST_POINTS);
    const batch = rows === 1 ? one : await this.#batch(rows, brought);
    const results = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
    for (let first = 0; first < count; first += rows) {
      const feeds: Record<string, TypedData | number> = { step: first / rows };
      one.program.feeds.forEach(({ input }, i) => {
        const tensor = given[i];
        if (tensor !== undefined) feeds[input] = rowsOf(tensor, first, rows);
      });
      const [outputs = {}] = await batch.run([feeds satisfies Feeds]);
      for (const [name, value] of batch.program.program.outputs) {
        const perSample = elementCount(value.shape) / rows;
        const data = outputs[name];
        if (data === undefined) throw new Error(`The backend did not return '${name}'.`);
        let result = results.get(name);
        if (result === undefined) results.set(name, (result = { shape: [count, ...value.shape.slice(1)], data: new Float32Array(count * perSample) }));
        result.data.set(data.subarray(0, Math.min(rows, count - first) * perSample), first * perSample);
      }
      if (first + rows < count) await breathe();
    }
    const outputs = Object.fromEntries(batch.program.predictions.flatMap(({ node, output }) => {
      const result = results.get(output);
      return result === undefined ? [] : [[node, result]];
    }));
    return { outputs, probabilities: results.get(PROBABILITIES) };
  }

  #batch(rows: number, brought: readonly NodeId[]): Promise<CompiledBatch<FedProgram>> {
    const key = `${rows} ${brought.join()}`;
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const compiled = this.#device.own(() => fedProgram(this.#device.model, this.#classifier, rows, brought));
    this.#compiled.set(key, compiled);
    return compiled;
  }
}

/** Powers of two, so that few programs serve all sizes. What is too much in the last batch is thrown away. */
function batchRows(count: number, most: number): number {
  let rows = 1;
  while (rows < count && rows < most) rows *= 2;
  return rows;
}

function fedProgram(model: TrainModel, classifier: Classifier | undefined, batch: number, brought: readonly NodeId[]): FedProgram {
  const { graph } = model;
  const wanted = graph.outputs.length > 0 ? graph.outputs.map(({ id }) => id) : graph.prediction === undefined ? [] : [graph.prediction.node];
  if (wanted.length === 0) throw new DataError({ en: 'The graph predicts nothing: it has no Output node and no loss whose prediction could stand in for one.', zh: '该图没有预测：既没有输出节点，也没有可以代替它的损失预测。' });
  const until = [...wanted, ...(classifier === undefined ? [] : [classifier.prediction.from])];
  const given = new Set(brought);
  const needed = ancestors(graph, until, given);
  const b = new Builder();
  const feeds: FedPort[] = [];
  const { lowered } = lowerModel(model, b, (node, port, type) => {
    // A question brings the samples, which are a source's first port; the labels are what is asked for.
    if (node.definition.outputs[0]?.name !== port) throw new DataError({ en: `The prediction depends on '${port}' of '${node.label}', which a question cannot bring.`, zh: `预测依赖于“${node.label}”的“${port}”，而询问时无法提供它。` });
    const input = `fed.${node.id}`;
    feeds.push({ node: node.id, label: node.label, input, type });
    return b.input(input, shapeOf(type, batch), type.dtype);
  }, { batch, goal: 'predict', brought: given, until: graph.order.filter(({ id, role }) => needed.has(id) && role !== 'source' && !given.has(id)).map(({ id }) => id) });
  const outputs = new Map<string, Value>();
  const results = graph.outputs.length > 0 ? lowered.outputs : lowered.prediction === undefined ? [] : [lowered.prediction];
  const predictions = results.map(({ node, value, type }) => {
    outputs.set(`prediction.${node}`, b.toF32(value));
    return { node, output: `prediction.${node}`, type };
  });
  const logits = classifier === undefined ? undefined : lowered.values.get(classifier.prediction.from)?.[classifier.prediction.output];
  if (classifier !== undefined && logits !== undefined) outputs.set(PROBABILITIES, probabilitiesOf(b, classifier, logits));
  return { program: makeProgram(outputs), batch, known: {}, predictions, feeds };
}

interface FittingSamples {
  readonly data: TypedData;
  readonly count: number;
  readonly perSample: number;
}

function fittingSamples({ node, label, type }: FedPort, given: GivenTensor | undefined): FittingSamples {
  const sample = type.shape.slice(1).map(Number);
  const wanted = `[samples${sample.map((n) => `, ${n}`).join('')}]`;
  if (given === undefined) throw new DataError({ en: `The prediction needs samples for '${label}' (${node}), of shape ${wanted}.`, zh: `预测需要“${label}”（${node}）的样本，形状为 ${wanted.replace('samples', '样本数')}。` });
  const [count = 0, ...rest] = given.shape;
  const perSample = elementCount(sample);
  if (!(count >= 1) || rest.reduce((product, n) => product * n, 1) !== perSample || given.data.length !== count * perSample) {
    throw new DataError({ en: `'${label}' takes samples of shape ${wanted}; given were ${given.data.length} numbers of shape [${given.shape.join(', ')}].`, zh: `“${label}”需要形状为 ${wanted.replace('samples', '样本数')} 的样本；但得到的是形状为 [${given.shape.join(', ')}] 的 ${given.data.length} 个数。` });
  }
  const data = type.dtype === 'i32' ? Int32Array.from(given.data) : given.data instanceof Float32Array ? given.data : Float32Array.from(given.data);
  return { data, count, perSample };
}

function rowsOf({ data, perSample }: FittingSamples, first: number, rows: number): TypedData {
  const part = data.subarray(first * perSample, (first + rows) * perSample);
  if (part.length === rows * perSample) return part;
  const padded = data instanceof Int32Array ? new Int32Array(rows * perSample) : new Float32Array(rows * perSample);
  padded.set(part);
  return padded;
}
