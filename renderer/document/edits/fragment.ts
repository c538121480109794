/**
 * The clipboard: a selection as the text of a small `.netloom` document, and such a text put into a
 * document. The text may come from anywhere, so it is read as a file of a stranger is.
 */
import { type BlockDef, type BlockId, type EdgeRec, type GraphDoc, type NodeRec, type Subgraph, DOCUMENT_VERSION } from '../../../engine/graph/document.ts';
import { compareIds } from '../../../engine/graph/ids.ts';
import { MAX_NODES, parseDocument, serializeDocument } from '../../../engine/graph/parse.ts';
import { PasteError, type Point } from '../editing.ts';
import type { Selection } from '../editor-store.ts';
import { holdsBlock } from './border.ts';
import { type EditScope, wholePoint } from './edit-scope.ts';
import { freeId, freshEdgeIds } from './ids.ts';
import { movedTrainer } from './trainers.ts';

/** What an edit has put into the graph, to be selected. */
export interface Placed {
  readonly nodes: ReadonlySet<string>;
  readonly frames: ReadonlySet<string>;
  readonly comments: ReadonlySet<string>;
}
type Chosen = Pick<Selection, 'nodes' | 'frames' | 'comments'>;

/** How far a copy lies from its original. */
export const COPY_OFFSET: Point = { x: 40, y: 40 };

// Writing ----------------------------------------------------------------------------------------

/** Undefined when nothing of the graph is chosen. */
export function fragmentOf(doc: GraphDoc, graph: Subgraph, chosen: Chosen): GraphDoc | undefined {
  const nodes = pick(graph.nodes, chosen.nodes);
  const frames = pick(graph.frames ?? {}, chosen.frames);
  const comments = pick(graph.comments ?? {}, chosen.comments);
  if (isEmpty(nodes) && isEmpty(frames) && isEmpty(comments)) return undefined;
  const edges = Object.fromEntries(Object.entries(graph.edges).filter(([, { from, to }]) => nodes[from.node] !== undefined && nodes[to.node] !== undefined));
  const blocks = pick(doc.blocks ?? {}, blocksIn(nodes, doc.blocks ?? {}));
  return {
    format: 'netloom', version: DOCUMENT_VERSION, name: '', training: doc.training, nodes, edges,
    ...(isEmpty(frames) ? {} : { frames }), ...(isEmpty(comments) ? {} : { comments }), ...(isEmpty(blocks) ? {} : { blocks }),
  };
}

export const fragmentText = (fragment: GraphDoc): string => serializeDocument(fragment);

function pick<T>(records: Readonly<Record<string, T>>, ids: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(records).filter(([id]) => ids.has(id)));
}

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;

/** The definitions that nodes need, those inside others included. */
function blocksIn(nodes: Readonly<Record<string, NodeRec>>, blocks: Readonly<Record<BlockId, BlockDef>>): ReadonlySet<BlockId> {
  const found = new Set<BlockId>();
  const visit = (inside: Readonly<Record<string, NodeRec>>): void => {
    for (const { block } of Object.values(inside)) {
      if (block === undefined || found.has(block)) continue;
      found.add(block);
      visit(blocks[block]?.nodes ?? {});
    }
  };
  visit(nodes);
  return found;
}

// Reading ----------------------------------------------------------------------------------------

/** Mail programs put `>` before lines and hard spaces between words; neither is in a document of ours outside its texts. */
export function readFragment(text: string): GraphDoc {
  const plain = text.replace(/^(?:>[ \t]?)+/gm, '').replaceAll('\u00a0', ' ');
  const start = plain.indexOf('{');
  const end = plain.lastIndexOf('}');
  const claims = /"format"\s*:\s*"netloom"/.test(plain);
  const result = parseDocument(start < 0 || !claims ? plain : plain.slice(start, Math.max(start, end) + 1));
  if (result.doc === undefined) {
    if (result.problem.code === 'file-newer') throw new PasteError('newer');
    throw new PasteError(claims ? 'damaged' : 'not-netloom');
  }
  const { doc } = result;
  if (isEmpty(doc.nodes) && isEmpty(doc.frames ?? {}) && isEmpty(doc.comments ?? {})) throw new PasteError('damaged');
  return doc;
}

