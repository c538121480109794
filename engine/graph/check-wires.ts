/** The checker's first half: node types and parameters, then wires, then cycles. Nothing here knows about shapes. */
import type { AnyNodeType, ParamSpec, Port, PortKind, Text } from '../nodes/node-type.ts';
import { validateParams } from '../nodes/params.ts';
import type { CheckCache } from './check-cache.ts';
import type { CheckedNodeType } from './checked-graph.ts';
import type { EdgeRec, NodeId, ParamValue } from './document.ts';
import { type Draft, type Report, type Wire, named, namedZh, roleOf } from './draft.ts';
import type { Expansion } from './expand.ts';
import { compareIds, nearestName } from './ids.ts';

export interface TypeLookup {
  nodeType(type: string): AnyNodeType | undefined;
  allNodeTypes(): readonly AnyNodeType[];
}

/** Nodes with their types and validated parameters, in the order of their ids. */
export function draftNodes(flat: Expansion, lookup: TypeLookup, report: Report, cache?: CheckCache): ReadonlyMap<NodeId, Draft> {
  const drafts = new Map<NodeId, Draft>();
  /** The first of those that have their weights in common. */
  const owners = new Map<string, NodeId>();
  for (const { id, record, broken, weightsOf } of [...flat.nodes.values()].sort((a, b) => compareIds(a.id, b.id))) {
    const owner = owners.get(weightsOf) ?? id;
    owners.set(weightsOf, owner);
    // Parameters are validated against the type's own specs before any of its functions sees them.
    const definition = lookup.nodeType(record.type) as CheckedNodeType | undefined;
    const draft: Draft = {
      id, label: record.label ?? id, record, definition, role: definition === undefined ? 'compute' : roleOf(definition),
      params: record.params, incoming: [], feeders: new Set(), faulty: definition === undefined, inputTypes: undefined, outputTypes: undefined, weights: {}, weightOwner: owner,
    };
    drafts.set(id, draft);
    if (definition === undefined) {
      // A block that could not be expanded has been reported.
      if (broken) continue;
      const nearest = nearestName(record.type, lookup.allNodeTypes().map((type) => type.type));
      report.error('unknown-type', {
        en: `Node '${draft.label}' has the type '${record.type}', which does not exist${nearest === undefined ? '; `netloom nodes` lists all types' : `; did you mean '${nearest}'?`}`,
        zh: `节点“${draft.label}”的类型“${record.type}”不存在${nearest === undefined ? '；`netloom nodes` 会列出所有类型' : `；您是指“${nearest}”吗？`}`,
      }, { node: id, repair: { kind: 'remove-node' } });
      continue;
    }
    checkParams(draft, definition, report, cache);
  }
  return drafts;
}

