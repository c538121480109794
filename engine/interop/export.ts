/** A trained model in a file format of the user's choice: one table, which the command line and the editor list. */
import type { Preprocessing } from '../data/dataset.ts';
import type { CheckedGraph } from '../graph/checked-graph.ts';
import { exportPytorch } from './code/pytorch.ts';
import { CLASS_NAMES_KEY, PREPROCESSING_KEY, exportOnnx } from './onnx/export-onnx.ts';
import { type NamedTensors, storedTensors } from './named-tensors.ts';
import { writeNpz } from './npz.ts';
import { writeSafetensors } from './safetensors.ts';

export interface ExportModel {
  readonly graph: CheckedGraph;
  /** By PyTorch's names and in its layouts; running statistics too. */
  readonly weights: NamedTensors;
  readonly classNames?: readonly string[];
  /** What raw samples must go through before they are fed, by `<node id>.<port>` of the source. */
  readonly preprocessing?: Readonly<Record<string, Preprocessing>>;
  /** Version of the program that writes. */
  readonly producerVersion?: string;
}

interface Format {
  readonly id: string;
  readonly title: string;
  /** For people: what opens it. */
  readonly summary: string;
  /** With the dot. */
  readonly extension: string;
  write(model: ExportModel): Uint8Array;
}

const formats = [
  {
    id: 'onnx', title: 'ONNX', extension: '.onnx', summary: 'The whole model, for onnxruntime and many others (opset 17, open batch size).',
    write: exportOnnx,
  },
  {
    id: 'safetensors', title: 'safetensors', extension: '.safetensors', summary: 'The weights by PyTorch\'s names and layouts, for load_state_dict and --init.',
    write: (model) => writeSafetensors(storedTensors(model.weights), weightsMetadata(model)),
  },
  {
    id: 'npz', title: 'NumPy', extension: '.npz', summary: 'The weights by PyTorch\'s names and layouts, for numpy.load.',
    write: ({ weights }) => writeNpz(storedTensors(weights)),
  },
  {
    id: 'pytorch', title: 'PyTorch', extension: '.py', summary: 'The network as a PyTorch module in Python; the weights go into it from a safetensors or npz file.',
    write: ({ graph }) => new TextEncoder().encode(exportPytorch(graph)),
  },
] as const satisfies readonly Format[];

export type ExportFormat = (typeof formats)[number]['id'];
/** In the order in which they are offered. */
export const EXPORT_FORMATS: readonly (Omit<Format, 'id' | 'write'> & { readonly id: ExportFormat })[] = formats;

/** The file's bytes. Throws FormatError where the format cannot hold the model. */
export function exportModel(format: ExportFormat, model: ExportModel): Uint8Array {
  const chosen = formats.find(({ id }) => id === format);
  if (chosen === undefined) throw new Error(`There is no export format '${String(format)}'.`);
  return chosen.write(model);
}

/** `format: pt` tells the loaders of others that layouts are PyTorch's. */
function weightsMetadata({ graph, classNames, preprocessing }: ExportModel): Record<string, string> {
  return {
    format: 'pt', producer: 'Netloom', model: graph.doc.name,
    ...(classNames === undefined ? {} : { [CLASS_NAMES_KEY]: JSON.stringify(classNames) }),
    ...(preprocessing === undefined || Object.keys(preprocessing).length === 0 ? {} : { [PREPROCESSING_KEY]: JSON.stringify(preprocessing) }),
  };
}