/** Puts a fragment into the graph that is shown: fresh ids, its blocks shared with equal ones of the document. Throws PasteError. */
export function placeFragment(scope: EditScope, fragment: GraphDoc, position: Point | undefined): Placed {
  const count = Object.keys(fragment.nodes).length;
  if (Object.keys(scope.graph.nodes).length + count > MAX_NODES) throw new PasteError('too-large');
  const blockIds = mergeBlocks(scope, fragment);
  const offset = position === undefined ? freeOffset(scope, fragment) : offsetTo(fragment, position);
  const node = ({ block, ...record }: NodeRec): NodeRec => ({ ...record, ...(block === undefined ? {} : { block: blockIds.get(block)! }) });
  return place(scope, { ...fragment, nodes: Object.fromEntries(Object.entries(fragment.nodes).map(([id, record]) => [id, node(record)])) }, offset, []).placed;
}

/** Copies of what is chosen, beside it: with all wires among the copies, and those that come in from outside. */
export function duplicate(scope: EditScope, graph: Subgraph, chosen: Chosen, offset: Point): Placed {
  const incoming = Object.entries(graph.edges).filter(([, { from, to }]) => chosen.nodes.has(to.node) && !chosen.nodes.has(from.node));
  const part = {
    nodes: pick(graph.nodes, chosen.nodes), frames: pick(graph.frames ?? {}, chosen.frames), comments: pick(graph.comments ?? {}, chosen.comments),
    edges: Object.fromEntries(Object.entries(graph.edges).filter(([, { from, to }]) => chosen.nodes.has(from.node) && chosen.nodes.has(to.node))),
  };
  const { placed, ids } = place(scope, part, offset, incoming);
  // Inside a block, copies are fed by the block's inputs as their originals are.
  for (const input of scope.border?.inputs ?? []) {
    const copies = input.to.flatMap(({ node, port }) => (ids.has(node) ? [{ node: ids.get(node)!, port }] : []));
    if (copies.length > 0) input.to.push(...copies);
  }
  return placed;
}

function place({ graph, block }: EditScope, part: Subgraph, offset: Point, incoming: readonly (readonly [string, EdgeRec])[]): { readonly placed: Placed; readonly ids: ReadonlyMap<string, string> } {
  const ids = new Map<string, string>();
  const moved = <T extends { readonly position: Point }>(record: T): T => ({ ...structuredClone(record), position: wholePoint({ x: record.position.x + offset.x, y: record.position.y + offset.y }) });
  // Plain sets of ids: asking a draft a million times takes seconds.
  const taken = new Set(Object.keys(graph.nodes));
  for (const [id, record] of inOrder(part.nodes)) {
    const next = freeId(id, (each) => taken.has(each));
    taken.add(next);
    ids.set(id, next);
    graph.nodes[next] = moved(record) as typeof graph.nodes[string];
  }
  // Copies are trained by the copy of their optimizer, where that was copied too.
  if (block === undefined) {
    for (const copy of ids.values()) {
      const node = graph.nodes[copy]!;
      const trainer = node.trainedBy === undefined ? undefined : movedTrainer(node.trainedBy, (first) => ids.get(first));
      if (trainer !== undefined) node.trainedBy = trainer;
    }
  }
  const nextEdge = freshEdgeIds(graph.edges);
  for (const [, { from, to }] of inOrder({ ...part.edges, ...Object.fromEntries(incoming) })) {
    const target = ids.get(to.node);
    const source = ids.get(from.node) ?? (part.nodes[from.node] === undefined ? from.node : undefined);
    if (target === undefined || source === undefined || !taken.has(source)) continue;
    graph.edges[nextEdge()] = { from: { node: source, port: from.port }, to: { node: target, port: to.port } };
  }
  const placed = { nodes: new Set(ids.values()), frames: new Set<string>(), comments: new Set<string>() };
  for (const kind of ['frames', 'comments'] as const) {
    for (const [id, record] of inOrder<{ readonly position: Point }>(part[kind] ?? {})) {
      const records: Record<string, unknown> = (graph[kind] ??= {});
      const next = freeId(id, (each) => records[each] !== undefined);
      records[next] = moved(record);
      placed[kind].add(next);
    }
  }
  return { placed, ids };
}

