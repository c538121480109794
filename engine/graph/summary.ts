/** What a network is at a glance: each node's output shape and number of weights, and the totals. */
import type { TensorType } from '../nodes/node-type.ts';
import { elementCount } from '../tensor/ir.ts';
import type { CheckedGraph, CheckedNode } from './checked-graph.ts';
import type { NodeId } from './document.ts';

export interface NodeSummary {
  readonly id: NodeId;
  readonly label: string;
  readonly type: string;
  /** By output port, in port order. */
  readonly outputs: readonly { readonly port: string; readonly type: TensorType }[];
  /** Numbers in trained weights, in weights that stay as they are, and in buffers. What several nodes have in common counts at the first of them. */
  readonly trainable: number;
  readonly frozen: number;
  readonly buffers: number;
}

export interface GraphSummary {
  /** In topological order. */
  readonly nodes: readonly NodeSummary[];
  readonly trainable: number;
  readonly frozen: number;
  readonly buffers: number;
}

export function summarize(graph: CheckedGraph): GraphSummary {
  const counted = new Set<NodeId>();
  const nodes = graph.order.map((node): NodeSummary => {
    const isTrained = graph.trainers.has(node.weightOwner);
    const isFirst = !counted.has(node.weightOwner);
    counted.add(node.weightOwner);
    const weights = isFirst ? count(node, false) : 0;
    return {
      id: node.id, label: node.label, type: node.definition.type,
      outputs: node.definition.outputs.map((port, i) => ({ port: port.name, type: node.outputTypes[i]! })),
      trainable: isTrained ? weights : 0, frozen: isTrained ? 0 : weights, buffers: isFirst ? count(node, true) : 0,
    };
  });
  const total = (field: 'trainable' | 'frozen' | 'buffers') => nodes.reduce((sum, node) => sum + node[field], 0);
  return { nodes, trainable: total('trainable'), frozen: total('frozen'), buffers: total('buffers') };
}

function count(node: CheckedNode, buffers: boolean): number {
  return Object.values(node.weights).reduce((sum, weight) => sum + ((weight.buffer === true) === buffers ? elementCount(weight.shape) : 0), 0);
}

/** `[N, 32, 26, 26]`, with the dtype in front when it is not f32. */
export function typeLabel(type: TensorType): string {
  return `${type.dtype === 'f32' ? '' : `${type.dtype} `}[${type.shape.join(', ')}]`;
}
