/** The pipeline: prepare, cut into kernels, order them, lay out memory, emit the plan. Pure: the same program gives the same plan. */
import { type Program, type Value, bytesPerElement, elementCount, isOp } from '../tensor/ir.ts';
import { type Cluster, type Part, type PartContext, clusterParts } from './cluster.ts';
import { emitKernel } from './emit.ts';
import { type Layouts, type Storage, assignLayouts } from './layout.ts';
import { align, placeLifetimes } from './memory.ts';
import { type Partition, isLeaf, partition } from './partition.ts';
import type { BufferId, Kernel, Plan, PlanBuffer } from './plan.ts';
import { prepare } from './prepare.ts';
import { type Schedule, schedule } from './schedule.ts';
import { AxisSpace, axisLin } from './affine.ts';

export function compileProgram(source: Program): Plan {
  const program = prepare(source);
  const division = partition(program);
  const trial = partsOf(division, division.clusters, () => false);
  const order = schedule(program, division, trial);
  const layouts = assignLayouts(program, division, trial, order.homes);
  // Only concatenations depend on what lies in place already.
  const concatenations = division.clusters.filter((cluster) => cluster.kind === 'concat');
  const parts = new Map([...trial, ...partsOf(division, concatenations, (concat, i) => layouts.placed.get(concat)?.has(i) ?? false)]);
  // Leaves that the rewriting made superfluous stay known by name: callers feed and bind them all the same.
  return assemble(source, program, division, order, layouts, parts);
}

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
  for (const cluster of order.clusters) {
    const count = parts.get(cluster.id)?.length ?? 0;
    for (const member of cluster.members) if (division.written.has(member)) touch(member, at);
    at += count;
    for (const value of division.loads.get(cluster) ?? []) touch(value, Math.max(at - 1, 0));
    for (const member of cluster.members) if (division.written.has(member)) touch(member, Math.max(at - 1, 0));
  }
  for (const { value } of order.copies) touch(value, at++);

  let clearedBytes = 0;
  for (const { value, length, cleared } of temporaries) {
    if (!cleared) continue;
    add(value, { role: 'temporary', name: '', length, offset: clearedBytes });
    clearedBytes += align(length * bytesPerElement(value.dtype));
  }
  const shared = temporaries.filter((t) => !t.cleared);
  const placement = placeLifetimes(shared.map(({ value, length }) => ({ bytes: length * bytesPerElement(value.dtype), ...(lives.get(value) ?? { from: 0, to: kernelCount }) })));
  shared.forEach(({ value, length }, i) => add(value, { role: 'temporary', name: '', length, offset: clearedBytes + (placement.offsets[i] ?? 0) }));

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
  for (const cluster of order.clusters) {
    const name = clusterName(cluster);
    const origins = [...new Set(cluster.members.map((v) => v.origin).filter((o) => o !== undefined))];
    for (const part of parts.get(cluster.id) ?? []) kernels.push(emitKernel(part, { name: unique(name), origins }, context));
  }
  for (const { state, value } of order.copies) kernels.push(copyKernel(state, value, unique(`copy ${label(state)}`), context));

  // Inputs and states that nothing reads any more still have a place, so that feeding them is no error.
  for (const leaf of [...source.inputs, ...source.states]) {
    if (buffers.some((b) => b.role === leaf.op && b.name === leaf.attrs.name)) continue;
    buffers.push({ id: buffers.length, dtype: leaf.dtype, label: label(leaf), role: leaf.op, name: leaf.attrs.name, length: elementCount(leaf.shape), offset: 0 });
  }
  const byName = (role: PlanBuffer['role']): Map<string, BufferId> => new Map(buffers.filter((b) => b.role === role).map((b) => [b.name, b.id]));
  return { program: source, buffers, kernels, arenaBytes: clearedBytes + placement.bytes, clearedBytes, outputs: byName('output'), inputs: byName('input'), states: byName('state') };
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
