/** Run folders as the command line keeps them: where a new one goes, what it notes beside the engine's files, how one is found again. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { nodePlatform } from '../platform/node.ts';
import type { SavedModel } from '../train/run-contract.ts';
import { hasCheckpoints } from '../train/checkpoint.ts';
import { RUN_FILE, WEIGHTS_FILE, loadCheckpoint, loadModel } from '../train/saved-model.ts';
import { InputError } from './errors.ts';

const { files } = nodePlatform;
const NOTES = 'command.json';
const RUNS = 'runs';

/** What the command line must know to go on with a run as it was begun; weights and settings are in its checkpoints. */
const notesSchema = z.object({
  name: z.string(),
  /** The end of the run in steps, when it is not in epochs. */
  steps: z.number().int().positive().optional(),
  /** The file or folder that `--data` named. */
  data: z.string().optional(),
});
export type RunNotes = Readonly<{ name: string; steps?: number; data?: string }>;

export async function writeRunNotes(folder: string, notes: RunNotes): Promise<void> {
  await files.write(join(folder, NOTES), `${JSON.stringify(notes, undefined, 2)}\n`);
}

function readRunNotes(folder: string): RunNotes {
  const path = join(folder, NOTES);
  const fallback = { name: basename(folder) };
  if (!existsSync(path)) return fallback;
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return fallback;
  }
  const { success, data } = notesSchema.safeParse(raw);
  if (!success) return fallback;
  return { name: data.name, ...(data.steps === undefined ? {} : { steps: data.steps }), ...(data.data === undefined ? {} : { data: data.data }) };
}

export const runExists = (folder: string): boolean => [NOTES, RUN_FILE, 'checkpoints'].some((name) => existsSync(join(folder, name)));

/** Whether a folder holds weights. A run that was killed in front of its first whole checkpoint left none: nothing to go on from, and nothing to lose by beginning it again. */
export async function holdsWeights(folder: string): Promise<boolean> {
  return (await files.exists(join(folder, WEIGHTS_FILE))) || (await hasCheckpoints(files, folder));
}

/** runs/<name>-1, or the next number that is free. */
export function nextRunFolder(name: string): string {
  const taken = existsSync(RUNS) ? readdirSync(RUNS) : [];
  const used = taken.flatMap((entry) => (entry.startsWith(`${name}-`) && /^\d+$/.test(entry.slice(name.length + 1)) ? [Number(entry.slice(name.length + 1))] : []));
  return join(RUNS, `${name}-${Math.max(0, ...used) + 1}`);
}

export interface SavedRun {
  readonly model: SavedModel;
  readonly folder: string;
  readonly notes: RunNotes;
}

/** `path` is a run folder or a checkpoint in one: as the trained model, or as the state to go on from. Throws InputError when it is neither. */
export async function openSavedRun(path: string, as: 'model' | 'state' = 'model'): Promise<SavedRun> {
  if (!existsSync(path)) throw new InputError(`There is no run folder and no checkpoint ${path}.`);
  const folder = statSync(path).isDirectory() ? path : runFolderOf(path);
  if (folder === path && !runExists(path)) {
    const inside = readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory() && runExists(join(path, name)));
    throw new InputError(`${path} holds no run.${inside.length === 0 ? '' : ` Did you mean one of ${inside.map((name) => join(path, name)).join(', ')}?`}`);
  }
  if (folder !== path && !/\.(json|safetensors)$/.test(path)) throw new InputError(`${path} is neither a run folder nor a checkpoint; checkpoints are the .json files in a run's folder 'checkpoints'.`);
  let model: SavedModel;
  try {
    model = await (as === 'model' ? loadModel : loadCheckpoint)(files, path);
  } catch (error) {
    throw new InputError(`${path} cannot be opened as a run: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { model, folder, notes: readRunNotes(folder) };
}

/** The nearest folder above a checkpoint that a run was begun in. */
function runFolderOf(checkpoint: string): string {
  const parent = dirname(checkpoint);
  const grandparent = dirname(parent);
  return !runExists(parent) && runExists(grandparent) ? grandparent : parent;
}
