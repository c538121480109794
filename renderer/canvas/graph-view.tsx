/** The graph itself: React Flow with our nodes and wires, and its gestures turned into edits. */
import { Background, BackgroundVariant, type Connection, type FinalConnectionState, MiniMap, type OnConnectStart, type OnConnectEnd, ReactFlow, SelectionMode, useOnViewportChange, useReactFlow, useStore as useFlowStore, useStoreApi } from '@xyflow/react';
import { type ClipboardEvent, type DragEvent, type MouseEvent as ReactMouseEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PortRef } from '../../engine/graph/document.ts';
import { copySelection, cutSelection, pasteText } from '../commands/clipboard.ts';
import type { NewNode, Point } from '../document/editing.ts';
import { mayAdd } from '../document/edits/nodes.ts';
import { nodeKind } from '../document/node-kind.ts';
import { newNodeKind } from '../document/ready-blocks.ts';
import { blockAt, subgraphAt } from '../document/scope.ts';
import { textNow, translate } from '../i18n/i18n.ts';
import { useSettings, useWorkspace } from '../workspace/context.tsx';
import { mountCanvasControl } from './canvas-control.ts';
import type { MenuTarget } from './context-menu.tsx';
import { type Bounds, boundsOf } from '../document/edits/geometry.ts';
import { type FlowEdge, type FlowNode, subjectOf } from './flow-model.ts';
import { CommentView, FrameView } from './frame-view.tsx';
import { GRID, NODE_WIDTH, TITLE_HEIGHT } from './geometry.ts';
import { NodeView } from './node-view.tsx';
import { quickAdd } from './quick-add-store.ts';
import { useFlow } from './use-flow.ts';
import { type Side, fitsOf, portKey } from './wire-fits.ts';
import { portPoint, wireAt } from './wire-hit.ts';
import { pathThrough } from './wire-path.ts';
import { DrawnWire, GhostWire, WireView } from './wire-view.tsx';
import { wiring } from './wiring-store.ts';
import { CanvasWords } from './words.tsx';

/** What the palette puts into a drag. */
export const NODE_DRAG_TYPE = 'application/x-netloom-node';

const NODE_TYPES = { node: NodeView, frame: FrameView, comment: CommentView };
const EDGE_TYPES = { wire: WireView };
const SNAP: [number, number] = [GRID, GRID];
const PRO_OPTIONS = { hideAttribution: true };
/** Left draws a box; middle pans. */
const PAN_BUTTONS = [1];
const UNMOVED = { x: 0, y: 0, zoom: 1 } as const;
const MIN_ZOOM = 0.08;
const MAX_ZOOM = 2.5;
/** This near to the canvas's edge a dragged node moves the view, in CSS pixels; React Flow begins at 40. */
const PAN_MARGIN = 56;
/** Small graphs are not blown up. */
const FIT = { padding: 0.12, maxZoom: 1 };
/** A large graph opens at a zoom at which its parts can be told apart, and only those in sight are drawn; "Fit" shows all of it. */
const OPENING_FIT = { ...FIT, minZoom: 0.25 };
/** Below these zooms details give way to what can still be read. */
const MIDDLE_ZOOM = 0.6;
const FAR_ZOOM = 0.26;

/** After the pointer was let go: by then React Flow has told of the drag's end, if it ever will. */
const DRAG_END_MS = 50;

const isFlowTarget = (target: EventTarget): target is Element => target instanceof Element;
const isField = (target: EventTarget | null): boolean => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
const clientPoint = (event: MouseEvent | TouchEvent): Point => {
  const touch = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: touch?.clientX ?? 0, y: touch?.clientY ?? 0 };
};
const motion = (): number => (window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200);

