/**
 * Finds the register tiles that this machine's runtime runs fastest. V8 versions differ in how many
 * vector registers they use before they spill, and by a factor of two. GFLOP/s of one core, depth 256:
 *
 * | rows × columns | 4×8 | 6×8 | 8×8 | 2×16 | 4×16 | 6×16 |
 * |---|---|---|---|---|---|---|
 * | V8 11 | 49 | 54 | 44 | 50 | 46 | 36 |
 * | V8 13 | 49 | 58 | 47 | 50 | 39 | 38 |
 * | V8 13, revectorizer | 60 | 75 | 82 | 59 | 95 | 105 |
 *
 * Every output is summed up in the same order by all of them, so the choice changes no bits.
 */
import { FunctionBuilder, assembleModule } from './assembler.ts';
import { type Tuning, emitTile, tileRegisters } from './contract-tile.ts';
import { ModuleBuilder } from './module-builder.ts';

/** Rows and vectors of a tile. */
interface Tile {
  readonly rows: number;
  readonly vectors: number;
}
interface Fastest {
  readonly tuning: Tuning;
  readonly rate: number;
}

const NARROW: readonly Tile[] = [4, 6, 8].map((rows) => ({ rows, vectors: 2 }));
const WIDE: readonly Tile[] = [2, 4, 6].map((rows) => ({ rows, vectors: 4 }));
/**
 * So many times faster must a taller tile be: it cuts rows less evenly. One of 6 rows and 8 columns that is 1.1 times as fast on V8 11
 * makes a step of the LSTM 8 % slower on two threads, of the CNN 5 %, and on one thread 2 % faster.
 */
const LEAST_GAIN = 1.15;
/**
 * Wide tiles write whole cache lines and read the left factor half as often, which this measurement does not see. On V8 11 a
 * transformer's products take 0.97 and a convolution's weight gradient 0.92 of their time with 2×16 instead of 6×8, though this
 * says 50 and 54; on V8 13 without its revectorizer (50 and 58) they take 1.08.
 */
const WIDE_ADVANTAGE = 1.1;
const DEPTH = 256;
/** Tiles per call: some 10 µs of work. */
const TILES = 64;
/** Milliseconds for all candidates, which take turns: V8 runs a baseline version of each until its optimizer has finished, which other programs may delay. */
const BUDGET = 60;

let measured: Fastest | undefined;

/** Measured once per process; about 75 ms. */
export function measuredTuning(relaxed: boolean): Tuning {
  return fastest(relaxed).tuning;
}

/** GFLOP/s of one thread with that tile, on data in the nearest cache: no product can be faster here. */
export function peakGflops(relaxed: boolean): number {
  return (fastest(relaxed).rate * TILES * DEPTH * 4 * 2) / 1e6;
}

function fastest(relaxed: boolean): Fastest {
  measured ??= measure(relaxed);
  if (measured.rate === 0) throw new Error('This runtime multiplies matrices wrongly: its WebAssembly has a fault. Use another version of Node or of the browser.');
  return measured;
}

function measure(relaxed: boolean): Fastest {
  const probes = [...NARROW, ...WIDE].map((tile) => ({ ...tile, ...probeOf(tile, relaxed), shortest: Infinity }));
  const start = performance.now();
  for (let now = start; now - start < BUDGET; ) {
    for (const probe of probes) {
      probe.run();
      const after = performance.now();
      probe.shortest = Math.min(probe.shortest, after - now);
      now = after;
    }
  }
  // Vectors of sums per millisecond: proportional to the arithmetic done. What makes vectors faster is new in V8: where the numbers are wrong, it counts for nothing.
  const rated = probes.map(({ rows, vectors, shortest, isRight }) => ({ rows, vectors, rate: isRight() ? (rows * vectors) / shortest : 0 }));
  const best = (vectors: number): (typeof rated)[number] => rated.filter((tile) => tile.vectors === vectors).reduce((first, next) => (next.rate > LEAST_GAIN * first.rate ? next : first));
  const narrow = best(2);
  const wide = best(4);
  // Sixteen sums fit the registers only where each holds two of them. Of such tiles the tallest is the fastest in whole products, too: it reads least.
  const joins = wide.rows >= 4;
  const tallest = joins ? rated.filter((tile) => tile.vectors === 4).reduce((first, next) => (next.rate > first.rate ? next : first)) : wide;
  // Tiles of one and of three vectors only stand at the edge of a product: as many sums as the measured ones have.
  const rows = [8, narrow.rows, joins ? 4 : 3, tallest.rows];
  return { tuning: { vectors: tallest.rate * WIDE_ADVANTAGE > narrow.rate ? 4 : 2, rows, unroll: 1, joins }, rate: Math.max(tallest.rate, narrow.rate) };
}

interface Probe {
  run(): void;
  /** Whether the last run's numbers are what they should be. */
  isRight(): boolean;
}

function probeOf({ rows, vectors }: Tile, relaxed: boolean): Probe {
  const columns = vectors * 4;
  const m = new ModuleBuilder(relaxed);
  const f = new FunctionBuilder('probe', []);
  const registers = tileRegisters(f, { vectors, rows: Array.from({ length: vectors }, () => rows), unroll: 1, joins: false }, vectors);
  const rightAt = rows * DEPTH * 4;
  f.repeat(f.local('i32'), TILES, () => {
    for (const accumulator of registers.accumulators) f.vi32(0).set(accumulator);
    f.i32(0).set(registers.a).i32(rightAt).set(registers.b);
    emitTile(m, f, { ...registers, rows, vectors, rowStride: DEPTH, unroll: 1 }, [{ size: DEPTH, left: 1, right: columns }]);
    registers.accumulators.forEach((accumulator, i) => f.i32(0).get(accumulator).vStore(rightAt + DEPTH * columns * 4 + i * 16));
  });
  m.add(f);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const numbers = new Float32Array(memory.buffer);
  const left = numbers.subarray(0, rows * DEPTH).map((_, i) => (i % 7) - 3);
  const right = numbers.subarray(0, DEPTH * columns).map((_, i) => (i % 5) - 2);
  numbers.set(left);
  numbers.set(right, rightAt / 4);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assembleModule(m.functions, [f], { shared: false, maximumPages: 1 })), { env: { memory } });
  return {
    run: exports['probe'] as () => void,
    isRight: () => {
      // Whole numbers, so that every order of adding gives the same.
      const sums = numbers.subarray(rightAt / 4 + DEPTH * columns, rightAt / 4 + DEPTH * columns + rows * columns);
      return sums.every((sum, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        return sum === left.subarray(row * DEPTH, (row + 1) * DEPTH).reduce((total, a, k) => total + a * (right[k * columns + column] ?? 0), 0);
      });
    },
  };
}
