/**
 * From a plan to what the GPU runs: WGSL modules with their bindings and grids, the copies between them, and
 * the layout of the arena. A pure function of the plan and of one limit, so that it can be printed and tested.
 */
import type { BufferId, Loop, Plan } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import { type CodeOptions, type Dispatch, KernelCode, type Place } from './code.ts';
import { DISPATCH_COST } from './contract-tiles.ts';
import { halfBuffers } from './halves.ts';
import { type Job, type JobOptions, jobsOf } from './jobs.ts';
import { type Layout, layoutOf } from './layout.ts';
import { recurrentJob } from './recurrence.ts';
import { type PlanJob, type WorkBuffer, levelsOf, placeOnLevels } from './levels.ts';

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
  /** Elements of the arena of halves; 0 for none. */
  readonly halves: number;
  readonly commands: readonly Command[];
  /** Commands that run several times in turn, as in the plan. */
  readonly loops: readonly Loop[];
}

export interface GenerateOptions extends JobOptions, CodeOptions {
  /** Whether activations may be kept in half precision (default false), by a device with the feature shader-f16. */
  readonly halves?: boolean;
  /** Storage buffers that a shader may bind (at least 2). */
  readonly storageBuffers?: number;
}

export function generate(plan: Plan, options: GenerateOptions = {}): GpuProgram {
  const halves = options.halves === true ? halfBuffers(plan) : new Set<BufferId>();
  const maxStates = (options.storageBuffers ?? DEFAULT_STORAGE_BUFFERS) - (halves.size > 0 ? 2 : 1);
  let nextBuffer = Math.max(0, ...plan.buffers.map((b) => b.id + 1));
  const work: WorkBuffer[] = [];
  const newBuffer = (dtype: DType, length: number): BufferId => {
    work.push({ id: nextBuffer, dtype, length });
    return nextBuffer++;
  };
  const tooManyStates = (job: Job): boolean => statesOf([job], plan).size > maxStates;
  /** Loops that are one job, by the number of their first kernel. */
  const whole = new Map(options.workgroupMemory === false ? [] : plan.loops.flatMap((loop): [number, { readonly loop: Loop; readonly job: Job }][] => {
    const job = recurrentJob(plan, loop);
    return job === undefined || tooManyStates(job) ? [] : [[loop.first, { loop, job }]];
  }));
  const jobs = plan.kernels.map((kernel, i): PlanJob[] => {
    const here = whole.get(i);
    if (here !== undefined) return [{ ...here.job, alone: false }];
    if ([...whole.values()].some(({ loop }) => loop.first <= i && i < loop.end)) return [];
    return jobsOf(kernel, newBuffer, options).map((job) => ({ ...job, alone: tooManyStates(job) }));
  });
  const levels = levelsOf(plan, jobs, plan.loops.filter(({ first }) => !whole.has(first)));
  const placement = placeOnLevels(levels, plan, work, halves);
  const layout = layoutOf(plan, placement, work, halves);
  const commands: Command[] = [];
  const loops: Loop[] = [];
  let arenaWords = Math.max(4, layout.words);

  const emitLevel = (onLevel: readonly PlanJob[]): void => {
    for (const together of groupJobs(onLevel, plan, maxStates)) {
      const staged = stageStates(together, plan, layout, maxStates);
      arenaWords = Math.max(arenaWords, staged.end);
      commands.push(...staged.before, { kind: 'dispatch', ...emitJobs(together, staged.place, options) }, ...staged.after);
    }
  };
  for (const level of levels) {
    if (level.kind === 'jobs') emitLevel(level.jobs);
    else {
      const first = commands.length;
      for (const { jobs: inside } of level.levels) emitLevel(inside);
      loops.push({ first, end: commands.length, count: level.count });
    }
  }
  return { layout, arenaWords, halves: placement.halves, commands, loops };
}

