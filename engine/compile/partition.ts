/**
 * Decides which values are written to memory and which kernels compute them. First every value is
 * either stored or recomputed inside its consumers; each stored value is a cluster of its own;
 * then clusters are merged where one kernel can do the work of two without a cycle.
 */
import { type Program, type Value, elementCount, isOp } from '../tensor/ir.ts';
import { scanGroups } from '../tensor/ops/scan.ts';
import { constantOf } from '../tensor/scalar.ts';
import { type Cluster, type ClusterKind, type Part, type PartContext, clusterParts, rowShape, sameSqueezed, squeeze } from './cluster.ts';
import { ZERO } from './affine.ts';
import { isAnchor, isContraction, isImageOp, isLeaf, isPoolGrad, isPooling, isView, throughViews } from './op-kinds.ts';
import { EXPENSIVE_OPS, type RecomputeCosts, type Users, cheapSource, keptFactors, recomputeCosts, usersOf } from './recompute.ts';
import { NeedsStored, NotFusible, type SymExpr, type SymLoad } from './symbolic.ts';

export interface Partition {
  readonly clusters: readonly Cluster[];
  readonly stored: ReadonlySet<Value>;
  /** Must lie row-major without gaps. */
  readonly dense: ReadonlySet<Value>;
  /** Members that something outside of their cluster needs. */
  readonly written: ReadonlySet<Value>;
  /** Clusters by the stored values that they read. */
  readonly loads: ReadonlyMap<Cluster, ReadonlySet<Value>>;
  readonly clusterOf: ReadonlyMap<Value, Cluster>;
}

/** A row up to this many elements may be stored while it is reduced: it stays in the first-level cache between the passes. */
const LONGEST_FUSED_ROW = 4096;
/** Kernels beyond this many inputs or results gain nothing and run into the GPU's limit of storage buffers. */
const MOST_LOADS = 12;
const MOST_MEMBERS = 24;

export function partition(program: Program): Partition {
  const forced = new Set<Value>();
  // What a scan gives is written in steps, slice after slice.
  const dense = new Set<Value>(program.values.filter(({ op }) => op === 'scan'));
  const costs = recomputeCosts(program);
  const users = usersOf(program);
  forceOperands(program, costs, forced);
  for (const factor of keptFactors(program, costs, users)) forced.add(factor);
  // Each round can only add to the forced set, so this ends.
  for (;;) {
    const before = forced.size + dense.size;
    const stored = decideStored(program, users, forced);
    const result = buildClusters(program, stored, dense, (problem) => {
      forced.add(problem.value);
      if (problem.dense) dense.add(problem.value);
    });
    if (result !== undefined) return result;
    if (forced.size + dense.size === before) throw new Error('the partition of the program makes no progress: a value cannot be stored');
  }
}

/** Values that kernels read many times or in an order that only memory offers. */
function forceOperands(program: Program, costs: RecomputeCosts, forced: Set<Value>): void {
  for (const value of program.values) {
    if (isContraction(value)) {
      value.inputs.forEach((operand, i) => {
        const window = isOp(value, 'conv') || isOp(value, 'convInputGrad') || isOp(value, 'convWeightGrad') ? value.attrs.window : undefined;
        // A margin of zeros around an image can only be laid around a tensor that is stored as it is.
        if (window !== undefined && (value.op === 'convInputGrad' ? i === 0 && window.size.some((n) => n > 1) : i === 0 && [...window.padBefore, ...window.padAfter].some((n) => n > 0)) && !isLeaf(operand)) forced.add(operand);
        const base = throughViews(operand);
        if (!isLeaf(base)) forced.add(base);
      });
    }
    if (isImageOp(value)) {
      // A product that is read as an image is written as one, channels last, instead of being read in steps.
      for (const operand of value.inputs) if (operand.op === 'reshape' && operand.inputs[0] !== undefined && endsProduct(operand.inputs[0])) forced.add(operand);
    }
    const source = value.inputs[0];
    if (value.op === 'expand' && source !== undefined && elementCount(source.shape) < elementCount(value.shape)) {
      const base = throughViews(source);
      if (!isLeaf(base) && (costs.get(base)?.ops ?? 0) >= EXPENSIVE_OPS) forced.add(base);
    }
  }
}

