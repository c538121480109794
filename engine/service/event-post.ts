/** A run's events on their way to the window: gathered, so that a thousand steps a second are twenty messages. */
import type { FromEngine, RunEvent, RunId } from '../protocol.ts';

/** Milliseconds between two messages of events. */
const GATHER_MS = 50;

/** Whoever waits for these should not wait longer than it must. */
const URGENT: ReadonlySet<RunEvent['kind']> = new Set(['phase', 'start', 'error', 'warning']);

export class EventPost {
  readonly #run: RunId;
  readonly #post: (message: FromEngine) => void;
  #events: RunEvent[] = [];
  #postedAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(run: RunId, post: (message: FromEngine) => void) {
    this.#run = run;
    this.#post = post;
  }

  add(event: RunEvent): void {
    // Where epochs take milliseconds, only the phase that it has come to is news.
    if (event.kind === 'phase') this.#events = this.#events.filter(({ kind }) => kind !== 'phase');
    this.#events.push(event);
    const wait = this.#postedAt + GATHER_MS - performance.now();
    if (wait <= 0 && URGENT.has(event.kind)) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), wait > 0 ? wait : GATHER_MS);
    // A chunk of work may be longer than the timer's patience.
    if (wait <= 0 && this.#events.length > 1 && performance.now() - this.#postedAt > 2 * GATHER_MS) this.flush();
  }

  /** Sends what has gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#postedAt = performance.now();
    this.#post({ kind: 'events', run: this.#run, events });
  }
}
