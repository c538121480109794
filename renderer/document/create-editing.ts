/** The edits over the stores of one window: each is a pure function of edits/, run on a draft, and what is selected afterwards. */
import { type NodeId, BLOCK_TYPE } from '../../engine/graph/document.ts';
import type { Editing } from './editing.ts';
import type { EditorStore, Selection } from './editor-store.ts';
import * as blocks from './edits/blocks.ts';
import { removeExposed, removePort } from './edits/border.ts';
import { type EditScope, scopeAt } from './edits/edit-scope.ts';
import { type Placed, COPY_OFFSET, duplicate, fragmentOf, fragmentText, placeFragment, readFragment } from './edits/fragment.ts';
import { type SizeOf, align, boundsOf, boxesOf, centerOf, distribute, estimateSize, frameAround } from './edits/geometry.ts';
import { group, unpack } from './edits/group.ts';
import { arrange } from './edits/layout.ts';
import * as nodes from './edits/nodes.ts';
import * as notes from './edits/notes.ts';
import { type Repaired, repair } from './edits/repair.ts';
import * as values from './edits/values.ts';
import * as wires from './edits/wires.ts';
import { blockAt, flatId, pathInto, subgraphAt } from './scope.ts';
import type { DocumentStore } from './store.ts';

/** The node is of no type there is, or an instance of no block, or of one that would then hold itself. */
class CannotAdd extends Error {}

