/**
 * The checker: every problem of a document at once, each with the node, the numbers and a way out;
 * and, when nothing is wrong, the resolved graph that everything behind it works with.
 */
import type { TensorType } from '../nodes/node-type.ts';
import { elementCount } from '../tensor/ir.ts';
import { analyze } from './analysis.ts';
import type { CheckCache } from './check-cache.ts';
import { findPurpose } from './check-purpose.ts';
import type { GivenTypes } from './check-types.ts';
import type { TypeLookup } from './check-wires.ts';
import type { CheckedGraph, CheckedNode } from './checked-graph.ts';
import type { EdgeId, GraphDoc, NodeId, PortRef } from './document.ts';
import { type Draft, Report } from './draft.ts';
import type { Expansion } from './expand.ts';
import type { Problem } from './problem.ts';

export interface CheckOptions {
  /** Makes the next check of a document that differs little much faster; its result is the same. */
  readonly cache?: CheckCache;
  /**
   * Types of arrays that are fed (`--data`), by name: `x` for the port of that name of any data node,
   * an Input's id or `name`, or `<node id>.<port>` (`givenNames` in check-types.ts tells). They take the place of what the nodes say themselves.
   */
  readonly data?: GivenTypes;
  /** The graph is about to be trained: having no loss or no optimizer is an error, not a warning. */
  readonly forTraining?: boolean;
  /** Where node types come from; the registry unless a test brings its own. */
  readonly types?: TypeLookup;
}

export interface CheckResult {
  /** In the order in which a reader of the graph meets them: nodes, wires, cycles, types, purpose. */
  readonly problems: readonly Problem[];
  /** Only when no problem is an error. */
  readonly graph?: CheckedGraph;
  /** What could be found out about each node even where others are faulty: for editors, which show half-finished graphs. */
  readonly found: ReadonlyMap<NodeId, FoundNode>;
}

export interface FoundNode {
  /** One entry per wire, in port order. `type` is undefined behind a faulty node. */
  readonly inputs: readonly { readonly port: string; readonly edge: EdgeId; readonly type: TensorType | undefined }[];
  /** In port order; undefined while inputs are missing or do not fit. */
  readonly outputs: readonly TensorType[] | undefined;
  /** Numbers in its weights, buffers not among them. */
  readonly parameters: number;
}

export function checkGraph(doc: GraphDoc, options: CheckOptions = {}): CheckResult {
  const { flat, drafts, order, problems: before } = analyze(doc, options);
  const report = new Report();
  report.problems.push(...before);
  const purpose = findPurpose(order, doc, options.forTraining === true, report);
  const found = new Map([...drafts.values()].map((draft) => [draft.id, foundNode(draft)]));
  addVirtual(found, flat, drafts);
  const problems = report.problems.map((problem) => placeRepair(problem, flat));
  if (report.hasErrors) return { problems, found };

  const nodes = new Map(order.map((draft) => [draft.id, checkedNode(draft)]));
  const checked = (draft: Draft): CheckedNode => {
    const node = nodes.get(draft.id);
    if (node === undefined) throw new Error(`The checker lost node '${draft.id}'.`);
    return node;
  };
  const { prediction } = purpose;
  return {
    problems, found,
    graph: {
      doc, nodes, order: order.map(checked), sources: order.filter((draft) => draft.role === 'source').map(checked),
      losses: purpose.losses.map(({ node, weight }) => ({ node: checked(node), weight })),
      metrics: purpose.metrics.map(checked), outputs: purpose.outputs.map(checked),
      optimizers: purpose.optimizers.map(({ node, schedule, losses }) => ({
        node: checked(node), schedule: schedule === undefined ? undefined : checked(schedule), losses: losses.map(({ id }) => id), turn: Number(node.params['turn'] ?? 1), every: Number(node.params['every'] ?? 1),
      })),
      trainers: purpose.trainers,
      prediction: prediction?.type === undefined ? undefined : { node: prediction.node.id, output: prediction.output, type: prediction.type, marker: prediction.marker?.id },
    },
  };
}

function foundNode(draft: Draft): FoundNode {
  return {
    inputs: draft.incoming.map((wire) => ({ port: wire.edge.to.port, edge: wire.shown, type: wire.source.outputTypes?.[wire.output] })),
    outputs: draft.outputTypes,
    parameters: Object.values(draft.weights).reduce((sum, weight) => sum + (weight.buffer === true ? 0 : elementCount(weight.shape)), 0),
  };
}

/** Instances and muted nodes: what comes in, what what is behind their outputs gives, and the weights inside, each counted once. */
function addVirtual(found: Map<NodeId, FoundNode>, flat: Expansion, drafts: ReadonlyMap<NodeId, Draft>): void {
  if (flat.virtual.length === 0) return;
  const typeAt = (from: PortRef | undefined): TensorType | undefined => {
    const source = from === undefined ? undefined : drafts.get(from.node);
    return source?.outputTypes?.[source.definition?.outputs.findIndex((port) => port.name === from?.port) ?? -1];
  };
  const inside = new Map<NodeId, { owners: Set<NodeId>; parameters: number }>(flat.virtual.map(({ id }) => [id, { owners: new Set<NodeId>(), parameters: 0 }]));
  for (const draft of drafts.values()) {
    const parameters = found.get(draft.id)?.parameters ?? 0;
    if (parameters === 0) continue;
    for (let at = draft.id.lastIndexOf('/'); at >= 0; at = draft.id.lastIndexOf('/', at - 1)) {
      const sum = inside.get(draft.id.slice(0, at));
      if (sum === undefined || sum.owners.has(draft.weightOwner)) continue;
      sum.owners.add(draft.weightOwner);
      sum.parameters += parameters;
    }
  }
  for (const { id, inputs, outputs } of flat.virtual) {
    const types = outputs.map(({ from }) => typeAt(from));
    found.set(id, {
      inputs: inputs.map(({ port, edge, from }) => ({ port, edge, type: typeAt(from) })),
      outputs: types.every((type) => type !== undefined) ? types : undefined, parameters: inside.get(id)?.parameters ?? 0,
    });
  }
}

/** A parameter that an instance of a block sets is mended there, not inside the block. */
function placeRepair(problem: Problem, flat: Expansion): Problem {
  const { repair } = problem;
  if (repair?.kind !== 'set-param') return problem;
  const setting = flat.settings.get(`${repair.node ?? problem.node ?? ''}.${repair.param}`);
  return setting === undefined ? problem : { ...problem, repair: { ...repair, node: setting.node, param: setting.param } };
}

function checkedNode(draft: Draft): CheckedNode {
  const { definition, inputTypes, outputTypes } = draft;
  if (definition === undefined || inputTypes === undefined || outputTypes === undefined) throw new Error(`The checker found no fault with node '${draft.id}', but no types either.`);
  return {
    id: draft.id, label: draft.label, definition, role: draft.role, params: draft.params,
    frozen: draft.record.frozen === true, learningRateFactor: draft.record.learningRateFactor ?? 1,
    inputs: draft.incoming.map((wire, i) => ({ port: wire.edge.to.port, edge: wire.id, from: wire.source.id, fromPort: wire.edge.from.port, output: wire.output, type: inputTypes[i]! })),
    inputTypes, outputTypes, weights: draft.weights, weightOwner: draft.weightOwner,
  };
}
