/**
 * A whole plan as one WebAssembly module: a function per distinct kernel, one that walks them with
 * barriers in between, and the loop of the other threads. JavaScript is left once per step.
 */
import { accessesOf } from '../../compile/accesses.ts';
import type { BufferId, Kernel, Plan, PlanBuffer } from '../../compile/plan.ts';
import { bytesPerElement } from '../../tensor/ir.ts';
import { type KernelWork, kernelWork } from '../kernel-work.ts';
import { FunctionBuilder, type Local, type MemoryImport, assembleModule } from './assembler.ts';
import { type BatchGroup, type GroupedPlan, groupBatches } from './batch-groups.ts';
import { emitContractKernel } from './contract-kernel.ts';
import { analyzeContract } from './contract-shape.ts';
import type { Tuning } from './contract-tile.ts';
import { emitMapKernel } from './map-kernel.ts';
import { fusePooling } from './fuse-pooling.ts';
import { ModuleBuilder } from './module-builder.ts';
import { threadShare } from './nest.ts';
import { analyzeRowBlocks } from './row-blocks.ts';
import { emitRowKernel } from './row-kernel.ts';
import { emitScatterKernel } from './scatter-kernel.ts';
import { CLOCK, Stopwatch } from './stopwatch.ts';
import { type WarmUp, emitWarmUp } from './warm-up.ts';
import { emitWinograd } from './winograd-kernel.ts';
import { type WinogradShape, analyzeWinograd } from './winograd-shape.ts';

/** Words in shared memory by which the threads of a plan meet, on cache lines of their own. */
export const CONTROL = { go: 1024, command: 1088, barrier: 1152, sleepers: 1216, done: 1280 } as const;
export const COMMAND = { run: 0, leave: 1 } as const;

/**
 * Loads before a waiting thread goes to sleep: some 200 µs. Waking it takes a virtual machine 50 µs and more: with 20 µs an LSTM's
 * step, 112 barriers, took 17.6 ms instead of 9.6 on two threads, and the MLP's 1.3 instead of 0.94.
 */
const BARRIER_SPINS = 40000;
/** Between steps the caller prepares the next one; sleeping and waking costs more than that takes. */
const IDLE_SPINS = 40000;
/** A sleeper looks again after this long even if nobody wakes it. */
const NAP_NANOSECONDS = 1_000_000;
/** After so many naps, ten minutes, a thread that does not come is dead: better an error than to wait for ever. */
const MOST_NAPS = 600_000;

export interface PlanAddresses {
  address(buffer: PlanBuffer): number;
  readonly scratch: number;
}
export interface PlanModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Every function in order, its name and size. */
  readonly functions: readonly { readonly name: string; readonly bytes: number }[];
  /** Of the functions that the export `warm` calls. */
  readonly warmSizes: WarmUp['sizes'];
  /** What a step does in all. */
  readonly work: Pick<KernelWork, 'operations' | 'bytes'>;
}

export interface ModuleOptions {
  readonly relaxed: boolean;
  readonly tuning: Tuning;
  /** Minimal filtering for convolutions of 2×2 to 5×5 taps, all of them or those chosen: faster as a rule, with an error of some 1e-5 instead of 1e-6. */
  readonly winograd: boolean | ((shape: WinogradShape) => boolean);
  readonly memory: MemoryImport;
  /** Where the walk is to note its kernels' times: `timesBytes` bytes. */
  readonly times?: number;
}

/** How a kernel is run by minimal filtering, where that is possible, pays and is wanted. */
function filteringOf(kernel: Kernel, { winograd }: Pick<ModuleOptions, 'winograd'>): WinogradShape | undefined {
  if (kernel.kind !== 'contract' || winograd === false) return undefined;
  const shape = analyzeWinograd(kernel);
  return shape === undefined || winograd === true || winograd(shape) ? shape : undefined;
}

type WayOptions = Pick<ModuleOptions, 'tuning' | 'winograd'>;

/** The plan as it is to be run here, with pooling inside of convolutions and with groups; what `scratchBytes` and `buildPlanModule` take. */
export function arrangePlan(plan: Plan, options: Pick<ModuleOptions, 'winograd'>): GroupedPlan {
  return groupBatches(fusePooling(plan, (kernel) => filteringOf(kernel, options)), (kernel) => filteringOf(kernel, options) !== undefined);
}

