/** A run's events on their way to the window: gathered, so that a thousand steps a second are twenty messages. */
import type { FromEngine, RunEvent, RunId } from '../protocol.ts';

/** Milliseconds between two messages of events. */
const GATHER_MS = 50;

/** What follows may keep the thread busy for seconds, a compilation for instance: these go out before it does. They are few. */
const isUrgent = (event: RunEvent): boolean => event.kind === 'error' || (event.kind === 'phase' && event.phase !== 'training' && event.phase !== 'evaluating');

export class EventPost {
  readonly #run: RunId;
  readonly #post: (message: FromEngine) => void;
  #events: RunEvent[] = [];
  #postedAt = Number.NEGATIVE_INFINITY;
  /** A message goes out as soon as this task is done. */
  #isDue = false;
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
    if (isUrgent(event)) this.flush();
    else if (wait > 0) this.#timer ??= setTimeout(() => this.flush(), wait);
    // With the others of its chunk, and without a timer: the thread may be busy again by the time that one would ring.
    else if (!this.#isDue) this.#soon();
  }

  #soon(): void {
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.flush();
    });
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