export function createEditing(documents: DocumentStore, editor: EditorStore): Editing {
  const shown = () => subgraphAt(documents.getState().doc, editor.getState().path);
  const selection = (): Selection => editor.getState().selection;
  const edit = (label: string, recipe: (scope: EditScope) => void, mergeKey?: string): boolean =>
    documents.edit(label, (doc) => recipe(scopeAt(doc, editor.getState().path)), mergeKey === undefined ? {} : { mergeKey });
  /** Names what one field sets, so that its keystrokes are one step of undo. */
  const fieldOf = (...parts: readonly string[]): string => [...editor.getState().path, ...parts].join('/');

  const sizeOf = (): SizeOf => {
    const { doc } = documents.getState();
    const { path } = editor.getState();
    return (id, node) => editor.nodeSizes.get(flatId(path, id)) ?? estimateSize(doc, node);
  };
  const copy = (): string | undefined => {
    const fragment = fragmentOf(documents.getState().doc, shown(), selection());
    return fragment === undefined ? undefined : fragmentText(fragment);
  };
  const removeSelected = (scope: EditScope, reconnect = false): void => {
    const { nodes: ids, edges, frames, comments } = selection();
    // A box selects the wires at its nodes too; those are needed to know what to reconnect.
    const isAtNode = (id: string): boolean => [scope.graph.edges[id]?.from.node, scope.graph.edges[id]?.to.node].some((node) => node !== undefined && ids.has(node));
    wires.disconnect(scope, [...edges].filter((id) => !isAtNode(id)));
    wires.removeNodes(scope, ids, reconnect);
    notes.removeNotes(scope, frames, comments);
  };
  /** Edits that put several things into the graph, which are selected then. */
  const place = (label: string, recipe: (scope: EditScope) => Placed | undefined): readonly NodeId[] => {
    let placed: Placed | undefined;
    edit(label, (scope) => { placed = recipe(scope); });
    if (placed === undefined) return [];
    editor.select(placed);
    return [...placed.nodes];
  };

  keepSelectionTrue(documents, editor);

  return {
    addNode(node, position, options) {
      let id: NodeId | undefined;
      const { doc } = documents.getState();
      if (!nodes.mayAdd(doc, blockAt(doc, editor.getState().path), node)) throw new CannotAdd(`There is no ${node.type === BLOCK_TYPE ? `block '${node.block ?? ''}' that may stand here` : `node type '${node.type}'`}.`);
      edit('add.node', (scope) => { id = nodes.addNode(scope, node, position, options); });
      if (id === undefined) throw new CannotAdd(`'${node.type}' could not be added.`);
      editor.selectNodes([id]);
      return id;
    },
    connect(from, to) {
      let id: string | undefined;
      edit('edit.connect', (scope) => { id = wires.connect(scope, from, to); });
      return id;
    },
    reconnect(id, end) {
      edit('edit.connect', (scope) => void wires.reconnect(scope, id, end));
    },
    disconnect(ids) {
      const list = [...ids];
      edit('edit.disconnect', (scope) => wires.disconnect(scope, list));
    },
    remove({ reconnect = false } = {}) {
      edit('edit.delete', (scope) => removeSelected(scope, reconnect));
    },
    insertOnWire(node, id) {
      let inserted = false;
      edit('edit.connect', (scope) => { inserted = wires.insertOnWire(scope, node, id); });
      return inserted;
    },
    move(positions) {
      edit('edit.move', (scope) => nodes.move(scope, positions));
    },
    setParam(node, param, value) {
      edit('edit.set-parameter', (scope) => values.setParam(scope, node, param, value), fieldOf('param', node, param));
    },
    rename(node, label) {
      edit('edit.rename', (scope) => values.rename(scope, node, label), fieldOf('label', node));
    },
    setNode(ids, part) {
      const list = [...ids];
      const label = 'muted' in part ? 'edit.mute' : 'collapsed' in part ? 'edit.collapse' : 'frozen' in part ? 'edit.freeze' : 'edit.set-parameter';
      edit(label, (scope) => values.setNode(scope, list, part), 'learningRateFactor' in part || 'weightGroup' in part ? fieldOf('node', ...list, ...Object.keys(part)) : undefined);
    },
    setTraining(part) {
      documents.edit('edit.set-training', (doc) => values.setTraining(doc, part), { mergeKey: `training/${Object.keys(part).join('/')}` });
    },
    setName(name) {
      documents.edit('edit.set-name', (doc) => values.setName(doc, name), { mergeKey: 'name' });
    },
    setDescription(description) {
      documents.edit('edit.set-name', (doc) => values.setDescription(doc, description), { mergeKey: 'description' });
    },

    copy,
    cut() {
      const text = copy();
      if (text !== undefined) edit('edit.cut', removeSelected);
      return text;
    },
    paste(text, position) {
      const fragment = readFragment(text);
      return place('edit.paste', (scope) => placeFragment(scope, fragment, position));
    },
    duplicate(offset = COPY_OFFSET) {
      const graph = shown();
      return place('edit.duplicate', (scope) => duplicate(scope, graph, selection(), offset));
    },

    group(name) {
      const boxes = boxesOf(shown(), selection(), sizeOf());
      if (selection().nodes.size === 0) return undefined;
      const center = centerOf(boundsOf(boxes));
      let id: NodeId | undefined;
      edit('block.group', (scope) => { id = group(scope, selection(), name, { x: center.x - INSTANCE_SIZE.width / 2, y: center.y - INSTANCE_SIZE.height / 2 }); });
      if (id !== undefined) editor.selectNodes([id]);
      return id;
    },
    unpack(instance) {
      return place('block.unpack', (scope) => unpack(scope, instance));
    },
    renameBlock(block, name) {
      documents.edit('edit.rename', (doc) => blocks.renameBlock(doc, block, name), { mergeKey: `block/${block}` });
    },
    renamePort(block, side, name, next) {
      let renamed = false;
      documents.edit('edit.rename', (doc) => { renamed = blocks.renamePort(doc, block, side, name, next); });
      return renamed;
    },
    movePort(block, side, name, index) {
      documents.edit('block.ports', (doc) => blocks.movePort(doc, block, side, name, index));
    },
    addPort(block, side, ref, input) {
      let name: string | undefined;
      documents.edit('block.ports', (doc) => { name = blocks.addPort(doc, block, side, ref, input); });
      return name;
    },
    removePort(block, side, name) {
      documents.edit('block.ports', (doc) => removePort(doc, block, side, name));
    },
    exposeParam(block, node, param, name) {
      let exposed = false;
      documents.edit('block.expose', (doc) => { exposed = blocks.exposeParam(doc, block, node, param, name); });
      return exposed;
    },
    hideParam(block, name) {
      documents.edit('block.expose', (doc) => removeExposed(doc, block, name));
    },
    makeUnique(instance) {
      let block: string | undefined;
      edit('block.unique', ({ doc, graph }) => { block = blocks.makeUnique(doc, graph.nodes, instance); });
      return block;
    },
    removeUnusedBlocks() {
      let removed = 0;
      documents.edit('block.remove-unused', (doc) => { removed = blocks.removeUnused(doc); });
      return removed;
    },

    addFrame(position) {
      const boxes = boxesOf(shown(), selection(), sizeOf());
      let id = '';
      edit('add.frame', (scope) => { id = notes.addFrame(scope, boxes.length === 0 ? { position } : frameAround(boxes)); });
      editor.select({ frames: new Set([id]) });
      return id;
    },
    updateFrame(id, part) {
      edit('edit.frame', (scope) => notes.updateFrame(scope, id, part), part.title === undefined ? undefined : fieldOf('frame', id));
    },
    addComment(position) {
      let id = '';
      edit('add.comment', (scope) => { id = notes.addComment(scope, position); });
      editor.select({ comments: new Set([id]) });
      return id;
    },
    updateComment(id, part) {
      edit('edit.comment', (scope) => notes.updateComment(scope, id, part), part.text === undefined ? undefined : fieldOf('comment', id));
    },

    align(alignment) {
      const boxes = boxesOf(shown(), selection(), sizeOf());
      if (boxes.length > 1) edit('arrange.align', (scope) => nodes.move(scope, align(boxes, alignment)));
    },
    distribute(axis) {
      const boxes = boxesOf(shown(), selection(), sizeOf());
      edit('arrange.distribute', (scope) => nodes.move(scope, distribute(boxes, axis)));
    },
    async layout(signal) {
      const graph = shown();
      const { path } = editor.getState();
      const { generation } = documents.getState();
      const chosen = [...selection().nodes].filter((id) => graph.nodes[id] !== undefined);
      const arranged = await arrange(graph, new Set(chosen.length > 1 ? chosen : Object.keys(graph.nodes)), sizeOf(), signal);
      // A large graph takes seconds, in which another one may have come in sight.
      if (documents.getState().generation !== generation || editor.getState().path.join('/') !== path.join('/')) return false;
      edit('arrange.layout', (scope) => {
        nodes.move(scope, arranged.positions);
        for (const [id, area] of arranged.frames) notes.updateFrame(scope, id, area);
      });
      return true;
    },

    repair(problem) {
      let repaired: Repaired | undefined;
      const { path } = editor.getState();
      attempt(() => documents.edit('edit.repair', (doc) => {
        repaired = repair(doc, problem, path);
        // Whatever was tried on the way is dropped with the draft.
        if (repaired === undefined) throw new Unfit();
      }));
      if (repaired?.node !== undefined && repaired.path.join('/') === path.join('/')) editor.selectNodes([repaired.node]);
      return repaired !== undefined;
    },
  };
}

