/** Steps go to the device in chunks of about 75 ms: large enough that their start costs nothing, small enough that commands are heard at once. */
import type { Feeds, StepOutputs } from '../backends/backend.ts';
import type { NodeId } from '../graph/document.ts';
import type { CompiledBatch } from './device-model.ts';
import type { RunState } from './run-state.ts';

/** Milliseconds of work per chunk: commands are heard between chunks, and 100 ms still feels at once. */
const CHUNK_MS = 75;
/** A chunk has at most so many steps, so that a burst of events stays small. */
const MOST_STEPS = 1024;
/** From one chunk to the next, however fast the steps are: a first step's time is not yet the rule. */
const MOST_GROWTH = 4;

/** Steps that the device has been given. */
export interface Chunk {
  readonly batch: CompiledBatch;
  /** The state in front of its first step. */
  readonly first: RunState;
  readonly steps: number;
  /** Of each step, by optimizer. */
  readonly rates: readonly Readonly<Record<NodeId, number>>[];
  readonly issuedAt: number;
  readonly done: Promise<readonly StepOutputs[]>;
}

export function startChunk(batch: CompiledBatch, first: RunState, feeds: readonly Feeds[], rates: Chunk['rates']): Chunk {
  // Taken first: a backend may do all the work before it returns the promise.
  const issuedAt = performance.now();
  const done = batch.run(feeds);
  // Until the chunk is settled, a failure has no listener; it is told then.
  done.catch(() => {});
  return { batch, first, steps: feeds.length, rates, issuedAt, done };
}

/** Measures how long steps take. */
export class Pace {
  #steps = 1;
  #settledAt = 0;
  readonly #chunkMs: () => number;

  constructor(chunkMs: () => number = () => CHUNK_MS) {
    this.#chunkMs = chunkMs;
  }

  /** How many steps the next chunk may have. */
  get steps(): number { return this.#steps; }

  /** Time that goes by until now is not a step's. */
  restart(): void {
    this.#settledAt = performance.now();
  }
  /** On another device nothing is known. */
  reset(): void {
    this.#steps = 1;
    this.restart();
  }

  /** Returns the milliseconds that this chunk took: those since the one before it ended, when it was waiting by then. */
  settled(chunk: Chunk): number {
    const now = performance.now();
    const took = now - Math.max(this.#settledAt, chunk.issuedAt);
    this.#settledAt = now;
    this.#steps = Math.max(1, Math.min(MOST_STEPS, this.#steps * MOST_GROWTH, Math.round((this.#chunkMs() * chunk.steps) / Math.max(took, 0.01))));
    return took;
  }
}