function emitJobs(jobs: readonly Job[], place: (buffer: BufferId) => Place, options: CodeOptions): Dispatch {
  const code = new KernelCode(place, options);
  const threads = threadsFor(jobs);
  return code.finish(jobs.map((job) => job.emit(code, threads)));
}

/** What jobs lose by workgroups of one size, together. */
const lossOf = (jobs: readonly Job[], threads: number): number => jobs.reduce((sum, job) => sum + job.loss(threads), 0);

/** The size of workgroups by which the jobs lose least; among equals, what suits the job with most work. */
function threadsFor(jobs: readonly Job[]): number {
  const sizes = [...jobs].sort((a, b) => b.work - a.work).map(({ threads }) => threads);
  return sizes.reduce((best, size) => (lossOf(jobs, size) < lossOf(jobs, best) ? size : best));
}

/** Jobs of a level that share a dispatch: those that lose less by each other's workgroups than one more dispatch takes, and bind no more states than may be. */
function groupJobs(jobs: readonly PlanJob[], plan: Plan, maxStates: number): readonly (readonly PlanJob[])[] {
  const groups: PlanJob[][] = [];
  for (const job of [...jobs].sort((a, b) => b.work - a.work)) {
    const fits = (group: readonly PlanJob[]): boolean => {
      if (job.alone || group.some(({ alone }) => alone)) return false;
      const together = [...group, job];
      return lossOf(together, threadsFor(together)) - lossOf(group, threadsFor(group)) <= DISPATCH_COST && statesOf(together, plan).size <= maxStates;
    };
    const group = groups.find(fits);
    if (group === undefined) groups.push([job]);
    else group.push(job);
  }
  return groups;
}

/** The states that jobs touch, and whether they write them. */
function statesOf(jobs: readonly Job[], { buffers }: Plan): ReadonlyMap<BufferId, boolean> {
  const written = new Map<BufferId, boolean>();
  for (const { buffer, isStore } of jobs.flatMap((job) => job.touches)) {
    if (buffers[buffer]?.role === 'state') written.set(buffer, isStore || written.get(buffer) === true);
  }
  return written;
}

/** Moves states that cannot be bound into the arena, behind all else, for the time of the jobs. */
function stageStates(jobs: readonly Job[], plan: Plan, layout: Layout, maxStates: number): { readonly before: StateCopy[]; readonly after: StateCopy[]; readonly place: (buffer: BufferId) => Place; readonly end: number } {
  const places = new Map<BufferId, Place>(layout.places);
  const written = statesOf(jobs, plan);
  const before: StateCopy[] = [];
  const after: StateCopy[] = [];
  let end = layout.words;
  // The smallest states are moved: the copies cost least.
  const length = (id: BufferId): number => plan.buffers[id]?.length ?? 0;
  const excess = [...written.keys()].sort((a, b) => length(a) - length(b)).slice(0, Math.max(0, written.size - maxStates));
  for (const id of excess) {
    const place = places.get(id);
    if (place?.state === undefined) continue;
    const words = place.format === 'u8' ? Math.ceil(length(id) / 4) : length(id);
    const first = end;
    end += Math.ceil(words / 4) * 4;
    places.set(id, { ...place, state: undefined, words: first });
    const copy = { kind: 'copy' as const, state: place.state, first, words };
    before.push({ ...copy, toArena: true });
    if (written.get(id) === true) after.push({ ...copy, toArena: false });
  }
  const place = (buffer: BufferId): Place => {
    const found = places.get(buffer);
    if (found === undefined) throw new Error(`${jobs.map(({ name }) => `'${name}'`).join(', ')}: there is no buffer ${buffer} in the plan`);
    return found;
  };
  return { before, after, place, end };
}

/** The WGSL of every dispatch of the plan, for `explain`. */
export function emitWgsl(plan: Plan): { readonly kernel: string; readonly wgsl: string }[] {
  return generate(plan).commands.flatMap((c) => (c.kind === 'dispatch' ? [{ kernel: c.name, wgsl: c.wgsl }] : []));
}
