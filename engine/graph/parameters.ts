/**
 * Where each weight lies. All weights that one optimizer treats alike share one flat arena, so that
 * its whole update is one kernel; a weight is a view of its arena, in PyTorch's layout.
 */
import type { InitSpec, WeightSpec } from '../nodes/node-type.ts';
import type { Builder } from '../tensor/builder.ts';
import { type Shape, type Value, elementCount } from '../tensor/ir.ts';
import { type CheckedGraph, type CheckedNode, weightKey } from './checked-graph.ts';
import type { NodeId } from './document.ts';

/** Offsets in an arena are multiples of this many elements, so that SIMD loads of four never straddle two weights. */
const ARENA_ALIGNMENT = 4;
const FROZEN_ARENA = 'weights.frozen';
export const BUFFER_ARENA = 'buffers';

export interface ParameterEntry {
  /** The name under which files know it (`weightKey`): `conv1.weight`, inside a block `block1.conv2.weight`. */
  readonly key: string;
  /** The node that it belongs to; of several that have it in common, the first in the graph's order. */
  readonly node: NodeId;
  readonly name: string;
  /** PyTorch's layout. */
  readonly shape: Shape;
  /** Order of the axes in memory, outermost first. */
  readonly storage: readonly number[];
  /** Name of the arena (a state of the plan), and where in it, in elements. */
  readonly arena: string;
  readonly offset: number;
  readonly count: number;
  /** `count` rounded up to the alignment; the rest stays zero. */
  readonly padded: number;
  readonly init: InitSpec;
  /** An optimizer changes it. False for frozen weights and for buffers. */
  readonly trainable: boolean;
  readonly buffer: boolean;
  readonly noDecay: boolean;
}

export interface Arena {
  /** `weights.0`, `weights.1`, …, `weights.frozen` or `buffers`. */
  readonly name: string;
  /** Elements. */
  readonly length: number;
  readonly trainable: boolean;
  /** The optimizer node that trains it; none when frozen, or when the graph has no optimizer. */
  readonly optimizer: NodeId | undefined;
  /** Multiplies the optimizer's learning rate. */
  readonly learningRateFactor: number;
  /** Elements [0, decayed) may be decayed; from there on lie the biases and norm weights (`noDecay`). */
  readonly decayed: number;
  /** Its entries by offset. They cover the arena without gaps, each `padded` long. */
  readonly entries: readonly ParameterEntry[];
}

export interface ParameterLayout {
  readonly entries: readonly ParameterEntry[];
  readonly byKey: ReadonlyMap<string, ParameterEntry>;
  /** Trained arenas first, then the frozen one, then the buffers; empty arenas are left out. */
  readonly arenas: readonly Arena[];
  readonly byArena: ReadonlyMap<string, Arena>;
}

/**
 * Layout of all weights and buffers of a graph. Depends on the graph alone: equal documents have
 * equal layouts. Weights that no gradient of a trained loss reaches count as frozen, as do those with a
 * learning-rate factor of 0, so that weight decay cannot move what no gradient moves. What several
 * nodes have in common is one entry; it is trained when a gradient reaches any of them.
 */
