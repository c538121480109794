/** The canvas by keyboard: arrow keys walk along the wires, with Shift they move what is selected, Enter edits. */
import { portsOf } from '../../engine/graph/blocks.ts';
import type { NodeId, Subgraph } from '../../engine/graph/document.ts';
import { compareIds } from '../../engine/graph/ids.ts';
import { typeLabel } from '../../engine/graph/summary.ts';
import { nodeType } from '../../engine/nodes/registry.ts';
import { focusNodeField } from '../canvas/node-fields.ts';
import type { Point } from '../document/editing.ts';
import { boxesOf, estimateSize, frameContents } from '../document/edits/geometry.ts';
import { flatId } from '../document/scope.ts';
import { textNow, translate } from '../i18n/i18n.ts';
import { focusInspector } from '../inspector/focus.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Command } from './command.ts';
import { nodeName, shownGraph } from './selected.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';
/** Nodes within this distance of one another count as one column. */
const COLUMN = 110;
/** One step of the canvas's grid. */
const NUDGE = 20;

/** The node that an arrow key leads to from one node: along its first wire, or to its neighbour above or below. */
export function neighbour(graph: Subgraph, ports: (id: NodeId) => { readonly inputs: readonly { readonly name: string }[]; readonly outputs: readonly { readonly name: string }[] } | undefined, from: NodeId, direction: Direction): NodeId | undefined {
  const edges = Object.entries(graph.edges).sort(([a], [b]) => compareIds(a, b)).map(([, edge]) => edge);
  if (direction === 'right' || direction === 'left') {
    const [near, far, names] = direction === 'right' ? (['from', 'to', ports(from)?.outputs] as const) : (['to', 'from', ports(from)?.inputs] as const);
    for (const { name } of names ?? []) {
      const edge = edges.find((each) => each[near].node === from && each[near].port === name && graph.nodes[each[far].node] !== undefined);
      if (edge !== undefined) return edge[far].node;
    }
    return undefined;
  }
  const at = graph.nodes[from]?.position;
  if (at === undefined) return undefined;
  const sources = new Set(edges.filter(({ to }) => to.node === from).map((edge) => edge.from.node));
  const targets = new Set(edges.filter((edge) => edge.from.node === from).map(({ to }) => to.node));
  const relatives = new Set(edges.flatMap((edge) => [...(sources.has(edge.from.node) ? [edge.to.node] : []), ...(targets.has(edge.to.node) ? [edge.from.node] : [])]));
  const column = Object.keys(graph.nodes).filter((id) => Math.abs(graph.nodes[id]!.position.x - at.x) <= COLUMN);
  const order = [...new Set([from, ...relatives, ...column])].filter((id) => graph.nodes[id] !== undefined)
    .sort((a, b) => graph.nodes[a]!.position.y - graph.nodes[b]!.position.y || graph.nodes[a]!.position.x - graph.nodes[b]!.position.x || compareIds(a, b));
  return order[order.indexOf(from) + (direction === 'down' ? 1 : -1)];
}

/** Where walking begins when no node has the focus: at the upper left. */
function firstNode(graph: Subgraph): NodeId | undefined {
  const distance = (id: NodeId): number => graph.nodes[id]!.position.x + graph.nodes[id]!.position.y;
  return Object.keys(graph.nodes).sort((a, b) => distance(a) - distance(b) || compareIds(a, b))[0];
}

function walk(workspace: Workspace, direction: Direction): void {
  const { documents, editor, ui } = workspace;
  const graph = shownGraph(workspace);
  const { focus } = editor.getState();
  const { doc } = documents.getState();
  const next = focus === undefined ? firstNode(graph) : neighbour(graph, (id) => (graph.nodes[id] === undefined ? undefined : portsOf(doc, graph.nodes[id])), focus, direction);
  if (next === undefined) {
    ui.announce(translate('commands:said.noWay', { name: nodeName(workspace, focus) }));
    return;
  }
  editor.selectNodes([next]);
  editor.requestReveal([next]);
  ui.announce(describe(workspace, next));
}

