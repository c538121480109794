/**
 * A document that passed the checker: nodes in topological order with everything resolved, so that
 * lowering, training, export and summaries never look at raw records again. Built by `check.ts` alone.
 */
import type { NodeType, TensorType, WeightSpec } from '../nodes/node-type.ts';
import type { EdgeId, GraphDoc, NodeId, ParamValue } from './document.ts';

/** A node type that may be called with validated parameters of any shape. */
export type CheckedNodeType = NodeType<Readonly<Record<string, ParamValue>>>;

/** What a node is in the graph, told from its type's category and ports. */
export type Role = 'source' | 'compute' | 'loss' | 'optimizer' | 'schedule' | 'metric' | 'output';

/** One wire into a node. */
export interface CheckedInput {
  /** The port that it enters. */
  readonly port: string;
  readonly edge: EdgeId;
  readonly from: NodeId;
  readonly fromPort: string;
  /** Index of `fromPort` among the outputs of `from`. */
  readonly output: number;
  readonly type: TensorType;
}

export interface CheckedNode {
  readonly id: NodeId;
  /** How messages call it: the user's label, or the id. */
  readonly label: string;
  readonly definition: CheckedNodeType;
  readonly role: Role;
  /** Validated, defaults filled in. */
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly frozen: boolean;
  readonly learningRateFactor: number;
  /** One entry per wire: in port order, several wires of one port in the order of their edge ids. */
  readonly inputs: readonly CheckedInput[];
  /** The types of `inputs`, as `infer`, `weights` and `lower` take them. */
  readonly inputTypes: readonly TensorType[];
  /** One entry per output port. */
  readonly outputTypes: readonly TensorType[];
  readonly weights: Readonly<Record<string, WeightSpec>>;
  /** The node by which its weights are named: itself, or the first of those that it has them in common with. */
  readonly weightOwner: NodeId;
}

/**
 * The name under which files know a weight. Ids hold no dots and a block has no weights of its own, so
 * that `block1.conv2.weight`, as PyTorch would call it, can be read in one way only.
 */
export function weightKey(node: Pick<CheckedNode, 'weightOwner'>, weight: string): string {
  return `${weightPrefix(node)}.${weight}`;
}
export function weightPrefix(node: Pick<CheckedNode, 'weightOwner'>): string {
  return node.weightOwner.replaceAll('/', '.');
}

export interface CheckedOptimizer {
  readonly node: CheckedNode;
  readonly schedule: CheckedNode | undefined;
  /** The losses whose weighted sum it minimises, in the order of `CheckedGraph.losses`. */
  readonly losses: readonly NodeId[];
  /** Those of a smaller turn update first, and the others' losses are computed with their new weights; those of one turn update at once. */
  readonly turn: number;
  /** It updates at every so many-th step: at steps k, 2k, … */
  readonly every: number;
}

/** The Value or type that a node gives at one of its outputs. */
export interface OutputRef {
  readonly node: NodeId;
  readonly output: number;
}

export interface CheckedGraph {
  /** As the user has it, with its blocks; everything below is about the flat graph that it stands for. */
  readonly doc: GraphDoc;
  /** Topological, and the same for equal documents whatever the order of their records. */
  readonly order: readonly CheckedNode[];
  readonly nodes: ReadonlyMap<NodeId, CheckedNode>;
  /** Data nodes and Inputs. */
  readonly sources: readonly CheckedNode[];
  /** The losses that are trained: those wired to an optimizer, or all of them when there is none. */
  readonly losses: readonly { readonly node: CheckedNode; readonly weight: number }[];
  readonly metrics: readonly CheckedNode[];
  /** `Output` nodes. */
  readonly outputs: readonly CheckedNode[];
  /** In the order in which they update within a step (`turn`), those of one turn in the graph's order. */
  readonly optimizers: readonly CheckedOptimizer[];
  /**
   * By the node that weights are named by (`weightOwner`), for all weights that training changes: the optimizer
   * that does it, undefined in a graph without one.
   */
  readonly trainers: ReadonlyMap<NodeId, NodeId | undefined>;
  /** What goes into the first Output, or else into the first loss's `prediction`. */
  readonly prediction: (OutputRef & { readonly type: TensorType; /** The Output node, when there is one. */ readonly marker: NodeId | undefined }) | undefined;
}

/** Every node that one of `ids` depends on, itself included; not what only those in `stop` depend on. */
export function ancestors(graph: CheckedGraph, ids: Iterable<NodeId>, stop?: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  const found = new Set<NodeId>();
  const pending = [...ids];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    if (stop?.has(id) === true) continue;
    for (const input of graph.nodes.get(id)?.inputs ?? []) pending.push(input.from);
  }
  return found;
}

/** The wire into a port that takes one, or the first of several. */
export function inputAt(node: CheckedNode, port: string): CheckedInput | undefined {
  return node.inputs.find((input) => input.port === port);
}
