/** The inner loops of a contraction: a register tile over the depth, and the loop over depth blocks. */
import type { ContractShape } from './contract-shape.ts';
import type { FunctionBuilder, Local } from './assembler.ts';
import type { ModuleBuilder } from './module-builder.ts';

/** What is measured per machine: V8 versions differ in how many registers they keep and in whether unrolling helps. */
export interface Tuning {
  /** Vectors across a panel: 2 or 4. */
  readonly vectors: number;
  /** Rows of a register tile of one vector, of two, of three and of four. */
  readonly rows: readonly number[];
  /** Depth steps per loop iteration. */
  readonly unroll: number;
  /** Two vectors side by side are computed as one (V8's revectorizer). */
  readonly joins: boolean;
}

export interface DepthAxis {
  readonly size: number;
  /** Elements from one depth step to the next, in either factor. */
  readonly left: number;
  readonly right: number;
}

export interface TileRegisters {
  readonly rows: number;
  readonly vectors: number;
  /** Elements between the rows of the left factor. */
  readonly rowStride: number;
  readonly unroll: number;
  readonly accumulators: readonly Local[];
  readonly right: readonly Local[];
  readonly left: Local;
  /** Running byte addresses of both factors; both are moved. */
  readonly a: Local;
  readonly b: Local;
  readonly end: Local;
}

/** Rows of a tile of so many vectors. */
export function rowsOfTile({ rows }: Tuning, vectors: number): number {
  return rows[vectors - 1] ?? 1;
}

/** Sums of the largest tile of at most so many vectors. */
export function mostSums(tuning: Tuning, vectors: number): number {
  return Math.max(...Array.from({ length: vectors }, (_, i) => rowsOfTile(tuning, i + 1) * (i + 1)));
}

/** Locals for the largest tile of at most so many vectors that this tuning makes. */
export function tileRegisters(f: FunctionBuilder, tuning: Tuning, vectors: number): Pick<TileRegisters, 'accumulators' | 'right' | 'left' | 'a' | 'b' | 'end'> {
  return { accumulators: f.locals('v128', mostSums(tuning, vectors)), right: f.locals('v128', vectors), left: f.local('v128'), a: f.local('i32'), b: f.local('i32'), end: f.local('i32') };
}

/** Neighbouring axes that both factors walk through without a jump become one. */
export function joinDepth(axes: readonly DepthAxis[]): DepthAxis[] {
  const joined: DepthAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = joined.at(-1);
    if (outer !== undefined && outer.left === axis.left * axis.size && outer.right === axis.right * axis.size) {
      joined[joined.length - 1] = { size: outer.size * axis.size, left: axis.left, right: axis.right };
    } else joined.push(axis);
  }
  return joined.length > 0 ? joined : [{ size: 1, left: 0, right: 0 }];
}

/** Loops this short are written out. */
const SHORT = 4;