const inOrder = <T>(records: Readonly<Record<string, T>>): [string, T][] => Object.entries(records).sort(([a], [b]) => compareIds(a, b));

function* positionsIn(part: Subgraph): Generator<Point> {
  for (const records of [part.nodes, part.frames ?? {}, part.comments ?? {}]) for (const record of Object.values(records)) yield (record as { readonly position: Point }).position;
}

/** From where things were to where their middle lies at the given point. */
function offsetTo(part: Subgraph, { x, y }: Point): Point {
  const points = [...positionsIn(part)];
  const middle = (values: readonly number[]): number => (Math.min(...values) + Math.max(...values)) / 2;
  return { x: x - middle(points.map((point) => point.x)), y: y - middle(points.map((point) => point.y)) };
}

/** Where the copy lay, or the first step beside it at which it covers nothing exactly. */
function freeOffset({ graph }: EditScope, part: Subgraph): Point {
  const taken = new Set([...positionsIn(graph as Subgraph)].map(({ x, y }) => `${Math.round(x)},${Math.round(y)}`));
  for (let i = 0; ; i++) {
    const offset = { x: i * COPY_OFFSET.x, y: i * COPY_OFFSET.y };
    if (![...positionsIn(part)].some(({ x, y }) => taken.has(`${Math.round(x + offset.x)},${Math.round(y + offset.y)}`))) return offset;
  }
}

/** Brings the fragment's definitions into the document; an equal one that is there already is shared. From the fragment's ids to the document's. */
function mergeBlocks({ doc, block: shown }: EditScope, fragment: GraphDoc): ReadonlyMap<BlockId, BlockId> {
  const mapped = new Map<BlockId, BlockId>();
  const open = new Set<BlockId>();
  const known = new Map(Object.entries(doc.blocks ?? {}).map(([id, definition]) => [canonical(definition), id]));
  const merge = (id: BlockId): BlockId => {
    const done = mapped.get(id);
    if (done !== undefined) return done;
    const definition = fragment.blocks?.[id];
    // An instance of nothing, or a block that holds itself: no document of ours has that.
    if (definition === undefined || open.has(id)) throw new PasteError('damaged');
    open.add(id);
    const nodes = Object.fromEntries(Object.entries(definition.nodes).map(([node, record]) => [node, record.block === undefined ? record : { ...record, block: merge(record.block) }]));
    const merged: BlockDef = { ...definition, nodes };
    const text = canonical(merged);
    let next = doc.blocks?.[id] !== undefined && canonical(doc.blocks[id]) === text ? id : known.get(text);
    if (next === undefined) {
      next = freeId(id, (each) => doc.blocks?.[each] !== undefined);
      (doc.blocks ??= {})[next] = structuredClone(merged) as NonNullable<typeof doc.blocks>[string];
      known.set(text, next);
    }
    open.delete(id);
    mapped.set(id, next);
    return next;
  };
  for (const { block } of Object.values(fragment.nodes)) {
    if (block === undefined) continue;
    const next = merge(block);
    if (shown !== undefined && holdsBlock(doc, next, shown)) throw new PasteError('recursive');
  }
  return mapped;
}

/** Text that is the same for equal values, whatever the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item);
}
