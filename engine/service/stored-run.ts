/** Runs as they lie in their folders: what the list of runs says of them, and their curves. */
import { breathe } from '../data/breathe.ts';
import type { GraphDoc } from '../graph/document.ts';
import { parseDocument } from '../graph/parse.ts';
import type { FileStore } from '../platform/platform.ts';
import type { MetricValues, RunEvent, RunId, StoredRun } from '../protocol.ts';
import { hasCheckpoints } from '../train/checkpoint.ts';
import { GRAPH_FILE, LOG_FILE, RUN_FILE, type RunRecord } from '../train/saved-model.ts';
import { readSessionNotes } from './session-notes.ts';

const OUTCOMES: readonly StoredRun['outcome'][] = ['running', 'finished', 'early-stopped', 'stopped', 'failed'];

/** Undefined where a folder holds no run, or none that could be shown. */
export async function readStoredRun(files: FileStore, folder: string, run: RunId): Promise<StoredRun | undefined> {
  const record = await readRecord(files, folder);
  const doc = await readDocument(files, folder);
  if (record === undefined || doc === undefined) return undefined;
  const notes = await readSessionNotes(files, folder);
  const outcome = OUTCOMES.find((known) => known === record.outcome) ?? 'failed';
  // A run that was cut off has not told how far it came; its notes have.
  const isCut = outcome === 'running';
  return {
    run, doc, outcome,
    steps: number(isCut ? notes?.steps : record.steps) ?? number(record.steps) ?? 0,
    epochs: number(isCut ? notes?.epochs : record.epochs) ?? number(record.epochs) ?? 0,
    changedAt: number(notes?.changedAt) ?? 0,
    test: metrics(isCut ? notes?.test : record.test), train: metrics(isCut ? notes?.train : record.train),
    backend: typeof record.backend === 'string' ? record.backend : '',
    device: typeof record.device === 'string' ? record.device : '',
    ...(number(record.threads) === undefined ? {} : { threads: number(record.threads) }),
    hasCheckpoint: await hasCheckpoints(files, folder),
  };
}

const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
function metrics(value: unknown): MetricValues | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

async function readRecord(files: FileStore, folder: string): Promise<Partial<RunRecord> | undefined> {
  try {
    const record = JSON.parse(new TextDecoder().decode(await files.read(`${folder}/${RUN_FILE}`))) as Partial<RunRecord> | null;
    return record?.format === 'netloom-run' ? record : undefined;
  } catch {
    return undefined;
  }
}

async function readDocument(files: FileStore, folder: string): Promise<GraphDoc | undefined> {
  try {
    return parseDocument(await files.read(`${folder}/${GRAPH_FILE}`)).doc;
  } catch {
    return undefined;
  }
}

type StepEvent = Extract<RunEvent, { kind: 'step' }>;
/** Points of a curve: five for every pixel of a wide screen, so that it may be zoomed a little before anything is missed. */
const MOST_STEPS = 20_000;
/** Of each bucket the first, the last, the lowest and the highest stay. */
const PER_BUCKET = 4;
/** Bytes of the log that are read as text at a time. */
const PIECE_BYTES = 1 << 20;

/** The steps and epochs of a run. Of very many steps so many that no extreme is lost. */
export async function readHistory(files: FileStore, folder: string): Promise<readonly RunEvent[]> {
  const path = `${folder}/${LOG_FILE}`;
  if (!(await files.exists(path))) return [];
  const steps: StepEvent[] = [];
  const epochs: RunEvent[] = [];
  const take = (line: string): void => {
    const event = parseEvent(line);
    if (event?.kind === 'step') steps.push(event);
    else if (event?.kind === 'epoch') epochs.push(event);
  };
  const bytes = await files.read(path);
  const decoder = new TextDecoder();
  let rest = '';
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const lines = (rest + decoder.decode(bytes.subarray(at, at + PIECE_BYTES), { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
    await breathe();
  }
  // The last line may be torn; what is whole counts.
  take(rest);
  return [...thinned(steps), ...epochs].sort((a, b) => stepOf(a) - stepOf(b));
}

const stepOf = (event: RunEvent): number => ('step' in event ? (event.step ?? 0) : 0);

function parseEvent(line: string): RunEvent | undefined {
  // Tables of counts are most of the log's bytes and no part of a curve.
  if (!line.startsWith('{"kind":"step"') && !line.startsWith('{"kind":"epoch"')) return undefined;
  try {
    const event = JSON.parse(line) as Partial<StepEvent>;
    return typeof event.step === 'number' ? (event as RunEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** Steps in buckets of equal size, of each the first, the last and the extremes of the loss. */
export function thinned(steps: readonly StepEvent[], most = MOST_STEPS): readonly StepEvent[] {
  if (steps.length <= most) return steps;
  const size = Math.ceil((steps.length * PER_BUCKET) / most);
  const kept: StepEvent[] = [];
  for (let from = 0; from < steps.length; from += size) {
    const to = Math.min(from + size, steps.length);
    let low = from;
    let high = from;
    for (let i = from; i < to; i++) {
      const loss = (steps[i] as StepEvent).loss;
      if (loss < (steps[low] as StepEvent).loss) low = i;
      if (loss > (steps[high] as StepEvent).loss) high = i;
    }
    for (const i of [...new Set([from, low, high, to - 1])].sort((a, b) => a - b)) kept.push(steps[i] as StepEvent);
  }
  return kept;
}