export function layOutParameters(graph: CheckedGraph): ParameterLayout {
  const trained = new Map<string, { readonly name: string; readonly optimizer: NodeId | undefined; readonly factor: number }>();
  const groups = new Map<string, { node: CheckedNode; name: string; spec: WeightSpec }[]>();
  const placed = new Set<NodeId>();
  for (const node of graph.order) {
    if (placed.has(node.weightOwner)) continue;
    placed.add(node.weightOwner);
    for (const [name, spec] of Object.entries(node.weights)) {
      let arena = spec.buffer === true ? BUFFER_ARENA : FROZEN_ARENA;
      if (spec.buffer !== true && graph.trainers.has(node.weightOwner)) {
        const optimizer = graph.trainers.get(node.weightOwner);
        const key = `${node.learningRateFactor} ${optimizer ?? ''}`;
        const known = trained.get(key) ?? { name: `weights.${trained.size}`, optimizer, factor: node.learningRateFactor };
        trained.set(key, known);
        arena = known.name;
      }
      const group = groups.get(arena);
      if (group === undefined) groups.set(arena, [{ node, name, spec }]);
      else group.push({ node, name, spec });
    }
  }
  const byName = new Map(Array.from(trained.values(), (arena) => [arena.name, arena]));
  const names = [...byName.keys(), FROZEN_ARENA, BUFFER_ARENA].filter((name) => groups.has(name));
  const arenas = names.map((arena): Arena => {
    const training = byName.get(arena);
    const entries: ParameterEntry[] = [];
    let offset = 0;
    let decayed = 0;
    for (const noDecay of [false, true]) {
      for (const { node, name, spec } of groups.get(arena) ?? []) {
        if ((spec.noDecay === true) !== noDecay) continue;
        const count = elementCount(spec.shape);
        const padded = Math.ceil(count / ARENA_ALIGNMENT) * ARENA_ALIGNMENT;
        entries.push({
          key: weightKey(node, name), node: node.id, name, shape: spec.shape, storage: spec.storage ?? defaultStorage(spec.shape.length),
          arena, offset, count, padded, init: spec.init, trainable: training !== undefined, buffer: spec.buffer === true, noDecay,
        });
        offset += padded;
      }
      if (!noDecay) decayed = offset;
    }
    return {
      name: arena, length: offset, trainable: training !== undefined, optimizer: training?.optimizer,
      learningRateFactor: training?.factor ?? 0, decayed, entries,
    };
  });
  const entries = arenas.flatMap((arena) => arena.entries);
  return { entries, byKey: new Map(entries.map((entry) => [entry.key, entry])), arenas, byArena: new Map(arenas.map((arena) => [arena.name, arena])) };
}

/** Outputs innermost, then inputs, then the window: [out, in] lies as [in, out], OIHW as HWIO. */
export function defaultStorage(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, i) => (i + 2 < rank ? i + 2 : rank - 1 - i));
}

/** Walk memory in storage order, with the index of each element in PyTorch's row-major layout. */
function forEachStored(shape: Shape, storage: readonly number[], visit: (position: number, index: number) => void): void {
  const strides = storage.map((axis) => elementCount(shape.slice(axis + 1)));
  const sizes = storage.map((axis) => shape[axis]!);
  const counter = storage.map(() => 0);
  const total = elementCount(shape);
  let index = 0;
  for (let position = 0; position < total; position++) {
    visit(position, index);
    for (let i = storage.length - 1; i >= 0; i--) {
      index += strides[i]!;
      if (++counter[i]! < sizes[i]!) break;
      index -= sizes[i]! * strides[i]!;
      counter[i] = 0;
    }
  }
}

/** From PyTorch's row-major layout to the order in memory. */
export function toStorage(data: ArrayLike<number>, shape: Shape, storage: readonly number[]): Float32Array {
  const out = new Float32Array(elementCount(shape));
  forEachStored(shape, storage, (position, index) => { out[position] = data[index]!; });
  return out;
}

/** From the order in memory to PyTorch's row-major layout. */
export function fromStorage(data: ArrayLike<number>, shape: Shape, storage: readonly number[]): Float32Array {
  const out = new Float32Array(elementCount(shape));
  forEachStored(shape, storage, (position, index) => { out[index] = data[position]!; });
  return out;
}

/** The arena's state value; the same value each time within one builder. */
export function arenaValue(b: Builder, arena: Arena): Value<'state'> {
  return b.state(arena.name, [arena.length]);
}

/** A parameter as it lies in its arena: [count]. Gradients are asked for with respect to this. `content` is what the arena holds by now, where an update has changed it. */
export function flatParameter(b: Builder, layout: ParameterLayout, entry: ParameterEntry, content?: Value): Value {
  const arena = layout.byArena.get(entry.arena);
  if (arena === undefined) throw new Error(`Parameter ${entry.key} lies in an arena '${entry.arena}' that its layout does not have.`);
  return b.slice(content ?? arenaValue(b, arena), 0, entry.offset, entry.offset + entry.count);
}

/** A parameter in its declared shape, given its flat value. */
export function declaredParameter(b: Builder, entry: ParameterEntry, flat: Value): Value {
  const stored = b.reshape(flat, entry.storage.map((axis) => entry.shape[axis]!));
  return b.permute(stored, entry.shape.map((_, axis) => entry.storage.indexOf(axis)));
}

/** The inverse of `declaredParameter`, padded with zeros to the alignment: a piece of an arena. */
export function arenaPiece(b: Builder, entry: ParameterEntry, declared: Value): Value {
  return b.pad(b.reshape(b.permute(declared, entry.storage), [entry.count]), [0], [entry.padded - entry.count]);
}
