/**
 * How a contraction is run: what is packed, how the depth is cut into blocks, how rows are shared.
 * All of it follows from sizes and strides, never from the number of threads.
 */
import type { Access, Affine, ContractKernel, PlanBuffer } from '../../compile/plan.ts';
import { AccessMapper } from '../../compile/rewrite-kernel.ts';
import { rowMajorStrides } from '../../tensor/ops/shapes.ts';
import { type Tuning, mostSums, rowsOfTile } from './contract-tile.ts';

/** Products of no more columns than this have narrow panels, whatever the machine likes best; as few rows are a case of their own, too. */
const NARROW = 8;
/** Bytes of a packed block of a panel: half of a first-level cache. */
const PACKED_BYTES = 16384;
/** A right factor of more than this is not worth a packed copy if its rows lie close together: writing and reading it again costs more than it saves. */
const LARGE_FACTOR_BYTES = 1 << 20;
const CLOSE_ROWS_BYTES = 1024;
/**
 * Unpacked rows are whole cache lines in few cache sets: about this many bytes of distinct rows stay in the first-level cache, and one panel
 * finds there what its neighbour began. With runs of 1024 deep, 8 × 9216 × 128 takes 1.15 times as long, and 4 × 1024 × 1024 three times.
 */
const DIRECT_DEPTH_BYTES = 32768;
/** Rows of a block: with 512 deep it fits the second-level cache. */
const MOST_BLOCK_ROWS = 128;
/**
 * Rows of a block where the whole right factor stays in the second-level cache (this many bytes of it). Panels
 * of eight columns touch half a cache line of each row of a result, and the next panel the other half: of fewer
 * rows they are still there. A product that stores three results of 256 columns takes 9.2 instead of 14.5 ms.
 */
const FEW_BLOCK_ROWS = 32;
const SMALL_FACTOR_BYTES = 1 << 18;
/**
 * A right factor too large for the second-level cache is packed panel by panel where it is used, if each panel meets
 * all rows at once and these are few enough: a weight's gradient (64 × 6272 × 256) takes 5.1 instead of 6.2 ms. So is any, whatever
 * its size, for no more than `NARROW` rows: the gradient of 8 × 9216 inputs takes 0.7 of the time, of 8 × 1024 half.
 */
const MOST_PANEL_ROWS = 256;
/** Of the left factor, in the second-level cache beside it. */
const PANEL_ROWS_BYTES = 1 << 18;
const LEAST_PANEL_DEPTH = 64;
/** Fewer units than this would leave threads without work. */
const ENOUGH_UNITS = 16;
/** Left factors whose depth steps are farther apart than this (in elements) are packed. */
const FAR_DEPTH = 64;

/** Buffer number of the scratch memory for partial sums. */
export const SCRATCH = -1;

export interface ContractShape {
  readonly kernel: ContractKernel;
  readonly a: Access;
  readonly b: Access;
  readonly batch: readonly number[];
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
  /** All sizes, in the order of the strides. */
  readonly sizes: readonly number[];
  readonly mInner: number;
  readonly nInner: number;
  /** All of the right factor, ahead of the kernel's work, for all threads. */
  readonly packsRight: boolean;
  /** Instead: panel by panel where it is used, by the thread that uses it. */
  readonly packsPanels: boolean;
  readonly packsLeft: boolean;
  /** Columns of a panel. */
  readonly panel: number;
  /** Panels along the innermost column axis. */
  readonly panels: number;
  readonly depth: number;
  /** Depth axes from here on lie within a block; the axis before is cut into runs of `chunk`. */
  readonly blockFrom: number;
  readonly chunk: number;
  readonly blockRows: number;
  readonly blocks: number;
  /** Where partial sums wait for the next depth block. */
  readonly partial: Access | undefined;
  readonly sharedBytes: number;
  /** Of partial sums that wait in scratch memory, row by row; 0 if they wait in the result or there are none. */
  readonly sumBytes: number;
  readonly privateBytes: number;
  readonly panelBytes: number;
  /** Where in private memory, in bytes, the sums of a tile wait for what is done with them. */
  readonly tileAt: number;
  /** And the present panel, where `packsPanels`. */
  readonly panelAt: number;
}

