/**
 * Which jobs run side by side. A dispatch waits for the one before it (they share the arena), so that a step's time on
 * a GPU is first of all the number of its dispatches. Jobs that do not depend on each other are put on one level, and a
 * level is one dispatch; a plan has as many levels as its longest chain of jobs.
 */
import { placeLifetimes } from '../../compile/memory.ts';
import { type BufferId, type Loop, type Plan, type PlanBuffer, windowStart } from '../../compile/plan.ts';
import type { DType } from '../../tensor/ir.ts';
import { type Job, type Touch, wholeTouch } from './jobs.ts';

/** Bytes of an element of the arena. */
const WORD = 4;

/** A buffer that a kernel's jobs have between them. */
export interface WorkBuffer {
  readonly id: BufferId;
  readonly dtype: DType;
  readonly length: number;
}

/** A job of the plan; one that is alone has its dispatch to itself, with copies around it. */
export interface PlanJob extends Job {
  readonly alone: boolean;
}

/** Jobs side by side, or a loop over such. */
export type Level =
  | { readonly kind: 'jobs'; readonly jobs: readonly PlanJob[] }
  | { readonly kind: 'loop'; readonly count: number; readonly levels: readonly (Level & { kind: 'jobs' })[] };

/** What is ordered: jobs, and loops as a whole. */
type Item = { readonly kind: 'job'; readonly job: PlanJob; readonly touches: readonly Touch[] } | { readonly kind: 'loop'; readonly loop: Level & { kind: 'loop' }; readonly touches: readonly Touch[] };

/** `jobs` are those of each kernel; `loops` those of the plan's loops that are no job of their own. */
export function levelsOf(plan: Plan, jobs: readonly (readonly PlanJob[])[], loops: readonly Loop[] = plan.loops): readonly Level[] {
  const overlap = overlapsOf(plan);
  const items: Item[] = [];
  for (let kernel = 0; kernel < plan.kernels.length; kernel++) {
    const loop = loops.find(({ first }) => first === kernel);
    if (loop === undefined) {
      for (const job of jobs[kernel] ?? []) items.push({ kind: 'job', job, touches: job.touches });
      continue;
    }
    const inner = jobs.slice(loop.first, loop.end).flat().map((job): Item => ({ kind: 'job', job, touches: job.touches }));
    const levels = arrange(inner, overlap.within(loop.count), plan).filter((level) => level.kind === 'jobs');
    // Seen from outside, a loop touches all of what its windows move over.
    const touches = inner.flatMap((item) => item.touches).map(wholeTouch);
    items.push({ kind: 'loop', loop: { kind: 'loop', count: loop.count, levels }, touches });
    kernel = loop.end - 1;
  }
  return arrange(items, overlap.always, plan);
}

type Overlaps = (a: Touch, b: Touch) => boolean;

/** Where in memory touches are, and whether two of them meet. */
function overlapsOf({ buffers, clearedBytes }: Plan): { readonly key: (touch: Touch) => string; readonly always: Overlaps; readonly within: (iterations: number) => Overlaps } {
  /** States are themselves; images with margins of zeros share places among each other, windows lie in what they show. */
  const key = ({ buffer }: Touch): string => keyOf(buffers, buffer, clearedBytes);
  const spot = (touch: Touch): { from: number; end: number } => {
    const found = buffers[touch.buffer];
    if (found === undefined) return touch;
    if (found.window !== undefined) return { from: 0, end: Infinity };
    const first = isCleared(found, clearedBytes) ? found.offset / WORD : 0;
    return { from: first + touch.from, end: first + Math.min(touch.end, found.length) };
  };
  const meet = (a: { from: number; end: number }, b: { from: number; end: number }): boolean => a.from < b.end && b.from < a.end;
  /** Columns of one matrix that do not meet, though their rows do. */
  const apart = (a: Touch, b: Touch): boolean => a.buffer === b.buffer && a.stripes.some((one) => b.stripes.some((other) => one.period === other.period && !meet(one, other)));
  const always: Overlaps = (a, b) => key(a) === key(b) && meet(spot(a), spot(b)) && !apart(a, b);
  const within = (iterations: number): Overlaps => (a, b) => {
    const [one, other] = [buffers[a.buffer]?.window, buffers[b.buffer]?.window];
    if (one === undefined || other === undefined || one.of !== other.of || one.period !== other.period) return always(a, b);
    if (one.period === undefined && one.step !== other.step) return always(a, b);
    // Windows that move alike keep their distance; those that swing have been everywhere after a period.
    for (let i = 0; i < Math.min(iterations, one.period ?? 1); i++) {
      const [from, to] = [windowStart(one, i), windowStart(other, i)];
      if (meet({ from: from + a.from, end: from + a.end }, { from: to + b.from, end: to + b.end })) return true;
    }
    return false;
  };
  return { key, always, within };
}

