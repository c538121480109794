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
  /** Milliseconds from the barrier before a kernel to the one behind it: the mean of what the threads saw, some of which may be woken late. */
  readonly milliseconds: number;
  /** Milliseconds of all threads together that were spent waiting. */
  readonly waited: number;
}

/** Of the measured steps so many count: those that nothing else on the machine broke into. */
const COUNTED = 1 / 4;

/** Takes what the rows say and clears them, after each step: 32 bits of nanoseconds are soon full. */
export class TimeSheet {
  readonly #memory: LinearMemory;
  readonly #region: Region;
  readonly #kernels: number;
  readonly #threads: number;
  /** Of each step, by kernel. */
  #steps: (readonly Times[])[] = [];

  constructor(memory: LinearMemory, region: Region, kernels: number, threads: number) {
    this.#memory = memory;
    this.#region = region;
    this.#kernels = kernels;
    this.#threads = threads;
  }

  collect(): void {
    const words = this.#memory.view('i32', this.#region.address, this.#region.bytes / 4);
    const milliseconds = (thread: number, kernel: number, word: number): number => ((words[(thread * rowBytes(this.#kernels)) / 4 + kernel * WORDS + word] ?? 0) >>> 0) / 1e6;
    const threads = Array.from({ length: this.#threads }, (_, thread) => thread);
    this.#steps.push(Array.from({ length: this.#kernels }, (_, kernel) => {
      const waited = sum(threads.map((thread) => milliseconds(thread, kernel, 1)));
      return { milliseconds: (sum(threads.map((thread) => milliseconds(thread, kernel, 0))) + waited) / this.#threads, waited };
    }));
    words.fill(0);
  }

  /** By kernel, means over the shortest quarter of the steps since the last call. */
  take(): Times[] {
    const lengths = new Map(this.#steps.map((step) => [step, sum(step.map((times) => times.milliseconds))]));
    const counted = this.#steps.toSorted((a, b) => (lengths.get(a) ?? 0) - (lengths.get(b) ?? 0)).slice(0, Math.ceil(this.#steps.length * COUNTED));
    this.#steps = [];
    const mean = (kernel: number, of: keyof Times): number => sum(counted.map((step) => step[kernel]?.[of] ?? 0)) / Math.max(1, counted.length);
    return Array.from({ length: this.#kernels }, (_, kernel) => ({ milliseconds: mean(kernel, 'milliseconds'), waited: mean(kernel, 'waited') }));
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
