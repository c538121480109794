/** What commands act on: the graph that is shown, and what of it is selected. */
import type { NodeId, NodeRec, Subgraph } from '../../engine/graph/document.ts';
import { subgraphAt } from '../document/scope.ts';
import type { Workspace } from '../workspace/workspace.ts';

type Desk = Pick<Workspace, 'documents' | 'editor'>;

export const shownGraph = ({ documents, editor }: Desk): Subgraph => subgraphAt(documents.getState().doc, editor.getState().path);

export function selectedNodes(workspace: Desk): readonly (readonly [NodeId, NodeRec])[] {
  const { nodes } = shownGraph(workspace);
  return [...workspace.editor.getState().selection.nodes].flatMap((id) => (nodes[id] === undefined ? [] : [[id, nodes[id]] as const]));
}

export const hasNodes = ({ editor }: Pick<Workspace, 'editor'>): boolean => editor.getState().selection.nodes.size > 0;

/** How the user knows a node: its label, or its id. */
export const nodeName = (workspace: Desk, id: NodeId | undefined): string => (id === undefined ? '' : (shownGraph(workspace).nodes[id]?.label ?? id));
