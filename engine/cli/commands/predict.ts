/** `netloom predict`: what a trained model answers to samples, as text, JSON lines or an array file. */
import type { Samples } from '../../data/dataset.ts';
import { type CheckedGraph, type CheckedNode, ancestors } from '../../graph/checked-graph.ts';
import { type NamedTensor, storedTensors } from '../../interop/named-tensors.ts';
import { writeNpy } from '../../interop/npy.ts';
import { writeNpz } from '../../interop/npz.ts';
import { writeSafetensors } from '../../interop/safetensors.ts';
import { nodePlatform } from '../../platform/node.ts';
import { predict } from '../../train/predict.ts';
import type { GraphData, Predictions } from '../../train/run-contract.ts';
import { backendFlags, backendRequest, openBackend } from '../backend.ts';
import { classTable } from '../class-table.ts';
import { defineCommand } from '../command.ts';
import { EXIT, InputError } from '../errors.ts';
import { dataContext, loadGraphData, sampleUnit } from '../load-data.ts';
import { formatBar, formatCount, formatTable } from '../text.ts';
import { openTrainedModel } from '../trained-model.ts';

/** Samples that are printed on a terminal when --count does not say. */
const DEFAULT_COUNT = 10;
/** Values of one prediction that fit a line. */
const MAX_VALUES = 12;

export const predictCommand = defineCommand({
  name: 'predict',
  summary: 'Ask a trained model about samples.',
  description: 'Without --data it is asked about its own test set. Labels are not needed.',
  positionals: [{ name: 'run', help: 'a run folder or a checkpoint' }],
  flags: {
    data: { kind: 'text', value: 'F.npz|DIR', help: 'Samples by port name (x). uint8 is scaled as the graph scales its own, else divided by 255.' },
    datasets: { kind: 'text', value: 'DIR|URL', help: 'Where data sets are looked for before anything is downloaded (or the variable NETLOOM_DATASETS).' },
    out: { kind: 'text', value: 'F', help: 'Write all predictions to a .npy, .npz or .safetensors file.' },
    count: { kind: 'integer', value: 'N', min: 1, max: 1_000_000_000, help: `How many samples to print; ${DEFAULT_COUNT} when left out, all with --json. A network that starts from noise alone makes so many.` },
    batch: { kind: 'integer', value: 'N', min: 1, max: 1_000_000, help: 'Samples at a time; changes speed and memory, not the result (but the noise, where the network draws some).' },
    json: { kind: 'switch', help: 'A line of JSON per sample: index, prediction (the values by output), and class where there are classes.' },
    ...backendFlags,
  },
  examples: ['netloom predict runs/mnist-cnn-1 --count 20', 'netloom predict runs/mnist-cnn-1 --data mine.npz --out answers.npz'],
  async run({ positionals: [path = ''], flags }, terminal) {
    const { model, graph, given } = await openTrainedModel(path, flags.data);
    const write = flags.out === undefined ? undefined : writerFor(flags.out);
    const sources = neededSources(graph);
    const data = await loadGraphData(graph, given, dataContext({ seed: model.document.training.seed, datasets: flags.datasets, ...(flags.json ? {} : { terminal }) }), sources);
    const { backend } = await openBackend(backendRequest(flags));
    const predictions = await predict({
      graph, samples: testOrTrain(data), count: flags.count ?? DEFAULT_COUNT, backend, weights: model.weights,
      ...(flags.batch === undefined ? {} : { batchSize: flags.batch }),
      ...(flags.json ? {} : { onProgress: (done, total) => terminal.status(`predicting  ${formatBar(done / total, 20)}  ${formatCount(done)} of ${formatCount(total)} ${sampleUnit(graph)}`) }),
    });
    await backend.dispose();
    terminal.status('');
    if (flags.out !== undefined && write !== undefined) {
      await nodePlatform.files.write(flags.out, write(predictions));
      if (!flags.json) terminal.out(`Wrote ${Object.entries(predictions).map(([name, { shape }]) => `${name} [${shape.join(', ')}]`).join(', ')} to ${flags.out}.`);
    }
    const count = Math.min(Object.values(predictions)[0]?.shape[0] ?? 0, flags.count ?? (flags.json ? Number.POSITIVE_INFINITY : DEFAULT_COUNT));
    const isClasses = predictsClasses(graph);
    if (flags.json) for (let i = 0; i < count; i++) terminal.out(jsonLine(predictions, i, isClasses, model.classNames));
    else if (flags.out === undefined || (flags.count !== undefined && sources.length > 0)) for (const line of table(predictions, count, isClasses, model.classNames)) terminal.out(line);
    return EXIT.done;
  },
});

