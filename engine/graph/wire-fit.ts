/**
 * Whether a wire that is still being dragged would fit, and if not why, in words, with a way out. The
 * node that it would enter is inferred again with it, as the checker would, so that both always say the same.
 */
import type { Port, Repair, TensorType, Text } from '../nodes/node-type.ts';
import { type Analysis, analyze } from './analysis.ts';
import { type NodePorts, portsOf } from './block-ports.ts';
import { inferNode } from './check-types.ts';
import { KINDS, kindAdvice } from './check-wires.ts';
import { type GraphDoc, type NodeId, type NodeRec, type PortRef, type Subgraph, BLOCK_TYPE } from './document.ts';
import { type Draft, Report } from './draft.ts';

export type WireFit =
  | { readonly fits: true; /** The wire that it would take the place of. */ readonly replaces?: string }
  | { readonly fits: false; readonly why: Text; /** At the node that the wire would enter, or at `node`, a flat id. */ readonly repair?: Repair & { readonly node?: NodeId } };

/** The end of the wire that is held fast; the other one is asked for. */
export type FixedEnd = { readonly from: PortRef } | { readonly to: PortRef };

/** The key of a port in what `fitWires` gives. */
export const fitKey = ({ node, port }: PortRef): string => `${node}.${port}`;

/**
 * How a wire fits every port at which it could end (`from` fixed: all inputs) or begin (`to` fixed: all
 * outputs) on one level of the document, by `fitKey`.
 *
 * @param path the instances that lead to the level, outermost first; none for the top. Inside a block the
 *   types are those of this very instance, as `checkGraph` finds them under its flat ids; where it has
 *   no wires outside, types are unknown, and what is unknown fits.
 */
export function fitWires(doc: GraphDoc, path: readonly NodeId[], end: FixedEnd): ReadonlyMap<string, WireFit> {
  const fits = new Map<string, WireFit>();
  const level = levelAt(doc, path);
  if (level === undefined) return fits;
  const fitter = new Fitter(doc, level);
  for (const [node, record] of Object.entries(level.graph.nodes)) {
    const ports = portsOf(doc, record);
    if ('from' in end) for (const { name } of ports?.inputs ?? []) fits.set(fitKey({ node, port: name }), fitter.fit(end.from, { node, port: name }));
    else for (const { name } of ports?.outputs ?? []) fits.set(fitKey({ node, port: name }), fitter.fit({ node, port: name }, end.to));
  }
  return fits;
}

/** The same for one wire. */
export function fitWire(doc: GraphDoc, from: PortRef, to: PortRef, path: readonly NodeId[] = []): WireFit {
  const level = levelAt(doc, path);
  return level === undefined ? { fits: true } : new Fitter(doc, level).fit(from, to);
}

interface Level {
  readonly graph: Subgraph;
  readonly prefix: string;
  /** By `fitKey`: the name of the block's input that feeds a port inside. */
  readonly fedBy: ReadonlyMap<string, string>;
}

function levelAt(doc: GraphDoc, path: readonly NodeId[]): Level | undefined {
  let level: Level = { graph: doc, prefix: '', fedBy: new Map() };
  for (const id of path) {
    const block = ownNode(level.graph, id)?.block;
    const definition = block === undefined || doc.blocks === undefined || !Object.hasOwn(doc.blocks, block) ? undefined : doc.blocks[block];
    if (definition === undefined) return undefined;
    level = { graph: definition, prefix: `${level.prefix}${id}/`, fedBy: new Map(definition.inputs.flatMap(({ name, to }) => to.map((ref) => [fitKey(ref), name]))) };
  }
  return level;
}

const ownNode = (graph: Subgraph, id: NodeId): NodeRec | undefined => (Object.hasOwn(graph.nodes, id) ? graph.nodes[id] : undefined);
const misfit = (why: Text, repair?: Repair): WireFit => ({ fits: false, why, ...(repair === undefined ? {} : { repair }) });

/** An end of the wire: its port, and the nodes behind it in the flat document. */
interface End {
  readonly record: NodeRec;
  readonly ports: NodePorts;
  readonly port: Port;
}

class Fitter {
  readonly #doc: GraphDoc;
  readonly #level: Level;
  readonly #analysis: Analysis;
  readonly #virtual: ReadonlyMap<NodeId, Analysis['flat']['virtual'][number]>;
  readonly #place: ReadonlyMap<Draft, number>;
  /** What the flat node of a source depends on, itself included. */
  readonly #ancestors = new Map<Draft, ReadonlySet<Draft>>();
  /** In the shown level: what a node depends on, itself included. */
  readonly #before = new Map<NodeId, ReadonlySet<NodeId>>();
  readonly #feeders = new Map<NodeId, NodeId[]>();
  /** By `fitKey`: the first wire into a port. */
  readonly #wireInto = new Map<string, string>();