class Unfit extends Error {}
function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
  }
}

/** Where a group's instance goes, so that its middle is that of what was grouped. */
const INSTANCE_SIZE = { width: 200, height: 90 };

/** What is no longer there, by undo or by another edit, cannot stay selected, and a block that is gone cannot be shown. */
function keepSelectionTrue(documents: DocumentStore, editor: EditorStore): void {
  documents.subscribe(({ doc, generation }, before) => {
    if (doc === before.doc) return;
    if (generation !== before.generation) {
      editor.enter([]);
      return;
    }
    const { path, selection, focus } = editor.getState();
    const kept = pathInto(doc, path);
    if (kept.length < path.length) {
      editor.enter(kept);
      return;
    }
    const graph = subgraphAt(doc, path);
    const still = <T extends string>(ids: ReadonlySet<T>, records: Readonly<Record<string, unknown>> | undefined): ReadonlySet<T> =>
      [...ids].every((id) => records?.[id] !== undefined) ? ids : new Set([...ids].filter((id) => records?.[id] !== undefined));
    const next: Selection = { nodes: still(selection.nodes, graph.nodes), edges: still(selection.edges, graph.edges), frames: still(selection.frames, graph.frames), comments: still(selection.comments, graph.comments) };
    if (next.nodes === selection.nodes && next.edges === selection.edges && next.frames === selection.frames && next.comments === selection.comments) return;
    editor.select(next, focus);
  });
}
