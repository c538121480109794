/** How far a request is, told a few times a second, and the last word always: a download that stalls shows where. */
import type { Progress } from './data-store.ts';

/** Milliseconds between two messages about one request. */
const PROGRESS_MS = 100;

export class ProgressPost {
  readonly #post: (progress: Progress) => void;
  #told: Progress | undefined;
  #latest: Progress | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(post: (progress: Progress) => void) {
    this.#post = post;
  }

  tell(progress: Progress): void {
    this.#latest = progress;
    // Another file, another stage: that is news at once.
    if (this.#told?.what.en !== progress.what.en) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), PROGRESS_MS);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#latest === undefined || this.#latest === this.#told) return;
    this.#told = this.#latest;
    this.#post(this.#latest);
  }

  /** The request is answered: nothing more is told of it. */
  end(): void {
    clearTimeout(this.#timer);
    this.#latest = undefined;
    this.#told = undefined;
  }
}