const isCleared = (buffer: PlanBuffer, clearedBytes: number): boolean => buffer.role === 'temporary' && buffer.offset < clearedBytes;

function keyOf(buffers: readonly PlanBuffer[], id: BufferId, clearedBytes: number): string {
  const found = buffers[id];
  if (found?.window !== undefined) return keyOf(buffers, found.window.of, clearedBytes);
  if (found === undefined) return `work ${id}`;
  return found.role === 'state' ? `state ${found.name}` : isCleared(found, clearedBytes) ? 'cleared' : `${id}`;
}

/** Puts the items on as few levels as their order allows. */
function arrange(items: readonly Item[], overlap: Overlaps, plan: Plan): readonly Level[] {
  const before = dependencies(items, overlap, plan);
  const early: number[] = [];
  items.forEach((_, i) => early.push((before[i] ?? []).reduce((level, j) => Math.max(level, (early[j] ?? 0) + 1), 0)));
  const count = Math.max(0, ...early.map((level) => level + 1));
  const loopAt = new Set(items.flatMap((item, i) => (item.kind === 'loop' ? [early[i] ?? 0] : [])));
  // From the end: what fills memory waits until it is needed, what frees some goes first, and both keep away from loops, beside which nothing runs.
  const late = items.map(() => count - 1);
  const chosen = [...early];
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    if (item === undefined) continue;
    const [first, last] = [early[i] ?? 0, late[i] ?? 0];
    if (item.kind === 'job') {
      const wishes = Array.from({ length: last - first + 1 }, (_, d) => (fillsMemory(item.touches, plan) ? last - d : first + d));
      chosen[i] = wishes.find((level) => !loopAt.has(level)) ?? wishes[0] ?? first;
    }
    for (const j of before[i] ?? []) late[j] = Math.min(late[j] ?? 0, (chosen[i] ?? 0) - 1);
  }
  const levels: Level[] = [];
  for (let level = 0; level < count; level++) {
    const here = items.filter((_, i) => chosen[i] === level);
    const jobs = here.flatMap((item) => (item.kind === 'job' ? [item.job] : []));
    if (jobs.length > 0) levels.push({ kind: 'jobs', jobs });
    for (const item of here) if (item.kind === 'loop') levels.push(item.loop);
  }
  return levels;
}

/** Of each item, those before it that it must wait for. */
function dependencies(items: readonly Item[], overlap: Overlaps, plan: Plan): readonly (readonly number[])[] {
  const touched = new Map<string, { readonly item: number; readonly touch: Touch }[]>();
  let lastAlone: number | undefined;
  return items.map((item, i) => {
    const waits = new Set<number>();
    for (const touch of item.touches) {
      const key = keyOf(plan.buffers, touch.buffer, plan.clearedBytes);
      const others = touched.get(key) ?? [];
      for (const other of others) if (other.item !== i && (touch.isStore || other.touch.isStore) && overlap(touch, other.touch)) waits.add(other.item);
      touched.set(key, [...others, { item: i, touch }]);
    }
    const isAlone = item.kind === 'job' && item.job.alone;
    if (isAlone) for (let j = 0; j < i; j++) waits.add(j);
    else if (lastAlone !== undefined) waits.add(lastAlone);
    if (isAlone) lastAlone = i;
    return [...waits];
  });
}

