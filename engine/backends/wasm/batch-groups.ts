/**
 * Kernels that walk the batch together. What a kernel writes for one sample is often read for that sample alone by the
 * kernels after it (a layer's normalisation, its attention, its perceptron). Run kernel by kernel, a whole batch of it goes
 * through memory each time. Here a thread takes a few samples through a run of kernels, then the next few: what passes
 * between them stays in its caches, and there is no barrier in between. What nobody else needs does not even have a place in the arena.
 */
import { accessesOf, axesOf, livesOf } from '../../compile/accesses.ts';
import { align, placeLifetimes } from '../../compile/memory.ts';
import type { Access, Affine, BufferId, ContractKernel, Kernel, Loop, MapKernel, Plan, PlanBuffer } from '../../compile/plan.ts';
import { AccessMapper, rebuildKernel } from '../../compile/rewrite-kernel.ts';
import { bytesPerElement } from '../../tensor/ir.ts';
import { type SumInSteps, type SumPlaces, isPlainSum, productInSteps, sumInSteps } from './batch-sums.ts';
import { lanesAlongRows } from './row-accumulators.ts';
import { analyzeRowBlocks } from './row-blocks.ts';

/** Fewer parts than this would leave threads without work; it is a rule of the plan, never of the number of threads. */
const LEAST_PARTS = 16;
/** Rows of a part of a product: fewer do not fill the register tiles. */
const LEAST_ROWS = 16;
/** Elements of a part of an elementwise kernel. */
const LEAST_ELEMENTS = 256;
/**
 * What one kernel touches of a part, weights included, should stay in the second-level cache until the next kernel has read it. On a
 * processor with 2 MB of it a ViT's step takes 0.95 of the time with half as much (weights' sums are added up more often), 0.9 with this or twice as much.
 */
const PART_BYTES = 1 << 19;
/**
 * Bytes that pass from kernel to kernel, of a whole batch. Less stays in the caches or comes back from them quickly: convolutional networks
 * that pass 2 to 6 MB took 1.02 of the time.
 */
const LEAST_GAIN_BYTES = 1 << 23;
const MOST_KERNELS = 64;

/** Kernels from number `first` up to `end`, run in turn for each of the parts 0 … parts - 1 of the batch: part g is the share that thread g of `parts` would have. */
export interface BatchGroup {
  readonly first: number;
  readonly end: number;
  readonly parts: number;
  /** So many parts one after the other are one thread's; `parts` is a multiple of it. */
  readonly inTurn: number;
  /** Buffers that lie in the memory of the thread instead of the arena, and hold a part at a time. */
  readonly own: ReadonlyMap<BufferId, OwnBuffer>;
  /** Of all `own` buffers, for each thread. */
  readonly ownBytes: number;
}
/** Element `first` + part · `step` of the buffer lies at byte `offset` of the thread's memory. */
export interface OwnBuffer {
  readonly offset: number;
  readonly first: number;
  readonly step: number;
}
export interface GroupedPlan extends Plan {
  readonly groups: readonly BatchGroup[];
}

/** Kernels that have another way of their own. */
type IsAlone = (kernel: ContractKernel) => boolean;

/** The plan with groups, where there are any that gain something: some of its kernels cut in two, and its arena given out anew. */
export function groupBatches(plan: Plan, isAlone: IsAlone): GroupedPlan {
  const candidates = plan.kernels.map((kernel, i) => (plan.loops.some(({ first, end }) => first <= i && i < end) ? undefined : candidateOf(kernel, plan.buffers, isAlone)));
  const found: Found[] = [];
  for (let first = 0; first < candidates.length; first++) {
    const members: Candidate[] = [];
    let finest = 0;
    for (let next = candidates[first]; next !== undefined && members.length < MOST_KERNELS; next = candidates[first + members.length]) {
      const parts = isConnected(members, next, plan) ? finestParts([...members, next], plan) : undefined;
      if (parts === undefined) break;
      members.push(next);
      finest = parts;
    }
    if (members.length < 2 || passedBytes(members, plan) < LEAST_GAIN_BYTES) continue;
    found.push({ first, end: first + members.length, members, parts: chooseParts(members, finest, plan), inTurn: 1 });
    first += members.length - 1;
  }
  return found.length === 0 ? { ...plan, groups: [] } : arrange(plan, found, isAlone);
}

/** Kernels from `first` up to `end` of the plan as it was, and those that are to run instead. */
interface Found {
  readonly first: number;
  readonly end: number;
  readonly members: Candidate[];
  readonly parts: number;
  inTurn: number;
}

