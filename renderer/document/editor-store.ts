/** What is selected and where one is looking. Not part of the document: it is neither saved nor undone. */
import { createStore } from 'zustand/vanilla';
import type { CommentId, EdgeId, FrameId, NodeId } from '../../engine/graph/document.ts';
import type { Point } from './editing.ts';
import type { BlockPath } from './scope.ts';

export interface Selection {
  readonly nodes: ReadonlySet<NodeId>;
  readonly edges: ReadonlySet<EdgeId>;
  readonly frames: ReadonlySet<FrameId>;
  readonly comments: ReadonlySet<CommentId>;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
export const NOTHING: Selection = { nodes: new Set(), edges: new Set(), frames: new Set(), comments: new Set() };

export interface EditorState {
  /** The block that is shown; empty for the top level. */
  readonly path: BlockPath;
  readonly selection: Selection;
  /** The node that keys act on and that the inspector shows; always one of the selected ones, or undefined. */
  readonly focus: NodeId | undefined;
  /** Nodes that the canvas should bring into view; `count` grows, so that the same can be asked for twice. */
  readonly revealRequest: { readonly nodes: readonly NodeId[]; readonly count: number } | undefined;
}
export type EditorStore = ReturnType<typeof createEditorStore>;

export function createEditorStore() {
  const store = createStore<EditorState>(() => ({ path: [], selection: NOTHING, focus: undefined, revealRequest: undefined }));
  let viewCenter: Point = { x: 0, y: 0 };
  const select = (part: Partial<Selection>, focus?: NodeId): void => {
    const selection = { ...NOTHING, ...part };
    const last = [...selection.nodes].at(-1);
    store.setState({ selection, focus: focus !== undefined && selection.nodes.has(focus) ? focus : last });
  };
  return {
    ...store,
    select,
    selectNodes: (ids: Iterable<NodeId>): void => select({ nodes: new Set(ids) }),
    enter: (path: BlockPath): void => store.setState({ path, selection: NOTHING, focus: undefined }),
    requestReveal: (nodes: readonly NodeId[]): void => store.setState(({ revealRequest }) => ({ revealRequest: { nodes, count: (revealRequest?.count ?? 0) + 1 } })),
    /** The middle of what the canvas shows, in the document's coordinates: where new nodes go. The canvas keeps it up to date; it changes too often to be state. */
    viewCenter: (): Point => viewCenter,
    setViewCenter: (center: Point): void => { viewCenter = center; },
    /** How large the canvas has drawn nodes, by flat id (`flatId`): it writes here, and aligning and layout read. Not state: nobody waits for it. */
    nodeSizes: new Map<string, Size>(),
  };
}