/** Whether it writes more to the arena than it reads there. */
function fillsMemory(touches: readonly Touch[], { buffers }: Plan): boolean {
  const elements = (isStore: boolean): number => {
    const seen = new Map<BufferId, number>();
    for (const touch of touches) {
      const buffer = buffers[touch.buffer];
      const inArena = buffer === undefined || buffer.role === 'temporary' || buffer.role === 'window';
      if (touch.isStore === isStore && inArena) seen.set(touch.buffer, Math.max(seen.get(touch.buffer) ?? 0, Math.min(touch.end, buffer?.length ?? touch.end) - touch.from));
    }
    return [...seen.values()].reduce((sum, n) => sum + n, 0);
  };
  return elements(true) > elements(false);
}

/** Where buffers lie, in elements, and how many there are. */
export interface Placement {
  readonly first: ReadonlyMap<BufferId, number>;
  /** Of the arena, all of whose elements are words. */
  readonly words: number;
  /** Of the arena of halves. */
  readonly halves: number;
}

/** Where temporaries and work buffers lie in the arena, or in that of halves, by when they live on these levels. Margins of zeros stay at the beginning. */
export function placeOnLevels(levels: readonly Level[], plan: Plan, work: readonly WorkBuffer[], halves: ReadonlySet<BufferId> = new Set()): Placement {
  const lives = new Map<BufferId, { from: number; to: number; readonly loops: Set<number> }>();
  const touch = (id: BufferId, from: number, to: number, loop: number): void => {
    const life = lives.get(id);
    if (life === undefined) lives.set(id, { from, to, loops: new Set([loop]) });
    else {
      [life.from, life.to] = [Math.min(life.from, from), Math.max(life.to, to)];
      life.loops.add(loop);
    }
  };
  let time = 0;
  const spans: { readonly from: number; readonly to: number }[] = [];
  for (const level of levels) {
    if (level.kind === 'jobs') {
      for (const job of level.jobs) for (const { buffer } of job.touches) touch(plan.buffers[buffer]?.window?.of ?? buffer, time, time, -1);
      time++;
      continue;
    }
    const span = { from: time, to: time + level.levels.length - 1 };
    level.levels.forEach(({ jobs }, i) => {
      for (const { buffer } of jobs.flatMap((job) => job.touches)) {
        const { window } = plan.buffers[buffer] ?? {};
        // What a window shows lives on from one iteration to the next.
        if (window === undefined) touch(buffer, time + i, time + i, spans.length);
        else touch(window.of, span.from, span.to, spans.length);
      }
    });
    spans.push(span);
    time = span.to + 1;
  }
  // What is also used outside of a loop has its place all the while that the loop runs.
  for (const life of lives.values()) {
    if (life.loops.size === 1) continue;
    for (const loop of life.loops) {
      const span = spans[loop];
      if (span !== undefined) [life.from, life.to] = [Math.min(life.from, span.from), Math.max(life.to, span.to)];
    }
  }
  const [clearedWords, first] = [plan.clearedBytes / WORD, new Map<BufferId, number>()];
  const cleared = plan.buffers.filter((b) => isCleared(b, plan.clearedBytes));
  for (const { id, offset } of cleared) first.set(id, offset / WORD);
  const place = (buffers: readonly WorkBuffer[], from: number): number => {
    const wanted = buffers.flatMap(({ id, length }) => {
      const life = lives.get(id);
      return life === undefined ? [] : [{ id, bytes: length * WORD, from: life.from, to: life.to }];
    });
    const placement = placeLifetimes(wanted);
    wanted.forEach(({ id }, i) => first.set(id, from + (placement.offsets[i] ?? 0) / WORD));
    return from + placement.bytes / WORD;
  };
  // Bytes that kernels write lie elsewhere, a word each.
  const free = plan.buffers.filter((b) => b.role === 'temporary' && b.dtype !== 'u8' && !isCleared(b, plan.clearedBytes));
  const words = place([...free.filter(({ id }) => !halves.has(id)), ...work], clearedWords);
  return { first, words, halves: halves.size === 0 ? 0 : place(free.filter(({ id }) => halves.has(id)), cleared.some(({ id }) => halves.has(id)) ? clearedWords : 0) };
}