function checkParams(draft: Draft, definition: CheckedNodeType, report: Report, cache: CheckCache | undefined): void {
  const validate = () => validateParams(definition, draft.record.params);
  const { values, problems } = cache?.validated(draft.record, definition, validate) ?? validate();
  draft.params = values;
  // By name, so that the order of a file's keys does not show.
  for (const problem of [...problems].sort((a, b) => (a.param < b.param ? -1 : 1))) {
    const spec = Object.hasOwn(definition.params, problem.param) ? definition.params[problem.param] : undefined;
    const numbers = numbersOf(problem.value, spec);
    if (spec === undefined) {
      const nearest = nearestName(problem.param, Object.keys(definition.params));
      report.error(problem.code, {
        en: `${named(draft)}: ${problem.text.en}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
        zh: `${namedZh(draft)}：${problem.text.zh}${nearest === undefined ? '' : `；您是指“${nearest}”吗？`}`,
      }, { node: draft.id, repair: { kind: 'remove-param', param: problem.param } });
    } else {
      report.error(problem.code, { en: `${named(draft)}: ${problem.text.en}`, zh: `${namedZh(draft)}：${problem.text.zh}` }, {
        node: draft.id, ...(numbers === undefined ? {} : { numbers }),
        repair: { kind: 'set-param', param: problem.param, value: nearestAllowed(problem.value, spec) },
      });
      if (mayDecideTypes(definition, spec)) draft.faulty = true;
    }
  }
}

function numbersOf(value: unknown, spec: ParamSpec | undefined): Record<string, number | readonly number[]> | undefined {
  if (spec === undefined || spec.kind === 'bool' || spec.kind === 'choice' || spec.kind === 'text') return undefined;
  const limits = { min: spec.min, max: spec.max };
  return typeof value === 'number' && Number.isFinite(value) ? { value, ...limits } : limits;
}

/** The allowed value that is closest to what was written, where there is such a thing; else the default. */
function nearestAllowed(value: unknown, spec: ParamSpec): ParamValue {
  if (typeof value !== 'number' || !Number.isFinite(value)) return spec.default;
  if (spec.kind === 'int' || spec.kind === 'optional-int') return Math.min(spec.max, Math.max(spec.min, Math.round(value)));
  if (spec.kind !== 'float' && spec.kind !== 'optional-float') return spec.default;
  if (value >= spec.max) return spec.exclusive === 'max' || spec.exclusive === 'both' ? spec.default : spec.max;
  return spec.exclusive === 'min' || spec.exclusive === 'both' ? spec.default : spec.min;
}

/**
 * Whether output types could depend on a parameter whose value is bad. A wrong dropout rate leaves
 * every shape behind it as it is, so the checks go on; a wrong number of units does not.
 */
function mayDecideTypes(definition: CheckedNodeType, spec: ParamSpec): boolean {
  return roleOf(definition) !== 'loss' && definition.outputs.length > 0 && spec.kind !== 'float' && spec.kind !== 'optional-float';
}

/** Kinds of ports in Chinese messages. */
export const KINDS: Readonly<Record<PortKind, string>> = { tensor: '张量', loss: '损失', schedule: '学习率调度' };

// Wires ------------------------------------------------------------------------------------------

/** Connects the drafts. Wires are taken in the order of their ids, so that the first of two on one port counts. */
export function connect(flat: Expansion, drafts: ReadonlyMap<NodeId, Draft>, report: Report): void {
  /** Input ports that some wire was meant for, good or bad: they are not reported as unconnected as well. */
  const meant = new Map<Draft, Map<string, Wire[]>>();
  const told = new Set<string>();
  for (const { id: flatId, shown: id, from, to } of flat.wires) {
    const target = drafts.get(to.node);
    if (from === undefined) {
      // Why nothing comes through has been told; the port is not unconnected, though.
      if (target === undefined) continue;
      target.faulty = true;
      const ports = meant.get(target) ?? new Map<string, Wire[]>();
      meant.set(target, ports);
      if (!ports.has(to.port)) ports.set(to.port, []);
      continue;
    }
    const edge: EdgeRec = { from, to };
    const source = drafts.get(from.node);
    for (const [end, ref, node] of [['starts', edge.from, source], ['ends', edge.to, target]] as const) {
      if (node !== undefined) continue;
      const nearest = nearestName(ref.node, drafts.keys());
      report.error('edge-node-missing', {
        en: `Wire '${id}' ${end} at a node '${ref.node}' that does not exist; remove the wire${nearest === undefined ? '' : ` or connect it to '${nearest}'`}`,
        zh: `连线“${id}”的${end === 'starts' ? '起点' : '终点'}节点“${ref.node}”不存在；请删除这条连线${nearest === undefined ? '' : `，或把它接到“${nearest}”`}`,
      }, { edge: id, repair: { kind: 'remove-edge' } });
    }
    const output = source === undefined ? undefined : findPort(source, 'output', edge.from.port, id, report);
    const input = target === undefined ? undefined : findPort(target, 'input', edge.to.port, id, report);
    if (target === undefined) continue;
    if (source !== undefined) target.feeders.add(source);
    const ports = meant.get(target) ?? new Map<string, Wire[]>();
    meant.set(target, ports);
    if (input === undefined) {
      const inputs = target.definition?.inputs.map((port) => port.name) ?? [];
      const intended = inputs.length === 1 ? inputs[0] : nearestName(edge.to.port, inputs);
      if (intended !== undefined && !ports.has(intended)) ports.set(intended, []);
      target.faulty = true;
      continue;
    }
    const wires = ports.get(edge.to.port) ?? [];
    ports.set(edge.to.port, wires);
    if (source === undefined || output === undefined) {
      target.faulty = true;
      continue;
    }
    if (input.port.kind !== output.port.kind) {
      target.faulty = true;
      const advice = kindAdvice(output.port, input.port);
      report.error('kind-mismatch', {
        en: `Wire '${id}' leads from '${edge.from.port}' of ${named(source)}, a ${output.port.kind} output, into '${edge.to.port}' of ${named(target)}, which takes a ${input.port.kind}; ${advice.en}`,
        zh: `连线“${id}”从${namedZh(source)}的“${edge.from.port}”（${KINDS[output.port.kind]}输出）接到${namedZh(target)}的“${edge.to.port}”，而后者需要${KINDS[input.port.kind]}；${advice.zh}`,
      }, {
        node: target.id, port: edge.to.port, edge: id, repair: { kind: 'remove-edge' },
      });
      continue;
    }
    const first = wires[0];
    if (first !== undefined && input.port.multiple !== true) {
      target.faulty = true;
      report.error('doubled-wire', {
        en: `Input '${edge.to.port}' of ${named(target)} takes one wire, but has two: '${first.shown}' from ${named(first.source)} and '${id}' from ${named(source)}; remove one, or merge them first (Add, Concat)`,
        zh: `${namedZh(target)}的输入“${edge.to.port}”只能接一条连线，但接了两条：来自${namedZh(first.source)}的“${first.shown}”和来自${namedZh(source)}的“${id}”；请删除一条，或先用“相加”或“拼接”节点合并它们`,
      }, {
        node: target.id, port: edge.to.port, edge: id, repair: { kind: 'remove-edge' },
      });
    }
    wires.push({ id: flatId, shown: id, edge, source, output: output.index });
  }
  for (const draft of drafts.values()) {
    const ports = meant.get(draft);
    for (const port of draft.definition?.inputs ?? []) {
      const wires = ports?.get(port.name);
      if (wires !== undefined) draft.incoming.push(...wires);
      else if (port.optional !== true) {
        draft.faulty = true;
        const open = flat.openPorts.get(`${draft.id}.${port.name}`);
        if (open !== undefined) {
          // One wire into the block would feed them all.
          if (told.has(`${open.node}.${open.port}`)) continue;
          told.add(`${open.node}.${open.port}`);
          report.error('missing-wire', {
            en: `Input '${open.port}' of Block '${open.node}' is not connected; ${named(draft)} inside it needs a ${port.kind} from there`,
            zh: `模块“${open.node}”的输入“${open.port}”没有连接；其内部的${namedZh(draft)}需要从那里得到${KINDS[port.kind]}`,
          }, { node: open.node, port: open.port, repair: { kind: 'connect', port: open.port } });
          continue;
        }
        report.error('missing-wire', {
          en: `Input '${port.name}' of ${named(draft)} is not connected; it needs a ${port.kind} from another node`,
          zh: `${namedZh(draft)}的输入“${port.name}”没有连接；它需要来自其他节点的${KINDS[port.kind]}`,
        }, { node: draft.id, port: port.name, repair: { kind: 'connect', port: port.name } });
      }
    }
  }
}

function findPort(draft: Draft, side: 'input' | 'output', name: string, edge: string, report: Report): { port: Port; index: number } | undefined {
  const { definition } = draft;
  if (definition === undefined) return undefined;
  const ports = side === 'input' ? definition.inputs : definition.outputs;
  const index = ports.findIndex((port) => port.name === name);
  const port = ports[index];
  if (port !== undefined) return { port, index };
  const others = side === 'input' ? definition.outputs : definition.inputs;
  const has = ports.length === 0 ? { en: `it has no ${side}s`, zh: `它没有${side === 'input' ? '输入' : '输出'}端口` }
    : { en: `its ${side}s are ${ports.map((p) => `'${p.name}'`).join(', ')}`, zh: `它的${side === 'input' ? '输入' : '输出'}有 ${ports.map((p) => `“${p.name}”`).join('、')}` };
  const nearest = nearestName(name, ports.map((p) => p.name));
  const isData = draft.role === 'source' && side === 'output';
  const isOther = others.some((p) => p.name === name);
  const isInput = side === 'input';
  const what: Text = isOther ? { en: `'${name}' is ${isInput ? 'an output, not an input' : 'an input, not an output'}`, zh: `“${name}”是${isInput ? '输出，不是输入' : '输入，不是输出'}` }
    : { en: `there is no ${side} '${name}'`, zh: `没有${isInput ? '输入' : '输出'}“${name}”` };
  report.error(isData ? 'dataset-port' : 'unknown-port', {
    en: `Wire '${edge}' ${isInput ? 'ends' : 'starts'} at ${named(draft)}, but ${what.en}; ${has.en}${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`,
    zh: `连线“${edge}”的${isInput ? '终点' : '起点'}是${namedZh(draft)}，但${what.zh}；${has.zh}${nearest === undefined ? '' : `；您是指“${nearest}”吗？`}`,
  }, {
    node: draft.id, port: name, edge, repair: { kind: 'remove-edge' },
  });
  return undefined;
}

/** What to do about two kinds that do not go together. */
export function kindAdvice(from: Port, to: Port): Text {
  if (from.kind === 'tensor' && to.kind === 'loss') return { en: 'put a loss node (CrossEntropy, MSE, …) in between', zh: '请在中间放一个损失节点（CrossEntropy、MSE 等）' };
  if (to.kind === 'schedule') return { en: 'connect a schedule node (CosineSchedule, StepSchedule, …) here', zh: '请在此连接学习率调度节点（CosineSchedule、StepSchedule 等）' };
  return { en: 'remove the wire', zh: '请删除这条连线' };
}

// Cycles -----------------------------------------------------------------------------------------

/**
 * Nodes in an order in which every node comes after those that it depends on. Strongly connected
 * components (Tarjan 1972) come out in that order; one of several nodes is a cycle and is reported.
 */
export function topologicalOrder(drafts: ReadonlyMap<NodeId, Draft>, report: Report): readonly Draft[] {
  const order: Draft[] = [];
  const visited = new Map<Draft, { index: number; low: number; open: boolean }>();
  const component: Draft[] = [];
  const stack: { draft: Draft; next: number }[] = [];
  const enter = (draft: Draft): void => {
    visited.set(draft, { index: visited.size, low: visited.size, open: true });
    component.push(draft);
    stack.push({ draft, next: 0 });
  };
  for (const root of drafts.values()) {
    if (visited.has(root)) continue;
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const mark = visited.get(top.draft)!;
      const wire = top.draft.incoming[top.next++];
      if (wire !== undefined) {
        const seen = visited.get(wire.source);
        if (seen === undefined) enter(wire.source);
        else if (seen.open) mark.low = Math.min(mark.low, seen.index);
        continue;
      }
      stack.pop();
      const below = stack.at(-1);
      if (below !== undefined) {
        const parent = visited.get(below.draft)!;
        parent.low = Math.min(parent.low, mark.low);
      }
      if (mark.low < mark.index) continue;
      const members = component.splice(component.lastIndexOf(top.draft));
      for (const member of members) visited.get(member)!.open = false;
      if (members.length > 1 || top.draft.incoming.some((w) => w.source === top.draft)) reportCycle(members, report);
      order.push(...members);
    }
  }
  return order;
}

/** Names a shortest cycle through the component's first node; all of its nodes are faulty. */
function reportCycle(members: readonly Draft[], report: Report): void {
  const inside = new Set(members);
  for (const member of members) member.faulty = true;
  const start = members.reduce((a, b) => (compareIds(a.id, b.id) <= 0 ? a : b));
  // Breadth first against the wires, from `start` until a node is found that `start` feeds.
  const behind = new Map<Draft, { next: Draft; wire: Wire }>();
  const queue: Draft[] = [start];
  for (const node of queue) {
    for (const wire of node.incoming) {
      if (!inside.has(wire.source) || behind.has(wire.source)) continue;
      behind.set(wire.source, { next: node, wire });
      queue.push(wire.source);
    }
    if (behind.has(start)) break;
  }
  const names: string[] = [];
  let at = start;
  let closing: Wire | undefined;
  do {
    names.push(`'${at.label}'`);
    const step = behind.get(at);
    if (step === undefined) break;
    closing = step.wire;
    at = step.next;
  } while (at !== start);
  const length = names.length;
  report.error('cycle', {
    en: `${length === 1 ? `Node ${names[0]} feeds itself` : `Nodes ${[...names, names[0]].join(' -> ')} form a cycle`}; values must flow one way, so remove one of these wires${closing === undefined ? '' : ` (for example '${closing.shown}')`}`,
    zh: `${length === 1 ? `节点${names[0]!.replaceAll("'", '')}连接到了自身` : `节点 ${[...names, names[0]].map((name) => name!.slice(1, -1)).join(' -> ')} 构成了环路`}；数值必须单向流动，请删除其中一条连线${closing === undefined ? '' : `（例如“${closing.shown}”）`}`,
  }, {
    node: start.id, ...(closing === undefined ? {} : { edge: closing.shown }), numbers: { length }, repair: { kind: 'remove-edge' },
  });
}
