/** The pipeline: prepare, cut into kernels, order them, lay out memory, emit the plan. Pure: the same program gives the same plan. */
import { type Program, type Value, bytesPerElement, elementCount, isOp } from '../tensor/ir.ts';
import { type Cluster, type Part, type PartContext, clusterParts } from './cluster.ts';
import { emitKernel } from './emit.ts';
import { type Layouts, type Storage, assignLayouts, convolutionMargins } from './layout.ts';
import { accessesOf } from './accesses.ts';
import { align, placeLifetimes } from './memory.ts';
import { isLeaf } from './op-kinds.ts';
import { type Partition, partition } from './partition.ts';
import { bodyProgram, emitLoop, planLoop } from './loop.ts';
import { inOnePass } from './one-pass.ts';
import type { BufferId, Kernel, Loop, Plan, PlanBuffer } from './plan.ts';
import { copyForImages, prepare } from './prepare.ts';
import { type Schedule, schedule } from './schedule.ts';
import { AxisSpace, axisLin } from './affine.ts';

export function compileProgram(source: Program): Plan {
  return compilePrepared(source, prepare(source));
}

function compilePrepared(source: Program, program: Program): Plan {
  const division = partition(program);
  const trial = partsOf(division, division.clusters, () => false);
  // What must lie without gaps for one reader cannot have a margin for another.
  const torn = new Set([...convolutionMargins(division, trial).keys()].filter((value) => division.dense.has(value)));
  if (torn.size > 0) return compilePrepared(source, copyForImages(program, torn));
  const order = schedule(program, division, trial);
  const layouts = assignLayouts(program, division, trial, order.homes);
  // Only concatenations depend on what lies in place already.
  const concatenations = division.clusters.filter((cluster) => cluster.kind === 'concat');
  const parts = new Map([...trial, ...partsOf(division, concatenations, (concat, i) => layouts.placed.get(concat)?.has(i) ?? false)]);
  // Leaves that the rewriting made superfluous stay known by name: callers feed and bind them all the same.
  return assemble(source, program, division, order, layouts, parts);
}

/** What lies where: the same for images whose numbers and margins have the same places. */
const formOf = (value: Value, { offset, strides, marginBefore, marginAfter, length }: Storage): string => JSON.stringify([value.dtype, value.shape, offset, strides, marginBefore, marginAfter, length]);

function partsOf(division: Partition, clusters: readonly Cluster[], isPlaced: PartContext['isPlaced']): Map<number, Part[]> {
  const context: PartContext = {
    isStored: (v) => isLeaf(v) || division.stored.has(v),
    isDense: (v) => isLeaf(v) || division.dense.has(v),
    isWritten: (v) => division.written.has(v),
    isPlaced,
  };
  return new Map(clusters.map((cluster) => [cluster.id, clusterParts(cluster, context)]));
}