function arrange(plan: Plan, found: readonly Found[], isAlone: IsAlone): GroupedPlan {
  const kernels = [...plan.kernels];
  const buffers = [...plan.buffers];
  for (const group of found) sumByPart(group, found, kernels, buffers, plan, isAlone);
  // Where the kernels of the plan as it was stand now.
  const numbers: number[] = [];
  const all: Kernel[] = [];
  const places: { readonly first: number; readonly end: number }[] = [];
  for (let i = 0; i < kernels.length; ) {
    const group = found.find(({ first }) => first === i);
    numbers[i] = all.length;
    if (group === undefined) {
      all.push(kernels[i++] as Kernel);
      continue;
    }
    for (const { kernel, needsCut } of group.members) all.push(needsCut ? cutFirstAxis(kernel, group.parts) : kernel);
    places.push({ first: numbers[i] as number, end: all.length });
    i = group.end;
  }
  const loops = plan.loops.map(({ first, end, count }): Loop => ({ first: numbers[first] as number, end: (numbers[first] as number) + end - first, count }));
  const arranged: Plan = { ...plan, kernels: all, buffers, loops };
  const groups = found.map(({ members, parts, inTurn }, i): BatchGroup => ({ ...(places[i] as BatchGroup), parts, inTurn, ...ownBuffers(places[i] as BatchGroup, members, parts, arranged) }));
  return { ...layAnew(arranged, groups), groups };
}

/** Sums over the batch that read what the group makes: their first step joins it, behind what it waits for. */
function sumByPart(group: Found, found: readonly Found[], kernels: Kernel[], buffers: PlanBuffer[], plan: Plan, isAlone: IsAlone): void {
  const written = new Set<BufferId>();
  for (let i = group.end; i < kernels.length; i++) {
    const kernel = kernels[i] as Kernel;
    const inRun = [...plan.loops, ...found].some(({ first, end }) => first <= i && i < end);
    const isReady = !inRun && !accessesOf(kernel).some(({ access, isStore }) => !isStore && written.has(access.buffer));
    const steps = isReady ? stepsOf(kernel, group.parts, { firstBuffer: buffers.length, offset: plan.arenaBytes }, isAlone) : undefined;
    if (steps !== undefined) {
      const grown = [...buffers, ...steps.buffers];
      const first = candidateOf(steps.byPart, grown, isAlone);
      const after = first === undefined ? -1 : behind(first, group.members);
      const members = first === undefined ? [] : group.members.toSpliced(after + 1, 0, { ...first, kernel: steps.ofParts });
      if (after >= 0 && staysTogether(members, group.parts, { ...plan, buffers: grown })) {
        group.members.splice(0, group.members.length, ...members);
        buffers.push(...steps.buffers);
        kernels[i] = steps.ofAll;
        if (kernel.kind === 'contract') group.inTurn = partsInTurn(group.parts) ?? 1;
      }
    }
    for (const { access, isStore } of accessesOf(kernel)) if (isStore) written.add(buffers[access.buffer]?.window?.of ?? access.buffer);
  }
}

function stepsOf(kernel: Kernel, parts: number, places: SumPlaces, isAlone: IsAlone): SumInSteps | undefined {
  if (kernel.kind === 'row' && isPlainSum(kernel)) return sumInSteps(kernel, parts, places);
  const inTurn = partsInTurn(parts);
  return inTurn !== undefined && kernel.kind === 'contract' && !isAlone(kernel) ? productInSteps(kernel, parts, inTurn, places) : undefined;
}

/** Parts that share a place for the sums of a product: as many as leave work for all threads. Undefined where there would be too many places. */
function partsInTurn(parts: number): number | undefined {
  const runs = divisors(parts).find((n) => n >= LEAST_PARTS);
  return runs === undefined || runs > 2 * LEAST_PARTS ? undefined : parts / runs;
}

/** The last of the members that such a kernel has to wait for, or that brings into the cache what it reads; -1 if they make nothing for it. */
function behind({ spans }: Candidate, members: readonly Candidate[]): number {
  const reads = [...spans].flatMap(([id, { isStored }]) => (isStored ? [] : [id]));
  const lastWriter = members.findLastIndex((member) => reads.some((id) => member.spans.get(id)?.isStored === true));
  return lastWriter < 0 ? -1 : Math.max(lastWriter, ...reads.map((id) => members.findIndex((member) => member.spans.has(id))));
}

/** A kernel whose work a thread's share cuts along one axis. */
interface Candidate {
  readonly kernel: Kernel;
  /** Size of that axis. */
  readonly extent: number;
  /** The largest number of parts that its code takes well. */
  readonly mostParts: number;
  /** It is the only one of its kind: for parts to be shares, it must become two. */
  readonly needsCut: boolean;
  readonly spans: ReadonlyMap<BufferId, Span>;
}

