/**
 * Checkpoints on disk: a safetensors file, then a JSON file with its digest and the run's state, then
 * a pointer to it. Each is written atomically and in this order, so that whenever the process dies,
 * the pointer or a scan finds a whole one; what is damaged is refused by its digest.
 */
import { type Choices, readChoices } from '../backends/choices.ts';
import type { Samples } from '../data/dataset.ts';
import type { TokenCodings } from '../data/text/token-coding.ts';
import type { Played } from '../data/environments/experience.ts';
import type { GraphDoc, NodeId } from '../graph/document.ts';
import { FormatError } from '../interop/format-error.ts';
import { namedTensors, storedTensors } from '../interop/named-tensors.ts';
import type { StoredArray } from '../interop/stored-array.ts';
import { readSafetensors, writeSafetensors } from '../interop/safetensors.ts';
import { type Text, textOf } from '../text.ts';
import type { FileStore } from '../platform/platform.ts';
import type { Experience } from './player.ts';
import type { RunSettings } from './run-contract.ts';
import type { OptimizerState } from './learning-rate.ts';
import type { RunState, Snapshot } from './run-state.ts';

const FORMAT = 'netloom-checkpoint';
/** 2: a state of each optimizer. Those of version 1 are read: they are of runs with one. */
const VERSION = 2;
export const CHECKPOINT_FOLDER = 'checkpoints';
const POINTER = 'latest.json';
/** How many stay: the newest, and two to fall back on. */
const KEPT = 3;
const BEST_PREFIX = 'best/';
const MOMENT_PREFIX = 'optimizer/';
const EXPERIENCE_PREFIX = 'experience/';

export interface Checkpoint {
  /** The JSON file. */
  readonly path: string;
  readonly document: GraphDoc;
  readonly settings: RunSettings;
  readonly classNames: readonly string[] | undefined;
  readonly tokens: TokenCodings | undefined;
  readonly snapshot: Snapshot;
}

/** The JSON file's content; `digest` is that of the rest. */
interface CheckpointBody {
  readonly format: string;
  readonly version: number;
  readonly tensors: { readonly file: string; readonly sha256: string };
  readonly state: RunState;
  readonly settings: RunSettings;
  readonly classNames: readonly string[] | null;
  readonly tokens?: TokenCodings;
  readonly document: GraphDoc;
  readonly choices?: Partial<Choices>;
  /** Which arrays of the tensors' file it is, by environment node. */
  readonly experience?: { readonly epoch: number; readonly sources: Readonly<Record<NodeId, { readonly samples: readonly string[]; readonly memory: readonly string[]; readonly figures: Played['figures'] }>> };
}

/** A checkpoint that is missing, damaged or of another kind. The message names the file and the way out. */
export class CheckpointError extends FormatError {
  constructor(text: Text, options?: ErrorOptions) {
    super(text, options);
    this.name = 'CheckpointError';
  }
}

export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes.slice());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
const textDigest = (text: string): Promise<string> => sha256(new TextEncoder().encode(text));

const join = (folder: string, name: string): string => (folder === '' ? name : `${folder.replace(/[\\/]+$/, '')}/${name}`);
const folderOf = (path: string): string => path.slice(0, Math.max(0, path.search(/[\\/][^\\/]*$/)));
const stemOf = (step: number): string => `step-${String(step).padStart(9, '0')}`;

export interface CheckpointParts {
  readonly document: GraphDoc;
  readonly settings: RunSettings;
  readonly classNames: readonly string[] | undefined;
  readonly tokens: TokenCodings | undefined;
}

/** Writes a checkpoint into the run folder and returns the path of its JSON file. Older ones beyond the last few are removed. */
export async function writeCheckpoint(files: FileStore, runFolder: string, { document, settings, classNames, tokens }: CheckpointParts, snapshot: Snapshot): Promise<string> {
  const folder = join(runFolder, CHECKPOINT_FOLDER);
  const stem = stemOf(snapshot.state.step);
  const bytes = writeSafetensors({ ...storedTensors(snapshot.weights), ...storedTensors(snapshot.moments), ...storedTensors(snapshot.best ?? {}, BEST_PREFIX), ...storedExperience(snapshot.experience) }, { format: 'pt', netloom: FORMAT });
  const digest = await sha256(bytes);
  // The digest in the name: a step that is written twice (with other metrics, say) never has one file's JSON beside another's tensors.
  const tensorFile = `${stem}-${digest.slice(0, 8)}.safetensors`;
  const body: CheckpointBody = { format: FORMAT, version: VERSION, tensors: { file: tensorFile, sha256: digest }, state: snapshot.state, settings, classNames: classNames ?? null, ...(tokens === undefined ? {} : { tokens }), document, ...(snapshot.convolutions === undefined ? {} : { choices: { convolutions: snapshot.convolutions } }), ...(snapshot.experience === undefined ? {} : { experience: describeExperience(snapshot.experience) }) };
  const text = JSON.stringify(body);
  const path = join(folder, `${stem}.json`);
  await files.write(join(folder, tensorFile), bytes);
  await files.write(path, JSON.stringify({ digest: await textDigest(text), body }));
  await files.write(join(folder, POINTER), JSON.stringify({ checkpoint: `${stem}.json` }));
  await prune(files, folder, stem, tensorFile);
  return path;
}

