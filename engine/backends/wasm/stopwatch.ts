/**
 * Times of a plan's kernels, taken within the walk itself: each thread adds up, in a row of words of its own, the nanoseconds
 * that it worked at a kernel and those that it then waited for the others.
 */
import type { FunctionBuilder, Local } from './assembler.ts';
import type { LinearMemory, Region } from './linear-memory.ts';

/** The module's import `env.clock`: nanoseconds, of which 32 bits are kept. A step must take less than four seconds. */
export const CLOCK = 'clock';
export const clock = (): number => performance.now() * 1e6;

/** Work and wait. */
const WORDS = 2;
const LINE = 64;

/** Bytes of the rows of all threads. */
export const timesBytes = (kernels: number, threads: number): number => threads * rowBytes(kernels);
/** A thread's row has cache lines of its own. */
const rowBytes = (kernels: number): number => Math.ceil((kernels * WORDS * 4) / LINE) * LINE;

/** Writes the reading of the clock into the function that walks the plan, whose parameter 0 is the thread. */
export class Stopwatch {
  readonly #f: FunctionBuilder;
  readonly #clock: number;
  readonly #row: Local;
  readonly #last: Local;
  readonly #now: Local;

  /** `clockIndex`: of the imported function; `times`: where the rows lie. */
  constructor(f: FunctionBuilder, clockIndex: number, times: number, kernels: number) {
    this.#f = f;
    this.#clock = clockIndex;
    [this.#row, this.#last, this.#now] = f.locals('i32', 3) as [Local, Local, Local];
    f.get(0).i32(rowBytes(kernels)).op('i32Mul').i32(times).op('i32Add').set(this.#row);
    f.call(clockIndex).set(this.#last);
  }

  /** What has passed since the last reading was this. */
  read(kernel: number, what: 'work' | 'wait'): void {
    const at = (kernel * WORDS + (what === 'work' ? 0 : 1)) * 4;
    this.#f.call(this.#clock).set(this.#now);
    this.#f.get(this.#row).get(this.#row).i32Load(at).get(this.#now).get(this.#last).op('i32Sub').op('i32Add').i32Store(at);
    this.#f.get(this.#now).set(this.#last);
  }
}

export interface Times {
  /** Milliseconds from the barrier before a kernel to the one behind it. */
  readonly milliseconds: number;
  /** Milliseconds of all threads together that were spent waiting. */
  readonly waited: number;
}

/** Takes what the rows say and clears them, after each step: 32 bits of nanoseconds are soon full. */
export class TimeSheet {
  readonly #memory: LinearMemory;
  readonly #region: Region;
  readonly #threads: number;
  /** By kernel, of each step. */
  readonly #steps: { readonly milliseconds: number[]; readonly waited: number[] }[];

  constructor(memory: LinearMemory, region: Region, kernels: number, threads: number) {
    this.#memory = memory;
    this.#region = region;
    this.#threads = threads;
    this.#steps = Array.from({ length: kernels }, () => ({ milliseconds: [], waited: [] }));
  }

  collect(): void {
    const words = this.#memory.view('i32', this.#region.address, this.#region.bytes / 4);
    const row = rowBytes(this.#steps.length) / 4;
    this.#steps.forEach((steps, kernel) => {
      let waited = 0;
      for (let thread = 0; thread < this.#threads; thread++) {
        const at = thread * row + kernel * WORDS;
        const [work, wait] = [(words[at] ?? 0) >>> 0, (words[at + 1] ?? 0) >>> 0];
        if (thread === 0) steps.milliseconds.push((work + wait) / 1e6);
        waited += wait / 1e6;
      }
      steps.waited.push(this.#threads === 1 ? 0 : waited);
    });
    words.fill(0);
  }

  /** Medians over the steps since the last call, by kernel: a step that another program broke into counts for no more than any other. */
  take(): Times[] {
    return this.#steps.map(({ milliseconds, waited }) => ({ milliseconds: median(milliseconds.splice(0)), waited: median(waited.splice(0)) }));
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
