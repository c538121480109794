/** What happened, line by line, for the log panel. Lines keep the event itself, so that they can be told in either language. */
import type { RunEvent, RunId } from '../../engine/protocol.ts';

export type LogLevel = 'detail' | 'info' | 'warning' | 'error';
export type LogSubject = RunEvent | { readonly kind: 'engine'; readonly state: 'ready' | 'lost' | 'restarted'; readonly reason: string | undefined };
export interface LogLine {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly run: RunId | undefined;
  readonly level: LogLevel;
  readonly subject: LogSubject;
}

/** A few megabytes at most; the run's folder has the whole log. */
const MOST_LINES = 5000;
/** Of the steps between epochs, one a second shows that a run is alive. */
const STEP_LINE_MS = 1000;

const WITHIN_AN_EPOCH: ReadonlySet<string> = new Set(['loading', 'compiling', 'training', 'evaluating', 'saving']);

function levelOf(subject: LogSubject): LogLevel | undefined {
  switch (subject.kind) {
    case 'step': case 'checkpoint': return 'detail';
    case 'start': case 'epoch': return 'info';
    // An epoch has several of these, and a line of its own.
    case 'phase': return WITHIN_AN_EPOCH.has(subject.phase) ? 'detail' : 'info';
    case 'warning': return 'warning';
    case 'error': return 'error';
    case 'engine': return subject.state === 'lost' ? 'error' : 'info';
    case 'tensor': return undefined;
  }
}

export class RunLog {
  #lines: readonly LogLine[] = [];
  #added: LogLine[] = [];
  #nextId = 1;
  #lastStepLine = 0;

  /** The same array until something is added. */
  get lines(): readonly LogLine[] {
    if (this.#added.length > 0) {
      this.#lines = [...this.#lines, ...this.#added].slice(-MOST_LINES);
      this.#added = [];
    }
    return this.#lines;
  }

  add(run: RunId | undefined, subject: LogSubject, at = Date.now()): void {
    const level = levelOf(subject);
    if (level === undefined) return;
    if (subject.kind === 'step') {
      if (at - this.#lastStepLine < STEP_LINE_MS) return;
      this.#lastStepLine = at;
    }
    this.#added.push({ id: this.#nextId++, at, run, level, subject });
  }

  clear(): void {
    this.#lines = [];
    this.#added = [];
  }
}
