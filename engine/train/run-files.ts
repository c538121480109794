/** The run folder while a run is on: log, checkpoints, record and final weights. Without a folder every call does nothing. */
import type { NamedTensors } from '../interop/named-tensors.ts';
import type { FileStore } from '../platform/platform.ts';
import type { RunEvent } from '../protocol.ts';
import { CHECKPOINT_FOLDER, type CheckpointParts, writeCheckpoint } from './checkpoint.ts';
import { RunLog } from './run-log.ts';
import type { RunState, Snapshot } from './run-state.ts';
import { LOG_FILE, type RunRecord, WEIGHTS_FILE, weightsFile, writeGraph, writeRunRecord } from './saved-model.ts';

/** Every epoch ends in a checkpoint; but where epochs take milliseconds, those after the first few only while they cost at most this share of the time. */
const FEW_EPOCHS = 16;
const CHECKPOINT_SHARE = 0.05;

export class RunFiles {
  readonly #files: FileStore;
  readonly #folder: string | undefined;
  readonly #parts: CheckpointParts;
  readonly #log: RunLog | undefined;
  readonly #beganAt = performance.now();
  /** Milliseconds spent on writing checkpoints. */
  #savingMs = 0;
  /** What the newest checkpoint holds. */
  #saved: RunState | undefined;
  #checkpoint: string | undefined;

  constructor(files: FileStore, folder: string | undefined, parts: CheckpointParts, resumedFrom: string | undefined) {
    this.#files = files;
    this.#folder = folder;
    this.#parts = parts;
    this.#log = folder === undefined ? undefined : new RunLog(files, `${folder}/${LOG_FILE}`);
    this.#checkpoint = resumedFrom;
  }

  /** The newest checkpoint's JSON file. */
  get checkpoint(): string | undefined { return this.#checkpoint; }

  /** Makes the folder that of a run at this step: what an earlier run left of later steps goes. */
  async begin(step: number): Promise<void> {
    if (this.#folder === undefined) return;
    await this.#log?.rewind(step);
    await this.#files.remove(`${this.#folder}/${WEIGHTS_FILE}`);
    for (const folder of [this.#folder, `${this.#folder}/${CHECKPOINT_FOLDER}`]) await this.#files.tidy(folder);
    await writeGraph(this.#files, this.#folder, this.#parts.document);
  }

  log(event: RunEvent): void {
    this.#log?.add(event);
  }
  async flush(): Promise<void> {
    await this.#log?.flush();
  }
  async flushSometimes(): Promise<void> {
    await this.#log?.flushSometimes();
  }

  /** Returns the checkpoint's path; undefined without a folder. */
  async save(snapshot: Snapshot): Promise<string | undefined> {
    if (this.#folder === undefined) return undefined;
    const began = performance.now();
    await this.flush();
    this.#checkpoint = await writeCheckpoint(this.#files, this.#folder, this.#parts, snapshot);
    this.#saved = snapshot.state;
    this.#savingMs += performance.now() - began;
    return this.#checkpoint;
  }
  holds(state: RunState): boolean {
    return this.#folder === undefined || this.#saved === state;
  }
  /** At an epoch's end that is not the run's: whether its checkpoint would come too dear. */
  maySkip(epochs: number): boolean {
    return epochs > FEW_EPOCHS && this.#savingMs > CHECKPOINT_SHARE * (performance.now() - this.#beganAt);
  }

  async record(record: RunRecord): Promise<void> {
    if (this.#folder !== undefined) await writeRunRecord(this.#files, this.#folder, record);
  }
  async saveWeights(weights: NamedTensors): Promise<void> {
    if (this.#folder !== undefined) await this.#files.write(`${this.#folder}/${WEIGHTS_FILE}`, weightsFile(weights, { model: this.#parts.document.name }));
  }
}
