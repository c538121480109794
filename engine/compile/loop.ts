/**
 * A scan as a loop of the plan. Its body is compiled once, as a program of its own; this puts the body's
 * buffers into the plan's memory: windows that move over sequences and results, and temporaries that
 * every iteration uses anew.
 */
import { type Program, type Value, elementCount, makeProgram } from '../tensor/ir.ts';
import type { BufferId, Kernel, Loop, MapKernel, Plan, PlanBuffer, Window } from './plan.ts';
import { mapBuffers } from './rewrite-kernel.ts';

/** The memory of a loop besides the results that the plan wants of it, in bytes. */
export interface LoopMemory {
  /** Shared with whatever lives at other times. */
  readonly temporary: number;
  /** Zero from the start, and nobody else's. */
  readonly cleared: number;
}

export interface LoopPlan {
  readonly members: readonly Value<'scan'>[];
  /** The body as a plan: its inputs and outputs are what the loop binds to windows. */
  readonly inner: Plan;
  readonly memory: LoopMemory;
  /** Byte offsets within the temporary memory: each carry that is not kept at all times swings between two places. */
  readonly swings: ReadonlyMap<number, number>;
}

export interface LoopSurroundings {
  /** The buffer of a value of the plan: one of the scan's inputs or results. */
  bufferOf(value: Value): BufferId;
  /** Make a buffer and give its number. */
  add(buffer: Omit<PlanBuffer, 'id'>): BufferId;
  /** A kernel name that no other has. */
  unique(name: string): string;
  /** Where the loop's memory begins in the arena, in bytes. */
  readonly temporary: number;
  readonly cleared: number;
}

/** Each result of the loop as an output of the body's program. */
export function bodyProgram(members: readonly Value<'scan'>[]): Program {
  const { body } = first(members).attrs;
  const outputs = new Map<string, Value>(body.next.map((value, i) => [`next${i}`, value]));
  members.forEach(({ attrs: { result } }, i) => {
    if (result.kind === 'each') outputs.set(`each${i}`, result.value);
  });
  return makeProgram(outputs);
}

const first = (members: readonly Value<'scan'>[]): Value<'scan'> => {
  const [member] = members;
  if (member === undefined) throw new Error('a loop without results');
  return member;
};
const stackOf = (members: readonly Value<'scan'>[], carry: number): Value<'scan'> | undefined =>
  members.find(({ attrs: { result } }) => result.kind === 'stack' && result.carry === carry);

/** What the loop needs, before anything has a place. `align` rounds bytes up to where a buffer may begin. */
export function planLoop(members: readonly Value<'scan'>[], inner: Plan, align: (bytes: number) => number): LoopPlan {
  let temporary = align(inner.arenaBytes - inner.clearedBytes);
  const swings = new Map<number, number>();
  first(members).attrs.body.carries.forEach((leaf, i) => {
    if (stackOf(members, i) !== undefined) return;
    swings.set(i, temporary);
    temporary += align(2 * 4 * elementCount(leaf.shape));
  });
  return { members, inner, memory: { temporary, cleared: align(inner.clearedBytes) }, swings };
}