/** What a kernel touches of one buffer. */
interface Span {
  /** Elements from the beginning of the axis to its end; undefined where accesses differ in it or cannot be told. */
  readonly total: number | undefined;
  /** First and last element at the beginning of the axis. */
  readonly low: number;
  readonly high: number;
  readonly isStored: boolean;
}

function candidateOf(kernel: Kernel, buffers: readonly PlanBuffer[], isAlone: IsAlone): Candidate | undefined {
  const shared = sharedAxis(kernel, isAlone);
  if (shared === undefined || shared.extent < LEAST_PARTS) return undefined;
  const sizes = axesOf(kernel);
  const spans = new Map<BufferId, Span>();
  for (const { access, isStore } of accessesOf(kernel)) {
    const buffer = buffers[access.buffer];
    if (buffer === undefined || buffer.window !== undefined) return undefined;
    const span = spanOf(access, isStore, sizes, shared.extent);
    const known = spans.get(access.buffer);
    spans.set(access.buffer, known === undefined ? span : {
      total: known.total === span.total ? span.total : undefined, low: Math.min(known.low, span.low), high: Math.max(known.high, span.high), isStored: known.isStored || span.isStored,
    });
  }
  return { kernel, ...shared, spans };
}

function sharedAxis(kernel: Kernel, isAlone: IsAlone): Pick<Candidate, 'extent' | 'mostParts' | 'needsCut'> | undefined {
  const whole = (extent: number): Pick<Candidate, 'extent' | 'mostParts' | 'needsCut'> => ({ extent, mostParts: extent, needsCut: false });
  switch (kernel.kind) {
    case 'contract': {
      if (isAlone(kernel)) return undefined;
      const [batch] = kernel.batchAxes;
      const [rows] = kernel.mAxes;
      const needsCut = batch === undefined && kernel.mAxes.length === 1;
      if (batch !== undefined) return whole(batch);
      if (rows === undefined) return undefined;
      return needsCut ? { extent: rows, mostParts: Math.floor(rows / LEAST_ROWS), needsCut } : whole(rows);
    }
    case 'row': {
      const [rows] = kernel.rowAxes;
      // Rows side by side are shared in groups of vectors, or all together, unless there are others around them.
      if (rows === undefined || analyzeRowBlocks(kernel)?.together === true || (lanesAlongRows(kernel) && kernel.rowAxes.length === 1)) return undefined;
      return whole(rows);
    }
    case 'map': {
      const [points] = kernel.axes;
      if (points === undefined) return undefined;
      return kernel.axes.length > 1 ? whole(points) : { extent: points, mostParts: Math.floor(points / LEAST_ELEMENTS), needsCut: true };
    }
    case 'scatter':
      return undefined;
  }
}

function spanOf(access: Access, isStored: boolean, sizes: readonly number[], extent: number): Span {
  let [low, high] = [access.offset, access.offset];
  sizes.forEach((size, axis) => {
    const way = axis === 0 ? 0 : (access.strides[axis] ?? 0) * (size - 1);
    low += Math.min(way, 0);
    high += Math.max(way, 0);
  });
  return { total: access.indirect === undefined ? (access.strides[0] ?? 0) * extent : undefined, low, high, isStored };
}

/** What a kernel touches of a buffer in part 0 of so many. */
function inPart({ low, high, total }: Span, extent: number, parts: number): { readonly low: number; readonly high: number } {
  const way = ((total ?? 0) / extent) * (extent / parts - 1);
  return { low: low + Math.min(way, 0), high: high + Math.max(way, 0) };
}

/** Whether it goes on with something large of the others, sample by sample. */
function isConnected(members: readonly Candidate[], next: Candidate, { buffers }: Plan): boolean {
  if (members.length === 0) return true;
  return [...next.spans].some(([id, { total }]) => total !== undefined && total !== 0 && (buffers[id]?.length ?? 0) >= next.extent && members.some(({ spans }) => spans.get(id)?.total === total));
}

/** The largest number of parts into which these kernels can be cut so that no part needs anything of another; undefined if there is none. */
function finestParts(members: readonly Candidate[], plan: Plan): number | undefined {
  const common = members.reduce((n, { extent }) => gcd(n, extent), 0);
  const most = Math.min(...members.map(({ mostParts }) => mostParts));
  const parts = divisors(common).findLast((n) => n <= most);
  if (parts === undefined || parts < LEAST_PARTS) return undefined;
  const tooLarge = members.some((member) => partBytes(member, parts, plan).moving > PART_BYTES);
  return tooLarge || !staysTogether(members, parts, plan) ? undefined : parts;
}

