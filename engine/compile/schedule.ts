/**
 * The order of the kernels, and which updates may be written in place. A state is overwritten only
 * after its last reader; where that is impossible the update goes through a temporary.
 */
import type { Program, Value } from '../tensor/ir.ts';
import { type Lin, flattenLin, linKey } from './affine.ts';
import type { Cluster, Part, SymStore } from './cluster.ts';
import { type Partition, visitLoads } from './partition.ts';
import type { SymLoad } from './symbolic.ts';

export interface Schedule {
  readonly clusters: readonly Cluster[];
  /** Update values that are written straight into their state. */
  readonly homes: ReadonlyMap<Value, Value>;
  /** Copies to be made at the end: state, value. */
  readonly copies: readonly { readonly state: Value; readonly value: Value }[];
}

export function schedule(program: Program, partition: Partition, parts: ReadonlyMap<number, readonly Part[]>): Schedule {
  const homes = new Map<Value, Value>();
  const copies: { state: Value; value: Value }[] = [];
  for (const { state, value } of program.updates) {
    const cluster = partition.clusterOf.get(value);
    if (cluster !== undefined && onlyReadsWhatItWrites(parts.get(cluster.id) ?? [], state, value)) homes.set(value, state);
    else copies.push({ state, value });
  }
  for (;;) {
    const order = sortClusters(partition, homes);
    if (Array.isArray(order)) return { clusters: order, homes, copies };
    // A cycle through "readers first": give up one in-place update of a cluster on it.
    const victim = program.updates.find(({ value }) => homes.has(value) && order.stuck.has(partition.clusterOf.get(value) as Cluster));
    if (victim === undefined) throw new Error('the kernels of the program depend on each other in a circle');
    homes.delete(victim.value);
    copies.push(victim);
  }
}

/** Every load of the state in these kernels is at the very element that the same kernel overwrites. */
function onlyReadsWhatItWrites(parts: readonly Part[], state: Value, value: Value): boolean {
  return parts.every((part) => {
    let fine = true;
    visitLoads([part], (load) => {
      if (load.value !== state) return;
      const stores = storesOf(part).filter((store) => store.value === value);
      const at = linKey(part.space.resolve(flatIndex(load)));
      // Rows are read and written in passes: only kernels of one pass can overwrite what they read.
      fine &&= part.kind === 'map' && load.guards.length === 0 && load.indirect === undefined && stores.some((store) => linKey(part.space.resolve(flattenLin(store.index, value.shape))) === at);
    });
    return fine;
  });
}

const flatIndex = (load: SymLoad): Lin => ('rowMajor' in load.index ? load.index.rowMajor : flattenLin(load.index, load.value.shape));

function storesOf(part: Part): readonly SymStore[] {
  if (part.kind === 'scatter' || part.kind === 'loop') return [];
  return part.kind === 'row' ? [...part.finish, ...part.stages.flatMap((s) => (s.kind === 'each' ? [s.store] : []))] : part.stores;
}

/** Topological, earliest value first, so that temporaries die young. */
function sortClusters(partition: Partition, homes: ReadonlyMap<Value, Value>): Cluster[] | { readonly stuck: ReadonlySet<Cluster> } {
  const waiting = new Map<Cluster, Set<Cluster>>();
  const after = new Map<Cluster, Set<Cluster>>();
  const edge = (from: Cluster, to: Cluster): void => {
    if (from === to) return;
    (waiting.get(to) ?? waiting.set(to, new Set()).get(to)!).add(from);
    (after.get(from) ?? after.set(from, new Set()).get(from)!).add(to);
  };
  const readers = new Map<Value, Cluster[]>();
  for (const cluster of partition.clusters) {
    for (const value of partition.loads.get(cluster) ?? []) {
      (readers.get(value) ?? readers.set(value, []).get(value)!).push(cluster);
      const producer = partition.clusterOf.get(value);
      if (producer !== undefined) edge(producer, cluster);
    }
  }
  for (const [value, state] of homes) {
    const writer = partition.clusterOf.get(value);
    if (writer !== undefined) for (const reader of readers.get(state) ?? []) edge(reader, writer);
  }
  const rank = (c: Cluster): number => c.members.at(-1)?.id ?? 0;
  const ready = new Heap<Cluster>((a, b) => rank(a) - rank(b));
  for (const cluster of partition.clusters) if ((waiting.get(cluster)?.size ?? 0) === 0) ready.push(cluster);
  const order: Cluster[] = [];
  for (let cluster = ready.pop(); cluster !== undefined; cluster = ready.pop()) {
    order.push(cluster);
    for (const next of after.get(cluster) ?? []) {
      const blockers = waiting.get(next);
      blockers?.delete(cluster);
      if (blockers?.size === 0) ready.push(next);
    }
  }
  if (order.length === partition.clusters.length) return order;
  const done = new Set(order);
  return { stuck: new Set(partition.clusters.filter((c) => !done.has(c))) };
}

/** A binary heap: the smallest first. */
class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }
  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#compare(items[parent]!, item) <= 0) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }
  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#compare(items[child + 1]!, items[child]!) < 0) child++;
      if (this.#compare(items[child]!, last) >= 0) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