/** A matrix product, or what its kernel can compute on the way out. */
function endsProduct(value: Value): boolean {
  let base = throughViews(value);
  while (base.op === 'map' && base.inputs[0] !== undefined) base = throughViews(base.inputs[0]);
  return base.op === 'dot';
}

function decideStored(program: Program, users: Users, forced: ReadonlySet<Value>): Set<Value> {
  const roots = new Set<Value>([...program.outputs.values(), ...program.updates.map((u) => u.value)]);
  const costs = recomputeCosts(program, forced);
  const epilogues = new Set<Value>();
  for (const value of program.values) {
    if (isOp(value, 'map') && value.inputs.some((input) => (isAnchor(input) || epilogues.has(input)) && users.get(input)?.length === 1)) epilogues.add(value);
  }
  // The end of an anchor's kernel writes straight into the concatenation that it is for.
  const concatenated = new Set(program.values.filter((v) => v.op === 'concat').flatMap((v) => v.inputs.map(throughViews)));
  const stored = new Set<Value>();
  const storedUsers = new Map<Value, Set<Value>>();
  for (let i = program.values.length - 1; i >= 0; i--) {
    const value = program.values[i]!;
    if (isLeaf(value)) continue;
    const into = new Set<Value>();
    for (const user of users.get(value) ?? []) {
      if (stored.has(user)) into.add(user);
      else for (const root of storedUsers.get(user) ?? []) into.add(root);
    }
    storedUsers.set(value, into);
    const cost = costs.get(value) ?? { ops: 0, loads: 1 };
    // What ends an anchor's kernel costs nothing there: better one store of it than one of the anchor's raw result.
    const cheap = cost.ops <= 2 && cost.loads <= 1 && !epilogues.has(value);
    if (isAnchor(value) || roots.has(value) || forced.has(value) || (concatenated.has(value) && (epilogues.has(value) || computes(value))) || (into.size > 1 && !cheap && !isView(value))) stored.add(value);
  }
  const isFixed = (v: Value): boolean => roots.has(v) || forced.has(v) || concatenated.has(v);
  for (const value of program.values) if (stored.has(value) && !isFixed(value) && followsFromStored(value, stored, users, storedUsers)) stored.delete(value);
  return stored;
}

/** Whether a little arithmetic makes it of one tensor that is in memory anyway: reading that once more costs as much as reading this. */
function followsFromStored(value: Value, stored: ReadonlySet<Value>, users: Users, storedUsers: ReadonlyMap<Value, ReadonlySet<Value>>): boolean {
  const inMemory = (v: Value): boolean => isLeaf(v) || stored.has(v);
  const source = cheapSource(value, inMemory);
  if (source === undefined) return false;
  // Something must read the source from memory: not only values that its own kernel could store instead of it.
  const readsIt = (user: Value): boolean => isAnchor(user) || (isOp(user, 'map') && cheapSource(user, inMemory) === undefined);
  return isLeaf(source) || (users.get(source) ?? []).some((user) => user !== value && (stored.has(user) ? readsIt(user) : [...(storedUsers.get(user) ?? [])].some((root) => root !== value && readsIt(root))));
}


/** Arithmetic of its own: a kernel that computes several parts of a concatenation can write all of them. */
const computes = (value: Value): boolean => isOp(value, 'map') && value.attrs.fn !== 'detach' && constantOf(value) === undefined;

function initialCluster(value: Value, id: number): Cluster {
  const base = { id, members: [value], anchor: value, shape: value.shape, reduced: [] as readonly number[] };
  if (isPooling(value)) return { ...base, kind: 'row' };
  if (isOp(value, 'reduce') || isOp(value, 'argmax')) {
    return { ...base, kind: 'row', anchor: undefined, shape: value.inputs[0]?.shape ?? [], reduced: isOp(value, 'reduce') ? value.attrs.axes : isOp(value, 'argmax') ? [value.attrs.axis] : [] };
  }
  if (isContraction(value)) return { ...base, kind: 'contract' };
  if (isPoolGrad(value)) return { ...base, kind: 'poolGrad' };
  if (value.op === 'scatterAdd') return { ...base, kind: 'scatter' };
  if (value.op === 'concat') return { ...base, kind: 'concat' };
  if (value.op === 'scan') return { ...base, kind: 'loop' };
  return { ...base, kind: 'map', anchor: undefined };
}