/** "conv1, Conv2D, [N, 16, 26, 26]": what a screen reader says of a node that is walked to. */
function describe(workspace: Workspace, id: NodeId): string {
  const node = shownGraph(workspace).nodes[id];
  const { doc } = workspace.documents.getState();
  const definition = node === undefined ? undefined : nodeType(node.type);
  const type = definition === undefined ? (doc.blocks?.[node?.block ?? '']?.name ?? node?.type ?? '') : textNow(definition.title);
  const found = workspace.checks.getState().found.get(flatId(workspace.editor.getState().path, id));
  const output = found?.outputs?.[0];
  return [nodeName(workspace, id), type, ...(output === undefined || output.shape.length === 0 ? [] : [typeLabel(output)])].join(', ');
}

function nudge(workspace: Workspace, { x, y }: Point): void {
  const { documents, editor, editing } = workspace;
  const { doc } = documents.getState();
  const { path, selection } = editor.getState();
  const graph = shownGraph(workspace);
  const sizeOf: Parameters<typeof boxesOf>[2] = (id, node) => editor.nodeSizes.get(flatId(path, id)) ?? estimateSize(doc, node);
  // What lies in a frame goes along with it.
  const held = [...selection.frames].flatMap((id) => (graph.frames?.[id] === undefined ? [] : [frameContents(graph, graph.frames[id], sizeOf)]));
  const moved = boxesOf(graph, {
    nodes: new Set([...selection.nodes, ...held.flatMap(({ nodes }) => [...nodes])]), frames: new Set([...selection.frames, ...held.flatMap(({ frames }) => [...frames])]),
    comments: new Set([...selection.comments, ...held.flatMap(({ comments }) => [...comments])]),
  }, sizeOf);
  const positions = (kind: (typeof moved)[number]['kind']) => new Map(moved.filter((box) => box.kind === kind).map((box) => [box.id, { x: box.x + x, y: box.y + y }]));
  editing.move({ nodes: positions('nodes'), frames: positions('frames'), comments: positions('comments') });
}

const DIRECTIONS: Readonly<Record<Direction, { readonly key: string; readonly step: Point }>> = {
  right: { key: 'ArrowRight', step: { x: NUDGE, y: 0 } }, left: { key: 'ArrowLeft', step: { x: -NUDGE, y: 0 } },
  up: { key: 'ArrowUp', step: { x: 0, y: -NUDGE } }, down: { key: 'ArrowDown', step: { x: 0, y: NUDGE } },
};
/** On the node itself where it shows its parameters, otherwise in the inspector. */
function editNode(workspace: Workspace): void {
  const { focus } = workspace.editor.getState();
  if (focus === undefined || !focusNodeField(focus)) focusInspector(workspace);
}

const isSelected = ({ editor }: Workspace): boolean => {
  const { nodes, frames, comments } = editor.getState().selection;
  return nodes.size + frames.size + comments.size > 0;
};

export const navigateCommands: readonly Command[] = [
  ...(['right', 'left', 'up', 'down'] as const).flatMap((direction): Command[] => [
    { id: `navigate.${direction}`, group: 'view', keys: [DIRECTIONS[direction].key], scope: 'canvas', hidden: true, run: (workspace) => walk(workspace, direction) },
    { id: `navigate.move-${direction}`, group: 'arrange', keys: [`Shift+${DIRECTIONS[direction].key}`], scope: 'canvas', hidden: true, isEnabled: isSelected, run: (workspace) => nudge(workspace, DIRECTIONS[direction].step) },
  ]),
  { id: 'navigate.edit', group: 'edit', keys: ['Enter'], scope: 'canvas', hidden: true, isEnabled: ({ editor }) => editor.getState().focus !== undefined, run: (workspace) => editNode(workspace) },
];
