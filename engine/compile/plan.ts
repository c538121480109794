/**
 * The plan: what a backend runs for one program. Kernels in order, and the buffers that they read
 * and write. Every index is affine in the kernel's iteration axes, so that a backend only has to
 * turn loops and scalar expressions into its own language.
 */
import type { BinaryFn, Distribution, DType, Program, ReduceFn, TernaryFn, UnaryFn } from '../tensor/ir.ts';

export type BufferId = number;

export interface PlanBuffer {
  readonly id: BufferId;
  readonly dtype: DType;
  /** Elements. */
  readonly length: number;
  /**
   * state: bound at compile time by `name`, survives the step. input: written before the step.
   * output: read after it. literal: `data`, written once. temporary: at `offset` in the arena.
   * window: the part of another buffer that a loop's kernels see, which moves with the loop.
   */
  readonly role: 'state' | 'input' | 'output' | 'literal' | 'temporary' | 'window';
  readonly window?: Window;
  readonly name: string;
  readonly data?: Float32Array | Int32Array;
  /** Byte offset in the arena, for temporaries; a multiple of 64. */
  readonly offset: number;
  /** What it holds, for explain and profiles: the origin node and op. */
  readonly label: string;
}

/** At iteration i of its loop it begins at element first + (i mod period) · step of the buffer `of`, which is no window itself. */
export interface Window {
  readonly of: BufferId;
  readonly first: number;
  readonly step: number;
  /** Left out: i itself. */
  readonly period?: number;
}

/** The kernels from number `first` up to `end` run `count` times in turn, all of them before the next iteration. Loops are in order and apart. */
export interface Loop {
  readonly first: number;
  readonly end: number;
  readonly count: number;
}

/** offset + Σ strides[d] · index[d], one stride per iteration axis of the kernel. */
export interface Affine {
  readonly offset: number;
  readonly strides: readonly number[];
}
/** The access is inside only if 0 <= value < extent. */
export interface Guard extends Affine {
  readonly extent: number;
}
/** Where in a buffer, in elements. Outside of any guard a load gives `fill` and a store does nothing. */
export interface Access extends Affine {
  readonly buffer: BufferId;
  readonly guards: readonly Guard[];
  readonly fill: number;
  /** Adds stride · clamp(index value, 0, extent - 1): gathers. The index is an i32 load. */
  readonly indirect?: { readonly index: Access; readonly stride: number; readonly extent: number };
}

/** A scalar computation, a DAG: equal objects are the same subexpression and are computed once. */
export type ScalarExpr =
  | { readonly kind: 'const'; readonly value: number; readonly dtype: DType }
  | { readonly kind: 'load'; readonly access: Access; readonly dtype: DType }
  /** An i32: the affine value itself. */
  | { readonly kind: 'index'; readonly at: Affine }
  /** See `tensor/random.ts`. `at` is the flat element index; seed and step are i32 loads. */
  | { readonly kind: 'random'; readonly distribution: Distribution; readonly stream: number; readonly at: Affine; readonly seed: ScalarExpr; readonly step: ScalarExpr }
  | { readonly kind: 'call'; readonly fn: UnaryFn | BinaryFn | TernaryFn; readonly args: readonly ScalarExpr[]; readonly dtype: DType }
  /** 1 inside the guards, else 0 (f32). */
  | { readonly kind: 'inside'; readonly guards: readonly Guard[] }
  /** The i-th accumulator of this kernel: a row kernel's reduction, a contraction's sum (0). */
  | { readonly kind: 'accumulator'; readonly index: number; readonly dtype: DType };

export interface Store {
  readonly to: Access;
  readonly value: ScalarExpr;
  readonly dtype: DType;
}

interface KernelBase {
  /** Unique in the plan, readable: `conv2.conv+relu`. */
  readonly name: string;
  /** Document nodes that it computes for, for cost bars and profiles. */
  readonly origins: readonly string[];
  /**
   * Of a loop, or with a state among its results: floats below 2^-100 may be stored as 0. What fades from step to step
   * comes to numbers beyond the normal ones (1e-38), with which processors are a hundred times slower: the gradients of
   * 500 steps of an LSTM took 4 times as long, and Adam for pixels that are dark in every batch 4 times.
   */
  readonly settles?: boolean;
}

/** For each point of `axes`: evaluate and store. Later stores see no earlier ones. */
export interface MapKernel extends KernelBase {
  readonly kind: 'map';
  readonly axes: readonly number[];
  readonly stores: readonly Store[];
}

/** One pass over a row's elements; accumulators of earlier passes may be used. */
export type RowStage =
  /** accumulator[index] = fn over the row's elements; argmax gives the row-major element number (i32) of the first maximum. */
  | { readonly kind: 'reduce'; readonly fn: ReduceFn | 'argmax'; readonly index: number; readonly value: ScalarExpr }
  /** A store for each element of the row. */
  | { readonly kind: 'each'; readonly store: Store };