/** The stored values that a cluster's expressions read. */
function loadedValues(parts: readonly Part[]): Set<Value> {
  const loads = new Set<Value>();
  visitLoads(parts, (load) => loads.add(load.value));
  return loads;
}

export function visitLoads(parts: readonly Part[], visit: (load: SymLoad) => void): void {
  const seen = new Set<SymExpr>();
  const walk = (expr: SymExpr): void => {
    if (seen.has(expr)) return;
    seen.add(expr);
    if (expr.kind === 'load') {
      visit(expr);
      if (expr.indirect !== undefined) walk(expr.indirect.row);
    } else if (expr.kind === 'call') expr.args.forEach(walk);
    else if (expr.kind === 'random') {
      walk(expr.seed);
      walk(expr.step);
    }
  };
  for (const part of parts) {
    if (part.kind === 'scatter') {
      walk(part.row);
      walk(part.source);
      continue;
    }
    if (part.kind === 'loop') {
      for (const value of part.reads) visit({ kind: 'load', value, index: { rowMajor: ZERO }, guards: [], fill: 0, dtype: value.dtype });
      continue;
    }
    if (part.kind === 'contract') {
      walk(part.a);
      walk(part.b);
    }
    if (part.kind === 'row') {
      for (const stage of part.stages) walk(stage.kind === 'reduce' ? stage.expr : stage.store.expr);
      for (const store of part.finish) walk(store.expr);
    } else for (const store of part.stores) walk(store.expr);
  }
}

function buildClusters(program: Program, stored: ReadonlySet<Value>, dense: ReadonlySet<Value>, onProblem: (problem: NeedsStored) => void): Partition | undefined {
  const context: PartContext = {
    isStored: (v) => isLeaf(v) || stored.has(v),
    isDense: (v) => isLeaf(v) || dense.has(v),
    isWritten: () => true,
    isPlaced: () => false,
  };
  const merger = new Merger(context, program);
  let failed = false;
  const scans = new Map(scanGroups(program.values).map((group) => [group[0] as Value, group]));
  for (const value of program.values) {
    if (!stored.has(value) || (value.op === 'scan' && !scans.has(value))) continue;
    // The results of one scan come from one loop.
    const cluster = { ...initialCluster(value, value.id), members: (scans.get(value) ?? [value]).toSorted((x, y) => x.id - y.id) };
    try {
      merger.add(cluster, loadedValues(clusterParts(cluster, context)));
    } catch (problem) {
      if (!(problem instanceof NeedsStored)) throw problem;
      onProblem(problem);
      failed = true;
    }
  }
  if (failed) return undefined;
  merger.mergeProducers();
  merger.mergeSiblings();
  return merger.result(stored, dense);
}

class Merger {
  readonly #context: PartContext;
  readonly #program: Program;
  readonly #clusters = new Set<Cluster>();
  readonly #clusterOf = new Map<Value, Cluster>();
  readonly #loads = new Map<Cluster, Set<Value>>();
  readonly #readers = new Map<Value, Set<Cluster>>();
  /** Larger than that of every cluster that one depends on: a way from one to another only leads over ranks in between. */
  readonly #ranks = new Map<Cluster, number>();
  #nextId: number;

  constructor(context: PartContext, program: Program) {
    this.#context = context;
    this.#program = program;
    this.#nextId = program.values.reduce((max, v) => Math.max(max, v.id), 0) + 1;
  }

