/**
 * Finds the register tile that this machine's runtime runs fastest. V8 versions differ in how many
 * vector registers they use before they spill, and by a factor of two: GFLOP/s per core of tiles of
 * 4, 6 and 8 rows are 56, 39, 37 on V8 11 and 12, 58, 63, 36 on V8 13, and 64, 84, 112 there with its
 * revectorizer. Every output is summed up in the same order by all of them, so the choice changes no bits.
 */
import { FunctionBuilder, assembleModule } from './assembler.ts';
import { type Tuning, emitTile, tileRegisters } from './contract-tile.ts';
import { ModuleBuilder } from './module-builder.ts';

const CANDIDATES: readonly Tuning[] = [{ rows: 4, unroll: 1 }, { rows: 6, unroll: 1 }, { rows: 8, unroll: 1 }];
const DEPTH = 256;
const COLUMNS = 8;
/** Tiles per call: some 10 µs of work. */
const TILES = 64;
/** Milliseconds for all candidates, which take turns: V8 runs a baseline version of each until its optimizer has finished, which other programs may delay. */
const BUDGET = 36;

/**
 * So many times faster must a larger tile be: it cuts rows less evenly. One of 6 rows that is 1.1 times as fast on V8 11 makes a step of
 * the LSTM 8 % slower on two threads, of the CNN 5 %, and on one thread 2 % faster.
 */
const LEAST_GAIN = 1.15;

let measured: { readonly tuning: Tuning; readonly rate: number } | undefined;

/** Measured once per process; about 40 ms. */
export function measuredTuning(relaxed: boolean): Tuning {
  return fastest(relaxed).tuning;
}

/** GFLOP/s of one thread with that tile, on data in the nearest cache: no product can be faster here. */
export function peakGflops(relaxed: boolean): number {
  return (fastest(relaxed).rate * TILES * DEPTH * COLUMNS * 2) / 1e6;
}

function fastest(relaxed: boolean): { readonly tuning: Tuning; readonly rate: number } {
  if (measured === undefined) {
    const probes = CANDIDATES.map((tuning) => ({ ...probeOf(tuning, relaxed), shortest: Infinity }));
    const start = performance.now();
    for (let now = start; now - start < BUDGET; ) {
      for (const probe of probes) {
        probe.run();
        const after = performance.now();
        probe.shortest = Math.min(probe.shortest, after - now);
        now = after;
      }
    }
    // Rows of tiles per millisecond: proportional to the arithmetic done. What makes vectors faster is new in V8: where the numbers are wrong, it counts for nothing.
    measured = probes.map(({ tuning, shortest, isRight }) => ({ tuning, rate: isRight() ? tuning.rows / shortest : 0 })).reduce((best, next) => (next.rate > LEAST_GAIN * best.rate ? next : best));
  }
  if (measured.rate === 0) throw new Error('This runtime multiplies matrices wrongly: its WebAssembly has a fault. Use another version of Node or of the browser.');
  return measured;
}

interface Probe {
  readonly tuning: Tuning;
  run(): void;
  /** Whether the last run's numbers are what they should be. */
  isRight(): boolean;
}

function probeOf(tuning: Tuning, relaxed: boolean): Probe {
  const m = new ModuleBuilder(relaxed);
  const f = new FunctionBuilder('probe', []);
  const registers = tileRegisters(f, tuning);
  const rightAt = tuning.rows * DEPTH * 4;
  f.repeat(f.local('i32'), TILES, () => {
    for (const accumulator of registers.accumulators) f.vi32(0).set(accumulator);
    f.i32(0).set(registers.a).i32(rightAt).set(registers.b);
    emitTile(m, f, { ...registers, rows: tuning.rows, vectors: 2, rowStride: DEPTH, unroll: tuning.unroll }, [{ size: DEPTH, left: 1, right: COLUMNS }]);
    registers.accumulators.forEach((accumulator, i) => f.i32(0).get(accumulator).vStore(rightAt + DEPTH * COLUMNS * 4 + i * 16));
  });
  m.add(f);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const numbers = new Float32Array(memory.buffer);
  const left = numbers.subarray(0, tuning.rows * DEPTH).map((_, i) => (i % 7) - 3);
  const right = numbers.subarray(0, DEPTH * COLUMNS).map((_, i) => (i % 5) - 2);
  numbers.set(left);
  numbers.set(right, rightAt / 4);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembleModule(m.functions, [f], { shared: false, maximumPages: 1 })), { env: { memory } });
  return {
    tuning,
    run: exports['probe'] as () => void,
    isRight: () => {
      // Whole numbers, so that every order of adding gives the same.
      const sums = numbers.subarray(rightAt / 4 + DEPTH * COLUMNS, rightAt / 4 + DEPTH * COLUMNS + tuning.rows * COLUMNS);
      return sums.every((sum, i) => {
        const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
        return sum === left.subarray(row * DEPTH, (row + 1) * DEPTH).reduce((total, a, k) => total + a * (right[k * COLUMNS + column] ?? 0), 0);
      });
    },
  };
}
