/**
 * The state that React Flow draws from: the shown graph, and what a drag has moved and not dropped
 * yet. Drags stay in here; the document hears of them when they end.
 */
import { type EdgeChange, type NodeChange, type Transform, applyNodeChanges, useStoreApi } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Point } from '../document/editing.ts';
import type { Selection } from '../document/editor-store.ts';
import { flatId, subgraphAt } from '../document/scope.ts';
import { useWorkspace } from '../workspace/context.tsx';
import type { Workspace } from '../workspace/workspace.ts';
import { dragShift } from './drag-shift.ts';
import { type FlowEdge, type FlowNode, flowEdges, flowNodes, sameList, subjectOf } from './flow-model.ts';
import { GRID } from './geometry.ts';
import { wireAt } from './wire-hit.ts';
import { wiring } from './wiring-store.ts';

export interface FlowState {
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
}
interface Drag {
  /** Where everything that moves was, by flow id. */
  readonly from: ReadonlyMap<string, Point>;
  /** Nodes and comments that lie in dragged frames and go along, though they are not selected. */
  readonly carried: ReadonlySet<string>;
  readonly leader: string;
  readonly copies: boolean;
  /** Where everything that moves is now. */
  to: ReadonlyMap<string, Point>;
  /** Where React Flow has it, as long as it is shown with this transform. */
  base: ReadonlyMap<string, Point>;
  transform: Transform;
}
const minus = (a: Point, b: Point): Point => ({ x: a.x - b.x, y: a.y - b.y });

const byId = <T extends { readonly id: string }>(list: readonly T[]): Map<string, T> => new Map(list.map((each) => [each.id, each]));

function read({ documents, editor }: Workspace, before: FlowState, isDragging: boolean): FlowState {
  const { doc } = documents.getState();
  const { path, selection } = editor.getState();
  const graph = subgraphAt(doc, path);
  const nodes = flowNodes(doc, graph, selection, byId(before.nodes));
  return {
    // What was dragged and not moved in the end goes back to its place.
    nodes: sameList(before.nodes, isDragging ? nodes : nodes.map((node) => (node.position === node.data.record.position ? node : { ...node, position: node.data.record.position, ...(node.type === 'node' ? {} : node.data.record.size) })) as FlowNode[]),
    edges: sameList(before.edges, flowEdges(graph, nodes, selection, byId(before.edges))),
  };
}

