/**
 * From a document with blocks and muted nodes to the nodes and wires that it stands for. Instances are
 * replaced by what is inside them, wires lead through the ports of blocks and past muted nodes. Whatever
 * the definitions are (missing, damaged, containing themselves), this ends, and says what is wrong.
 */
import type { AnyNodeType, Port } from '../nodes/node-type.ts';
import { nodeType } from '../nodes/registry.ts';
import { type NodePorts, portsOf } from './block-ports.ts';
import { type BlockDef, type EdgeId, type EdgeRec, type GraphDoc, type NodeId, type NodeRec, type ParamValue, type PortRef, type Subgraph, BLOCK_TYPE } from './document.ts';
import { Report, roleOf } from './draft.ts';
import { compareIds, nearestName } from './ids.ts';
import type { Problem } from './problem.ts';

/** Twice what a document may hold on its own level. More is not drawn by hand, but by a file that multiplies itself. */
export const MAX_FLAT_NODES = 20_000;
const MAX_FLAT_WIRES = 100_000;
/** Blocks inside blocks. */
const MAX_BLOCK_DEPTH = 32;

export interface FlatNode {
  readonly id: NodeId;
  /** The document's own record where nothing around it changes it. */
  readonly record: NodeRec;
  /** An instance that could not be expanded, which has been reported. */
  readonly broken: boolean;
  /** Names its weights: the same for all nodes that have them in common. */
  readonly weightsOf: string;
}

export interface FlatWire {
  readonly id: EdgeId;
  /** The wire as the document has it: its path. */
  readonly shown: EdgeId;
  /** Undefined when nothing can come through it, for a reason that has been reported. */
  readonly from: PortRef | undefined;
  readonly to: PortRef;
}

/** A node that the flat document does not have: an instance of a block, or a muted node. */
export interface VirtualNode {
  readonly id: NodeId;
  readonly record: NodeRec;
  readonly inputs: readonly { readonly port: string; readonly edge: EdgeId; readonly from: PortRef | undefined }[];
  /** Where what it gives comes from, by output port. */
  readonly outputs: readonly { readonly port: Port; readonly from: PortRef | undefined }[];
}

export interface Setting {
  /** The instance that gives a node inside its parameter, and the name that it has there. */
  readonly node: NodeId;
  readonly param: string;
}

export interface Expansion {
  /** Nothing was expanded or bypassed: nodes and wires are the document's own. */
  readonly isFlat: boolean;
  readonly nodes: ReadonlyMap<NodeId, FlatNode>;
  /** Those into one port in the order in which they count: what comes in through the block's ports last, unless these name their place. */
  readonly wires: readonly FlatWire[];
  readonly virtual: readonly VirtualNode[];
  readonly pathOf: ReadonlyMap<string, readonly string[]>;
  /** By `<flat id>.<port>`: the port of a block, outermost, that would feed it if it had a wire. */
  readonly openPorts: ReadonlyMap<string, PortRef>;
  /** By `<flat id>.<parameter>`: which instance sets it. */
  readonly settings: ReadonlyMap<string, Setting>;
  readonly problems: readonly Problem[];
}

/** The top level, or the inside of one instance. */
interface Scope {
  /** What stands in front of ids: '' or `block1/`. */
  readonly prefix: string;
  readonly path: readonly NodeId[];
  readonly depth: number;
  readonly graph: Subgraph;
  /** Around an instance's inside. */
  readonly outside: { readonly scope: Scope; readonly instance: NodeId; readonly block: string; readonly definition: BlockDef; readonly broken: { readonly inputs: ReadonlySet<string>; readonly outputs: ReadonlySet<string> } } | undefined;
  readonly weightPrefix: string;
  readonly frozen: boolean;
  readonly learningRateFactor: number;
  readonly trainedBy: NodeId | undefined;
  /** Parameters that the instance sets, by node. */
  readonly settings: ReadonlyMap<NodeId, ReadonlyMap<string, { readonly value: ParamValue; readonly by: Setting }>>;
  /** Instances that were expanded. */
  readonly inside: Map<NodeId, Scope>;
  readonly edges: readonly (readonly [EdgeId, EdgeRec])[];
  /** By target node and port. */
  readonly wiresTo: ReadonlyMap<string, readonly (readonly [EdgeId, EdgeRec])[]>;
  /** By node and port: the ports of the block that feed it. */
  readonly fedBy: ReadonlyMap<string, readonly { readonly input: number; readonly to: number }[]>;
}