/** accumulators += left · right over the depth axes. */
export function emitTile(m: ModuleBuilder, f: FunctionBuilder, t: TileRegisters, axes: readonly DepthAxis[]): void {
  const step = (leftOffset: number, rightOffset: number): void => {
    for (let j = 0; j < t.vectors; j++) f.get(t.b).vLoad(rightOffset + j * 16).set(t.right[j] as Local);
    for (let i = 0; i < t.rows; i++) {
      f.get(t.a).vLoad32Splat(leftOffset + i * t.rowStride * 4).set(t.left);
      for (let j = 0; j < t.vectors; j++) {
        const acc = t.accumulators[i * t.vectors + j] as Local;
        f.get(t.left).get(t.right[j] as Local);
        if (m.relaxed) f.get(acc).simd('f32x4RelaxedMadd').set(acc);
        else f.simd('f32x4Mul').get(acc).simd('f32x4Add').set(acc);
      }
    }
  };
  const level = (depth: number): void => {
    const axis = axes[depth];
    if (axis === undefined) {
      step(0, 0);
      return;
    }
    const isInner = depth === axes.length - 1;
    const canOffset = axis.left >= 0 && axis.right >= 0;
    if (isInner && canOffset && axis.size <= SHORT) {
      for (let i = 0; i < axis.size; i++) step(i * axis.left * 4, i * axis.right * 4);
      return;
    }
    if (isInner) {
      const unroll = canOffset ? Math.max(1, Math.min(t.unroll, axis.size)) : 1;
      const rounds = Math.floor(axis.size / unroll);
      const advance = (steps: number): void => {
        f.increment(t.a, steps * axis.left * 4);
        f.increment(t.b, steps * axis.right * 4);
      };
      // Counting by the right factor's address saves a counter, where it moves.
      if (axis.right !== 0) {
        f.get(t.b).i32(rounds * unroll * axis.right * 4).op('i32Add').set(t.end);
        f.loop(() => {
          for (let u = 0; u < unroll; u++) step(u * axis.left * 4, u * axis.right * 4);
          advance(unroll);
          f.get(t.b).get(t.end).op('i32Ne').branchIf(0);
        });
      } else {
        f.repeat(f.local('i32'), rounds, () => {
          for (let u = 0; u < unroll; u++) step(u * axis.left * 4, u * axis.right * 4);
          advance(unroll);
        });
      }
      const rest = axis.size - rounds * unroll;
      for (let i = 0; i < rest; i++) step(i * axis.left * 4, i * axis.right * 4);
      advance(-(rounds * unroll));
      return;
    }
    f.repeat(f.local('i32'), axis.size, () => {
      level(depth + 1);
      f.increment(t.a, axis.left * 4);
      f.increment(t.b, axis.right * 4);
    });
    f.increment(t.a, -axis.size * axis.left * 4);
    f.increment(t.b, -axis.size * axis.right * 4);
  };
  level(0);
}

/** Full tiles, then what is left: cut evenly with the last full one, since a tile of one row wastes loads. */
export function tileRows(count: number, rows: number): { readonly full: number; readonly rest: readonly number[] } {
  const full = Math.floor(count / rows);
  const rest = count % rows;
  if (rest === 0) return { full, rest: [] };
  if (full === 0) return { full: 0, rest: [rest] };
  const both = rows + rest;
  return { full: full - 1, rest: [Math.ceil(both / 2), Math.floor(both / 2)] };
}

/** Calls `block` for every run of depth that is summed up in registers, with the numbers of its depth axes and their sizes. */
export function depthLoop(
  f: FunctionBuilder, shape: ContractShape, flags: { readonly isFirst: Local; readonly isLast: Local; readonly depthFlat: Local },
  block: (depthIndex: readonly (Local | undefined)[], depthSizes: readonly number[]) => void,
): void {
  const { k, blockFrom, chunk } = shape;
  f.i32(0).set(flags.depthFlat);
  if (blockFrom === 0) {
    block([], k);
    return;
  }
  const inside = k.slice(blockFrom);
  const insideSize = inside.reduce((p, x) => p * x, 1);
  const cut = k[blockFrom - 1] ?? 1;
  const runs = Math.ceil(cut / chunk);
  const index = k.slice(0, blockFrom).map(() => f.local('i32'));
  const cutIndex = index[blockFrom - 1] as Local;
  f.i32(1).set(flags.isFirst);
  const outer = (axis: number): void => {
    if (axis < blockFrom - 1) {
      const at = index[axis] as Local;
      f.i32(0).set(at);
      f.loop(() => {
        outer(axis + 1);
        f.get(at).i32(1).op('i32Add').tee(at).i32(k[axis] ?? 1).op('i32LtU').branchIf(0);
      });
      return;
    }
    const run = (size: number): void => {
      // Last: the last run of the cut axis while all outer axes are at their ends.
      f.get(cutIndex).i32(cut - size).op('i32Eq');
      for (let d = 0; d < blockFrom - 1; d++) f.get(index[d] as Local).i32((k[d] ?? 1) - 1).op('i32Eq').op('i32And');
      f.set(flags.isLast);
      block(index, [size, ...inside]);
      f.i32(0).set(flags.isFirst);
      f.increment(cutIndex, size);
      f.increment(flags.depthFlat, size * insideSize);
    };
    const rest = cut - (runs - 1) * chunk;
    f.i32(0).set(cutIndex);
    const evenRuns = rest === chunk ? runs : runs - 1;
    if (evenRuns > 0) f.repeat(f.local('i32'), evenRuns, () => run(chunk));
    if (rest !== chunk) run(rest);
  };
  outer(0);
}
