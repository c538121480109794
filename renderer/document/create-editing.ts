/** The edits over the stores of one window: each is a pure function of edits/, run on a draft, and what is selected afterwards. */
import { type GraphDoc, type NodeId, BLOCK_TYPE } from '../../engine/graph/document.ts';
import type { ChecksStore } from './checks.ts';
import type { Editing } from './editing.ts';
import type { EditorStore, Selection } from './editor-store.ts';
import { type EditScope, scopeAt } from './edits/edit-scope.ts';
import * as nodes from './edits/nodes.ts';
import * as values from './edits/values.ts';
import * as wires from './edits/wires.ts';
import { blockAt, subgraphAt } from './scope.ts';
import type { DocumentStore } from './store.ts';

/** The node is of no type there is, or an instance of no block, or of one that would then hold itself. */
class CannotAdd extends Error {}

export function createEditing(documents: DocumentStore, editor: EditorStore, _checks: ChecksStore): Editing {
  const shown = () => subgraphAt(documents.getState().doc, editor.getState().path);
  const selection = (): Selection => editor.getState().selection;
  const edit = (label: string, recipe: (scope: EditScope) => void, mergeKey?: string): boolean =>
    documents.edit(label, (doc) => recipe(scopeAt(doc, editor.getState().path)), mergeKey === undefined ? {} : { mergeKey });
  /** Names what one field sets, so that its keystrokes are one step of undo. */
  const fieldOf = (...parts: readonly string[]): string => [...editor.getState().path, ...parts].join('/');

  keepSelectionTrue(documents, editor);

  const written: Partial<Editing> = {
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
      const { nodes: ids, edges, frames, comments } = selection();
      edit('edit.delete', (scope) => {
        wires.disconnect(scope, edges);
        wires.removeNodes(scope, ids, reconnect);
        for (const id of frames) delete scope.graph.frames?.[id];
        for (const id of comments) delete scope.graph.comments?.[id];
      });
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
  };

  void shown;
  return new Proxy(written, { get: (target, name) => Reflect.get(target, name) ?? (() => { throw new Error(`${String(name)} is not written yet`); }) }) as Editing;
}

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

/** As much of a path as there still is. */
function pathInto(doc: GraphDoc, path: readonly NodeId[]): readonly NodeId[] {
  const broken = path.findIndex((id, i) => {
    const node = subgraphAt(doc, path.slice(0, i)).nodes[id];
    return node?.block === undefined || doc.blocks?.[node.block] === undefined;
  });
  return broken < 0 ? path : path.slice(0, broken);
}