/** Whether no part needs anything of another, nor of its place in memory. */
function staysTogether(members: readonly Candidate[], parts: number, plan: Plan): boolean {
  const all = touchesOf(members);
  return [...all].every(([id, touches]) => {
    if (!touches.some(({ span }) => span.isStored)) return true;
    const buffer = plan.buffers[id] as PlanBuffer;
    if (isCleared(buffer, plan) && [...all.keys()].some((other) => other !== id && meets(buffer, plan.buffers[other] as PlanBuffer, plan))) return false;
    return touches.length === 1 || staysInPart(touches, parts);
  });
}

interface TouchOf {
  readonly span: Span;
  readonly extent: number;
}

function touchesOf(members: readonly Candidate[]): Map<BufferId, TouchOf[]> {
  const touches = new Map<BufferId, TouchOf[]>();
  for (const { spans, extent } of members) for (const [id, span] of spans) (touches.get(id) ?? touches.set(id, []).get(id)!).push({ span, extent });
  return touches;
}

/** All move alike from part to part, and by at least as much as they reach together. */
function staysInPart(touches: readonly TouchOf[], parts: number): boolean {
  const total = touches[0]?.span.total;
  if (total === undefined || total <= 0 || touches.some(({ span }) => span.total !== total)) return false;
  const { low, high } = reach(touches, parts);
  return high - low < total / parts;
}