/** A wire into a port, before it is known where what it carries comes from. */
interface Incoming {
  /** Its id within the scope of the port, which gives its place: that of wires through ports of the block begins with the place that the definition gives them, or comes last. */
  readonly local: string;
  /** Where it is drawn. */
  readonly scope: Scope;
  readonly edge: EdgeId;
  readonly from: PortRef;
}

/** Kinds of nodes that are not there at all when they are muted: nothing flows on from them that a layer could take. */
const VANISHING: ReadonlySet<string> = new Set(['loss', 'optimizer', 'schedule', 'metric', 'output']);

export function expand(doc: GraphDoc, lookup: { nodeType(type: string): AnyNodeType | undefined } = { nodeType }): Expansion {
  return new Expander(doc, lookup).run();
}

/** Where nothing comes from because a muted node is simply not there: as if the wire were not there either. */
const NOTHING: PortRef = { node: '', port: '' };

const refKey = (node: NodeId, port: string): string => `${node}.${port}`;
const nodeIn = (graph: Subgraph, id: NodeId): NodeRec | undefined => (Object.hasOwn(graph.nodes, id) ? graph.nodes[id] : undefined);
const sortedEdges = (graph: Subgraph): (readonly [EdgeId, EdgeRec])[] => Object.entries(graph.edges).sort(([a], [b]) => compareIds(a, b));

class Expander {
  readonly #doc: GraphDoc;
  readonly #lookup: { nodeType(type: string): AnyNodeType | undefined };
  readonly #report = new Report();
  readonly #nodes = new Map<NodeId, FlatNode>();
  readonly #wires: FlatWire[] = [];
  readonly #virtual: VirtualNode[] = [];
  readonly #pathOf = new Map<string, readonly string[]>();
  readonly #openPorts = new Map<string, PortRef>();
  readonly #settings = new Map<string, Setting>();
  readonly #incoming = new Map<Scope, Map<string, readonly Incoming[]>>();
  readonly #sources = new Map<Scope, Map<string, PortRef | undefined>>();
  readonly #told = new Set<string>();
  #wireCount = 0;
  #nodeCount = 0;

  constructor(doc: GraphDoc, lookup: { nodeType(type: string): AnyNodeType | undefined }) {
    this.#doc = doc;
    this.#lookup = lookup;
  }

