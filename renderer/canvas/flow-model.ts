/**
 * The shown graph as React Flow's nodes and edges. Whatever has not changed stays the same object,
 * because React Flow and the memoised views compare by identity: an edit of one node costs one node.
 */
import { type Edge, type Node, Position } from '@xyflow/react';
import type { CommentRec, EdgeRec, FrameRec, GraphDoc, NodeRec, Subgraph } from '../../engine/graph/document.ts';
import type { PortKind } from '../../engine/nodes/node-type.ts';
import type { Selection } from '../document/editor-store.ts';
import { type NodeKind, nodeKind } from '../document/node-kind.ts';
import { type NodeGeometry, PORT_SIZE, nodeGeometry } from './geometry.ts';

/** React Flow calls its wrappers "node", in English; what is inside them says itself what it is. */
const PLAIN = { 'aria-roledescription': undefined };

export type NodeFlow = Node<{ readonly record: NodeRec; readonly kind: NodeKind | undefined; readonly geometry: NodeGeometry }, 'node'>;
export type FrameFlow = Node<{ readonly record: FrameRec }, 'frame'>;
export type CommentFlow = Node<{ readonly record: CommentRec }, 'comment'>;
export type FlowNode = NodeFlow | FrameFlow | CommentFlow;
export type FlowEdge = Edge<{ readonly record: EdgeRec; readonly kind: PortKind; /** Wires before it between the same two ports, which it must not cover. */ readonly twins: number }, 'wire'>;

/** Nodes, frames and comments share one list in React Flow, so the ids of the latter two say what they are. */
const FRAME = 'frame:';
const COMMENT = 'comment:';
export const frameFlowId = (id: string): string => FRAME + id;
export const commentFlowId = (id: string): string => COMMENT + id;
export type Subject = 'nodes' | 'frames' | 'comments';
export function subjectOf(flowId: string): { readonly subject: Subject; readonly id: string } {
  if (flowId.startsWith(FRAME)) return { subject: 'frames', id: flowId.slice(FRAME.length) };
  if (flowId.startsWith(COMMENT)) return { subject: 'comments', id: flowId.slice(COMMENT.length) };
  return { subject: 'nodes', id: flowId };
}

/** Frames lie behind the wires, comments and nodes in front. */
const FRAME_LAYER = -2;

/** The list from before where nothing in it is new: React Flow goes through all of a list that it does not know. */
export const sameList = <T>(before: T[], now: T[]): T[] => (before.length === now.length && now.every((each, i) => each === before[i]) ? before : now);

export function flowNodes(doc: GraphDoc, graph: Subgraph, selection: Selection, before: ReadonlyMap<string, FlowNode>): FlowNode[] {
  const nodes: FlowNode[] = [];
  for (const [id, record] of Object.entries(graph.frames ?? {})) {
    const last = before.get(frameFlowId(id));
    const selected = selection.frames.has(id);
    nodes.push(last?.type === 'frame' && last.data.record === record ? withSelected(last, selected) : {
      id: frameFlowId(id), type: 'frame', domAttributes: PLAIN, data: { record }, position: record.position, selected, ...sized(record.size), handles: [],
      zIndex: FRAME_LAYER, dragHandle: '.canvas-frame-title', connectable: false,
    });
  }
  for (const [id, record] of Object.entries(graph.comments ?? {})) {
    const last = before.get(commentFlowId(id));
    const selected = selection.comments.has(id);
    nodes.push(last?.type === 'comment' && last.data.record === record ? withSelected(last, selected) : {
      id: commentFlowId(id), type: 'comment', domAttributes: PLAIN, data: { record }, position: record.position, selected, ...sized(record.size), handles: [],
      connectable: false,
    });
  }
  for (const [id, record] of Object.entries(graph.nodes)) {
    const last = before.get(id);
    const selected = selection.nodes.has(id);
    if (last?.type === 'node' && last.data.record === record && isSameKind(doc, last.data.kind)) nodes.push(withSelected(last, selected));
    else nodes.push(flowNode(doc, id, record, selected));
  }
  return nodes;
}
/** Known beforehand, and so taken as measured: React Flow would otherwise leave nodes out of sight out of its reckoning. */
const sized = ({ width, height }: { readonly width: number; readonly height: number }) => ({ width, height, measured: { width, height } });

/** A block's definition may change while its instances' records stay. */
const isSameKind = (doc: GraphDoc, kind: NodeKind | undefined): boolean => kind !== undefined && (kind.block === undefined || doc.blocks?.[kind.block.id] === kind.block.definition);

function withSelected<N extends FlowNode>(node: N, selected: boolean): N {
  return node.selected === selected ? node : { ...node, selected };
}

function flowNode(doc: GraphDoc, id: string, record: NodeRec, selected: boolean): NodeFlow {
  const kind = nodeKind(doc, record);
  const geometry = nodeGeometry(kind, record);
  return {
    id, type: 'node', domAttributes: PLAIN, data: { record, kind, geometry }, position: record.position, selected, ...sized(geometry),
    handles: geometry.ports.map(({ port, side, x, y }) => ({
      id: port.name, type: side === 'input' ? 'target' as const : 'source' as const, position: side === 'input' ? Position.Left : Position.Right,
      x: x - PORT_SIZE / 2, y: y - PORT_SIZE / 2, width: PORT_SIZE, height: PORT_SIZE,
    })),
  };
}

/** `nodes` are the same graph's. */
export function flowEdges(graph: Subgraph, nodes: readonly FlowNode[], selection: Selection, before: ReadonlyMap<string, FlowEdge>): FlowEdge[] {
  const kinds = new Map<string, NodeKind | undefined>();
  for (const node of nodes) if (node.type === 'node') kinds.set(node.id, node.data.kind);
  const edges: FlowEdge[] = [];
  const drawn = new Map<string, number>();
  for (const [id, record] of Object.entries(graph.edges)) {
    const { from, to } = record;
    if (!kinds.has(from.node) || !kinds.has(to.node)) continue;
    const kind = kinds.get(from.node)?.outputs.find(({ name }) => name === from.port)?.kind ?? 'tensor';
    const selected = selection.edges.has(id);
    const last = before.get(id);
    const ends = `${from.node} ${from.port} ${to.node} ${to.port}`;
    const twins = drawn.get(ends) ?? 0;
    drawn.set(ends, twins + 1);
    if (last?.data !== undefined && last.data.record === record && last.data.kind === kind && last.data.twins === twins) edges.push(last.selected === selected ? last : { ...last, selected });
    else edges.push({ id, type: 'wire', source: from.node, sourceHandle: from.port, target: to.node, targetHandle: to.port, data: { record, kind, twins }, selected, ariaLabel: `${from.node} → ${to.node}` });
  }
  return edges;
}
