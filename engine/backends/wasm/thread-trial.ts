/**
 * Whether a small plan is walked faster by one thread than by all: found out by its first steps themselves, which any
 * number of threads computes to the same bits. Where threads have little to do they mostly wait for each other: a step of
 * XOR takes 3 µs on one thread and 20 on two, and a thousand where something else wants the second core.
 */
import type { ChoiceBook } from '../choices.ts';
import type { KernelWork } from '../kernel-work.ts';

/** Steps until V8 has optimised what small steps run. */
const WARM_STEPS = 60;
/** Steps by turns on one thread and on all; the shortest of each counts, since it met nothing else. */
const TRIAL_STEPS = 40;
/** A step of more milliseconds than this, on one thread, has work for all; a plan's trial adds less than 50 ms. */
const SMALL_MS = 1;
const OPERATIONS_PER_MS = 4e7;
const BYTES_PER_MS = 8e6;
/** By so much all threads must be faster: they take power, and other programs' time. */
const WORTH = 0.9;

export class ThreadTrial {
  readonly #all: number;
  readonly #key: string;
  readonly #choices: ChoiceBook;
  #chosen: number | undefined;
  #step = 0;
  #shortestOfOne = Infinity;
  #shortestOfAll = Infinity;

  /** `all`: the backend's threads. */
  constructor(all: number, { operations, bytes }: Pick<KernelWork, 'operations' | 'bytes'>, choices: ChoiceBook) {
    this.#all = all;
    this.#key = `${operations} operations and ${bytes} bytes on ${all} threads`;
    this.#choices = choices;
    if (all === 1 || operations / OPERATIONS_PER_MS + bytes / BYTES_PER_MS > SMALL_MS) this.#chosen = all;
    else this.#chosen = choices.find('threads', this.#key);
  }

  /** Runs a step on as many threads as were chosen, or are to be tried. */
  run(step: (threads: number) => void): void {
    if (this.#chosen !== undefined) {
      step(Math.min(this.#chosen, this.#all));
      return;
    }
    const isOnOne = this.#step % 2 === 0;
    const began = performance.now();
    step(isOnOne ? 1 : this.#all);
    const took = performance.now() - began;
    this.#step++;
    if (this.#step <= WARM_STEPS) return;
    if (isOnOne) this.#shortestOfOne = Math.min(this.#shortestOfOne, took);
    else this.#shortestOfAll = Math.min(this.#shortestOfAll, took);
    if (this.#step < WARM_STEPS + TRIAL_STEPS) return;
    this.#chosen = this.#shortestOfAll < WORTH * this.#shortestOfOne ? this.#all : 1;
    this.#choices.decide('threads', this.#key, this.#chosen);
  }
}
