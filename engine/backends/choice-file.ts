/**
 * Where choices are kept: in one file of the user's cache, apart for every runtime on this machine. A file that is
 * damaged, or of another version, counts as none and is written anew. A pinned file is a run's record, and is only read.
 */
import type { FileStore, Platform } from '../platform/platform.ts';
import { type Text, TextError, textOf } from '../text.ts';
import { ChoiceBook, ChoiceMemory, type Choices, NO_CHOICES, readChoices } from './choices.ts';

const FORMAT = 'netloom-choices';
const VERSION = 1;
const FILE = 'choices.json';

/** A pinned file that is missing or holds no choices. */
export class ChoicesError extends TextError {
  constructor(text: Text) {
    super(text);
    this.name = 'ChoicesError';
  }
}

type ByRuntime = Readonly<Record<string, unknown>>;

async function readCache({ files }: Platform, path: string): Promise<ByRuntime> {
  try {
    const { format, version, runtimes } = JSON.parse(new TextDecoder().decode(await files.read(path))) as { readonly format?: unknown; readonly version?: unknown; readonly runtimes?: unknown };
    return format === FORMAT && version === VERSION && typeof runtimes === 'object' && runtimes !== null ? (runtimes as ByRuntime) : {};
  } catch {
    return {};
  }
}

/** By the store that the file is in, and the runtime: what one backend of this process has chosen holds for the next. */
const memories = new WeakMap<FileStore, Map<string, Promise<ChoiceMemory>>>();

function memoryOf(platform: Platform): Promise<ChoiceMemory> {
  const { files, runtime } = platform;
  let ofStore = memories.get(files);
  if (ofStore === undefined) memories.set(files, (ofStore = new Map<string, Promise<ChoiceMemory>>()));
  let memory = ofStore.get(runtime);
  if (memory === undefined) ofStore.set(runtime, (memory = openMemory(platform)));
  return memory;
}

async function openMemory(platform: Platform): Promise<ChoiceMemory> {
  const { files, runtime } = platform;
  const path = `${files.cacheFolder}/${FILE}`;
  const known = (await readCache(platform, path))[runtime];
  return new ChoiceMemory(readChoices(known) ?? NO_CHOICES, async (choices) => {
    // Other runtimes' choices stay, as another process may have written them meanwhile.
    const now = await readCache(platform, path);
    await files.write(path, `${JSON.stringify({ format: FORMAT, version: VERSION, runtimes: { ...now, [runtime]: choices } }, undefined, 1)}\n`);
  });
}

/** `pinned`: the record of a run (run.json) whose choices are taken; what it does not name goes by the rule, and nothing is remembered. Throws ChoicesError when it cannot be read. */
export async function openChoices(platform: Platform, pinned?: string): Promise<ChoiceBook> {
  return pinned === undefined ? new ChoiceBook(await memoryOf(platform)) : new ChoiceBook(undefined, await pinnedChoices(platform, pinned));
}

async function pinnedChoices({ files }: Platform, path: string): Promise<Choices> {
  let record: { readonly choices?: unknown } | null;
  try {
    record = JSON.parse(new TextDecoder().decode(await files.read(path))) as typeof record;
  } catch (error) {
    const why = textOf(error);
    throw new ChoicesError({ en: `The choices in ${path} cannot be read (${why.en}).`, zh: `无法读取 ${path} 中的选择（${why.zh}）。` });
  }
  const choices = typeof record === 'object' && record !== null && record.choices !== undefined ? readChoices(record.choices) : undefined;
  if (choices === undefined) throw new ChoicesError({ en: `${path} holds no choices; take the run.json of a run that was trained on the CPU.`, zh: `${path} 中没有可用的选择；请使用在 CPU 上训练的运行的 run.json。` });
  return choices;
}
