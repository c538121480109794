/** What it costs to compute a value again where it is needed, and which ones are kept instead. */
import { type Program, type Value, elementCount, isOp } from '../tensor/ir.ts';
import { constantOf, isExpensive } from '../tensor/scalar.ts';
import { isAnchor, isLeaf, isView } from './op-kinds.ts';

/** Rough cost of recomputing: arithmetic in units of one addition, and loads of full-size tensors. */
export const EXPENSIVE_OPS = 6;
const RANDOM_OPS = 20;

/** Per value: operations, and loads of full-size tensors. */
export type RecomputeCosts = ReadonlyMap<Value, { readonly ops: number; readonly loads: number }>;
/** By value, those that are computed from it. */
export type Users = ReadonlyMap<Value, readonly Value[]>;

/** `kept`: values that are stored in any case. */
export function recomputeCosts(program: Program, kept: ReadonlySet<Value> = new Set()): RecomputeCosts {
  const costs = new Map<Value, { readonly ops: number; readonly loads: number }>();
  for (const value of program.values) {
    let ops = 0;
    let loads = 0;
    if (isLeaf(value) || isAnchor(value) || kept.has(value)) loads = 1;
    else if (value.op === 'random') ops = RANDOM_OPS;
    else {
      for (const input of value.inputs) {
        const cost = costs.get(input) ?? { ops: 0, loads: 1 };
        ops += cost.ops;
        // A small tensor that is repeated stays in the cache.
        loads += elementCount(input.shape) * 8 <= elementCount(value.shape) ? 0 : cost.loads;
      }
      if (isOp(value, 'map')) ops += isExpensive(value.attrs.fn) ? EXPENSIVE_OPS : value.attrs.fn === 'detach' ? 0 : 1;
      if (value.op === 'gather') loads += 1;
    }
    costs.set(value, { ops, loads });
  }
  return costs;
}

/** Recomputing takes no more additions and multiplications than this. */
const FEW_OPS = 3;

/** The one tensor of its size in memory that a map is made of by a few cheap operations, if there is but one. */
export function cheapSource(value: Value, isStored: (v: Value) => boolean): Value | undefined {
  const sources = new Set<Value>();
  let ops = 0;
  const walk = (v: Value, isFirst: boolean): boolean => {
    if (!isFirst && isStored(v)) {
      if (elementCount(v.shape) * 8 > elementCount(value.shape)) sources.add(v);
      return sources.size <= 1;
    }
    if (constantOf(v) !== undefined) return true;
    if (isOp(v, 'map')) {
      ops++;
      if (ops > FEW_OPS || isExpensive(v.attrs.fn)) return false;
    } else if (!isView(v)) return false;
    return v.inputs.every((input) => walk(input, false));
  };
  return isOp(value, 'map') && walk(value, true) ? [...sources][0] : undefined;
}

export function usersOf(program: Program): Users {
  const users = new Map<Value, Value[]>();
  for (const value of program.values) for (const input of value.inputs) (users.get(input) ?? users.set(input, []).get(input)!).push(value);
  return users;
}

/**
 * Costly factors that are computed from one tensor alone, early, and needed late: as the slope of an activation for
 * its gradient. They are kept where that tensor is made, instead of what they would be computed from again.
 */
export function keptFactors(program: Program, costs: RecomputeCosts, users: Users): Value[] {
  const kept: Value[] = [];
  const sources = fullSizeSources(program);
  const roots = new Set<Value>([...program.outputs.values(), ...program.updates.map((u) => u.value)]);
  /** By tensor: what is computed from it alone and needed elsewhere. */
  const leaving = new Map<Value, Value[]>();
  for (const [value, source] of sources) {
    const leaves = (users.get(value) ?? []).some((user) => sources.get(user) !== source) || roots.has(value);
    if (leaves) (leaving.get(source) ?? leaving.set(source, []).get(source)!).push(value);
  }
  for (const value of program.values) {
    const source = sources.get(value);
    if (source === undefined || !isOp(value, 'map') || (costs.get(value)?.ops ?? 0) < EXPENSIVE_OPS) continue;
    const readers = users.get(value) ?? [];
    const isFactor = readers.length > 0 && readers.every((reader) => isOp(reader, 'map') && reader.attrs.fn === 'mul');
    const others = (leaving.get(source) ?? []).filter((other) => other !== value);
    // Where something is kept anyway from which it follows, computing it again costs no memory.
    if (isFactor && leaving.get(source)?.includes(value) === true && !others.some((other) => dependsOn(value, other, source))) kept.push(value);
  }
  return kept;
}

/** For values that are functions of one computed tensor of their own size, number by number: that tensor. It is its own. */
function fullSizeSources(program: Program): Map<Value, Value> {
  const sources = new Map<Value, Value>();
  // Repeated small tensors stay in the cache, random numbers are computed where they are needed.
  const costsNoMemory = (v: Value): boolean => v.op === 'random' || constantOf(v) !== undefined || (v.op === 'expand' && elementCount(v.inputs[0]?.shape ?? v.shape) * 8 <= elementCount(v.shape));
  for (const value of program.values) {
    if (isLeaf(value) || costsNoMemory(value)) continue;
    const found = new Set(value.inputs.filter((input) => !costsNoMemory(input)).map((input) => sources.get(input)));
    const [only] = found;
    const follows = (value.op === 'map' || value.op === 'reshape' || value.op === 'permute') && found.size === 1 && only !== undefined;
    sources.set(value, follows ? only : value);
  }
  return sources;
}

function dependsOn(value: Value, other: Value, source: Value): boolean {
  const seen = new Set<Value>();
  const stack = [value];
  for (let v = stack.pop(); v !== undefined; v = stack.pop()) {
    if (v === other) return true;
    if (v === source || v.id <= other.id || seen.has(v)) continue;
    seen.add(v);
    stack.push(...v.inputs);
  }
  return false;
}