/** The loop's kernels, those that fill its first and copy its last values around them; `loop` counts from the first of them. */
export function emitLoop({ members, inner, swings }: LoopPlan, around: LoopSurroundings): { readonly kernels: readonly Kernel[]; readonly loop: Loop } {
  const scan = first(members);
  const { body, steps, reverse } = scan.attrs;
  const ids = new Map<BufferId, BufferId>();
  const buffer = (role: 'input' | 'output', name: string): PlanBuffer | undefined => inner.buffers.find((b) => b.role === role && b.name === name);
  const bind = (found: PlanBuffer | undefined, to: BufferId | Window): void => {
    if (found === undefined) return;
    ids.set(found.id, typeof to === 'number' ? to : around.add({ dtype: found.dtype, length: found.length, role: 'window', name: '', offset: 0, label: found.label, window: to }));
  };
  /** One slot of a sequence per iteration; `ahead` slots behind the iteration's own. */
  const along = (of: BufferId, slot: number, ahead = 0): Window => ({ of, first: ((reverse ? steps - 1 : 0) + ahead) * slot, step: reverse ? -slot : slot });

  body.slices.forEach((leaf, i) => bind(buffer('input', `slice${i}`), along(around.bufferOf(scan.inputs[i] as Value), elementCount(leaf.shape))));
  body.constants.forEach((_, i) => bind(buffer('input', `constant${i}`), around.bufferOf(scan.inputs[body.slices.length + body.carries.length + i] as Value)));
  members.forEach((member, i) => {
    if (member.attrs.result.kind === 'each') bind(buffer('output', `each${i}`), along(around.bufferOf(member), elementCount(member.shape.slice(1))));
  });
  const before: Kernel[] = [];
  const after: Kernel[] = [];
  const name = (what: string): { readonly name: string; readonly origins: readonly string[] } => ({ name: around.unique(`${scan.origin ?? 'scan'}.${what}`), origins: scan.origin === undefined ? [] : [scan.origin] });
  body.carries.forEach((leaf, i) => {
    const slot = elementCount(leaf.shape);
    const stack = stackOf(members, i);
    const swing = swings.get(i);
    const of = stack !== undefined ? around.bufferOf(stack)
      : around.add({ dtype: leaf.dtype, length: 2 * slot, role: 'temporary', name: '', offset: around.temporary + (swing ?? 0), label: `${scan.origin ?? 'scan'}.carry${i}` });
    // A stack holds the carries after each step, the initial one at its end where time begins.
    const [read, write]: readonly [Window, Window] = stack !== undefined ? [along(of, slot, reverse ? 1 : 0), along(of, slot, reverse ? 0 : 1)]
      : [{ of, first: 0, step: slot, period: 2 }, { of, first: slot, step: -slot, period: 2 }];
    bind(buffer('input', `carry${i}`), read);
    bind(buffer('output', `next${i}`), write);
    const start = stack === undefined ? 0 : reverse ? steps * slot : 0;
    const end = stack === undefined ? (steps % 2) * slot : reverse ? 0 : steps * slot;
    before.push(copy(name('initial'), leaf, slot, { buffer: around.bufferOf(scan.inputs[body.slices.length + i] as Value), offset: 0 }, { buffer: of, offset: start }));
    for (const member of members) {
      if (member.attrs.result.kind === 'last' && member.attrs.result.carry === i) after.push(copy(name('last'), leaf, slot, { buffer: of, offset: end }, { buffer: around.bufferOf(member), offset: 0 }));
    }
  });
  for (const own of inner.buffers) {
    if (ids.has(own.id)) continue;
    // Inputs that the body does not read have no use here either.
    if (own.role === 'input') continue;
    const { id: _, ...rest } = own;
    const offset = own.role !== 'temporary' ? 0 : own.offset < inner.clearedBytes ? around.cleared + own.offset : around.temporary + own.offset - inner.clearedBytes;
    ids.set(own.id, around.add({ ...rest, name: '', offset }));
  }
  const place = (id: BufferId): BufferId => {
    const found = ids.get(id);
    if (found === undefined) throw new Error(`the body of a loop uses buffer ${id}, which is bound to nothing`);
    return found;
  };
  const inside = inner.kernels.map((kernel) => ({ ...mapBuffers(kernel, place), name: around.unique(kernel.name), settles: true }));
  return { kernels: [...before, ...inside, ...after], loop: { first: before.length, end: before.length + inside.length, count: steps } };
}

interface Spot {
  readonly buffer: BufferId;
  readonly offset: number;
}

function copy(naming: { readonly name: string; readonly origins: readonly string[] }, { dtype }: Value, length: number, from: Spot, to: Spot): MapKernel {
  const at = { strides: [1], guards: [], fill: 0 };
  return { kind: 'map', ...naming, axes: [length], stores: [{ to: { ...to, ...at }, value: { kind: 'load', access: { ...from, ...at }, dtype }, dtype }] };
}
