/**
 * From a plan to what the GPU runs: WGSL modules with their bindings and grids, the copies between them, and
 * the layout of the arena. A pure function of the plan and of one limit, so that it can be printed and tested.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { BufferId, ContractKernel, Kernel, Loop, Plan } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import type { Dispatch, Place } from './code.ts';
import { contractionAsRows, emitContraction, isReduction, tileContraction } from './contract.ts';
import type { Tiling } from './contract-tiles.ts';
import { type Layout, layoutOf } from './layout.ts';
import { emitMap } from './map.ts';
import { ROW_PER_INVOCATION, emitRow } from './row.ts';
import { emitScatter } from './scatter.ts';
import { splitRow } from './split.ts';

/** WebGPU's guaranteed number of storage buffers per shader stage. */
const DEFAULT_STORAGE_BUFFERS = 8;

/** A copy between a state and its stand-in in the arena, around a kernel that touches more states than can be bound. */
export interface StateCopy {
  readonly kind: 'copy';
  readonly state: string;
  readonly first: number;
  readonly words: number;
  readonly toArena: boolean;
}
export type Command = ({ readonly kind: 'dispatch' } & Dispatch) | StateCopy;

export interface GpuProgram {
  readonly layout: Layout;
  /** Words of the arena, working space included. */
  readonly arenaWords: number;
  readonly commands: readonly Command[];
  /** Commands that run several times in turn, as in the plan. */
  readonly loops: readonly Loop[];
}

export interface GenerateOptions {
  /** Storage buffers that a shader may bind (at least 2). */
  readonly storageBuffers?: number;
  /**
   * Whether invocations of a workgroup work together through its memory (default true). Where the GPU is
   * software, this gains nothing and takes a second per kernel to compile: each invocation works alone then.
   */
  readonly workgroupMemory?: boolean;
  /** The tiling of a contraction, instead of the one that the cost model finds. */
  readonly tiling?: (kernel: ContractKernel) => Tiling | undefined;
}

export function generate(plan: Plan, options: GenerateOptions = {}): GpuProgram {
  const layout = layoutOf(plan);
  const maxStates = (options.storageBuffers ?? DEFAULT_STORAGE_BUFFERS) - 1;
  const commands: Command[] = [];
  let arenaWords = Math.max(4, layout.words);
  let nextBuffer = Math.max(0, ...plan.buffers.map((b) => b.id + 1));

  /** The number of the first command of each kernel. */
  const starts: number[] = [];
  for (const kernel of plan.kernels) {
    starts.push(commands.length);
    // Working space is free again after the kernel: the next one starts over.
    let end = layout.words;
    const reserve = (words: number): number => {
      const first = end;
      end += Math.ceil(words / 4) * 4;
      arenaWords = Math.max(arenaWords, end);
      return first;
    };
    const places = new Map<BufferId, Place>(layout.places);
    const newBuffer = (dtype: DType, length: number): BufferId => {
      places.set(nextBuffer, { state: undefined, words: reserve(length), format: dtype });
      return nextBuffer++;
    };
    const staged = stageStates(kernel, plan, places, maxStates, reserve);
    const place = (buffer: BufferId): Place => {
      const found = places.get(buffer);
      if (found === undefined) throw new Error(`kernel '${kernel.name}' uses buffer ${buffer}, which the plan does not have`);
      return found;
    };
    commands.push(...staged.before, ...emitKernel(kernel, place, newBuffer, options).map((d) => ({ kind: 'dispatch' as const, ...d })), ...staged.after);
  }
  const loops = plan.loops.map(({ first, end, count }) => ({ first: starts[first] ?? 0, end: starts[end] ?? commands.length, count }));
  return { layout, arenaWords, commands, loops };
}

/** The dispatches of one kernel, in order. */
export function emitKernel(kernel: Kernel, place: (buffer: BufferId) => Place, newBuffer: (dtype: DType, length: number) => BufferId, options: GenerateOptions = {}): Dispatch[] {
  switch (kernel.kind) {
    case 'map':
      return [emitMap(kernel, place)];
    case 'row': {
      const alone = options.workgroupMemory === false ? ROW_PER_INVOCATION : undefined;
      const parts = splitRow(kernel, newBuffer);
      return parts.flatMap((part) => (part.kind === 'row' ? [emitRow(part, place, alone)] : emitKernel(part, place, newBuffer, options)));
    }
    case 'contract': {
      if (isReduction(kernel) || options.workgroupMemory === false) return emitKernel(contractionAsRows(kernel), place, newBuffer, options);
      const tiled = tileContraction(kernel, newBuffer, options.tiling?.(kernel));
      return [emitContraction(tiled, place), ...(tiled.join === undefined ? [] : [emitRow(tiled.join, place)])];
    }
    case 'scatter':
      return [emitScatter(kernel, place)];
  }
}

/** Moves states that cannot be bound into the arena for the time of the kernel; `places` is changed accordingly. */
function stageStates(kernel: Kernel, plan: Plan, places: Map<BufferId, Place>, maxStates: number, reserve: (words: number) => number): { before: StateCopy[]; after: StateCopy[] } {
  const written = new Map<BufferId, boolean>();
  for (const { access, isStore } of accessesOf(kernel)) {
    if (places.get(access.buffer)?.state !== undefined) written.set(access.buffer, isStore || written.get(access.buffer) === true);
  }
  const before: StateCopy[] = [];
  const after: StateCopy[] = [];
  // The smallest states are moved: the copies cost least.
  const length = (id: BufferId): number => plan.buffers.find((b) => b.id === id)?.length ?? 0;
  const excess = [...written.keys()].sort((a, b) => length(a) - length(b)).slice(0, Math.max(0, written.size - maxStates));
  for (const id of excess) {
    const place = places.get(id);
    if (place?.state === undefined) continue;
    const words = place.format === 'u8' ? Math.ceil(length(id) / 4) : length(id);
    const first = reserve(words);
    places.set(id, { ...place, state: undefined, words: first });
    const copy = { kind: 'copy' as const, state: place.state, first, words };
    before.push({ ...copy, toArena: true });
    if (written.get(id) === true) after.push({ ...copy, toArena: false });
  }
  return { before, after };
}

/** The WGSL of every dispatch of the plan, for `explain`. */
export function emitWgsl(plan: Plan): { readonly kernel: string; readonly wgsl: string }[] {
  return generate(plan).commands.flatMap((c) => (c.kind === 'dispatch' ? [{ kernel: c.name, wgsl: c.wgsl }] : []));
}