  constructor(doc: GraphDoc, level: Level) {
    this.#doc = doc;
    this.#level = level;
    this.#analysis = analyze(doc);
    this.#virtual = new Map(this.#analysis.flat.virtual.map((each) => [each.id, each]));
    this.#place = new Map(this.#analysis.order.map((draft, i) => [draft, i]));
    for (const [id, { from, to }] of Object.entries(level.graph.edges)) {
      if (!this.#wireInto.has(fitKey(to))) this.#wireInto.set(fitKey(to), id);
      const feeders = this.#feeders.get(to.node);
      if (feeders === undefined) this.#feeders.set(to.node, [from.node]);
      else feeders.push(from.node);
    }
  }

  fit(from: PortRef, to: PortRef): WireFit {
    const source = this.#endOf(from, 'outputs');
    const target = this.#endOf(to, 'inputs');
    if (source === undefined || target === undefined) return misfit({ en: 'There is no such port.', zh: '没有这个端口。' });
    if (from.node === to.node) return misfit({ en: 'A node cannot feed itself.', zh: '节点不能连接到自身。' });
    if (source.port.kind !== target.port.kind) return this.#kindMisfit(source.port, target.port);
    const isTaken = target.port.multiple !== true;
    const outside = isTaken ? this.#level.fedBy.get(fitKey(to)) : undefined;
    if (outside !== undefined) {
      return misfit({
        en: `This port is fed through the block's input '${outside}', and it takes one wire only; remove that input first.`,
        zh: `该端口由模块的输入“${outside}”供给，且只能接一条连线；请先移除那个输入。`,
      });
    }
    const flatSource = this.#sourceDraft(from, source);
    const targets = this.#targetsOf(to, target.record);
    if (this.#makesCycle(from, to, source, target, flatSource, targets)) {
      return misfit({
        en: `'${nameOf(source.record, from.node)}' depends on '${nameOf(target.record, to.node)}' already; values must flow one way, so this wire would make a cycle.`,
        zh: `“${nameOf(source.record, from.node)}”已经依赖于“${nameOf(target.record, to.node)}”；数值必须单向流动，这条连线会构成环路。`,
      });
    }
    const replaced = isTaken ? this.#wireInto.get(fitKey(to)) : undefined;
    const type = flatSource?.draft.outputTypes?.[flatSource.output];
    const problem = type === undefined || flatSource === undefined ? undefined : this.#infer(flatSource, type, targets, replaced, this.#level.prefix + to.node);
    return problem ?? { fits: true, ...(replaced === undefined ? {} : { replaces: replaced }) };
  }

  #endOf(ref: PortRef, side: 'inputs' | 'outputs'): End | undefined {
    const record = ownNode(this.#level.graph, ref.node);
    const ports = record === undefined ? undefined : portsOf(this.#doc, record);
    const port = ports?.[side].find((each) => each.name === ref.port);
    return record === undefined || ports === undefined || port === undefined ? undefined : { record, ports, port };
  }

  #kindMisfit(from: Port, to: Port): WireFit {
    const advice = kindAdvice(from, to);
    const isAdvice = advice.en !== 'remove the wire';
    return misfit({
      en: `This output is a ${from.kind}, and '${to.name}' takes a ${to.kind}${isAdvice ? `; ${advice.en}` : ''}.`,
      zh: `这个输出是${KINDS[from.kind]}，而“${to.name}”需要${KINDS[to.kind]}${isAdvice ? `；${advice.zh}` : ''}。`,
    });
  }

  /** The flat node that an output stands for: through blocks, and past muted nodes. */
  #sourceDraft(ref: PortRef, { record, ports }: End): { readonly draft: Draft; readonly output: number } | undefined {
    const flat = this.#level.prefix + ref.node;
    const virtual = this.#virtual.get(flat);
    const end = virtual === undefined ? { node: flat, port: ref.port } : virtual.outputs.find(({ port }) => port.name === ref.port)?.from;
    const draft = end === undefined ? undefined : this.#analysis.drafts.get(end.node);
    if (draft === undefined) return undefined;
    const outputs = virtual === undefined && record.type !== BLOCK_TYPE ? ports.outputs : (draft.definition?.outputs ?? []);
    const output = outputs.findIndex((port) => port.name === end?.port);
    return output < 0 ? undefined : { draft, output };
  }

  /** The flat ports that a wire into a port would feed; none behind a muted node. */
  #targetsOf(ref: PortRef, record: NodeRec, prefix = this.#level.prefix, depth = 0): readonly PortRef[] {
    if (record.muted === true || depth > 32) return [];
    const flat = prefix + ref.node;
    if (record.type !== BLOCK_TYPE) return [{ node: flat, port: ref.port }];
    const definition = record.block === undefined ? undefined : this.#doc.blocks?.[record.block];
    if (definition === undefined || !this.#virtual.has(flat)) return [];
    return (definition.inputs.find(({ name }) => name === ref.port)?.to ?? []).flatMap((each) => {
      const inner = ownNode(definition, each.node);
      return inner === undefined ? [] : this.#targetsOf(each, inner, `${flat}/`, depth + 1);
    });
  }

