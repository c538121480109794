/** The files of a finished run, and finding a trained model again: in a run folder, in a checkpoint or beside a weights file. */
import type { Choices } from '../backends/choices.ts';
import type { TokenCodings } from '../data/text/token-coding.ts';
import type { GraphDoc } from '../graph/document.ts';
import { parseDocument, serializeDocument } from '../graph/parse.ts';
import { FormatError } from '../interop/format-error.ts';
import { type NamedTensors, namedTensors, storedTensors } from '../interop/named-tensors.ts';
import { readSafetensors, writeSafetensors } from '../interop/safetensors.ts';
import { textOf } from '../text.ts';
import type { FileStore } from '../platform/platform.ts';
import type { MetricValues } from '../protocol.ts';
import { type CheckpointError, findCheckpoint } from './checkpoint.ts';
import type { RunResult, RunSettings, SavedModel } from './run-contract.ts';

export const GRAPH_FILE = 'graph.netloom';
export const WEIGHTS_FILE = 'weights.safetensors';
export const RUN_FILE = 'run.json';
export const LOG_FILE = 'log.jsonl';

export interface RunRecord {
  readonly format: 'netloom-run';
  readonly version: 1;
  readonly model: string;
  readonly outcome: RunResult['outcome'] | 'running';
  readonly backend: string;
  readonly device: string;
  /** CPU threads, where those computed. */
  readonly threads?: number;
  readonly settings: RunSettings;
  readonly parameters: number;
  readonly steps: number;
  readonly epochs: number;
  readonly classNames: readonly string[] | null;
  readonly tokens?: TokenCodings;
  /** Between variants of a computation, on the CPU: `--choices` takes them from here. */
  readonly choices?: Choices;
  readonly train: MetricValues | null;
  readonly validation: MetricValues | null;
  readonly test: MetricValues | null;
}

const inFolder = (folder: string, name: string): string => `${folder.replace(/[\\/]+$/, '')}/${name}`;

/** Weights and buffers as a safetensors file that PyTorch's loader reads. */
export function weightsFile(weights: NamedTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return writeSafetensors(storedTensors(weights), { format: 'pt', ...metadata });
}

/** The f32 tensors of a safetensors file, for `initWeights`. Integer tensors (counters) are left out. */
export function weightsFromFile(bytes: Uint8Array): NamedTensors {
  return namedTensors(readSafetensors(bytes).tensors);
}

export async function writeRunRecord(files: FileStore, folder: string, record: RunRecord): Promise<void> {
  await files.write(inFolder(folder, RUN_FILE), `${JSON.stringify(record, undefined, 2)}\n`);
}
export async function writeGraph(files: FileStore, folder: string, document: GraphDoc): Promise<void> {
  await files.write(inFolder(folder, GRAPH_FILE), serializeDocument(document));
}

function unreadable(path: string, error: unknown): FormatError {
  const why = textOf(error);
  return new FormatError({ en: `${path} cannot be read (${why.en}).`, zh: `无法读取 ${path}（${why.zh}）。` }, { cause: error });
}
async function readBytes(files: FileStore, path: string): Promise<Uint8Array> {
  try {
    return await files.read(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}
async function readJson(files: FileStore, path: string): Promise<unknown> {
  const bytes = await readBytes(files, path);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * A trained model: a run folder (its final weights, or its newest whole checkpoint when the run never
 * ended), or a checkpoint's JSON or safetensors file. The document is as it was trained; check it before use.
 */
export async function loadModel(files: FileStore, path: string, onRefused?: (error: CheckpointError) => void): Promise<SavedModel> {
  const weightsPath = inFolder(path, WEIGHTS_FILE);
  if (!/\.(json|safetensors)$/.test(path) && (await files.exists(weightsPath)) && (await files.exists(inFolder(path, RUN_FILE)))) {
    const record = (await readJson(files, inFolder(path, RUN_FILE))) as Partial<RunRecord> | null;
    if (record?.format !== 'netloom-run') throw new FormatError({ en: `${inFolder(path, RUN_FILE)} is not the record of a run of Netloom.`, zh: `${inFolder(path, RUN_FILE)} 不是 Netloom 的运行记录。` });
    const graphPath = inFolder(path, GRAPH_FILE);
    const parsed = parseDocument(await readBytes(files, graphPath));
    if (parsed.doc === undefined) throw new FormatError({ en: `${graphPath}: ${parsed.problem.message}`, zh: `${graphPath}：${parsed.problem.text.zh}` });
    return { document: parsed.doc, weights: weightsFromFile(await files.read(weightsPath)), step: record.steps ?? 0, epoch: record.epochs ?? 0, classNames: record.classNames ?? undefined, tokens: record.tokens, path: weightsPath };
  }
  return loadCheckpoint(files, path, onRefused);
}

/** The state that a run goes on from: its newest whole checkpoint, whatever became of the other files in its folder. */
export async function loadCheckpoint(files: FileStore, path: string, onRefused?: (error: CheckpointError) => void): Promise<SavedModel> {
  const { document, snapshot, classNames, tokens, path: found } = await findCheckpoint(files, path, onRefused);
  return { document, weights: snapshot.weights, step: snapshot.state.step, epoch: snapshot.state.epoch, classNames, tokens, path: found };
}