/** Keeps the newest checkpoint and the few before it. Those of later steps are of a course that was left by resuming earlier. */
async function prune(files: FileStore, folder: string, newest: string, tensorFile: string): Promise<void> {
  const names = await files.list(folder);
  const earlier = names.filter((name) => isCheckpoint(name) && name < `${newest}.json`).sort().slice(1 - KEPT);
  const kept = new Set([newest, ...earlier.map((name) => name.slice(0, -'.json'.length))]);
  for (const name of names) {
    const stem = /^step-\d+/.exec(name)?.[0];
    if (stem === undefined) continue;
    const replaced = stem === newest && name.endsWith('.safetensors') && name !== tensorFile;
    if (replaced || !kept.has(stem)) await files.remove(join(folder, name));
  }
}

const isCheckpoint = (name: string): boolean => /^step-\d+\.json$/.test(name);

/** Whether a run folder has any checkpoint, be it damaged: its JSON file comes last, so one that was cut short does not count. */
export async function hasCheckpoints(files: FileStore, runFolder: string): Promise<boolean> {
  return (await files.list(join(runFolder, CHECKPOINT_FOLDER))).some(isCheckpoint);
}

/** Reads one checkpoint and checks it throughout. */
async function readCheckpoint(files: FileStore, path: string): Promise<Checkpoint> {
  const body = await readBody(files, path);
  const tensorPath = join(folderOf(path), body.tensors.file);
  let bytes: Uint8Array;
  try {
    bytes = await files.read(tensorPath);
  } catch (error) {
    throw new CheckpointError({ en: `Checkpoint ${path}: its tensors, ${tensorPath}, cannot be read (${textOf(error).en}).`, zh: `检查点 ${path}：无法读取其张量文件 ${tensorPath}（${textOf(error).zh}）。` }, { cause: error });
  }
  const found = await sha256(bytes);
  if (found !== body.tensors.sha256) throw new CheckpointError({ en: `Checkpoint ${path} is damaged: ${tensorPath} has the SHA-256 digest ${found}, wanted is ${body.tensors.sha256}.`, zh: `检查点 ${path} 已损坏：${tensorPath} 的 SHA-256 摘要为 ${found}，应为 ${body.tensors.sha256}。` });
  const { tensors } = readSafetensors(bytes);
  const own = (name: string): boolean => !name.startsWith(BEST_PREFIX) && !name.startsWith(MOMENT_PREFIX) && !name.startsWith(EXPERIENCE_PREFIX);
  const best = Object.entries(namedTensors(tensors, (name) => name.startsWith(BEST_PREFIX))).map(([name, tensor]) => [name.slice(BEST_PREFIX.length), tensor] as const);
  return {
    path,
    document: body.document,
    settings: body.settings,
    classNames: body.classNames ?? undefined,
    tokens: body.tokens,
    snapshot: {
      state: body.version === 1 ? stateOfFirst(body.state) : body.state,
      weights: namedTensors(tensors, own),
      moments: namedTensors(tensors, (name) => name.startsWith(MOMENT_PREFIX)),
      best: best.length === 0 ? undefined : Object.fromEntries(best),
      convolutions: readChoices(body.choices)?.convolutions,
      experience: body.experience === undefined ? undefined : readExperience(tensors, body.experience),
    },
  };
}

/** The name that the only optimizer of a run goes by in a checkpoint of version 1, which did not name it. */
const ONLY_OPTIMIZER = '';

function stateOfFirst(state: RunState): RunState {
  const { baseLearningRate, schedule, ...rest } = state as RunState & OptimizerState;
  return { ...rest, optimizers: { [ONLY_OPTIMIZER]: { baseLearningRate, schedule } } };
}

/** The state under the names of these optimizers. */
export function namedOptimizers(state: RunState, optimizers: readonly NodeId[]): RunState {
  const only = state.optimizers[ONLY_OPTIMIZER];
  return only === undefined ? state : { ...state, optimizers: Object.fromEntries(optimizers.map((node) => [node, only])) };
}

type Part = 'samples' | 'memory';
const PARTS: readonly Part[] = ['samples', 'memory'];
const experienceName = (node: NodeId, part: Part, name: string): string => `${EXPERIENCE_PREFIX}${part}/${node}.${name}`;

function storedExperience(experience: Experience | undefined): Record<string, StoredArray> {
  return Object.fromEntries(Object.entries(experience?.sources ?? {}).flatMap(([node, played]) => PARTS.flatMap((part) => Object.entries(played[part]).map(([name, { shape, data }]) => {
    const dtype = data instanceof Int32Array ? 'i32' : data instanceof Uint8Array ? 'u8' : 'f32';
    return [experienceName(node, part, name), { dtype, shape, data }] as const;
  }))));
}

