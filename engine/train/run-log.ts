/** The run folder's `log.jsonl`: every event, one JSON object per line, written in batches and in order. */
import type { FileStore } from '../platform/platform.ts';
import type { RunEvent } from '../protocol.ts';

/** Milliseconds that lines may wait for company. */
const PATIENCE_MS = 250;

export class RunLog {
  readonly #files: FileStore;
  readonly #path: string;
  #lines: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #writtenAt = 0;

  constructor(files: FileStore, path: string) {
    this.#files = files;
    this.#path = path;
  }

  add(event: RunEvent): void {
    this.#lines.push(JSON.stringify(event));
  }

  /** Appends what has gathered, if the last time is some while ago. */
  async flushSometimes(): Promise<void> {
    if (performance.now() - this.#writtenAt >= PATIENCE_MS) await this.flush();
  }

  /** Appends what has gathered. */
  flush(): Promise<void> {
    this.#writtenAt = performance.now();
    if (this.#lines.length > 0) {
      const text = new TextEncoder().encode(`${this.#lines.join('\n')}\n`);
      this.#lines = [];
      this.#writing = this.#writing.then(() => this.#files.append(this.#path, text));
    }
    return this.#writing;
  }

  /** Takes off what a run wrote after the step that it now goes on from, so that no step is told twice. A torn last line goes too. */
  async rewind(step: number): Promise<void> {
    if (!(await this.#files.exists(this.#path))) return;
    const kept = new TextDecoder().decode(await this.#files.read(this.#path)).split('\n').filter((line) => {
      try {
        const event = JSON.parse(line) as { readonly step?: unknown } | null;
        return typeof event === 'object' && event !== null && !(typeof event.step === 'number' && event.step > step);
      } catch {
        return false;
      }
    });
    await this.#files.write(this.#path, kept.length === 0 ? '' : `${kept.join('\n')}\n`);
  }
}