export function analyzeContract(kernel: ContractKernel, buffers: readonly PlanBuffer[], tuning: Tuning): ContractShape {
  if (kernel.a.kind !== 'load' || kernel.b.kind !== 'load') throw new Error(`${kernel.name}: a factor is not in memory`);
  const a = kernel.a.access;
  const b = kernel.b.access;
  for (const access of [a, b]) {
    if (access.guards.length > 0 || access.indirect !== undefined || buffers[access.buffer]?.dtype !== 'f32') throw new Error(`${kernel.name}: a factor is not a plain float32 tensor`);
  }
  // Axes of size 1 stand in for missing ones, so that there is always an innermost row, column and depth axis.
  const widen = (sizes: readonly number[]): readonly number[] => (sizes.length === 0 ? [1] : sizes);
  const [batch, m, n, k] = [kernel.batchAxes, widen(kernel.mAxes), widen(kernel.nAxes), widen(kernel.kAxes)];
  const lengths = [kernel.batchAxes.length, kernel.mAxes.length, kernel.nAxes.length, kernel.kAxes.length] as const;
  const spread = <T extends Affine>(at: T): T => {
    const strides: number[] = [];
    let from = 0;
    [batch, m, n, k].forEach((axes, i) => {
      const count = lengths[i] ?? 0;
      strides.push(...at.strides.slice(from, from + count), ...new Array<number>(axes.length - count).fill(0));
      from += count;
    });
    return { ...at, strides };
  };
  const sizes = [...batch, ...m, ...n, ...k];
  const mInner = batch.length + m.length - 1;
  const nInner = mInner + n.length;
  const [left, right] = [spread(a), spread(b)];
  const product = (list: readonly number[]): number => list.reduce((p, x) => p * x, 1);
  const depth = product(k);
  const columns = sizes[nInner] ?? 1;
  const panel = columns <= NARROW ? NARROW : tuning.vectors * 4;
  const tallest = rowsOfTile(tuning, panel / 4);
  const packedDepth = PACKED_BYTES / 4 / panel;
  const panels = Math.ceil(columns / panel);
  const rows = product(m);
  const kFirst = nInner + 1;
  const innerRowBytes = Math.abs(right.strides[sizes.length - 1] ?? 0) * 4;
  const unit = (right.strides[nInner] ?? 0) === 1 && right.strides.slice(kFirst).every((s) => s >= 0);
  const factorBytes = depth * product(n) * product(batch) * 4;
  const panelUses = product(batch) * product(n.slice(0, -1)) * panels;
  // Few rows meet each panel once: packed for all threads it would go through memory, and they would wait for each other in between. In a loop, what stays as it is is packed once ahead instead.
  const meetsOnce = rows <= NARROW && !unit && kernel.settles !== true;
  const packsPanels = m.length === 1 && panelUses >= ENOUGH_UNITS && (meetsOnce || (rows > NARROW && rows <= MOST_PANEL_ROWS && factorBytes > SMALL_FACTOR_BYTES));
  const packsRight = !packsPanels && !(unit && (rows <= NARROW || (factorBytes > LARGE_FACTOR_BYTES && innerRowBytes <= CLOSE_ROWS_BYTES)));

  const direct = Math.max(32, Math.floor(DIRECT_DEPTH_BYTES / Math.max(innerRowBytes, 64)));
  const most = packsPanels ? Math.max(LEAST_PANEL_DEPTH, Math.min(packedDepth, Math.floor(PANEL_ROWS_BYTES / 4 / rows))) : packsRight ? packedDepth : direct;
  const { blockFrom, chunk } = cutDepth(k, most);
  const depthBlocks = k.slice(0, blockFrom).reduce((p, size, i) => p * (i === blockFrom - 1 ? Math.ceil(size / chunk) : size), 1);

  const leftStrides = k.map((_, i) => left.strides[kFirst + i] ?? 0);
  const far = Math.abs(leftStrides.at(-1) ?? 0) >= FAR_DEPTH;
  const packsLeft = (far && (left.strides[mInner] ?? 0) === 1 && panels * product(n.slice(0, -1)) >= 2 && rows > NARROW) || left.strides.slice(batch.length, kFirst).some((s) => s < 0) || leftStrides.some((s) => s < 0);

  const length = sizes[mInner] ?? 1;
  const others = product(batch) * product(m.slice(0, -1)) * product(n.slice(0, -1)) * panels;
  const mostRows = factorBytes <= SMALL_FACTOR_BYTES ? FEW_BLOCK_ROWS : MOST_BLOCK_ROWS;
  const wanted = Math.max(Math.ceil(length / mostRows), Math.ceil(ENOUGH_UNITS / others));
  // Packing reads whole blocks. Past the end of a shorter last one that stays within a cache line or two, unless rows lie apart.
  const apart = packsLeft && left.strides[mInner] !== 1;
  const blocks0 = apart || packsPanels ? 1 : Math.max(1, Math.min(wanted, Math.ceil(length / (2 * tallest))));
  const blockRows = blocks0 === 1 ? length : Math.ceil(length / blocks0 / tallest) * tallest;
  const blocks = Math.ceil(length / blockRows);

  const panelBytes = depth * panel * 4;
  const sharedBytes = packsRight ? product(batch) * product(n.slice(0, -1)) * panels * panelBytes : 0;
  let sumBytes = 0;
  let partial: Access | undefined;
  if (depthBlocks > 1) {
    const [only] = kernel.stores;
    const plain = kernel.stores.length === 1 && only !== undefined && only.value.kind === 'accumulator' && spread(only.to).strides[nInner] === 1;
    if (plain && only !== undefined) partial = spread(only.to);
    else {
      // Row-major [batch, m, n], the innermost columns rounded up to whole panels.
      const padded = [...batch, ...m, ...n.slice(0, -1), panels * panel];
      partial = { buffer: SCRATCH, offset: 0, strides: [...rowMajorStrides(padded), ...k.map(() => 0)], guards: [], fill: 0 };
      sumBytes = product(padded) * 4;
    }
  }
  const inBlock = product(k.slice(blockFrom)) * (blockFrom > 0 ? chunk : 1);
  const packedBytes = packsLeft ? inBlock * (Math.ceil(blockRows / 4) * 4) * 4 : 0;
  const panelAt = packedBytes + mostSums(tuning, panel / 4) * 16;
  const privateBytes = panelAt + (packsPanels ? inBlock * panel * 4 : 0);
  // What several stores have in common stays one expression, and is computed once.
  const mapper = new AccessMapper(spread);
  const stores = kernel.stores.map((store) => mapper.store(store));
  return {
    kernel: { ...kernel, stores }, a: left, b: right, batch, m, n, k, sizes, mInner, nInner, packsRight, packsPanels, packsLeft, panel, panels, depth,
    blockFrom, chunk, blockRows, blocks, partial, sharedBytes, sumBytes, privateBytes, panelBytes, tileAt: packedBytes, panelAt,
  };
}

/** Innermost axes that fit `most` together, and runs of nearly equal length of the axis around them. */
function cutDepth(k: readonly number[], most: number): { blockFrom: number; chunk: number } {
  let inside = 1;
  let from = k.length;
  while (from > 0 && inside * (k[from - 1] ?? 1) <= most) inside *= k[--from] ?? 1;
  if (from === 0) return { blockFrom: 0, chunk: 1 };
  const size = k[from - 1] ?? 1;
  const runs = Math.ceil(size / Math.max(1, Math.floor(most / inside)));
  return { blockFrom: from, chunk: Math.ceil(size / runs) };
}