  run(): Expansion {
    const records = Object.entries(this.#doc.nodes);
    const isFlat = records.every(([, record]) => record.type !== BLOCK_TYPE && record.muted !== true);
    if (isFlat) {
      for (const [id, record] of records) {
        this.#nodes.set(id, { id, record, broken: false, weightsOf: id });
        this.#pathOf.set(id, [id]);
      }
      for (const [id, edge] of sortedEdges(this.#doc)) {
        this.#wires.push({ id, shown: id, from: edge.from, to: edge.to });
        this.#pathOf.set(id, [id]);
      }
    } else {
      const top = this.#scope(this.#doc, undefined);
      const scopes: Scope[] = [];
      this.#enter(top, scopes);
      for (const scope of scopes) this.#flatten(scope);
    }
    return {
      isFlat, nodes: this.#nodes, wires: this.#wires, virtual: this.#virtual, pathOf: this.#pathOf, openPorts: this.#openPorts, settings: this.#settings, problems: this.#report.problems,
    };
  }

  // Scopes ---------------------------------------------------------------------------------------

  #scope(graph: Subgraph, outside: Scope['outside'], record?: NodeRec): Scope {
    const edges = sortedEdges(graph);
    const wiresTo = new Map<string, (readonly [EdgeId, EdgeRec])[]>();
    for (const entry of edges) {
      const key = refKey(entry[1].to.node, entry[1].to.port);
      const wires = wiresTo.get(key);
      if (wires === undefined) wiresTo.set(key, [entry]);
      else wires.push(entry);
    }
    const fedBy = new Map<string, { input: number; to: number }[]>();
    for (const [input, { to: targets }] of (outside?.definition.inputs ?? []).entries()) {
      for (const [to, ref] of targets.entries()) {
        const key = refKey(ref.node, ref.port);
        if (outside?.broken.inputs.has(key) === true) continue;
        const feeding = fedBy.get(key);
        if (feeding === undefined) fedBy.set(key, [{ input, to }]);
        else if (!feeding.some((each) => each.input === input)) feeding.push({ input, to });
      }
    }
    const around = outside?.scope;
    const id = outside?.instance ?? '';
    // A group's name counts where its instances stand: two instances of a block that holds a group do not share by that alone.
    const weightName = record?.weightGroup === undefined ? id : `${record.block}#${record.weightGroup}`;
    return {
      prefix: around === undefined ? '' : `${around.prefix}${id}/`, path: around === undefined ? [] : [...around.path, id], depth: around === undefined ? 0 : around.depth + 1,
      graph, outside, weightPrefix: around === undefined ? '' : `${around.weightPrefix}${weightName}/`,
      frozen: around?.frozen === true || record?.frozen === true,
      learningRateFactor: (around?.learningRateFactor ?? 1) * (record?.learningRateFactor ?? 1),
      trainedBy: record?.trainedBy ?? around?.trainedBy,
      settings: outside === undefined || record === undefined ? new Map() : this.#settingsOf(outside, record), inside: new Map(), edges, wiresTo, fedBy,
    };
  }

  /** Expands the instances of a scope, and theirs in turn. */
  #enter(scope: Scope, into: Scope[]): void {
    into.push(scope);
    for (const [id, record] of Object.entries(scope.graph.nodes)) {
      this.#nodeCount += 1;
      if (record.type !== BLOCK_TYPE || record.muted === true) continue;
      const outside = this.#openInstance(scope, id, record);
      if (outside === undefined) continue;
      const inside = this.#scope(outside.definition, outside, this.#withSettings(scope, id, record));
      scope.inside.set(id, inside);
      this.#enter(inside, into);
    }
  }