function assemble(source: Program, program: Program, division: Partition, order: Schedule, layouts: Layouts, parts: ReadonlyMap<number, readonly Part[]>): Plan {
  const buffers: PlanBuffer[] = [];
  const ids = new Map<Value, BufferId>();
  const storageOf = (value: Value): Storage => {
    const storage = layouts.storage.get(value);
    if (storage === undefined) throw new Error(`value %${value.id} (${value.op}) has no place in memory`);
    return storage;
  };
  const add = (value: Value, buffer: Omit<PlanBuffer, 'id' | 'dtype' | 'label'>): void => {
    ids.set(value, buffers.length);
    buffers.push({ id: buffers.length, dtype: value.dtype, label: label(value), ...buffer });
  };
  for (const value of program.values) {
    if (isOp(value, 'input') || isOp(value, 'state')) add(value, { role: value.op, name: value.attrs.name, length: elementCount(value.shape), offset: 0 });
    else if (isOp(value, 'literal')) add(value, { role: 'literal', name: '', length: elementCount(value.shape), offset: 0, data: value.attrs.data });
  }
  // A loop's body is a program of its own, with outputs that its own kernels may read.
  const loops = new Map(order.clusters.flatMap((cluster) => {
    if (cluster.kind !== 'loop') return [];
    const members = cluster.members as readonly Value<'scan'>[];
    const body = bodyProgram(members);
    return [[cluster, planLoop(members, compilePrepared(body, prepare(body, { readOutputs: true })), align)] as const];
  }));
  const outputNames = new Map([...program.outputs].map(([name, value]) => [value, name]));
  const temporaries: { readonly value: Value; readonly length: number; readonly cleared: boolean }[] = [];
  for (const [value, storage] of layouts.storage) {
    if (storage.owner !== value || ids.has(value) || !division.written.has(value)) continue;
    const name = outputNames.get(value);
    if (name !== undefined) add(value, { role: 'output', name, length: storage.length, offset: 0 });
    else temporaries.push({ value, length: storage.length, cleared: storage.cleared });
  }

  // Lifetimes by kernel number; a value that lies inside another keeps that one alive.
  const kernelCount = order.clusters.reduce((n, c) => n + (parts.get(c.id)?.length ?? 0), 0) + order.copies.length;
  const lives = new Map<Value, { from: number; to: number }>();
  const touch = (value: Value, at: number): void => {
    const { owner } = layouts.storage.get(value) ?? { owner: value };
    const life = lives.get(owner);
    if (life === undefined) lives.set(owner, { from: at, to: at });
    else life.to = Math.max(life.to, at);
  };
  let at = 0;
  const times = new Map<Cluster, number>();
  for (const cluster of order.clusters) {
    times.set(cluster, at);
    const count = parts.get(cluster.id)?.length ?? 0;
    for (const member of cluster.members) if (division.written.has(member)) touch(member, at);
    at += count;
    for (const value of division.loads.get(cluster) ?? []) touch(value, Math.max(at - 1, 0));
    for (const member of cluster.members) if (division.written.has(member)) touch(member, Math.max(at - 1, 0));
  }
  for (const { value } of order.copies) touch(value, at++);

  let clearedBytes = 0;
  const loopCleared = new Map<Cluster, number>();
  for (const [cluster, { memory }] of loops) {
    loopCleared.set(cluster, clearedBytes);
    clearedBytes += memory.cleared;
  }
  // Margins of zeros stay as they are, so that images with margins share their place only with images of the same form.
  const slots = new Map<string, { readonly offset: number; to: number }[]>();
  const always = { from: 0, to: kernelCount };
  for (const { value, length } of temporaries.filter(({ cleared }) => cleared).sort((a, b) => (lives.get(a.value)?.from ?? 0) - (lives.get(b.value)?.from ?? 0))) {
    const { from, to } = lives.get(value) ?? always;
    const form = formOf(value, storageOf(value));
    const known = slots.get(form) ?? [];
    let slot = value.op === 'concat' ? undefined : known.find((other) => other.to < from);
    if (slot === undefined) {
      slot = { offset: clearedBytes, to };
      clearedBytes += align(length * bytesPerElement(value.dtype));
      if (value.op !== 'concat') slots.set(form, [...known, slot]);
    }
    slot.to = to;
    add(value, { role: 'temporary', name: '', length, offset: slot.offset });
  }
  const shared = temporaries.filter((t) => !t.cleared);
  const inLoops = [...loops];
  const placement = placeLifetimes([
    ...shared.map(({ value, length }) => ({ bytes: length * bytesPerElement(value.dtype), ...(lives.get(value) ?? always) })),
    ...inLoops.map(([cluster, { memory }]) => ({ bytes: memory.temporary, from: times.get(cluster) ?? 0, to: times.get(cluster) ?? kernelCount })),
  ]);
  shared.forEach(({ value, length }, i) => add(value, { role: 'temporary', name: '', length, offset: clearedBytes + (placement.offsets[i] ?? 0) }));
  const loopTemporary = new Map(inLoops.map(([cluster], i) => [cluster, clearedBytes + (placement.offsets[shared.length + i] ?? 0)]));

  const context = {
    storageOf,
    bufferOf: (value: Value): BufferId => {
      const id = ids.get(storageOf(value).owner);
      if (id === undefined) throw new Error(`value %${value.id} (${value.op}) has no buffer`);
      return id;
    },
  };
  const kernels: Kernel[] = [];
  const names = new Map<string, number>();
  const unique = (name: string): string => {
    const n = (names.get(name) ?? 0) + 1;
    names.set(name, n);
    return n === 1 ? name : `${name}#${n}`;
  };
  const planLoops: Loop[] = [];
  for (const cluster of order.clusters) {
    const loop = loops.get(cluster);
    if (loop !== undefined) {
      const emitted = emitLoop(loop, {
        bufferOf: context.bufferOf, unique, temporary: loopTemporary.get(cluster) ?? 0, cleared: loopCleared.get(cluster) ?? 0,
        add: (buffer) => buffers.push({ id: buffers.length, ...buffer }) - 1,
      });
      planLoops.push({ first: kernels.length + emitted.loop.first, end: kernels.length + emitted.loop.end, count: emitted.loop.count });
      kernels.push(...emitted.kernels);
      continue;
    }
    const name = clusterName(cluster);
    const origins = [...new Set(cluster.members.map((v) => v.origin).filter((o) => o !== undefined))];
    for (const part of parts.get(cluster.id) ?? []) if (part.kind !== 'loop') kernels.push(inOnePass(emitKernel(part, { name: unique(name), origins }, context)));
  }
  for (const { state, value } of order.copies) kernels.push(copyKernel(state, value, unique(`copy ${label(state)}`), context));

  // Inputs and states that nothing reads any more still have a place, so that feeding them is no error.
  for (const leaf of [...source.inputs, ...source.states]) {
    if (buffers.some((b) => b.role === leaf.op && b.name === leaf.attrs.name)) continue;
    buffers.push({ id: buffers.length, dtype: leaf.dtype, label: label(leaf), role: leaf.op, name: leaf.attrs.name, length: elementCount(leaf.shape), offset: 0 });
  }
  const byName = (role: PlanBuffer['role']): Map<string, BufferId> => new Map(buffers.filter((b) => b.role === role).map((b) => [b.name, b.id]));
  // What a state keeps of itself from step to step fades as in a loop.
  const settling = kernels.map((kernel) => (accessesOf(kernel).some(({ access, isStore }) => isStore && buffers[access.buffer]?.role === 'state') ? { ...kernel, settles: true } : kernel));
  return { program: source, buffers, kernels: settling, loops: planLoops, arenaBytes: clearedBytes + placement.bytes, clearedBytes, outputs: byName('output'), inputs: byName('input'), states: byName('state') };
}

function copyKernel(state: Value, value: Value, name: string, context: Parameters<typeof emitKernel>[2]): Kernel {
  const space = new AxisSpace();
  const axes = space.axes(value.shape);
  const index = axes.map(axisLin);
  const part: Part = { kind: 'map', space, axes, stores: [{ value: state, index, expr: { kind: 'load', value, index, guards: [], fill: 0, dtype: value.dtype } }] };
  return emitKernel(part, { name, origins: [] }, context);
}

const label = (value: Value): string => `${value.origin ?? ''}${value.origin === undefined ? '' : '.'}${isOp(value, 'input') || isOp(value, 'state') ? value.attrs.name : isOp(value, 'map') ? value.attrs.fn : value.op}`;

function clusterName(cluster: Cluster): string {
  const words = cluster.members.filter((v) => !(isOp(v, 'map') && v.attrs.fn === 'detach')).map(label);
  const short = words.length > 3 ? [...words.slice(0, 2), `+${words.length - 2}`] : words;
  return short.join(' ') || 'copy';
}
