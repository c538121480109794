/** A run's model as a file, and for ONNX some questions with this engine's answers, by which another runtime can be held to it. */
import { Random } from '../data/random.ts';
import { preprocessingOf } from '../data/graph-data.ts';
import { ancestors, type CheckedGraph } from '../graph/checked-graph.ts';
import { EXPORT_FORMATS, exportModel } from '../interop/export.ts';
import { exportPytorch } from '../interop/code/pytorch.ts';
import { type ModelInput, modelInputs, modelOutputs } from '../interop/results.ts';
import type { EngineMethods, ExportFormatName, ExportReply, TensorData } from '../protocol.ts';
import type { Asker } from './data-store.ts';
import { EngineFailure, text } from './failure.ts';
import type { OpenModel } from './open-model.ts';
import { picked } from './samples.ts';

/** Samples that another runtime is asked about. */
const CHECKED_SAMPLES = 8;
const RANDOM_SEED = 20_240;

export async function exportRun(model: OpenModel, format: ExportFormatName, version: string, asker: Asker): Promise<ExportReply> {
  const { graph } = model;
  const { step } = model;
  const weights = await model.weights();
  const classNames = model.source.classNames();
  const check = format === 'onnx' ? await checkOf(model, asker) : undefined;
  const bytes = exportModel(format, { graph, weights, producerVersion: version, preprocessing: preprocessingOf(graph.sources), ...(classNames === undefined ? {} : { classNames }) });
  return { bytes, fileName: `${fileStem(graph)}${EXPORT_FORMATS.find(({ id }) => id === format)?.extension ?? ''}`, step, ...(check === undefined ? {} : { check }) };
}

export function codeReply(graph: CheckedGraph): EngineMethods['code']['result'] {
  return { code: exportPytorch(graph), fileName: `${fileStem(graph)}.py` };
}

/** The document's name as a file's. */
function fileStem({ doc }: CheckedGraph): string {
  return doc.name.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').toLowerCase().slice(0, 60) || 'model';
}

/** Undefined where the model takes more than one tensor of a source, which a question cannot bring. */
async function checkOf(model: OpenModel, asker: Asker): Promise<ExportReply['check']> {
  const { graph } = model;
  const results = modelOutputs(graph);
  if (results.length === 0) throw new EngineFailure('no-prediction', text('The graph predicts nothing that could be exported. Wire the prediction to an Output node.', '该图没有可导出的预测。请把预测连接到输出节点。'));
  const inputs = modelInputs(graph, ancestors(graph, results.map(({ node }) => node)), results);
  if (inputs.some(({ output }) => output !== 0)) return undefined;
  const given = await questions(model, inputs, asker);
  const { outputs } = await model.predict(Object.fromEntries(inputs.map(({ node }, i): [string, TensorData] => [node.id, given[i]!])));
  const answers = graph.outputs.length > 0 ? graph.outputs.filter((marker) => marker.inputs.length > 0).map(({ id }) => id) : Object.keys(outputs);
  return {
    inputs: Object.fromEntries(inputs.map(({ name }, i) => [name, given[i]!])),
    outputs: Object.fromEntries(results.flatMap(({ name }, i): [string, TensorData][] => {
      const answer = outputs[answers[i] ?? ''];
      return answer === undefined ? [] : [[name, answer]];
    })),
  };
}

/** Samples of the test set, or of the training set; noise where the data cannot be had just now. */
async function questions(model: OpenModel, inputs: readonly ModelInput[], asker: Asker): Promise<readonly TensorData[]> {
  try {
    const samples = (await model.samplesOf('test', asker)) ?? (await model.samplesOf('train', asker)) ?? {};
    return inputs.map(({ node, port }) => {
      const array = samples[node.id]?.[port];
      if (array === undefined) throw new Error(`There are no samples of '${node.id}.${port}'.`);
      return picked(array, Array.from({ length: Math.min(CHECKED_SAMPLES, array.shape[0] ?? 0) }, (_, i) => i));
    });
  } catch (error) {
    if (asker.signal.aborted) throw error;
    return inputs.map(({ type }, n): TensorData => {
      const random = new Random(RANDOM_SEED, n);
      const shape = type.shape.map((size) => (size === 'N' ? CHECKED_SAMPLES : size));
      const length = shape.reduce((product, size) => product * size, 1);
      return { shape, data: type.dtype === 'i32' ? Int32Array.from({ length }, () => random.below(type.classes ?? 2)) : Float32Array.from({ length }, () => random.uniform()) };
    });
  }
}
