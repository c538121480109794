/** Adding by name, from the palette, the outline or a command: where the new node goes, and what it is wired to. */
import type { NodeId, NodeRec, PortRef, Subgraph } from '../../engine/graph/document.ts';
import type { Port } from '../../engine/nodes/node-type.ts';
import type { AddOptions, NewNode, Point } from '../document/editing.ts';
import { type NodeKind, nodeKind } from '../document/node-kind.ts';
import { newNodeKind } from '../document/ready-blocks.ts';
import { subgraphAt } from '../document/scope.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Room of a node on the canvas with some air around it, in the document's units. */
const COLUMN = 260;
const ROW = 120;

export interface Added {
  readonly id: NodeId;
  /** The node that it was wired to, if any. */
  readonly wiredTo: NodeId | undefined;
}

/** Beside the focused node and wired to it when a port fits; otherwise in the middle of the view. */
export function addNode({ documents, editor, editing }: Pick<Workspace, 'documents' | 'editor' | 'editing'>, node: NewNode): Added {
  const { path, focus } = editor.getState();
  const { doc } = documents.getState();
  const graph = subgraphAt(doc, path);
  const kind = newNodeKind(doc, node);
  const beside = focus === undefined ? undefined : graph.nodes[focus];
  const besideKind = beside === undefined ? undefined : nodeKind(doc, beside);
  const wire = focus === undefined || kind === undefined || besideKind === undefined ? undefined : wireFor(graph, focus, besideKind, kind);
  const position = beside === undefined ? centered(editor.viewCenter()) : { x: beside.position.x + (wire?.side === 'input' ? -COLUMN : COLUMN), y: beside.position.y };
  const id = editing.addNode(node, freePlace(Object.values(graph.nodes), position), wire === undefined ? {} : { wire });
  if (beside !== undefined) editor.requestReveal([id]);
  const now = subgraphAt(documents.getState().doc, path);
  const isWired = Object.values(now.edges).some(({ from, to }) => (from.node === id && to.node === focus) || (from.node === focus && to.node === id));
  return { id, wiredTo: isWired ? focus : undefined };
}

/** Undefined where the node may not stand: a block inside of itself. */
export function tryToAdd(workspace: Pick<Workspace, 'documents' | 'editor' | 'editing'>, node: NewNode, add: typeof addNode = addNode): Added | undefined {
  try {
    return add(workspace, node);
  } catch {
    return undefined;
  }
}

/** An output of the one in focus that the new node can take, or an input of it that still waits for what the new node gives. */
export function wireFor(graph: Pick<Subgraph, 'edges'>, focus: NodeId, focused: Pick<NodeKind, 'inputs' | 'outputs'>, added: Pick<NodeKind, 'inputs' | 'outputs'>): AddOptions['wire'] {
  const at = (port: Port): PortRef => ({ node: focus, port: port.name });
  const output = focused.outputs.find(({ kind }) => added.inputs.some((input) => input.kind === kind));
  if (output !== undefined) return { port: at(output), side: 'output' };
  const isTaken = (port: Port): boolean => port.multiple !== true && Object.values(graph.edges).some(({ to }) => to.node === focus && to.port === port.name);
  const input = focused.inputs.find((port) => !isTaken(port) && added.outputs.some(({ kind }) => kind === port.kind));
  return input === undefined ? undefined : { port: at(input), side: 'input' };
}

const centered = ({ x, y }: Point): Point => ({ x: x - COLUMN / 2 + 20, y: y - ROW / 2 + 20 });

/** Straight down from the wish to where no other node is. */
export function freePlace(nodes: readonly Pick<NodeRec, 'position'>[], { x, y }: Point): Point {
  const isTaken = (at: number): boolean => nodes.some(({ position }) => Math.abs(position.x - x) < COLUMN - 60 && Math.abs(position.y - at) < ROW - 20);
  let free = y;
  while (isTaken(free)) free += ROW;
  return { x, y: free };
}