  #openInstance(scope: Scope, id: NodeId, record: NodeRec): Scope['outside'] {
    const flat = scope.prefix + id;
    const name = `Block '${record.label ?? flat}'${record.label === undefined ? '' : ` (${flat})`}`;
    const nameZh = `模块“${record.label ?? flat}”${record.label === undefined ? '' : `（${flat}）`}`;
    const { blocks = {} } = this.#doc;
    const { block } = record;
    const definition = block === undefined || !Object.hasOwn(blocks, block) ? undefined : blocks[block];
    if (block === undefined || definition === undefined) {
      const nearest = block === undefined ? undefined : nearestName(block, Object.keys(blocks));
      this.#report.error('unknown-block', {
        en: block === undefined ? `${name} does not say which block it is an instance of; remove it` : `${name} is an instance of '${block}', which the document does not define${nearest === undefined ? '; remove it' : `; did you mean '${nearest}'?`}`,
        zh: block === undefined ? `${nameZh}没有说明它是哪个模块的实例；请删除它` : `${nameZh}是“${block}”的实例，但文档中没有定义该模块${nearest === undefined ? '；请删除它' : `；您是指“${nearest}”吗？`}`,
      }, { node: flat, repair: { kind: 'remove-node' } });
      return undefined;
    }
    const around: string[] = [];
    for (let at: Scope['outside'] = scope.outside; at !== undefined; at = at.scope.outside) around.unshift(at.block);
    if (around.includes(block)) {
      const chain = [...around.slice(around.indexOf(block)), block].map((each) => blocks[each]?.name ?? each);
      this.#report.error('recursive-block', {
        en: `${name} makes a block contain itself: ${chain.map((each) => `'${each}'`).join(' in ')}; remove this instance`,
        zh: `${nameZh}使模块包含了自身：${chain.map((each) => `“${each}”`).join(' 位于 ')}；请删除这个实例`,
      }, { node: flat, numbers: { length: chain.length - 1 }, repair: { kind: 'remove-node' } });
      return undefined;
    }
    const isTooDeep = scope.depth >= MAX_BLOCK_DEPTH;
    if (isTooDeep || this.#nodeCount > MAX_FLAT_NODES) {
      if (!this.#told.has('too-large')) {
        this.#told.add('too-large');
        const limit = isTooDeep ? MAX_BLOCK_DEPTH : MAX_FLAT_NODES;
        this.#report.error('too-large', {
          en: isTooDeep ? `${name} lies inside ${scope.depth} other blocks; at most ${limit} can be nested` : `With what is in its blocks, the document has more than ${limit} nodes; ${name} is the first for which there is no room`,
          zh: isTooDeep ? `${nameZh}外面已有 ${scope.depth} 层模块；最多可嵌套 ${limit} 层` : `连同模块内部，文档的节点超过了 ${limit} 个；从${nameZh}起已放不下`,
        }, { node: flat, numbers: { limit } });
      }
      return undefined;
    }
    return { scope, instance: id, block, definition, broken: this.#brokenPorts(name, nameZh, flat, block, definition) };
  }

  /** Ends inside that the definition's inputs lead to in vain, as `<node>.<port>`, and the names of outputs that come from nowhere. */
  #brokenPorts(name: string, nameZh: string, flat: NodeId, block: string, definition: BlockDef): { readonly inputs: ReadonlySet<string>; readonly outputs: ReadonlySet<string> } {
    const broken = { inputs: new Set<string>(), outputs: new Set<string>() };
    const check = (side: 'inputs' | 'outputs', port: string, ref: PortRef): void => {
      const isInput = side === 'inputs';
      const record = nodeIn(definition, ref.node);
      const ports = record === undefined ? undefined : this.#portsOf(record);
      // An inner node of an unknown type is reported as such.
      if (record !== undefined && (ports === undefined || ports[side].some((each) => each.name === ref.port))) return;
      broken[side].add(isInput ? refKey(ref.node, ref.port) : port);
      if (this.#told.has(`port ${block} ${side} ${port}`)) return;
      this.#told.add(`port ${block} ${side} ${port}`);
      const [en, zh] = isInput ? ['input', '输入'] : ['output', '输出'];
      this.#report.error('block-port', {
        en: `${name}: ${en} '${port}' of the block '${definition.name}' leads to '${ref.port}' of '${ref.node}' inside it, which does not exist; remove the port or connect it again`,
        zh: `${nameZh}：模块“${definition.name}”的${zh}“${port}”${isInput ? '通向' : '来自'}其内部“${ref.node}”的“${ref.port}”，但它不存在；请删除该端口或重新连接`,
      }, { node: flat, port });
    };
    for (const input of definition.inputs) for (const ref of input.to) check('inputs', input.name, ref);
    for (const output of definition.outputs) check('outputs', output.name, output.from);
    return broken;
  }

  /** The instance's parameters with those that instances around it set. */
  #withSettings(scope: Scope, id: NodeId, record: NodeRec): NodeRec {
    const given = scope.settings.get(id);
    if (given === undefined) return record;
    return { ...record, params: { ...record.params, ...Object.fromEntries([...given].map(([param, { value }]) => [param, value])) } };
  }

  #settingsOf({ scope, instance, definition }: NonNullable<Scope['outside']>, record: NodeRec): Scope['settings'] {
    const settings = new Map<NodeId, Map<string, { value: ParamValue; by: Setting }>>();
    const flat = scope.prefix + instance;
    for (const [name, value] of Object.entries(record.params)) {
      const exposed = definition.params.filter((param) => param.name === name && nodeIn(definition, param.node) !== undefined);
      if (exposed.length === 0) {
        const names = [...new Set(definition.params.map((param) => param.name))];
        const nearest = nearestName(name, names);
        const has = names.join(', ');
        this.#report.error('unknown-parameter', {
          en: `Block '${flat}' sets '${name}', which the block '${definition.name}' does not expose; it exposes ${has === '' ? 'no parameters' : has}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
          zh: `模块“${flat}”设置了“${name}”，但模块“${definition.name}”没有公开该参数；${has === '' ? '它没有公开任何参数' : `它公开的参数有 ${has}`}${nearest === undefined ? '' : `；您是指“${nearest}”吗？`}`,
        }, { node: flat, repair: { kind: 'remove-param', param: name } });
        continue;
      }
      // What an instance further out sets is named as it is called there.
      const by = scope.settings.get(instance)?.get(name)?.by ?? { node: flat, param: name };
      for (const { node, param } of exposed) {
        const ofNode = settings.get(node) ?? new Map<string, { value: ParamValue; by: Setting }>();
        settings.set(node, ofNode);
        ofNode.set(param, { value, by });
      }
    }
    return settings;
  }

  #portsOf(record: NodeRec): NodePorts | undefined {
    return record.type === BLOCK_TYPE ? portsOf(this.#doc, record) : this.#lookup.nodeType(record.type);
  }

  // Nodes and wires ------------------------------------------------------------------------------

  #flatten(scope: Scope): void {
    for (const [id, record] of Object.entries(scope.graph.nodes)) {
      const flat = scope.prefix + id;
      this.#pathOf.set(flat, [...scope.path, id]);
      if (scope.inside.has(id) || this.#isBypassed(record)) {
        this.#virtual.push(this.#virtualNode(scope, id, record));
        continue;
      }
      this.#nodes.set(flat, { id: flat, record: this.#flatRecord(scope, id, record), broken: record.type === BLOCK_TYPE, weightsOf: scope.weightPrefix + id });
      for (const [param, { by }] of scope.settings.get(id) ?? []) this.#settings.set(refKey(flat, param), by);
    }
    for (const [id, edge] of scope.edges) {
      this.#pathOf.set(scope.prefix + id, [...scope.path, id]);
      this.#checkEnds(scope, id, edge);
      const target = nodeIn(scope.graph, edge.to.node);
      // A wire to a node that does not exist is the checker's to report.
      if (target === undefined) this.#wires.push({ id: scope.prefix + id, shown: scope.prefix + id, from: this.#sourceOf(scope, edge.from), to: { node: scope.prefix + edge.to.node, port: edge.to.port } });
    }
    const ports = new Map<string, PortRef>();
    for (const wires of scope.wiresTo.values()) ports.set(refKey(wires[0]![1].to.node, wires[0]![1].to.port), wires[0]![1].to);
    for (const { to } of scope.outside?.definition.inputs ?? []) for (const ref of to) if (scope.fedBy.has(refKey(ref.node, ref.port))) ports.set(refKey(ref.node, ref.port), ref);
    for (const ref of ports.values()) {
      const flat = scope.prefix + ref.node;
      if (!this.#nodes.has(flat)) continue;
      const wires = this.#incomingOf(scope, ref);
      for (const wire of wires) {
        const id = scope.prefix + wire.local;
        this.#pathOf.set(id, [...wire.scope.path, wire.edge]);
        const from = this.#sourceOf(wire.scope, wire.from);
        if (from !== NOTHING) this.#wires.push({ id, shown: wire.scope.prefix + wire.edge, from, to: { node: flat, port: ref.port } });
      }
      if (wires.length === 0) {
        const open = this.#openPortOf(scope, ref);
        if (open !== undefined) this.#openPorts.set(refKey(flat, ref.port), open);
      }
    }
  }

  #isBypassed(record: NodeRec): boolean {
    return record.muted === true && (record.type === BLOCK_TYPE || this.#lookup.nodeType(record.type) !== undefined);
  }

  #flatRecord(scope: Scope, id: NodeId, record: NodeRec): NodeRec {
    const settings = scope.settings.get(id);
    const factor = (record.learningRateFactor ?? 1) * scope.learningRateFactor;
    const frozen = record.frozen === true || scope.frozen;
    const trainedBy = record.trainedBy ?? scope.trainedBy;
    if (settings === undefined && trainedBy === record.trainedBy && frozen === (record.frozen === true) && factor === (record.learningRateFactor ?? 1)) return record;
    return {
      ...record, params: settings === undefined ? record.params : { ...record.params, ...Object.fromEntries([...settings].map(([param, { value }]) => [param, value])) },
      ...(frozen ? { frozen } : {}), ...(factor === 1 ? {} : { learningRateFactor: factor }), ...(trainedBy === undefined ? {} : { trainedBy }),
    };
  }

  #virtualNode(scope: Scope, id: NodeId, record: NodeRec): VirtualNode {
    const ports = this.#portsOf(record);
    return {
      id: scope.prefix + id, record,
      inputs: (ports?.inputs ?? []).flatMap((port) => this.#incomingOf(scope, { node: id, port: port.name }).map((wire) => ({ port: port.name, edge: wire.scope.prefix + wire.edge, from: this.#sourceOf(wire.scope, wire.from) }))),
      outputs: (ports?.outputs ?? []).map((port, i) => ({ port, from: record.muted === true && (i > 0 || this.#vanishes(record)) ? undefined : this.#sourceOf(scope, { node: id, port: port.name }, true) })),
    };
  }

  /** Both ends of a wire at instances, whose ports the flat document does not show. */
  #checkEnds(scope: Scope, id: EdgeId, edge: EdgeRec): void {
    for (const [side, ref] of [['outputs', edge.from], ['inputs', edge.to]] as const) {
      const record = nodeIn(scope.graph, ref.node);
      if (record === undefined || !(scope.inside.has(ref.node) || this.#isBypassed(record))) continue;
      const ports = this.#portsOf(record)?.[side];
      if (ports === undefined || ports.some((port) => port.name === ref.port)) continue;
      const names = ports.map((port) => port.name);
      const nearest = nearestName(ref.port, names);
      const flat = scope.prefix + ref.node;
      const isInput = side === 'inputs';
      this.#report.error('unknown-port', {
        en: `Wire '${id}' ${isInput ? 'ends' : 'starts'} at ${record.type} '${flat}', but there is no ${isInput ? 'input' : 'output'} '${ref.port}'; ${names.length === 0 ? `it has no ${side}` : `its ${side} are ${names.map((name) => `'${name}'`).join(', ')}`}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
        zh: `连线“${id}”的${isInput ? '终点' : '起点'}是 ${record.type}“${flat}”，但它没有${isInput ? '输入' : '输出'}“${ref.port}”；${names.length === 0 ? `它没有${isInput ? '输入' : '输出'}端口` : `它的${isInput ? '输入' : '输出'}有 ${names.map((name) => `“${name}”`).join('、')}`}${nearest === undefined ? '' : `；您是指“${nearest}”吗？`}`,
      }, { node: flat, port: ref.port, edge: scope.prefix + id, repair: { kind: 'remove-edge' } });
    }
  }

  /** The wires into a port in the order in which they count. */
  #incomingOf(scope: Scope, ref: PortRef): readonly Incoming[] {
    const key = refKey(ref.node, ref.port);
    const ofScope = this.#incoming.get(scope) ?? new Map<string, readonly Incoming[]>();
    this.#incoming.set(scope, ofScope);
    const found = ofScope.get(key);
    if (found !== undefined) return found;
    const wires: Incoming[] = [];
    const { outside } = scope;
    for (const { input, to } of outside === undefined ? [] : (scope.fedBy.get(key) ?? [])) {
      const name = outside!.definition.inputs[input]!.name;
      const place = outside!.definition.inputs[input]!.to[to]?.edge;
      const outer = this.#incomingOf(outside!.scope, { node: outside!.instance, port: name });
      this.#wireCount += outer.length;
      if (this.#wireCount > MAX_FLAT_WIRES) break;
      for (const wire of outer) {
        const local = `${input}.${to}/${wire.local}`;
        // Behind a wire of that very id, which may have been drawn since; without a place, behind all ('~' comes after every letter).
        wires.push({ ...wire, local: place === undefined ? `~${local}` : `${place}+${local}` });
      }
    }
    for (const [edge, { from }] of scope.wiresTo.get(key) ?? []) wires.push({ local: edge, scope, edge, from });
    if (wires.length > 1) wires.sort((a, b) => compareIds(a.local, b.local));
    if (this.#wireCount > MAX_FLAT_WIRES) {
      wires.length = 0;
      if (!this.#told.has('too-many-wires')) {
        this.#told.add('too-many-wires');
        this.#report.error('too-large', {
          en: `With what is in its blocks, the document has more than ${MAX_FLAT_WIRES} wires; the ports of its blocks multiply them`,
          zh: `连同模块内部，文档的连线超过了 ${MAX_FLAT_WIRES} 条；模块的端口使连线成倍增加`,
        }, { numbers: { limit: MAX_FLAT_WIRES } });
      }
    }
    ofScope.set(key, wires);
    return wires;
  }

  /** The port of a block, outermost, through which a port without a wire would be fed. */
  #openPortOf(scope: Scope, ref: PortRef): PortRef | undefined {
    let open: PortRef | undefined;
    let at = ref;
    for (let { outside, fedBy } = scope; outside !== undefined; { outside, fedBy } = outside.scope) {
      const feeding = fedBy.get(refKey(at.node, at.port))?.[0];
      if (feeding === undefined) break;
      at = { node: outside.instance, port: outside.definition.inputs[feeding.input]!.name };
      open = { node: outside.scope.prefix + at.node, port: at.port };
    }
    return open;
  }

  /**
   * The flat port that an end of a wire stands for: into blocks, and past muted nodes. Undefined when
   * there is none, which is reported, unless someone only looks (`quiet`).
   */
  #sourceOf(scope: Scope, ref: PortRef, quiet = false): PortRef | undefined {
    const trail: [Scope, string][] = [];
    let at: { scope: Scope; ref: PortRef } | undefined = { scope, ref };
    let result: PortRef | undefined;
    while (at !== undefined) {
      const key = refKey(at.ref.node, at.ref.port);
      const ofScope: Map<string, PortRef | undefined> = this.#sources.get(at.scope) ?? new Map<string, PortRef | undefined>();
      this.#sources.set(at.scope, ofScope);
      if (ofScope.has(key)) {
        result = ofScope.get(key);
        break;
      }
      if (trail.some(([each, port]) => each === at?.scope && port === key)) {
        this.#tellMuted(at.scope, at.ref.node, 'cycle', quiet);
        break;
      }
      trail.push([at.scope, key]);
      const step: PortRef | { scope: Scope; ref: PortRef } | undefined = this.#nextSource(at.scope, at.ref, quiet);
      if (step !== undefined && !('scope' in step)) {
        result = step;
        break;
      }
      at = step;
    }
    // What is only looked at may still have to be reported.
    if (result !== undefined || !quiet) for (const [each, key] of trail) this.#sources.get(each)!.set(key, result);
    return result;
  }

  #nextSource(scope: Scope, ref: PortRef, quiet: boolean): PortRef | { scope: Scope; ref: PortRef } | undefined {
    const record = nodeIn(scope.graph, ref.node);
    const inside = scope.inside.get(ref.node);
    if (inside?.outside !== undefined) {
      const output = inside.outside.definition.outputs.find((port) => port.name === ref.port);
      return output === undefined || inside.outside.broken.outputs.has(ref.port) ? undefined : { scope: inside, ref: output.from };
    }
    if (record === undefined || !this.#isBypassed(record)) return { node: scope.prefix + ref.node, port: ref.port };
    if (this.#vanishes(record)) return NOTHING;
    const ports = this.#portsOf(record);
    const [input] = ports?.inputs ?? [];
    const output = ports?.outputs[0];
    if (input === undefined || output === undefined || input.kind !== output.kind || output.name !== ref.port) {
      // A port that does not exist has been reported at the wire.
      if (ports?.outputs.some((port) => port.name === ref.port) === true) this.#tellMuted(scope, ref.node, 'no-way', quiet, ref.port);
      return undefined;
    }
    const [wire] = this.#incomingOf(scope, { node: ref.node, port: input.name });
    if (wire === undefined) {
      this.#tellMuted(scope, ref.node, 'open', quiet, input.name);
      return undefined;
    }
    return { scope: wire.scope, ref: wire.from };
  }

  #vanishes(record: NodeRec): boolean {
    const definition = this.#lookup.nodeType(record.type);
    return definition !== undefined && VANISHING.has(roleOf(definition));
  }

  #tellMuted(scope: Scope, id: NodeId, why: 'open' | 'no-way' | 'cycle', quiet: boolean, port = ''): void {
    const flat = scope.prefix + id;
    if (quiet || this.#told.has(`muted ${flat} ${port}`)) return;
    this.#told.add(`muted ${flat} ${port}`);
    const record = nodeIn(scope.graph, id);
    const name = `${record?.type ?? ''} '${record?.label ?? flat}'${record?.label === undefined ? '' : ` (${flat})`}`;
    const nameZh = `${record?.type ?? ''}“${record?.label ?? flat}”${record?.label === undefined ? '' : `（${flat}）`}`;
    if (why === 'open') {
      const open = this.#openPortOf(scope, { node: id, port }) ?? { node: flat, port };
      this.#report.error('missing-wire', {
        en: `Input '${port}' of ${name} is not connected; the node is muted, so what comes in there would be passed on`,
        zh: `${nameZh}的输入“${port}”没有连接；该节点已静音，本应把此处的输入直接传给后面`,
      }, { node: open.node, port: open.port, repair: { kind: 'connect', port: open.port } });
    } else if (why === 'cycle') {
      this.#report.error('cycle', {
        en: `${name} is muted and, through other muted nodes, passes on its own output; values must flow one way, so remove one of these wires`,
        zh: `${nameZh}已静音，并经由其他静音节点传递自己的输出；数值必须单向流动，请删除其中一条连线`,
      }, { node: flat });
    } else {
      const ports = record === undefined ? undefined : this.#portsOf(record);
      const [input] = ports?.inputs ?? [];
      const isFirst = ports?.outputs[0]?.name === port;
      const reason = input === undefined ? { en: 'it has no input that could take its place', zh: '它没有可以代替的输入' }
        : isFirst ? { en: `its input '${input.name}' is a ${input.kind} and its output '${port}' is not`, zh: `它的输入“${input.name}”是 ${input.kind} 类型，而输出“${port}”不是` }
          : { en: `only its first output passes on what comes in, and '${port}' is another one`, zh: `只有第一个输出会传递输入，而“${port}”不是第一个` };
      this.#report.error('cannot-bypass', {
        en: `${name} is muted, but other nodes need its output '${port}', and ${reason.en}; unmute it`,
        zh: `${nameZh}已静音，但其他节点需要它的输出“${port}”，而${reason.zh}；请取消静音`,
      }, { node: flat, port, repair: { kind: 'set-muted', muted: false } });
    }
  }
}