/** Bytes of scratch memory that a plan needs with this many threads. */
export function scratchBytes(plan: GroupedPlan, options: WayOptions, threads: number): number {
  let bytes = 0;
  for (const group of plan.groups) bytes = Math.max(bytes, threads * groupMemory(plan, group, options).threadBytes);
  for (const [i, kernel] of plan.kernels.entries()) {
    if (groupOf(plan, i) !== undefined) continue;
    if (kernel.kind === 'row') bytes = Math.max(bytes, threads * alignLine(analyzeRowBlocks(kernel)?.privateBytes ?? 0));
    if (kernel.kind !== 'contract') continue;
    const { sharedBytes, privateBytes, sumBytes = 0 }: ScratchNeeds = filteringOf(kernel, options) ?? analyzeContract(kernel, plan.buffers, options.tuning);
    bytes = Math.max(bytes, alignLine(sharedBytes) + alignLine(sumBytes) + threads * alignLine(privateBytes));
  }
  return bytes + keptPanels(plan, options).bytes;
}

const groupOf = ({ groups }: GroupedPlan, kernel: number): BatchGroup | undefined => groups.find(({ first, end }) => first <= kernel && kernel < end);

interface GroupMemory {
  /** Of each thread: the group's own buffers, then what a kernel packs of a part, its partial sums, and its private scratch memory. */
  readonly threadBytes: number;
  readonly packedAt: number;
  readonly sumsAt: number;
  readonly privateAt: number;
  /** By kernel number, bytes that it packs of a part. */
  readonly packed: ReadonlyMap<number, number>;
}

function groupMemory(plan: GroupedPlan, { first, end, parts, ownBytes }: BatchGroup, options: WayOptions): GroupMemory {
  const packed = new Map<number, number>();
  let [most, mostSums] = [0, 0];
  for (let i = first; i < end; i++) {
    const kernel = plan.kernels[i] as Kernel;
    if (kernel.kind === 'row') most = Math.max(most, analyzeRowBlocks(kernel)?.privateBytes ?? 0);
    if (kernel.kind !== 'contract') continue;
    const { sharedBytes, sumBytes, privateBytes } = analyzeContract(kernel, plan.buffers, options.tuning);
    mostSums = Math.max(mostSums, sumBytes / parts);
    packed.set(i, kernel.batchAxes.length > 0 ? sharedBytes / parts : 0);
    most = Math.max(most, privateBytes);
  }
  const packedAt = alignLine(ownBytes);
  const sumsAt = packedAt + alignLine(Math.max(0, ...packed.values()));
  const privateAt = sumsAt + alignLine(mostSums);
  return { threadBytes: privateAt + alignLine(most), packedAt, sumsAt, privateAt, packed };
}

interface KeptPanels {
  /** By kernel number, where in the scratch memory its packed right factor lies, in bytes. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly bytes: number;
}

/**
 * A right factor that a loop does not change (a recurrent layer's weights) is packed once, ahead of the loop, into
 * memory that nobody else uses while it runs: a third of an LSTM's barriers were for packing it at every step.
 * The same holds for what all parts of a batch have in common.
 */
function keptPanels(plan: GroupedPlan, options: WayOptions): KeptPanels {
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const { first, end } of plan.loops) {
    const written = new Set(plan.kernels.slice(first, end).flatMap(accessesOf).flatMap(({ access: { buffer }, isStore }) => (isStore ? [plan.buffers[buffer]?.window?.of ?? buffer] : [])));
    let offset = 0;
    for (let i = first; i < end; i++) {
      const kernel = plan.kernels[i] as Kernel;
      if (kernel.kind !== 'contract' || filteringOf(kernel, options) !== undefined) continue;
      const { packsRight, b, sharedBytes } = analyzeContract(kernel, plan.buffers, options.tuning);
      if (!packsRight || plan.buffers[b.buffer]?.window !== undefined || written.has(b.buffer)) continue;
      offsets.set(i, offset);
      offset += alignLine(sharedBytes);
    }
    bytes = Math.max(bytes, offset);
  }
  for (const { first, end } of plan.groups) {
    let offset = 0;
    for (let i = first; i < end; i++) {
      const kernel = plan.kernels[i] as Kernel;
      if (kernel.kind !== 'contract' || kernel.batchAxes.length > 0) continue;
      const { packsRight, sharedBytes } = analyzeContract(kernel, plan.buffers, options.tuning);
      if (!packsRight) continue;
      offsets.set(i, offset);
      offset += alignLine(sharedBytes);
    }
    bytes = Math.max(bytes, offset);
  }
  return { offsets, bytes };
}