const describeExperience = ({ epoch, sources }: Experience): NonNullable<CheckpointBody['experience']> => ({
  epoch,
  sources: Object.fromEntries(Object.entries(sources).map(([node, { samples, memory, figures }]) => [node, { samples: Object.keys(samples), memory: Object.keys(memory), figures }])),
});

function readExperience(tensors: Readonly<Record<string, StoredArray>>, { epoch, sources }: NonNullable<CheckpointBody['experience']>): Experience {
  // The digest holds for both files, so that what the one names is in the other.
  const arrays = (node: NodeId, part: Part, names: readonly string[]): Samples => Object.fromEntries(names.flatMap((name) => {
    const array = tensors[experienceName(node, part, name)];
    return array === undefined ? [] : [[name, { shape: array.shape, data: array.data }]];
  }));
  return { epoch, sources: Object.fromEntries(Object.entries(sources).map(([node, { samples, memory, figures }]) => [node, { samples: arrays(node, 'samples', samples), memory: arrays(node, 'memory', memory), figures }])) };
}

async function readBody(files: FileStore, path: string): Promise<CheckpointBody> {
  let text: string;
  try {
    text = new TextDecoder().decode(await files.read(path));
  } catch (error) {
    throw new CheckpointError({ en: `Checkpoint ${path} cannot be read (${textOf(error).en}).`, zh: `无法读取检查点 ${path}（${textOf(error).zh}）。` }, { cause: error });
  }
  let file: { readonly digest?: unknown; readonly body?: Partial<CheckpointBody> } | null;
  try {
    file = JSON.parse(text) as typeof file;
  } catch (error) {
    throw new CheckpointError({ en: `Checkpoint ${path} is damaged: it is not whole JSON (${textOf(error).en}).`, zh: `检查点 ${path} 已损坏：它不是完整的 JSON（${textOf(error).zh}）。` }, { cause: error });
  }
  const body = file?.body;
  if (typeof body !== 'object' || body === null || body.format !== FORMAT) throw new CheckpointError({ en: `${path} is not a checkpoint of Netloom.`, zh: `${path} 不是 Netloom 的检查点。` });
  if (body.version !== VERSION && body.version !== 1) throw new CheckpointError({ en: `Checkpoint ${path} has version ${String(body.version)}; this program reads versions 1 to ${VERSION}. Use the program that wrote it.`, zh: `检查点 ${path} 的版本是 ${String(body.version)}；本程序读取版本 1 到 ${VERSION}。请使用写出它的程序。` });
  // Key order survives parsing, so the text comes out as it was written.
  const found = await textDigest(JSON.stringify(body));
  if (found !== file?.digest) throw new CheckpointError({ en: `Checkpoint ${path} is damaged: its content has the SHA-256 digest ${found}, wanted is ${String(file?.digest)}.`, zh: `检查点 ${path} 已损坏：其内容的 SHA-256 摘要为 ${found}，应为 ${String(file?.digest)}。` });
  return body as CheckpointBody;
}

/**
 * The newest whole checkpoint of a run folder (or of a folder of checkpoints), or the one that `path`
 * names. `onRefused` hears of each damaged one that is passed over.
 */
export async function findCheckpoint(files: FileStore, path: string, onRefused: (error: CheckpointError) => void = () => {}): Promise<Checkpoint> {
  if (path.endsWith('.json') && !path.endsWith(POINTER)) return readCheckpoint(files, path);
  if (path.endsWith('.safetensors')) return readCheckpoint(files, path.replace(/(-[0-9a-f]{8})?\.safetensors$/, '.json'));
  const base = path.endsWith(POINTER) ? folderOf(path) : path;
  const inner = join(base, CHECKPOINT_FOLDER);
  const folder = (await files.list(inner)).some(isCheckpoint) ? inner : base;
  const names = (await files.list(folder)).filter(isCheckpoint).sort().reverse();
  const pointed = await pointedAt(files, folder);
  const candidates = pointed !== undefined && names.includes(pointed) ? [pointed, ...names.filter((name) => name !== pointed)] : names;
  for (const name of candidates) {
    try {
      return await readCheckpoint(files, join(folder, name));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      onRefused(error instanceof CheckpointError ? error : new CheckpointError(error.text, { cause: error }));
    }
  }
  throw new CheckpointError(candidates.length === 0 ? { en: `There is no checkpoint in ${path}; a run that ended before its first one is begun again, by the same command.`, zh: `${path} 中没有检查点；在第一个检查点之前就结束的运行，需要从头开始。` } : { en: `None of the ${candidates.length} checkpoints in ${folder} is whole; start the training anew in another folder.`, zh: `${folder} 中的 ${candidates.length} 个检查点都不完整；请在另一个文件夹中重新开始训练。` });
}

async function pointedAt(files: FileStore, folder: string): Promise<string | undefined> {
  try {
    const pointer = JSON.parse(new TextDecoder().decode(await files.read(join(folder, POINTER)))) as { readonly checkpoint?: unknown } | null;
    return typeof pointer?.checkpoint === 'string' ? pointer.checkpoint : undefined;
  } catch {
    // Missing or torn: the scan finds the newest by its number.
    return undefined;
  }
}