  add(cluster: Cluster, loads: Set<Value>): void {
    this.#clusters.add(cluster);
    this.#loads.set(cluster, loads);
    let rank = 0;
    for (const value of loads) {
      const producer = this.#clusterOf.get(value);
      if (producer !== undefined && producer !== cluster) rank = Math.max(rank, (this.#ranks.get(producer) ?? 0) + 1);
    }
    this.#ranks.set(cluster, rank);
    for (const member of cluster.members) this.#clusterOf.set(member, cluster);
    for (const value of loads) (this.#readers.get(value) ?? this.#readers.set(value, new Set()).get(value)!).add(cluster);
  }

  #remove(cluster: Cluster): void {
    this.#clusters.delete(cluster);
    for (const value of this.#loads.get(cluster) ?? []) this.#readers.get(value)?.delete(cluster);
    this.#loads.delete(cluster);
    this.#ranks.delete(cluster);
  }

  /** Make the cluster's rank at least this, and those of what depends on it larger. */
  #raise(cluster: Cluster, atLeast: number): void {
    const stack: [Cluster, number][] = [[cluster, atLeast]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [at, rank] = top;
      if ((this.#ranks.get(at) ?? 0) < rank) this.#ranks.set(at, rank);
      const own = this.#ranks.get(at) ?? 0;
      for (const next of this.#successors(at)) if ((this.#ranks.get(next) ?? 0) <= own) stack.push([next, own + 1]);
    }
  }

  #successors(cluster: Cluster): Set<Cluster> {
    const next = new Set<Cluster>();
    for (const member of cluster.members) for (const reader of this.#readers.get(member) ?? []) if (reader !== cluster) next.add(reader);
    return next;
  }

  /** Whether `to` can be reached from `from` through at least one other cluster. */
  #pathAround(from: Cluster, to: Cluster): boolean {
    const limit = this.#ranks.get(to) ?? 0;
    const seen = new Set<Cluster>();
    const stack = [...this.#successors(from)].filter((c) => c !== to);
    for (let c = stack.pop(); c !== undefined; c = stack.pop()) {
      if (seen.has(c) || (this.#ranks.get(c) ?? 0) >= limit) continue;
      seen.add(c);
      for (const next of this.#successors(c)) {
        if (next === to) return true;
        stack.push(next);
      }
    }
    return false;
  }

  #tryMerge(a: Cluster, b: Cluster): Cluster | undefined {
    const shape = combined(a, b);
    if (shape === undefined) return undefined;
    const members = [...a.members, ...b.members].sort((x, y) => x.id - y.id);
    if (members.length > MOST_MEMBERS) return undefined;
    if (this.#pathAround(a, b) || this.#pathAround(b, a)) return undefined;
    const merged: Cluster = { ...shape, id: this.#nextId++, members };
    try {
      const loads = loadedValues(clusterParts(merged, this.#context));
      if (loads.size > MOST_LOADS) return undefined;
      const rank = Math.max(this.#ranks.get(a) ?? 0, this.#ranks.get(b) ?? 0);
      this.#remove(a);
      this.#remove(b);
      this.add(merged, loads);
      this.#raise(merged, rank);
      return merged;
    } catch (problem) {
      if (problem instanceof NotFusible || problem instanceof NeedsStored) return undefined;
      throw problem;
    }
  }

  /** Consumers into the clusters that feed them: epilogues, rows, chains of maps. */
  mergeProducers(): void {
    const queue = [...this.#clusters].sort((x, y) => x.id - y.id);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      let cluster: Cluster | undefined = next;
      while (cluster !== undefined && this.#clusters.has(cluster)) {
        const at: Cluster = cluster;
        const producers = [...new Set([...(this.#loads.get(at) ?? [])].map((v) => this.#clusterOf.get(v)).filter((c) => c !== undefined && c !== at))] as Cluster[];
        producers.sort((x, y) => (y.members.at(-1)?.id ?? 0) - (x.members.at(-1)?.id ?? 0));
        cluster = undefined;
        for (const producer of producers) {
          cluster = this.#tryMerge(producer, at);
          if (cluster !== undefined) break;
        }
      }
    }
  }

  /** Clusters with the same loops that read the same tensor: one pass instead of several. */
  mergeSiblings(): void {
    // Results of one kernel count as one tensor: who reads them waits for the same kernel.
    const sources: (readonly Value[])[] = this.#program.values.filter(isLeaf).map((v) => [v]);
    for (const cluster of [...this.#clusters].sort((x, y) => x.id - y.id)) sources.push(cluster.members);
    for (const values of sources) {
      const readers = [...new Set(values.flatMap((v) => [...(this.#readers.get(v) ?? [])]))].filter((c) => c.kind === 'map' || c.kind === 'row').sort((x, y) => x.id - y.id);
      for (let i = 0; i < readers.length; i++) {
        for (let j = i + 1; j < readers.length; j++) {
          const a = readers[i];
          const b = readers[j];
          if (a === undefined || b === undefined || a.kind !== b.kind) continue;
          if (this.#successors(a).has(b) || this.#successors(b).has(a)) continue;
          const merged = this.#tryMerge(a, b);
          if (merged === undefined) continue;
          readers[i] = merged;
          readers.splice(j, 1);
          j = i;
        }
      }
    }
  }

  result(stored: ReadonlySet<Value>, dense: ReadonlySet<Value>): Partition {
    const roots = new Set<Value>([...this.#program.outputs.values(), ...this.#program.updates.map((u) => u.value)]);
    const written = new Set<Value>();
    for (const cluster of this.#clusters) {
      for (const member of cluster.members) {
        const outside = [...(this.#readers.get(member) ?? [])].some((reader) => reader !== cluster);
        if (roots.has(member) || outside) written.add(member);
      }
    }
    return { clusters: [...this.#clusters], stored, dense, written, loads: this.#loads, clusterOf: this.#clusterOf };
  }
}

/** Kind, anchor and loops of two clusters as one; undefined where their loops differ. */
function combined(a: Cluster, b: Cluster): Omit<Cluster, 'id' | 'members'> | undefined {
  const anchored = (x: Cluster): boolean => x.kind === 'contract' || x.kind === 'poolGrad';
  const isAlone = ({ kind }: Cluster): boolean => kind === 'scatter' || kind === 'concat' || kind === 'loop';
  if (isAlone(a) || isAlone(b)) return undefined;
  if (anchored(a) && anchored(b)) return undefined;
  const pick = (kind: ClusterKind, from: Cluster): Omit<Cluster, 'id' | 'members'> => ({ kind, anchor: from.anchor, shape: from.shape, reduced: from.reduced });
  if (a.kind === 'map' && b.kind === 'map') return sameSqueezed(a.shape, b.shape) ? pick('map', a) : undefined;
  if (anchored(a) || anchored(b)) {
    const [anchor, other] = anchored(a) ? [a, b] : [b, a];
    return other.kind === 'map' && anchor === a && elementCount(anchor.shape) === elementCount(other.shape) ? pick(anchor.kind, anchor) : undefined;
  }
  if (a.kind === 'row' && b.kind === 'row') {
    if (isPooling(a.anchor) !== isPooling(b.anchor)) return undefined;
    if (isPooling(a.anchor) && isPooling(b.anchor)) {
      return a.anchor.inputs[0] === b.anchor.inputs[0] && JSON.stringify(a.anchor.attrs.window) === JSON.stringify(b.anchor.attrs.window) && a.anchor.op !== 'sumPool' && b.anchor.op !== 'sumPool' ? pick('row', a) : undefined;
    }
    const same = a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]) && a.reduced.join() === b.reduced.join();
    return same && (squeeze(rowShape(a)).length > 0 || elementCount(a.shape) <= LONGEST_FUSED_ROW) ? pick('row', a) : undefined;
  }
  const [row, map] = a.kind === 'row' ? [a, b] : [b, a];
  if (sameSqueezed(map.shape, rowShape(row))) return pick('row', row);
  const trailing = row.reduced.every((axis, i) => axis === row.shape.length - row.reduced.length + i);
  const length = row.reduced.reduce((n, axis) => n * (row.shape[axis] ?? 1), 1);
  return !isPooling(row.anchor) && trailing && length <= LONGEST_FUSED_ROW && sameSqueezed(map.shape, row.shape) ? pick('row', row) : undefined;
}