function reach(touches: readonly TouchOf[], parts: number): { readonly low: number; readonly high: number } {
  const ranges = touches.map(({ span, extent }) => inPart(span, extent, parts));
  return { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
}

const isCleared = ({ role, offset }: PlanBuffer, { clearedBytes }: Plan): boolean => role === 'temporary' && offset < clearedBytes;
const bytesOf = ({ length, dtype }: PlanBuffer): number => length * bytesPerElement(dtype);
/** Images with margins share places. */
const meets = (a: PlanBuffer, b: PlanBuffer, plan: Plan): boolean => isCleared(b, plan) && a.offset < b.offset + bytesOf(b) && b.offset < a.offset + bytesOf(a);

/** What a kernel touches of one part: what moves with it, and what all parts read. */
function partBytes({ spans, extent }: Candidate, parts: number, { buffers }: Plan): { readonly moving: number; readonly fixed: number } {
  let [moving, fixed] = [0, 0];
  for (const [id, span] of spans) {
    const { low, high } = inPart(span, extent, parts);
    const bytes = Math.min(buffers[id]?.length ?? 0, high - low + 1) * bytesPerElement(buffers[id]?.dtype ?? 'f32');
    if (span.total === 0) fixed += bytes;
    else moving += span.total === undefined ? 0 : bytes;
  }
  return { moving, fixed };
}

/** The coarsest cut whose parts stay in the cache: the fewer parts, the less often weights are read and tiles are cut off. */
function chooseParts(members: readonly Candidate[], finest: number, plan: Plan): number {
  const fits = (parts: number): boolean => members.every((member) => {
    const { moving, fixed } = partBytes(member, parts, plan);
    return moving + Math.min(fixed, PART_BYTES / 2) <= PART_BYTES;
  });
  return divisors(finest).find((parts) => parts >= LEAST_PARTS && fits(parts)) ?? finest;
}

/** Bytes of a whole batch that pass from one kernel to another. */
function passedBytes(members: readonly Candidate[], { buffers }: Plan): number {
  let bytes = 0;
  for (const [id, touches] of touchesOf(members)) {
    const total = touches[0]?.span.total;
    if (touches.length > 1 && total !== undefined && touches.some(({ span }) => span.isStored)) bytes += Math.abs(total) * bytesPerElement(buffers[id]?.dtype ?? 'f32');
  }
  return bytes;
}

/** The outermost axis of rows or points as two, so that the outer one counts parts. */
function cutFirstAxis<K extends ContractKernel | MapKernel>(kernel: K, parts: number): K;
function cutFirstAxis(kernel: Kernel, parts: number): Kernel;
function cutFirstAxis(kernel: Kernel, parts: number): Kernel {
  const cut = (axes: readonly number[]): readonly number[] => [parts, (axes[0] ?? 1) / parts, ...axes.slice(1)];
  const size = (axesOf(kernel)[0] ?? 1) / parts;
  const mapper = new AccessMapper(({ offset, strides }: Affine) => ({ offset, strides: [(strides[0] ?? 0) * size, ...strides] }));
  const rebuilt = rebuildKernel(kernel, mapper);
  if (rebuilt.kind === 'contract') {
    const { sliding: _, ...plain } = rebuilt;
    return { ...plain, mAxes: cut(rebuilt.mAxes) };
  }
  if (rebuilt.kind === 'map') return { ...rebuilt, axes: cut(rebuilt.axes) };
  throw new Error(`${kernel.name}: a ${kernel.kind} kernel is cut as it is`);
}

/** Temporaries that only these kernels touch: a thread needs a part of them at a time. */
function ownBuffers({ first, end }: Pick<BatchGroup, 'first' | 'end'>, members: readonly Candidate[], parts: number, plan: Plan): Pick<BatchGroup, 'own' | 'ownBytes'> {
  const elsewhere = new Set(plan.kernels.flatMap((kernel, i) => (first <= i && i < end ? [] : accessesOf(kernel).map(({ access }) => plan.buffers[access.buffer]?.window?.of ?? access.buffer))));
  const places: { readonly id: BufferId; readonly first: number; readonly step: number; readonly bytes: number; readonly from: number; readonly to: number }[] = [];
  for (const [id, touches] of touchesOf(members)) {
    const buffer = plan.buffers[id] as PlanBuffer;
    if (buffer.role !== 'temporary' || isCleared(buffer, plan) || elsewhere.has(id) || touches.length < 2 || !staysInPart(touches, parts)) continue;
    const { low, high } = reach(touches, parts);
    const users = members.flatMap(({ spans }, i) => (spans.has(id) ? [i] : []));
    places.push({ id, first: low, step: (touches[0]?.span.total ?? 0) / parts, bytes: (high - low + 1) * bytesPerElement(buffer.dtype), from: Math.min(...users), to: Math.max(...users) });
  }
  const { offsets, bytes } = placeLifetimes(places);
  return { own: new Map(places.map(({ id, first: low, step }, i) => [id, { offset: offsets[i] ?? 0, first: low, step }])), ownBytes: bytes };
}

/** The arena given out anew: a group is one moment, since its parts are at different kernels at the same time. */
function layAnew(plan: Plan, groups: readonly BatchGroup[]): Plan {
  const { buffers, kernels, loops, clearedBytes } = plan;
  const isOwn = (id: BufferId): boolean => groups.some(({ own }) => own.has(id));
  const momentOf = (i: number): { readonly from: number; readonly to: number } => {
    const run = [...loops, ...groups].find(({ first, end }) => first <= i && i < end);
    return run === undefined ? { from: i, to: i } : { from: run.first, to: run.end - 1 };
  };
  const lives = livesOf(plan, momentOf);
  // What only a loop touches keeps its place among the rest of the loop's, which was given out by the order within the loop.
  const blockOf = new Map<BufferId, number>();
  const blocks = loops.map(({ first, end }, block) => {
    const inside = buffers.filter((buffer) => {
      const life = lives.get(buffer.id);
      return buffer.role === 'temporary' && !isCleared(buffer, plan) && life !== undefined && life.from === first && life.to === end - 1;
    });
    for (const { id } of inside) blockOf.set(id, block);
    const offset = Math.min(...inside.map((buffer) => buffer.offset));
    return { offset, bytes: inside.length === 0 ? 0 : Math.max(...inside.map((buffer) => buffer.offset + align(bytesOf(buffer)))) - offset, from: first, to: end - 1 };
  });
  const moved = buffers.filter((buffer) => buffer.role === 'temporary' && !isCleared(buffer, plan) && !isOwn(buffer.id) && !blockOf.has(buffer.id));
  const placement = placeLifetimes([
    ...blocks,
    ...moved.map((buffer) => ({ bytes: bytesOf(buffer), ...(lives.get(buffer.id) ?? { from: 0, to: kernels.length - 1 }) })),
  ]);
  const places = new Map(moved.map(({ id }, i) => [id, clearedBytes + (placement.offsets[blocks.length + i] ?? 0)]));
  const placed = buffers.map((buffer): PlanBuffer => {
    const block = blockOf.get(buffer.id);
    if (block !== undefined) return { ...buffer, offset: clearedBytes + (placement.offsets[block] ?? 0) + buffer.offset - (blocks[block]?.offset ?? 0) };
    // What lies in the threads' memory has no place here.
    return { ...buffer, offset: isOwn(buffer.id) ? clearedBytes : (places.get(buffer.id) ?? buffer.offset) };
  });
  return { ...plan, buffers: placed, arenaBytes: clearedBytes + placement.bytes };
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
function divisors(n: number): number[] {
  const small: number[] = [];
  for (let d = 1; d * d <= n; d++) if (n % d === 0) small.push(d);
  return [...new Set([...small, ...small.map((d) => n / d)])].sort((a, b) => a - b);
}