export const GraphView = memo(function GraphView({ onMenu }: { readonly onMenu: (target: MenuTarget, at: Point) => void }) {
  const workspace = useWorkspace();
  const { documents, editor, editing, settings, ui } = workspace;
  const { t } = useTranslation('canvas');
  const { flow, latest, beginBox, onNodesChange, onEdgesChange, dragging } = useFlow();
  const reactFlow = useReactFlow<FlowNode, FlowEdge>();
  const flowStore = useStoreApi();
  const snaps = useSettings(({ snapToGrid }) => snapToGrid);
  const hasMinimap = useSettings(({ minimap }) => minimap);
  const region = useRef<HTMLDivElement>(null);
  /** The middle of the canvas on the screen. */
  const middle = useCallback((): Point => {
    const box = region.current?.getBoundingClientRect();
    return box === undefined ? { x: 0, y: 0 } : { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  }, []);
  const isShown = useCallback((ids: readonly string[]): boolean => {
    const { transform: [x, y, zoom], width, height } = flowStore.getState();
    return ids.every((id) => {
      const node = latest.current.nodes.find((each) => each.id === id);
      return node === undefined || (node.position.x * zoom + x >= 0 && node.position.y * zoom + y >= 0 && (node.position.x + (node.width ?? 0)) * zoom + x <= width && (node.position.y + (node.height ?? 0)) * zoom + y <= height);
    });
  }, [flowStore, latest]);

  // What shows of the details depends on the zoom by a data attribute: nothing is drawn anew for it.
  const onViewport = useCallback(({ x, y, zoom }: { readonly x: number; readonly y: number; readonly zoom: number }): void => {
    const element = region.current;
    if (element === null) return;
    const detail = zoom < FAR_ZOOM ? 'far' : zoom < MIDDLE_ZOOM ? 'middle' : 'near';
    if (element.dataset['detail'] !== detail) element.dataset['detail'] = detail;
    const { width, height } = flowStore.getState();
    editor.setViewCenter({ x: (width / 2 - x) / zoom, y: (height / 2 - y) / zoom });
    // A map of what is all in sight would only cover some of it.
    const { left, top, right, bottom } = extentOf(latest.current.nodes);
    element.toggleAttribute('data-whole', left * zoom + x >= 0 && top * zoom + y >= 0 && right * zoom + x <= width && bottom * zoom + y <= height);
  }, [editor, flowStore, latest]);
  useOnViewportChange({ onChange: onViewport });
  const size = useFlowStore(({ width, height }) => `${String(width)} ${String(height)}`);
  useEffect(() => {
    onViewport(reactFlow.getViewport());
  }, [flow.nodes, size, onViewport, reactFlow]);

  const dropNode = useCallback((node: NewNode, at: Point): void => {
    const { doc } = documents.getState();
    if (!mayAdd(doc, blockAt(doc, editor.getState().path), node)) {
      const kind = newNodeKind(doc, node);
      ui.toast({ tone: 'warning', message: translate('palette:cannotAdd', { node: kind === undefined ? node.type : textNow(kind.title) }) });
      return;
    }
    const point = reactFlow.screenToFlowPosition(at, { snapToGrid: false });
    const onWire = wireAt(point, new Map(latest.current.nodes.map((each) => [each.id, each])), latest.current.edges);
    const grid = settings.getState().snapToGrid ? GRID : 1;
    const snapped = (value: number): number => Math.round(value / grid) * grid;
    editing.addNode(node, { x: snapped(point.x - NODE_WIDTH / 2), y: snapped(point.y - TITLE_HEIGHT / 2) }, onWire === undefined ? {} : { onWire });
    region.current?.focus({ preventScroll: true });
  }, [documents, editor, editing, settings, ui, reactFlow, latest]);

  useEffect(() => mountCanvasControl({
    drop: (node, at) => {
      if (region.current?.contains(document.elementFromPoint(at.x, at.y)) === true) dropNode(node, at);
    },
    fit: () => {
      const { nodes } = editor.getState().selection;
      if (latest.current.nodes.length > 0) void reactFlow.fitView({ ...FIT, duration: motion(), ...(nodes.size === 0 ? {} : { nodes: [...nodes].map((id) => ({ id })) }) });
    },
    zoomBy: (factor) => void reactFlow.zoomTo(reactFlow.getZoom() * factor, { duration: motion() / 2 }),
    zoomTo: (zoom) => void reactFlow.zoomTo(zoom, { duration: motion() / 2 }),
    focus: () => region.current?.focus({ preventScroll: true }),
  }), [editor, reactFlow, latest, dropNode]);

  // Another document or another level begins with all of it in view.
  useEffect(() => {
    const fit = (): void => void setTimeout(() => {
      if (latest.current.nodes.length > 0) return void reactFlow.fitView(OPENING_FIT);
      // React Flow would keep the wish and move the view under the first node, away from where it was dropped.
      void reactFlow.setViewport(UNMOVED);
      onViewport(UNMOVED);
    }, 0);
    fit();
    const leaves = [
      documents.subscribe((state, before) => { if (state.generation !== before.generation) fit(); }),
      editor.subscribe((state, before) => {
        if (state.path.join('/') !== before.path.join('/')) fit();
        const request = state.revealRequest;
        // After React Flow has heard of nodes that the same moment may have brought into being.
        if (request !== undefined && request !== before.revealRequest) setTimeout(() => {
          if (!isShown(request.nodes)) void reactFlow.fitView({ padding: 0.3, nodes: request.nodes.map((id) => ({ id })), minZoom: Math.min(reactFlow.getZoom(), 1), maxZoom: Math.max(reactFlow.getZoom(), 0.7), duration: motion() });
        }, 0);
      }),
    ];
    return () => { for (const leave of leaves) leave(); };
  }, [documents, editor, reactFlow, isShown, latest, onViewport]);

  /** The wire whose end is being moved. */
  const moved = useRef<FlowEdge>(undefined);
  const gestures = useMemo(() => {
    const graphNow = () => subgraphAt(documents.getState().doc, editor.getState().path);
    const refsOf = ({ source, sourceHandle, target, targetHandle }: Connection | FlowEdge): { readonly from: PortRef; readonly to: PortRef } => ({ from: { node: source, port: sourceHandle ?? '' }, to: { node: target, port: targetHandle ?? '' } });

    const onConnectStart: OnConnectStart = (_event, { nodeId, handleId, handleType }) => {
      if (nodeId === null || handleId === null || handleType === null) return;
      const { doc } = documents.getState();
      const graph = graphNow();
      const side: Side = handleType === 'source' ? 'output' : 'input';
      const record = graph.nodes[nodeId];
      const view = record === undefined ? undefined : nodeKind(doc, record);
      const kind = (side === 'output' ? view?.outputs : view?.inputs)?.find(({ name }) => name === handleId)?.kind ?? 'tensor';
      const port = { node: nodeId, port: handleId };
      quickAdd.close();
      wiring.begin({ port, side, kind }, fitsOf(doc, editor.getState().path, port, side));
    };
    const isValidConnection = (connection: Connection | FlowEdge): boolean => {
      const { from, fits } = wiring.getState();
      if (from === undefined) return false;
      const refs = refsOf(connection);
      return fits.get(from.side === 'output' ? portKey(refs.to, 'input') : portKey(refs.from, 'output'))?.fits === true;
    };
    const onConnect = (connection: Connection): void => {
      const { from, to } = refsOf(connection);
      editing.connect(from, to);
    };
    const onConnectEnd: OnConnectEnd = (event, state: FinalConnectionState) => {
      const { from, fits } = wiring.getState();
      wiring.end();
      if (from === undefined || state.isValid === true) return;
      const at = clientPoint(event);
      const under = document.elementFromPoint(at.x, at.y);
      // On a port that does not fit, or anywhere on a node, which stands for its first port that does.
      const onNode = under?.closest<HTMLElement>('[data-node]')?.dataset['node'];
      const other: Side = from.side === 'output' ? 'input' : 'output';
      const named = state.toHandle === null ? undefined : { node: state.toHandle.nodeId, port: state.toHandle.id ?? '' };
      const target = named ?? (onNode === undefined || onNode === from.port.node ? undefined : bestPort(onNode, other, fits));
      if (target !== undefined) {
        const fit = fits.get(portKey(target, other));
        const [source, sink] = from.side === 'output' ? [from.port, target] : [target, from.port];
        if (fit?.fits === true && moved.current === undefined) editing.connect(source, sink);
        else if (fit?.fits === false) wiring.set({ misfit: { at, from: source, to: sink, fit, moved: moved.current?.id } });
        return;
      }
      if (under?.closest('.react-flow__pane') === null || under === null || onNode !== undefined) return;
      if (moved.current !== undefined) return;
      const start = portPoint(new Map(latest.current.nodes.map((node) => [node.id, node])), from.port.node, from.port.port, from.side);
      if (start !== undefined) wiring.set({ ghost: { from: start, to: reactFlow.screenToFlowPosition(at, { snapToGrid: false }), kind: from.kind, side: from.side } });
      quickAdd.open(at, { port: from.port, side: from.side });
    };
    const onReconnectStart = (_event: ReactMouseEvent, edge: FlowEdge): void => { moved.current = edge; };
    const onReconnect = (edge: FlowEdge, connection: Connection): void => {
      const { from, to } = refsOf(connection);
      const before = refsOf(edge);
      const isSame = (a: PortRef, b: PortRef): boolean => a.node === b.node && a.port === b.port;
      if (!isSame(from, before.from)) editing.reconnect(edge.id, { from });
      else if (!isSame(to, before.to)) editing.reconnect(edge.id, { to });
    };
    const onReconnectEnd = (event: MouseEvent | TouchEvent, edge: FlowEdge, _side: unknown, state: FinalConnectionState): void => {
      moved.current = undefined;
      const at = clientPoint(event);
      const isOnNothing = state.toHandle === null && document.elementFromPoint(at.x, at.y)?.closest('.react-flow__pane') !== null && document.elementFromPoint(at.x, at.y)?.closest('[data-node]') === null;
      if (state.isValid !== true && isOnNothing) editing.disconnect([edge.id]);
    };

    const onDrop = (event: DragEvent): void => {
      const data = event.dataTransfer.getData(NODE_DRAG_TYPE);
      if (data === '') return;
      event.preventDefault();
      const node = readNewNode(data);
      if (node === undefined) return;
      dropNode(node, { x: event.clientX, y: event.clientY });
    };
    const onDragOver = (event: DragEvent): void => {
      if (!event.dataTransfer.types.includes(NODE_DRAG_TYPE)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };

    const onDoubleClick = (event: ReactMouseEvent): void => {
      if (isFlowTarget(event.target) && event.target.classList.contains('react-flow__pane')) quickAdd.open({ x: event.clientX, y: event.clientY });
    };
    const onNodeDoubleClick = (event: ReactMouseEvent, node: FlowNode): void => {
      if (node.type !== 'node' || isField(event.target) || node.data.record.block === undefined) return;
      editor.enter([...editor.getState().path, node.id]);
    };
    const onNodeContextMenu = (event: ReactMouseEvent, flowNode: FlowNode): void => {
      if (isField(event.target)) return;
      event.preventDefault();
      const { subject, id } = subjectOf(flowNode.id);
      const { selection } = editor.getState();
      if (!selection[subject].has(id)) editor.select({ [subject]: new Set([id]) });
      onMenu('node', { x: event.clientX, y: event.clientY });
    };
    const onEdgeContextMenu = (event: ReactMouseEvent, edge: FlowEdge): void => {
      event.preventDefault();
      if (!editor.getState().selection.edges.has(edge.id)) editor.select({ edges: new Set([edge.id]) });
      onMenu('wire', { x: event.clientX, y: event.clientY });
    };
    const onEdgeMouseEnter = (_event: ReactMouseEvent, edge: FlowEdge): void => {
      if (wiring.getState().from === undefined) wiring.set({ traced: pathThrough(graphNow(), edge.id) });
    };
    const onEdgeMouseLeave = (): void => wiring.set({ traced: undefined });
    const onPaneContextMenu = (event: ReactMouseEvent | MouseEvent): void => {
      event.preventDefault();
      onMenu('canvas', { x: event.clientX, y: event.clientY });
    };

    const onCopy = (event: ClipboardEvent): void => {
      if (isField(event.target)) return;
      const text = event.type === 'cut' ? cutSelection(workspace) : copySelection(workspace);
      if (text === undefined) return;
      event.preventDefault();
      event.clipboardData.setData('text/plain', text);
    };
    const onPaste = (event: ClipboardEvent): void => {
      if (isField(event.target)) return;
      const text = event.clipboardData.getData('text/plain');
      if (text === '') return;
      event.preventDefault();
      pasteText(workspace, text);
    };
    const onRegionContextMenu = (event: ReactMouseEvent): void => {
      // The menu key, while the canvas itself has the keyboard.
      if (event.target !== event.currentTarget) return;
      event.preventDefault();
      onMenu('canvas', middle());
    };
    return { onConnectStart, isValidConnection, onConnect, onConnectEnd, onReconnectStart, onReconnect, onReconnectEnd, onDrop, onDragOver, onDoubleClick, onNodeDoubleClick, onNodeContextMenu, onEdgeContextMenu, onEdgeMouseEnter, onEdgeMouseLeave, onPaneContextMenu, onCopy, onPaste, onRegionContextMenu };
  }, [workspace, documents, editor, editing, reactFlow, latest, middle, dropNode, onMenu]);

  // React Flow looks at every frame of a drag whether to move the view: 3 of the 13 ms that a move cost among 1,000 nodes. It is let do so where it would.
  const [isAtEdge, setAtEdge] = useState(false);
  /** The canvas on the screen, which stays while something is dragged: measured at each move it would force a layout each time. */
  const bounds = useRef<DOMRect>(undefined);
  const drags = useMemo(() => ({
    start: (event: MouseEvent | TouchEvent, node: FlowNode, nodes: FlowNode[]): void => {
      region.current?.setAttribute('data-dragging', '');
      dragging.start(node, nodes, event.altKey);
      bounds.current = region.current?.getBoundingClientRect();
      // React Flow does not tell the end of a drag that it gives up, because its node is gone or a second finger came.
      const gone = new AbortController();
      const end = (): void => {
        gone.abort();
        setAtEdge(false);
        setTimeout(() => {
          region.current?.removeAttribute('data-dragging');
          dragging.cancel();
        }, DRAG_END_MS);
      };
      for (const type of ['pointerup', 'pointercancel']) window.addEventListener(type, end, { capture: true, signal: gone.signal });
    },
    drag: (event: MouseEvent | TouchEvent, node: FlowNode, nodes: FlowNode[]): void => {
      const { x, y } = clientPoint(event);
      const box = bounds.current;
      setAtEdge(box !== undefined && (x - box.left < PAN_MARGIN || box.right - x < PAN_MARGIN || y - box.top < PAN_MARGIN || box.bottom - y < PAN_MARGIN));
      dragging.over(node, nodes);
    },
    stop: (_event: MouseEvent | TouchEvent, node: FlowNode): void => {
      region.current?.removeAttribute('data-dragging');
      dragging.stop(node);
    },
  }), [dragging]);

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- role="application": the keyboard works in it as in a program of its own
    <div
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the same
      ref={region} className="canvas" data-detail="near" data-region-entry role="application" aria-label={t('canvas')} aria-roledescription={t('canvasRole')} tabIndex={0}
      onDoubleClick={gestures.onDoubleClick} onDrop={gestures.onDrop} onDragOver={gestures.onDragOver} onCopy={gestures.onCopy} onCut={gestures.onCopy} onPaste={gestures.onPaste} onContextMenu={gestures.onRegionContextMenu}
      onPointerDownCapture={(event) => beginBox(event.shiftKey && isFlowTarget(event.target) && event.target.classList.contains('react-flow__pane'))}
      onPointerDown={(event) => {
        // A press on the pane or a node gives the canvas the keyboard; React Flow keeps the browser from doing so.
        if (isFlowTarget(event.target) && event.target.closest('button, input, textarea, select, [contenteditable]') === null) region.current?.focus({ preventScroll: true });
      }}
    >
      <CanvasWords>
      <ReactFlow<FlowNode, FlowEdge>
        nodes={flow.nodes} edges={flow.edges} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES} onNodesChange={onNodesChange} onEdgesChange={onEdgesChange}
        onNodeDragStart={drags.start} onNodeDrag={drags.drag} onNodeDragStop={drags.stop}
        onConnectStart={gestures.onConnectStart} onConnect={gestures.onConnect} onConnectEnd={gestures.onConnectEnd} isValidConnection={gestures.isValidConnection}
        onReconnectStart={gestures.onReconnectStart} onReconnect={gestures.onReconnect} onReconnectEnd={gestures.onReconnectEnd} reconnectRadius={14}
        onNodeDoubleClick={gestures.onNodeDoubleClick} onNodeContextMenu={gestures.onNodeContextMenu} onEdgeContextMenu={gestures.onEdgeContextMenu} onEdgeMouseEnter={gestures.onEdgeMouseEnter} onEdgeMouseLeave={gestures.onEdgeMouseLeave} onPaneContextMenu={gestures.onPaneContextMenu}
        connectionLineComponent={DrawnWire} connectionRadius={22} autoPanOnNodeDrag={isAtEdge} connectOnClick={false} connectionDragThreshold={3}
        onlyRenderVisibleElements selectionOnDrag selectionMode={SelectionMode.Partial} panOnDrag={PAN_BUTTONS} zoomOnDoubleClick={false} multiSelectionKeyCode="Shift" selectionKeyCode={null} deleteKeyCode={null}
        panActivationKeyCode="Space" snapToGrid={snaps} snapGrid={SNAP} nodeDragThreshold={2} minZoom={MIN_ZOOM} maxZoom={MAX_ZOOM} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y
        elevateNodesOnSelect={false} elevateEdgesOnSelect proOptions={PRO_OPTIONS}
      >
        <Background variant={BackgroundVariant.Dots} gap={GRID} size={1.5} color="var(--canvas-dot)" />
        {hasMinimap && flow.nodes.length > 0 && <MiniMap pannable zoomable position="bottom-right" ariaLabel={t('minimap')} nodeColor={minimapColor} nodeBorderRadius={6} className="canvas-minimap" />}
        <GhostWire />
      </ReactFlow>
      </CanvasWords>
    </div>
  );
});

const extents = new WeakMap<readonly FlowNode[], Bounds>();
/** Around all nodes, in canvas units; found once, as the view moves more often than they do. */
function extentOf(nodes: readonly FlowNode[]): Bounds {
  const extent = extents.get(nodes) ?? boundsOf(nodes.map(({ position, width = 0, height = 0 }) => ({ ...position, width, height })));
  extents.set(nodes, extent);
  return extent;
}

const minimapColor = (node: FlowNode): string => (node.type === 'node' ? `var(--cat-${node.data.kind?.category ?? 'shape'})` : node.type === 'frame' ? 'var(--surface-3)' : 'var(--warning-soft)');

/** The first port of a node that fits; or, to say why, the first. */
function bestPort(node: string, side: Side, fits: ReadonlyMap<string, { readonly fits: boolean }>): PortRef | undefined {
  const prefix = portKey({ node, port: '' }, side);
  const keys = [...fits.keys()].filter((key) => key.startsWith(prefix));
  const key = keys.find((each) => fits.get(each)?.fits === true) ?? keys[0];
  return key === undefined ? undefined : { node, port: key.slice(prefix.length) };
}

function readNewNode(data: string): NewNode | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' ? (value as NewNode) : undefined;
  } catch {
    return undefined;
  }
}