export function useFlow() {
  const workspace = useWorkspace();
  const { documents, editor, editing } = workspace;
  const flowStore = useStoreApi();
  const [flow, setFlow] = useState<FlowState>(() => read(workspace, { nodes: [], edges: [] }, false));
  const latest = useRef(flow);
  const drag = useRef<Drag>(undefined);

  const put = useCallback((next: FlowState): void => {
    if (next.nodes === latest.current.nodes && next.edges === latest.current.edges) return;
    latest.current = next;
    setFlow(next);
  }, []);

  useEffect(() => {
    const sync = (): void => {
      put(read(workspace, latest.current, drag.current !== undefined));
      const { path } = editor.getState();
      for (const node of latest.current.nodes) if (node.type === 'node') editor.nodeSizes.set(flatId(path, node.id), node.data.geometry);
    };
    sync();
    const leaves = [
      documents.subscribe((state, before) => { if (state.doc !== before.doc) sync(); }),
      editor.subscribe((state, before) => { if (state.selection !== before.selection || state.path !== before.path) sync(); }),
    ];
    return () => { for (const leave of leaves) leave(); };
  }, [workspace, documents, editor, put]);

  /** What was selected when a box was begun that adds to it. React Flow tells only what is in the box. */
  const kept = useRef<Selection>(undefined);
  const beginBox = useCallback((adds: boolean): void => {
    kept.current = adds ? editor.getState().selection : undefined;
  }, [editor]);

  const select = useCallback((changes: readonly { readonly id: string; readonly selected: boolean; readonly isEdge: boolean }[]): void => {
    if (changes.length === 0) return;
    const { selection, focus } = editor.getState();
    const next = { nodes: new Set(selection.nodes), edges: new Set(selection.edges), frames: new Set(selection.frames), comments: new Set(selection.comments) };
    let chosen = focus;
    for (const { id: flowId, selected, isEdge } of changes) {
      const { subject, id } = isEdge ? { subject: 'edges' as const, id: flowId } : subjectOf(flowId);
      if (selected) next[subject].add(id);
      else next[subject].delete(id);
      if (selected && subject === 'nodes') chosen = id;
    }
    const { current } = kept;
    if (current !== undefined) for (const subject of ['nodes', 'edges', 'frames', 'comments'] as const) for (const id of current[subject]) next[subject].add(id);
    editor.select(next, chosen);
  }, [editor]);

  /** The dragged things are shown at new places. When the canvas itself moves with them, React Flow hears of it, which draws only what is in sight. */
  const shift = useCallback((moving: Drag, places: readonly (readonly [string, Point])[]): void => {
    const to = new Map([...moving.to, ...places]);
    const start = moving.from.get(moving.leader);
    const end = to.get(moving.leader);
    if (start !== undefined && end !== undefined) {
      const offset = minus(end, start);
      for (const id of moving.carried) {
        const from = moving.from.get(id);
        if (from !== undefined) to.set(id, { x: from.x + offset.x, y: from.y + offset.y });
      }
    }
    moving.to = to;
    const { transform } = flowStore.getState();
    if (transform.every((value, i) => value === moving.transform[i])) {
      dragShift.set(new Map([...to].map(([id, place]) => [id, minus(place, moving.base.get(id) ?? place)])));
      return;
    }
    moving.transform = transform;
    moving.base = to;
    // At once, or for one frame things would be seen where they were before.
    flushSync(() => put({ ...latest.current, nodes: latest.current.nodes.map((node) => {
      const position = to.get(node.id);
      return position === undefined ? node : { ...node, position } as FlowNode;
    }) }));
    dragShift.clear();
  }, [flowStore, put]);

  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]): void => {
    select(changes.flatMap((change) => (change.type === 'select' ? [{ id: change.id, selected: change.selected, isEdge: false }] : [])));
    const moved = changes.filter((change) => change.type === 'position' || (change.type === 'dimensions' && change.setAttributes !== undefined && change.setAttributes !== false));
    if (moved.length === 0) return;
    if (drag.current === undefined) put({ ...latest.current, nodes: applyNodeChanges(moved, latest.current.nodes) });
    else shift(drag.current, moved.flatMap((change) => (change.type === 'position' && change.position !== undefined ? [[change.id, change.position] as const] : [])));
  }, [select, put, shift]);

  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge>[]): void => {
    select(changes.flatMap((change) => (change.type === 'select' ? [{ id: change.id, selected: change.selected, isEdge: true }] : [])));
  }, [select]);

  const dragging = useMemo(() => ({
    start(leader: FlowNode, dragged: readonly FlowNode[], copies: boolean): void {
      const moving = new Set(dragged.map(({ id }) => id));
      const carried = new Set(latest.current.nodes.filter((node) => !moving.has(node.id) && dragged.some((frame) => frame.type === 'frame' && isInside(node, frame))).map(({ id }) => id));
      const from = new Map(latest.current.nodes.filter(({ id }) => moving.has(id) || carried.has(id)).map((node) => [node.id, node.position]));
      drag.current = { from, to: from, base: from, transform: flowStore.getState().transform, carried, leader: leader.id, copies };
    },
    /** Shows the wire that the node would be inserted into. */
    over(node: FlowNode, dragged: readonly FlowNode[]): void {
      const edge = dragged.length === 1 && node.type === 'node' ? insertable(node, latest.current) : undefined;
      if (wiring.getState().dropEdge !== edge) wiring.set({ dropEdge: edge });
    },
    stop(leader: FlowNode): void {
      const { current } = drag;
      drag.current = undefined;
      const { dropEdge } = wiring.getState();
      wiring.set({ dropEdge: undefined });
      if (current === undefined) return;
      const start = current.from.get(current.leader);
      const end = current.to.get(current.leader) ?? leader.position;
      const offset = start === undefined ? { x: 0, y: 0 } : minus(end, start);
      if (current.copies) {
        if (offset.x !== 0 || offset.y !== 0) editing.duplicate(offset);
      } else if (dropEdge !== undefined) {
        documents.together('edit.insert', () => {
          editing.move({ nodes: new Map([[leader.id, end]]) });
          editing.insertOnWire(leader.id, dropEdge);
        });
      } else {
        const moves = { nodes: new Map<string, Point>(), frames: new Map<string, Point>(), comments: new Map<string, Point>() };
        for (const flowId of current.from.keys()) {
          const { subject, id } = subjectOf(flowId);
          const position = current.to.get(flowId);
          if (position !== undefined) moves[subject].set(id, { x: Math.round(position.x), y: Math.round(position.y) });
        }
        if (offset.x !== 0 || offset.y !== 0) editing.move(moves);
      }
      put(read(workspace, latest.current, false));
      dragShift.clear();
    },
    /** Nothing, unless a drag is still on: then all goes back to where it was. */
    cancel(): void {
      if (drag.current === undefined) return;
      drag.current = undefined;
      wiring.set({ dropEdge: undefined });
      put(read(workspace, latest.current, false));
      dragShift.clear();
    },
  }), [workspace, documents, editing, flowStore, put]);

  return { flow, latest, beginBox, onNodesChange, onEdgesChange, dragging };
}

function isInside(node: FlowNode, frame: FlowNode): boolean {
  if (node.type === 'frame') return false;
  const x = node.position.x + (node.width ?? 0) / 2;
  const y = node.position.y + (node.height ?? 0) / 2;
  return x > frame.position.x && x < frame.position.x + (frame.width ?? 0) && y > frame.position.y && y < frame.position.y + (frame.height ?? 0);
}

/** The wire under a node that has no wires yet and could take it: tensor in, tensor out. */
function insertable(node: FlowNode, { nodes, edges }: FlowState): string | undefined {
  if (node.type !== 'node' || edges.some(({ source, target }) => source === node.id || target === node.id)) return undefined;
  const { ports } = node.data.geometry;
  if (!ports.some(({ side, port }) => side === 'input' && port.kind === 'tensor') || !ports.some(({ side, port }) => side === 'output' && port.kind === 'tensor')) return undefined;
  const middle = { x: node.position.x + (node.width ?? 0) / 2, y: node.position.y + Math.min(node.height ?? 0, GRID * 4) / 2 };
  return wireAt(middle, byId(nodes), edges.filter(({ data }) => data?.kind === 'tensor'), node.id);
}
