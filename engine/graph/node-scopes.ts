/**
 * What each node may ask for while it is lowered: its own weights, buffers and random numbers. One
 * object serves a whole graph, so that a weight is sliced once and all buffer updates come together.
 */
import type { Goal, LowerScope } from '../nodes/node-type.ts';
import type { Builder } from '../tensor/builder.ts';
import { type Value, sameShape } from '../tensor/ir.ts';
import { type CheckedNode, weightKey } from './checked-graph.ts';
import type { NodeId } from './document.ts';
import { type ParameterEntry, type ParameterLayout, BUFFER_ARENA, arenaPiece, arenaValue, declaredParameter, flatParameter } from './parameters.ts';

export interface ScopeOptions {
  readonly builder: Builder;
  readonly layout: ParameterLayout;
  /** Rows of the batch, the N of every type. */
  readonly batch: number;
  readonly goal: Goal;
  /** i32 scalars that random numbers are made from. Only asked for when a node draws some. */
  readonly seed: Value | undefined;
  readonly step: Value | undefined;
  /** A step's second, third, … pass through a graph, after some of its weights have been updated. */
  readonly after?: EarlierPass | undefined;
}

/** What an earlier pass of the same step leaves to the next. */
export interface EarlierPass {
  readonly scopes: NodeScopes;
  /** By arena: the weights as they are by now. */
  readonly arenas: ReadonlyMap<string, Value>;
  /** Those that have changed since. */
  readonly updated: ReadonlySet<string>;
}

export class NodeScopes {
  /** Flat [count] value of each weight and buffer that was asked for, by key. */
  readonly weightSlices = new Map<string, Value>();
  readonly #options: ScopeOptions;
  /** 1 for a step's first pass. */
  readonly #pass: number;
  /** What each buffer will hold after this step, and which node said so last. */
  readonly #bufferValues = new Map<string, { readonly node: NodeId | undefined; readonly value: Value }>();

  constructor(options: ScopeOptions) {
    this.#options = options;
    const { after, layout } = options;
    this.#pass = after === undefined ? 1 : after.scopes.#pass + 1;
    if (after === undefined) return;
    for (const [key, slice] of after.scopes.weightSlices) if (!after.updated.has(layout.byKey.get(key)?.arena ?? '')) this.weightSlices.set(key, slice);
    // The same node goes on from its own update too: its layer is called once more.
    for (const [key, { value }] of after.scopes.#bufferValues) this.#bufferValues.set(key, { node: undefined, value });
  }

  of(node: CheckedNode): LowerScope {
    const { builder: b, batch, goal, seed, step } = this.#options;
    let randomCalls = 0;
    return {
      b, batch, goal, training: goal === 'train', inputTypes: node.inputTypes,
      weight: (name) => {
        const entry = this.#entry(node, name);
        // Nodes that have a buffer in common go on from one another's updates, in the order of the graph, as a layer does that is called twice.
        const updated = this.#bufferValues.get(entry.key);
        if (updated !== undefined && updated.node !== node.id) return updated.value;
        return declaredParameter(b, entry, this.#slice(entry));
      },
      updateBuffer: (name, value) => {
        const entry = this.#entry(node, name);
        if (!entry.buffer) throw new Error(`Node '${node.label}' updates '${name}', which it declares as a weight, not as a buffer.`);
        if (!sameShape(entry.shape, value.shape)) throw new Error(`Node '${node.label}' updates '${name}' of shape [${entry.shape.join(', ')}] with a value of shape [${value.shape.join(', ')}].`);
        this.#bufferValues.set(entry.key, { node: node.id, value });
      },
      random: (shape, distribution) => {
        if (seed === undefined || step === undefined) throw new Error(`Node '${node.label}' draws random numbers; this graph is lowered without a seed and a step.`);
        return b.random(shape, distribution, randomStream(node.id, randomCalls++, this.#pass), seed, step);
      },
    };
  }

  /** The arena of buffers after this step: new pieces where a node gave one, the old content elsewhere. */
  bufferUpdate(): { readonly state: Value<'state'>; readonly value: Value } | undefined {
    const { builder: b, layout } = this.#options;
    const arena = layout.byArena.get(BUFFER_ARENA);
    if (arena === undefined || this.#bufferValues.size === 0) return undefined;
    const state = arenaValue(b, arena);
    const pieces = arena.entries.map((entry) => {
      const updated = this.#bufferValues.get(entry.key);
      return updated === undefined ? b.slice(state, 0, entry.offset, entry.offset + entry.padded) : b.at(entry.node, () => arenaPiece(b, entry, updated.value));
    });
    return { state, value: b.concat(pieces, 0) };
  }

  #entry(node: CheckedNode, name: string): ParameterEntry {
    const entry = this.#options.layout.byKey.get(weightKey(node, name));
    if (entry === undefined) throw new Error(`Node '${node.label}' (${node.definition.type}) asks for a weight '${name}' that it does not declare.`);
    return entry;
  }

  #slice(entry: ParameterEntry): Value {
    const known = this.weightSlices.get(entry.key);
    if (known !== undefined) return known;
    const { builder, layout, after } = this.#options;
    const value = flatParameter(builder, layout, entry, after?.arenas.get(entry.arena));
    this.weightSlices.set(entry.key, value);
    return value;
  }
}

/**
 * The random stream of a node's n-th draw: FNV-1a (Fowler, Noll, Vo) over the node's id and n, so
 * that a node added elsewhere leaves every other node's numbers as they were. Later passes draw anew.
 */
export function randomStream(node: NodeId, call: number, pass = 1): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${node}#${call}${pass === 1 ? '' : `@${pass}`}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