/**
 * For each point of `rowAxes`: the stages in order over the points of `elementAxes`, then `finish`
 * stores once per row. Affines have one stride per row axis, then one per element axis (0 in finish).
 */
export interface RowKernel extends KernelBase {
  readonly kind: 'row';
  readonly rowAxes: readonly number[];
  readonly elementAxes: readonly number[];
  readonly stages: readonly RowStage[];
  readonly finish: readonly Store[];
}

/**
 * accumulator 0 at (batch, m, n) = Σ over k of a(batch, m, k) · b(batch, n, k), then the stores.
 * Affines have one stride per axis of batch, m, n, k, in this order. Matrix products,
 * convolutions and both of their gradients are all this.
 */
export interface ContractKernel extends KernelBase {
  readonly kind: 'contract';
  /** The same computation when it slides a small square window by single steps; for backends that have a faster algorithm for it. */
  readonly sliding?: SlidingForm;
  readonly batchAxes: readonly number[];
  readonly mAxes: readonly number[];
  readonly nAxes: readonly number[];
  readonly kAxes: readonly number[];
  readonly a: ScalarExpr;
  readonly b: ScalarExpr;
  /** Over batch, m and n (k strides are 0). Values may use accumulator 0 and loads. */
  readonly stores: readonly Store[];
  /** Made by a backend that reduces windows of the result as they come: what `stores` would write this kernel would read, and nothing else is written. */
  readonly pool?: RowKernel;
  /** Made by a backend too: the image that a factor reads is not in memory; it is what this kernel would write there, and zeros around it. */
  readonly spread?: MapKernel;
}

/**
 * A window of 2×2 to 5×5 over images, with axes in a fixed order and none of them joined. 'filter' (a
 * convolution, or its gradient by the input): kernel.mAxes = [images, rows, columns], nAxes =
 * [channels out], kAxes = [taps, taps, channels in]; a moves by equal strides with positions and taps.
 * 'weightGrad': mAxes = [taps, taps, channels in], nAxes = [channels out], kAxes = [images, rows, columns].
 * Channels are contiguous in a, and in the images of b.
 */
export interface SlidingForm {
  readonly kind: 'filter' | 'weightGrad';
  readonly kernel: ContractKernel;
  /** Rows and columns of the image that it slides over, and of the zeros before them that it reads, too. */
  readonly image: readonly number[];
  readonly before: readonly number[];
}

/** out = 0, then for each point of `axes`: out[to + rowStride · row] += value. Rows outside [0, rows) are clamped. Deterministic. */
export interface ScatterKernel extends KernelBase {
  readonly kind: 'scatter';
  /** Axes of the index tensor, then those of the rest of a row. */
  readonly indexAxes: readonly number[];
  readonly restAxes: readonly number[];
  readonly row: ScalarExpr;
  readonly value: ScalarExpr;
  readonly to: Access;
  readonly rowStride: number;
  readonly rows: number;
}

/** Element of the window's buffer at which it begins in an iteration. */
export const windowStart = ({ first, step, period }: Window, iteration: number): number => first + (period === undefined ? iteration : iteration % period) * step;

/** Kernel numbers in the order of a step, loops run through. */
export function* walkPlan({ kernels, loops }: { readonly kernels: { readonly length: number }; readonly loops: readonly Loop[] }): Generator<{ readonly kernel: number; readonly iteration: number }> {
  for (let kernel = 0; kernel < kernels.length; kernel++) {
    const loop = loops.find(({ first }) => first === kernel);
    if (loop === undefined) {
      yield { kernel, iteration: 0 };
      continue;
    }
    for (let iteration = 0; iteration < loop.count; iteration++) {
      for (let inner = loop.first; inner < loop.end; inner++) yield { kernel: inner, iteration };
    }
    kernel = loop.end - 1;
  }
}

export type Kernel = MapKernel | RowKernel | ContractKernel | ScatterKernel;

export interface Plan {
  readonly program: Program;
  readonly buffers: readonly PlanBuffer[];
  readonly kernels: readonly Kernel[];
  readonly loops: readonly Loop[];
  /** Temporaries of all kernels, cleared ones included. */
  readonly arenaBytes: number;
  /**
   * The first bytes of the arena must be zero before the first step and are no one else's between
   * steps: they hold margins of zeros that kernels read and never write. Two executables may share
   * the memory behind them, since they do not run at the same time.
   */
  readonly clearedBytes: number;
  /** Buffers of the program's outputs, inputs and states, by name. Row-major in the value's shape. */
  readonly outputs: ReadonlyMap<string, BufferId>;
  readonly inputs: ReadonlyMap<string, BufferId>;
  readonly states: ReadonlyMap<string, BufferId>;
}