  /** Exactly, through blocks; a muted node counts as if it were not, for it may be unmuted. */
  #makesCycle(from: PortRef, to: PortRef, source: End, target: End, flatSource: { readonly draft: Draft } | undefined, targets: readonly PortRef[]): boolean {
    const isExact = flatSource !== undefined && targets.length > 0 && source.record.muted !== true && target.record.muted !== true;
    if (!isExact) return this.#shownBefore(from.node).has(to.node);
    const before = this.#ancestorsOf(flatSource.draft);
    return targets.some(({ node }) => {
      const draft = this.#analysis.drafts.get(node);
      return draft !== undefined && before.has(draft);
    });
  }

  #ancestorsOf(root: Draft): ReadonlySet<Draft> {
    const known = this.#ancestors.get(root);
    if (known !== undefined) return known;
    const found = new Set<Draft>([root]);
    for (const node of found) for (const { source } of node.incoming) found.add(source);
    this.#ancestors.set(root, found);
    return found;
  }

  #shownBefore(root: NodeId): ReadonlySet<NodeId> {
    const known = this.#before.get(root);
    if (known !== undefined) return known;
    const found = new Set<NodeId>([root]);
    for (const node of found) for (const feeder of this.#feeders.get(node) ?? []) found.add(feeder);
    this.#before.set(root, found);
    return found;
  }

  /** Infers the nodes that the wire would enter, and inside a block what follows there, as if it were drawn. */
  #infer(source: { readonly draft: Draft; readonly output: number }, type: TensorType, targets: readonly PortRef[], replaced: string | undefined, flat: NodeId): WireFit | undefined {
    const shown = replaced === undefined ? undefined : this.#level.prefix + replaced;
    /** Nodes as they would be. */
    const changed = new Map<Draft, Draft>();
    for (const { node, port } of targets) {
      const draft = this.#analysis.drafts.get(node);
      const definition = draft?.definition;
      if (draft === undefined || definition === undefined) continue;
      const copy = changed.get(draft) ?? copyOf(draft, draft.incoming.filter((wire) => wire.shown !== shown));
      const wire: Draft['incoming'][number] = { id: '', shown: '', edge: { from: { node: source.draft.id, port: '' }, to: { node, port } }, source: source.draft, output: source.output };
      const place = (name: string): number => definition.inputs.findIndex((each) => each.name === name);
      // A wire is drawn behind those that enter the same port already.
      const at = copy.incoming.findIndex((each) => place(each.edge.to.port) > place(port));
      copy.incoming = at < 0 ? [...copy.incoming, wire] : [...copy.incoming.slice(0, at), wire, ...copy.incoming.slice(at)];
      changed.set(draft, copy);
    }
    const inside = `${flat}/`;
    const isBlock = targets.some(({ node }) => node.startsWith(inside));
    const pending = isBlock ? this.#inside(inside) : [...changed.keys()];
    for (const draft of pending) {
      if (!changed.has(draft) && draft.incoming.some((wire) => changed.has(wire.source))) {
        changed.set(draft, copyOf(draft, draft.incoming.map((wire) => ({ ...wire, source: changed.get(wire.source) ?? wire.source }))));
      }
      const copy = changed.get(draft);
      if (copy === undefined) continue;
      // Within a block the copies of earlier nodes take the place of the nodes.
      copy.incoming = copy.incoming.map((wire) => ({ ...wire, source: changed.get(wire.source) ?? wire.source }));
      const problem = this.#inferOne(copy, source.draft, type);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #inside(prefix: string): readonly Draft[] {
    return [...this.#place.keys()].filter(({ id }) => id.startsWith(prefix));
  }

  #inferOne(copy: Draft, source: Draft, type: TensorType): WireFit | undefined {
    const { inputs = [] } = copy.definition ?? {};
    const types: TensorType[] = [];
    // Up to the first input that is open or unknown: what a node says of those before it holds already.
    for (const port of inputs) {
      const wires = copy.incoming.filter((wire) => wire.edge.to.port === port.name);
      const known = wires.map((wire) => (wire.source === source && wire.id === '' ? type : wire.source.outputTypes?.[wire.output]));
      const isOpen = wires.length === 0 && port.optional !== true;
      if (isOpen || known.includes(undefined)) return types.length === 0 || !copy.incoming.slice(0, types.length).some((wire) => wire.id === '') ? undefined : this.#problemOf(copy, types);
      for (const each of known) if (each !== undefined) types.push(each);
    }
    return this.#problemOf(copy, types);
  }

  #problemOf(copy: Draft, types: readonly TensorType[]): WireFit | undefined {
    const report = new Report();
    // No cache: it keeps what the document says, and this is what it might say.
    inferNode(copy, types, { ...this.#analysis.context, cache: undefined }, report);
    const problem = report.problems.find(({ severity }) => severity === 'error');
    // That it wants further wires is no fault of this one.
    if (problem === undefined || problem.code === 'missing-input' || problem.code === 'infer-failed') return undefined;
    return { fits: false, why: problem.text, ...(problem.repair === undefined ? {} : { repair: problem.repair }) };
  }
}

const nameOf = (record: NodeRec, id: NodeId): string => record.label ?? id;

function copyOf(draft: Draft, incoming: Draft['incoming']): Draft {
  return { ...draft, incoming, faulty: false, inputTypes: undefined, outputTypes: undefined, weights: {} };
}
