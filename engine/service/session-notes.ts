/** What the list of runs shows of a run that has not told its end yet: how far its newest checkpoint is, and when that was. */
import type { FileStore } from '../platform/platform.ts';
import type { MetricValues, RunEvent } from '../protocol.ts';

const NOTES_FILE = 'session.json';

export interface SessionRecord {
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  readonly steps: number;
  readonly epochs: number;
  readonly train: MetricValues | undefined;
  readonly test: MetricValues | undefined;
}

export class SessionNotes {
  readonly #files: FileStore;
  readonly #path: string;
  #record: SessionRecord = { changedAt: Date.now(), steps: 0, epochs: 0, train: undefined, test: undefined };
  #writing: Promise<void> = Promise.resolve();

  constructor(files: FileStore, folder: string) {
    this.#files = files;
    this.#path = `${folder}/${NOTES_FILE}`;
  }

  hear(event: RunEvent): void {
    if (event.kind === 'epoch') this.#record = { ...this.#record, steps: event.step, epochs: event.epoch, train: event.train, test: event.test };
    if (event.kind !== 'checkpoint') return;
    this.#record = { ...this.#record, steps: event.step };
    // A run does not fail because its note cannot be written: its checkpoints would say so themselves.
    void this.write().catch(() => {});
  }

  write(): Promise<void> {
    this.#record = { ...this.#record, changedAt: Date.now() };
    const content = `${JSON.stringify(this.#record)}\n`;
    this.#writing = this.#writing.catch(() => {}).then(() => this.#files.write(this.#path, content));
    return this.#writing;
  }
}

/** Undefined when there are none, or they are damaged. */
export async function readSessionNotes(files: FileStore, folder: string): Promise<Partial<SessionRecord> | undefined> {
  try {
    const read = JSON.parse(new TextDecoder().decode(await files.read(`${folder}/${NOTES_FILE}`))) as Partial<SessionRecord> | null;
    return typeof read === 'object' && read !== null ? read : undefined;
  } catch {
    return undefined;
  }
}
