/**
 * The shapes that a contraction's work is cut into, and the choice among them by a small cost model:
 * large tiles reuse more of what they load, small ones waste less at the edges and fill the GPU sooner.
 */

export interface Tile {
  /** Invocations along n and m. */
  readonly x: number;
  readonly y: number;
  /** Blocks of 4 that an invocation computes along n and m. */
  readonly blocksN: number;
  readonly blocksM: number;
  /** Steps of k between two barriers. */
  readonly k: number;
}

export const tileM = (tile: Tile): number => 4 * tile.y * tile.blocksM;
export const tileN = (tile: Tile): number => 4 * tile.x * tile.blocksN;
export const tileThreads = (tile: Tile): number => tile.x * tile.y;

const tile = (x: number, y: number, blocksN: number, blocksM: number, k: number): Tile => ({ x, y, blocksN, blocksM, k });

/** At most 256 invocations and 16 KiB of workgroup memory each, WebGPU's guaranteed limits. */
export const TILES: readonly Tile[] = [
  tile(16, 16, 2, 2, 8), // 128 × 128
  tile(16, 16, 1, 1, 16), // 64 × 64
  tile(8, 32, 1, 1, 16), // 128 × 32
  tile(32, 8, 1, 1, 16), // 32 × 128
  tile(4, 32, 1, 1, 16), // 128 × 16
  tile(32, 4, 1, 1, 16), // 16 × 128
  tile(8, 8, 1, 1, 16), // 32 × 32
  tile(4, 16, 1, 1, 16), // 64 × 16
  tile(16, 4, 1, 1, 16), // 16 × 64
  tile(2, 32, 1, 1, 16), // 128 × 8
  tile(32, 2, 1, 1, 16), // 8 × 128
  tile(4, 8, 1, 1, 16), // 32 × 16
  tile(8, 4, 1, 1, 16), // 16 × 32
];

export interface Tiling {
  readonly tile: Tile;
  /** Parts of k, each with a partial result of its own; 1 for none. */
  readonly splits: number;
  /** Steps of k per part, a multiple of the tile's. */
  readonly chunk: number;
}

/** Invocations that run at once on a mid-size GPU; with fewer, processors idle. */
export const MACHINE_INVOCATIONS = 16_384;
/** Cost of a scalar load with its index arithmetic, of a vector load from workgroup memory, and of a barrier, in multiply-adds. */
export const LOAD_COST = 12;
export const LOCAL_COST = 4;
export const BARRIER_COST = 40;
/** Cost of one more dispatch, in multiply-adds of one invocation: some microseconds. */
export const DISPATCH_COST = 4_000;
const MAX_SPLITS = 64;

/** Multiply-adds of time that the tiling takes, by the model. */
function cost(t: Tile, splits: number, chunk: number, batch: number, m: number, n: number): number {
  const threads = tileThreads(t);
  const groups = Math.ceil(m / tileM(t)) * Math.ceil(n / tileN(t)) * batch * splits;
  const waves = Math.max(1, (groups * threads) / MACHINE_INVOCATIONS);
  const perStep = 16 * t.blocksM * t.blocksN + LOCAL_COST * (t.blocksM + t.blocksN) + (LOAD_COST * (tileM(t) + tileN(t))) / threads + BARRIER_COST / t.k;
  const join = splits === 1 ? 0 : DISPATCH_COST + LOAD_COST * splits * Math.max(1, (batch * m * n) / MACHINE_INVOCATIONS);
  return waves * (Math.ceil(chunk / t.k) * t.k * perStep + LOAD_COST * 16 * t.blocksM * t.blocksN) + join;
}

export const chooseTiling = (batch: number, m: number, n: number, k: number): Tiling => bestTiling(batch, m, n, k).tiling;

/** What the best tiling takes, in multiply-adds of one invocation. */
export const tilingCost = (batch: number, m: number, n: number, k: number): number => bestTiling(batch, m, n, k).cost;

function bestTiling(batch: number, m: number, n: number, k: number): { readonly tiling: Tiling; readonly cost: number } {
  let best: Tiling | undefined;
  let bestCost = Infinity;
  for (const t of TILES) {
    for (let wanted = 1; wanted <= MAX_SPLITS; wanted *= 2) {
      const chunk = Math.ceil(Math.ceil(k / wanted) / t.k) * t.k;
      if (wanted > 1 && chunk < 4 * t.k) break;
      const splits = Math.ceil(k / chunk);
      const estimate = cost(t, splits, chunk, batch, m, n);
      if (estimate < bestCost) {
        bestCost = estimate;
        best = { tile: t, splits, chunk };
      }
    }
  }
  if (best === undefined) throw new Error('there is no tile to choose from');
  return { tiling: best, cost: bestCost };
}

/** The best tile of `threads` invocations for parts of k that are cut already, and how much longer than `tiling` it takes, in multiply-adds of one invocation. */
export function tileOfThreads(threads: number, { tile: own, splits, chunk }: Tiling, batch: number, m: number, n: number): { readonly tile: Tile; readonly loss: number } | undefined {
  if (tileThreads(own) === threads) return { tile: own, loss: 0 };
  const costs = TILES.filter((t) => tileThreads(t) === threads).map((t) => ({ tile: t, loss: cost(t, splits, chunk, batch, m, n) - cost(own, splits, chunk, batch, m, n) }));
  return costs.reduce<(typeof costs)[number] | undefined>((best, each) => (best === undefined || each.loss < best.loss ? each : best), undefined);
}
