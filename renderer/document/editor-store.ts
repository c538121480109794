/** What is selected and where one is looking. Not part of the document: it is neither saved nor undone. */
import { createStore } from 'zustand/vanilla';
import type { CommentId, EdgeId, FrameId, NodeId } from '../../engine/graph/document.ts';
import type { BlockPath } from './scope.ts';

export interface Selection {
  readonly nodes: ReadonlySet<NodeId>;
  readonly edges: ReadonlySet<EdgeId>;
  readonly frames: ReadonlySet<FrameId>;
  readonly comments: ReadonlySet<CommentId>;
}
export const NOTHING: Selection = { nodes: new Set(), edges: new Set(), frames: new Set(), comments: new Set() };

export interface EditorState {
  /** The block that is shown; empty for the top level. */
  readonly path: BlockPath;
  readonly selection: Selection;
  /** The node that keys act on and that the inspector shows; always one of the selected ones, or undefined. */
  readonly focus: NodeId | undefined;
}
export type EditorStore = ReturnType<typeof createEditorStore>;

export function createEditorStore() {
  const store = createStore<EditorState>(() => ({ path: [], selection: NOTHING, focus: undefined }));
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
  };
}