/** Those that the outputs are computed from: labels are not among them, unless they come from the same node. */
function neededSources(graph: CheckedGraph): readonly CheckedNode[] {
  const wanted = graph.outputs.length > 0 ? graph.outputs.map((node) => node.id) : graph.prediction === undefined ? [] : [graph.prediction.node];
  if (wanted.length === 0) throw new InputError('The graph predicts nothing: it has no Output node and no loss whose prediction could stand in for one.');
  const needed = ancestors(graph, wanted);
  return graph.sources.filter((node) => needed.has(node.id));
}

/** The test samples where every source has some, else the training samples. */
function testOrTrain(data: GraphData): Readonly<Record<string, Samples>> {
  const sources = Object.entries(data);
  const hasTest = sources.every(([, loaded]) => loaded.test !== undefined);
  return Object.fromEntries(sources.map(([node, loaded]) => [node, (hasTest ? loaded.test : undefined) ?? loaded.train]));
}

function writerFor(path: string): (predictions: Predictions) => Uint8Array {
  if (path.endsWith('.npz')) return (predictions) => writeNpz(storedTensors(predictions));
  if (path.endsWith('.safetensors')) return (predictions) => writeSafetensors(storedTensors(predictions));
  if (path.endsWith('.npy')) {
    return (predictions) => {
      const [only, another] = Object.values(storedTensors(predictions));
      if (only === undefined || another !== undefined) throw new InputError(`${path}: a .npy file holds one array and the model has ${Object.keys(predictions).length} outputs; write a .npz file.`);
      return writeNpy(only);
    };
  }
  throw new InputError(`--out ${path}: predictions are written to a .npy, .npz or .safetensors file.`);
}

/** Whether the largest value of a prediction names a class: a loss or source says that its targets are class indices. */
function predictsClasses(graph: CheckedGraph): boolean {
  return graph.losses.some(({ node }) => node.inputs.some((input) => input.port === 'target' && input.type.dtype === 'i32'));
}

function row({ shape, data }: NamedTensor, i: number): number[] {
  const size = shape.slice(1).reduce((product, n) => product * n, 1);
  return Array.from(data.subarray(i * size, (i + 1) * size));
}

const largest = (values: readonly number[]): number => values.reduce((best, value, i) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? i : best), 0);

function classOf(tensor: NamedTensor, i: number, classNames: readonly string[] | undefined): string | undefined {
  if (tensor.shape.length !== 2 || (tensor.shape[1] ?? 0) < 2) return undefined;
  const index = largest(row(tensor, i));
  return classNames?.[index] ?? String(index);
}

function jsonLine(predictions: Predictions, i: number, isClasses: boolean, classNames: readonly string[] | undefined): string {
  const [first] = Object.values(predictions);
  const name = isClasses && first !== undefined ? classOf(first, i, classNames) : undefined;
  return JSON.stringify({ index: i, prediction: Object.fromEntries(Object.entries(predictions).map(([output, tensor]) => [output, row(tensor, i)])), ...(name === undefined ? {} : { class: name }) });
}

function table(predictions: Predictions, count: number, isClasses: boolean, classNames: readonly string[] | undefined): string[] {
  const outputs = Object.entries(predictions);
  const [first] = outputs;
  if (isClasses && outputs.length === 1 && first !== undefined && classOf(first[1], 0, classNames) !== undefined) {
    return classTable(Array.from({ length: count }, (_, i) => row(first[1], i)), (index) => classNames?.[index] ?? String(index));
  }
  const text = (values: readonly number[]): string => values.slice(0, MAX_VALUES).map((value) => value.toPrecision(4)).join(' ') + (values.length > MAX_VALUES ? ` … (${values.length} values)` : '');
  return formatTable([['sample', ...outputs.map(([name]) => name)], ...Array.from({ length: count }, (_, i) => [String(i), ...outputs.map(([, tensor]) => text(row(tensor, i)))])]);
}