const alignLine = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export function buildPlanModule(plan: GroupedPlan, addresses: PlanAddresses, options: ModuleOptions): PlanModule {
  const works = plan.kernels.map((_, i) => kernelWork(plan, i));
  const { functions, exported, warmSizes } = emitPlanFunctions(plan, works, addresses, options);
  return {
    bytes: assembleModule(functions, exported, options.memory), functions: functions.filter((f) => !f.isImported).map((f) => ({ name: f.name, bytes: f.assemble().length })), warmSizes,
    work: { operations: works.reduce((sum, { operations }) => sum + operations, 0), bytes: works.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

/** Every function of the module, in order, and those that JavaScript calls. */
function emitPlanFunctions(plan: GroupedPlan, works: readonly KernelWork[], addresses: PlanAddresses, options: ModuleOptions): { readonly functions: readonly FunctionBuilder[]; readonly exported: readonly FunctionBuilder[]; readonly warmSizes: WarmUp['sizes'] } {
  const clockImport = new FunctionBuilder(CLOCK, [], ['i32'], true);
  const m = new ModuleBuilder(options.relaxed, options.times === undefined ? [] : [clockImport]);
  const known = new Map<string, KernelCode>();
  const calls = plan.kernels.map((kernel) => {
    const used = buffersOf(kernel);
    const key = kernelKey(kernel, used, plan.buffers);
    let functions = known.get(key);
    if (functions === undefined) known.set(key, (functions = emitKernelFunctions(m, kernel, used, plan.buffers, options)));
    return { ...functions, used };
  });
  const run = new FunctionBuilder('run', ['i32', 'i32']);
  const barrier = options.memory.shared ? m.add(barrierFunction()) : undefined;
  const exported: FunctionBuilder[] = [];
  /** The address of a buffer in the present iteration, which is in a local. */
  const pushAddress = (id: BufferId, iteration: Local | undefined): void => {
    const { window, dtype } = plan.buffers[id] as PlanBuffer;
    if (window === undefined) {
      run.i32(addresses.address(plan.buffers[id] as PlanBuffer));
      return;
    }
    const bytes = bytesPerElement(dtype);
    run.i32(addresses.address(plan.buffers[window.of] as PlanBuffer) + window.first * bytes);
    if (iteration === undefined || window.step === 0) return;
    run.get(iteration);
    if (window.period !== undefined) run.i32(window.period).op('i32RemU');
    run.i32(window.step * bytes).op('i32Mul').op('i32Add');
  };
  const kept = keptPanels(plan, options);
  const watch = options.times === undefined ? undefined : new Stopwatch(run, m.functions.indexOf(clockImport), options.times, plan.kernels.length);
  const emitCall = (i: number, iteration: Local | undefined, which: 'all' | 'packing' | 'work' = 'all'): void => {
    const { phases, scratch, used } = calls[i] as (typeof calls)[number];
    const panels = kept.offsets.get(i);
    const shared = panels === undefined ? addresses.scratch + kept.bytes : addresses.scratch + panels;
    for (const index of which === 'packing' ? phases.slice(0, 1) : which === 'work' ? phases.slice(1) : phases) {
      run.get(0).get(1);
      for (const id of used) pushAddress(id, iteration);
      if (scratch !== undefined) {
        const sums = addresses.scratch + kept.bytes + (panels === undefined ? alignLine(scratch.sharedBytes) : 0);
        const sumBytes = scratch.sumBytes ?? 0;
        if (sumBytes > 0) run.i32(sums);
        run.i32(shared);
        run.get(0).i32(alignLine(scratch.privateBytes)).op('i32Mul').i32(sums + alignLine(sumBytes)).op('i32Add');
      }
      run.call(index);
      watch?.read(i, 'work');
      if (barrier === undefined) continue;
      run.get(1).call(barrier);
      watch?.read(i, 'wait');
    }
  };
  const emitGroup = (group: BatchGroup): void => {
    const memory = groupMemory(plan, group, options);
    const packing = (i: number): void => {
      const { phases, used, scratch } = calls[i] as (typeof calls)[number];
      run.get(0).get(1);
      for (const id of used) pushAddress(id, undefined);
      if ((scratch?.sumBytes ?? 0) > 0) run.i32(0);
      run.i32(addresses.scratch + (kept.offsets.get(i) as number)).i32(0).call(phases[0] as number);
    };
    /** A kernel's share of a part, as if there were a thread for each part. */
    const work = (i: number, part: Local): void => {
      const { phases, scratch, used } = calls[i] as (typeof calls)[number];
      const panels = kept.offsets.get(i);
      const threadMemory = (at: number): FunctionBuilder => run.get(0).i32(memory.threadBytes).op('i32Mul').i32(addresses.scratch + kept.bytes + at).op('i32Add');
      /** So far ahead that the part's own place is where that begins. */
      const before = (stepBytes: number): FunctionBuilder => run.get(part).i32(stepBytes).op('i32Mul').op('i32Sub');
      for (const index of panels === undefined ? phases : phases.slice(1)) {
        run.get(part).i32(group.parts);
        for (const id of used) {
          const own = group.own.get(id);
          const bytes = bytesPerElement((plan.buffers[id] as PlanBuffer).dtype);
          if (own === undefined) pushAddress(id, undefined);
          else {
            threadMemory(own.offset - own.first * bytes);
            before(own.step * bytes);
          }
        }
        if (scratch !== undefined) {
          if ((scratch.sumBytes ?? 0) > 0) {
            threadMemory(memory.sumsAt);
            before((scratch.sumBytes ?? 0) / group.parts);
          }
          if (panels !== undefined) run.i32(addresses.scratch + panels);
          else {
            threadMemory(memory.packedAt);
            before(memory.packed.get(i) ?? 0);
          }
          threadMemory(memory.privateAt);
        }
        run.call(index);
      }
    };
    const numbers = Array.from({ length: group.end - group.first }, (_, i) => group.first + i);
    const packed = numbers.filter((i) => kept.offsets.has(i));
    for (const i of packed) {
      packing(i);
      watch?.read(i, 'work');
    }
    const meet = (i: number | undefined): void => {
      if (barrier === undefined || i === undefined) return;
      run.get(1).call(barrier);
      watch?.read(i, 'wait');
    };
    meet(packed.at(-1));
    const { begin, end } = threadShare(run, group.parts / group.inTurn);
    for (const at of [begin, end]) run.get(at).i32(group.inTurn).op('i32Mul').set(at);
    run.get(begin).get(end).op('i32LtU').if(() => run.loop(() => {
      for (const i of numbers) {
        work(i, begin);
        watch?.read(i, 'work');
      }
      run.increment(begin, 1);
      run.get(begin).get(end).op('i32LtU').branchIf(0);
    }));
    meet(numbers.at(-1));
  };
  let next = 0;
  const emitUpTo = (end: number): void => {
    while (next < end) {
      const group = groupOf(plan, next);
      if (group === undefined) emitCall(next++, undefined);
      else {
        emitGroup(group);
        next = group.end;
      }
    }
  };
  for (const loop of plan.loops) {
    emitUpTo(loop.first);
    const iteration = run.local('i32');
    run.i32(0).set(iteration);
    for (let i = loop.first; i < loop.end; i++) if (kept.offsets.has(i)) emitCall(i, undefined, 'packing');
    run.loop(() => {
      for (; next < loop.end; next++) emitCall(next, iteration, kept.offsets.has(next) ? 'work' : 'all');
      run.increment(iteration, 1);
      run.get(iteration).i32(loop.count).op('i32LtU').branchIf(0);
    });
  }
  emitUpTo(plan.kernels.length);
  const runIndex = m.add(run);
  exported.push(run);
  if (options.memory.shared) {
    const worker = workerFunction(runIndex);
    const step = stepFunction(runIndex);
    m.add(worker);
    m.add(step);
    exported.push(worker, step);
  }
  const warm = emitWarmUp(m.functions, works.map(({ operations, bytes, runs }, i) => ({ phases: calls[i]?.phases ?? [], operations: operations / runs, bytes: bytes / runs })));
  m.add(warm.f);
  exported.push(warm.f);
  return { functions: m.functions, exported, warmSizes: warm.sizes };
}

interface KernelCode {
  /** Functions to be called one after the other, each complete on all threads before the next. */
  readonly phases: readonly number[];
  readonly scratch: ScratchNeeds | undefined;
}
interface ScratchNeeds {
  readonly sharedBytes: number;
  readonly privateBytes: number;
  /** Where it has any, the functions take their address ahead of the other two. */
  readonly sumBytes?: number;
}

function emitKernelFunctions(m: ModuleBuilder, kernel: Kernel, used: readonly BufferId[], buffers: readonly PlanBuffer[], { tuning, winograd }: ModuleOptions): KernelCode {
  const bufferParam = (id: BufferId): Local => 2 + used.indexOf(id);
  const params = ['i32', 'i32', ...used.map(() => 'i32' as const)] as const;
  const withScratch = (name: string, addresses = 2): FunctionBuilder => new FunctionBuilder(name, [...params, ...Array.from({ length: addresses }, () => 'i32' as const)]);
  if (kernel.kind === 'contract') {
    const filtering = filteringOf(kernel, { winograd });
    if (filtering !== undefined) {
      const main = withScratch(kernel.name);
      const other = withScratch(`${kernel.name} ${filtering.kind === 'filter' ? 'filter' : 'finish'}`);
      const [first, second] = filtering.kind === 'filter' ? [other, main] : [main, other];
      emitWinograd({ m, shape: filtering, buffers, bufferParam, tuning }, first, second);
      return { phases: [m.add(first), m.add(second)], scratch: filtering };
    }
    const shape = analyzeContract(kernel, buffers, tuning);
    const places = shape.sumBytes > 0 ? 3 : 2;
    const main = withScratch(kernel.name, places);
    const pack = shape.packsRight ? withScratch(`${kernel.name} pack`, places) : undefined;
    emitContractKernel(m, pack, main, shape, buffers, bufferParam, tuning);
    return { phases: [...(pack === undefined ? [] : [m.add(pack)]), m.add(main)], scratch: shape };
  }
  if (kernel.kind === 'row') {
    const blocks = analyzeRowBlocks(kernel);
    const row = blocks === undefined ? new FunctionBuilder(kernel.name, params) : withScratch(kernel.name);
    emitRowKernel(m, row, kernel, buffers, bufferParam, blocks);
    return { phases: [m.add(row)], scratch: blocks };
  }
  const f = new FunctionBuilder(kernel.name, params);
  if (kernel.kind === 'map') emitMapKernel(m, f, kernel, buffers, bufferParam);
  else emitScatterKernel(m, f, kernel, buffers, bufferParam);
  return { phases: [m.add(f)], scratch: undefined };
}

/** Buffers that a kernel touches, in the order in which it names them. */
function buffersOf(kernel: Kernel): BufferId[] {
  const ids: BufferId[] = [];
  JSON.stringify(kernel, (key, value: unknown) => {
    if (key === 'buffer' && typeof value === 'number' && !ids.includes(value)) ids.push(value);
    return value;
  });
  return ids;
}

/** Equal for kernels that are the same code on other buffers: the layers of a deep network share theirs. */
function kernelKey(kernel: Kernel, used: readonly BufferId[], buffers: readonly PlanBuffer[]): string {
  const body = JSON.stringify({ ...kernel, name: '', origins: [] }, (key, value: unknown) => {
    if (key === 'buffer' && typeof value === 'number') return used.indexOf(value);
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : Object.is(value, -0) ? '-0' : value;
  });
  return `${used.map((id) => buffers[id]?.dtype).join()}|${body}`;
}

/** barrier(threads): returns when all have come. The last wakes those who fell asleep. */
function barrierFunction(): FunctionBuilder {
  const f = new FunctionBuilder('barrier', ['i32']);
  const [target, now, spins, naps] = f.locals('i32', 4) as [Local, Local, Local, Local];
  f.get(0).i32(1).op('i32Eq').if(() => f.op('return'));
  // The n-th arrival belongs to the round that ends at the next multiple of the number of threads.
  f.i32(CONTROL.barrier).i32(1).atomicAdd().tee(now).get(0).op('i32DivU').i32(1).op('i32Add').get(0).op('i32Mul').set(target);
  f.get(now).i32(1).op('i32Add').get(target).op('i32Eq').if(() => {
    f.i32(CONTROL.sleepers).atomicLoad().if(() => f.i32(CONTROL.barrier).i32(0x7fffffff).atomicNotify().op('drop'));
    f.op('return');
  });
  f.i32(BARRIER_SPINS).set(spins);
  return f.loop(() => {
    f.i32(CONTROL.barrier).atomicLoad().tee(now).get(target).op('i32Sub').i32(0).op('i32GeS').if(() => f.op('return'));
    f.get(spins).if(() => f.increment(spins, -1), () => {
      f.i32(CONTROL.sleepers).i32(1).atomicAdd().op('drop');
      f.i32(CONTROL.barrier).get(now).atomicWait(NAP_NANOSECONDS).op('drop');
      f.i32(CONTROL.sleepers).i32(-1).atomicAdd().op('drop');
      giveUp(f, naps);
    });
    f.branch(0);
  });
}

/** Count a nap; trap after too many. */
function giveUp(f: FunctionBuilder, naps: Local): void {
  f.increment(naps, 1);
  f.get(naps).i32(MOST_NAPS).op('i32GtS').if(() => f.op('unreachable'));
}

/** worker(index, threads): wait for the go, run, report, until told to leave. */
function workerFunction(run: number): FunctionBuilder {
  const f = new FunctionBuilder('worker', ['i32', 'i32']);
  const [seen, spins] = f.locals('i32', 2) as [Local, Local];
  // Who enters has been announced by a go of its own: the count starts at what it was then.
  f.i32(0).set(seen);
  return f.loop(() => {
    f.i32(IDLE_SPINS).set(spins);
    f.block(() => f.loop(() => {
      f.i32(CONTROL.go).atomicLoad().get(seen).op('i32Ne').branchIf(1);
      f.get(spins).if(() => f.increment(spins, -1), () => f.i32(CONTROL.go).get(seen).atomicWait(-1).op('drop'));
      f.branch(0);
    }));
    f.i32(CONTROL.go).atomicLoad().set(seen);
    f.i32(CONTROL.command).atomicLoad().i32(COMMAND.leave).op('i32Eq').if(() => {
      f.i32(CONTROL.done).i32(1).atomicAdd().op('drop').i32(CONTROL.done).i32(1).atomicNotify().op('drop').op('return');
    });
    f.get(0).get(1).call(run);
    f.i32(CONTROL.done).i32(1).atomicAdd().op('drop').i32(CONTROL.done).i32(1).atomicNotify().op('drop');
    f.branch(0);
  });
}

/** step(threads): the caller's side of one step: announce it, take part in it, wait for the others. */
function stepFunction(run: number): FunctionBuilder {
  const f = new FunctionBuilder('step', ['i32']);
  const [now, spins, naps] = f.locals('i32', 3) as [Local, Local, Local];
  f.i32(CONTROL.barrier).i32(0).atomicStore().i32(CONTROL.done).i32(0).atomicStore();
  f.i32(CONTROL.go).i32(1).atomicAdd().op('drop').i32(CONTROL.go).i32(0x7fffffff).atomicNotify().op('drop');
  f.i32(0).get(0).call(run);
  f.i32(BARRIER_SPINS).set(spins);
  return f.loop(() => {
    f.i32(CONTROL.done).atomicLoad().tee(now).get(0).i32(1).op('i32Sub').op('i32Eq').if(() => f.op('return'));
    f.get(spins).if(() => f.increment(spins, -1), () => {
      f.i32(CONTROL.done).get(now).atomicWait(NAP_NANOSECONDS).op('drop');
      giveUp(f, naps);
    });
    f.branch(0);
  });
}
