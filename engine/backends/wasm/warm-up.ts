/**
 * Has V8 replace its quick, slow code of the large kernels before they have anything to do. A kernel is called once per
 * step, and a call that has begun stays slow to its end: the first step of the MNIST CNN took 470 ms instead of 80.
 * V8 counts the machine code that a function has gone through whenever it returns. Calls as a thread whose share of the
 * work is empty count like any other, and cost next to nothing; V8 optimises beside them.
 */
import { FunctionBuilder } from './assembler.ts';

/** Small functions need more calls than they are worth. */
const MOST_CALLS = 8192;
/** Calls between two looks at the clock. */
const PORTION = 256;
/** Milliseconds for all functions together, should a machine be slow. */
const MOST_MS = 60;
/** What quick code does in a millisecond: about an eighth of what optimised code does. */
const SLOW_OPERATIONS = 7e6;
const SLOW_BYTES = 2e6;
/** A first call of less than this, in milliseconds, is left alone. */
const WORTH_MS = 1;
/** Of so many threads the last one has no share in any kernel. */
const THREADS = 2 ** 30;

/** A kernel's functions, and how much one call of it does. */
export interface WarmKernel {
  readonly phases: readonly number[];
  readonly operations: number;
  readonly bytes: number;
}

export interface WarmUp {
  /** warm(i, calls): calls the i-th of the functions so often. */
  readonly f: FunctionBuilder;
  /** Bytes of WebAssembly in each of them. */
  readonly sizes: readonly number[];
}

export function emitWarmUp(functions: readonly FunctionBuilder[], kernels: readonly WarmKernel[]): WarmUp {
  const slow = kernels.filter(({ operations, bytes }) => operations / SLOW_OPERATIONS + bytes / SLOW_BYTES >= WORTH_MS);
  const f = new FunctionBuilder('warm', ['i32', 'i32']);
  const sizes = [...new Set(slow.flatMap(({ phases }) => phases))].map((index, i) => {
    const { params, size } = functions[index] as FunctionBuilder;
    f.get(0).i32(i).op('i32Eq').if(() => f.loop(() => {
      f.i32(THREADS - 1).i32(THREADS);
      // Addresses, where nothing is read or written.
      for (let at = 2; at < params.length; at++) f.i32(0);
      f.call(index).get(1).i32(1).op('i32Sub').tee(1).branchIf(0);
    }));
    return size;
  });
  return { f, sizes };
}

/** `budget`: bytes of machine code after which the runtime optimises a function; there is always more of it than of WebAssembly. */
export function warmUp(warm: (index: number, calls: number) => void, sizes: WarmUp['sizes'], budget: number): void {
  const until = performance.now() + MOST_MS;
  sizes.forEach((size, index) => {
    for (let left = Math.min(MOST_CALLS, Math.ceil(budget / size)); left > 0 && performance.now() < until; left -= PORTION) warm(index, Math.min(left, PORTION));
  });
}
