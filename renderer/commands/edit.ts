/** The edit menu: undo, the clipboard, deleting, selecting, and the switches of nodes. */
import { BoxSelect, ClipboardPaste, Copy, CopyPlus, EyeOff, Pencil, Redo2, Scissors, Snowflake, SquareMinus, Trash2, Undo2, Unplug, X } from 'lucide-react';
import type { NodeRec } from '../../engine/graph/document.ts';
import { NOTHING } from '../document/editor-store.ts';
import { subgraphAt } from '../document/scope.ts';
import { translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { copySelection, cutSelection, pasteText, readClipboard, selectedCount, writeClipboard } from './clipboard.ts';
import type { Command } from './command.ts';
import { hasNodes, nodeName, selectedNodes, shownGraph } from './selected.ts';

const hasAnything = (workspace: Workspace): boolean => selectedCount(workspace) > 0;
const hasAnythingOrWires = (workspace: Workspace): boolean => hasAnything(workspace) || workspace.editor.getState().selection.edges.size > 0;

function timeTravel(workspace: Workspace, way: 'undo' | 'redo'): void {
  const { documents, ui } = workspace;
  const { undoStack, redoStack } = documents.getState();
  const label = (way === 'undo' ? undoStack : redoStack).at(-1)?.label;
  if (label === undefined || !documents[way]()) return;
  const edit = translate(`commands:${label}`);
  ui.announce(way === 'undo' ? translate('commands:said.undone', { edit }) : translate('commands:said.redone', { edit }));
}

function deleteSelected(workspace: Workspace, reconnect: boolean): void {
  const count = selectedCount(workspace) + workspace.editor.getState().selection.edges.size;
  workspace.editing.remove({ reconnect });
  workspace.ui.announce(translate('commands:said.deleted', { count }));
}

/** A switch of nodes: turned on for all that are selected unless it is on for all of them. */
function switchCommand(id: string, name: 'muted' | 'collapsed' | 'frozen', rest: Pick<Command, 'icon' | 'keys'>): Command {
  const isOn = (workspace: Workspace): boolean => {
    const nodes = selectedNodes(workspace);
    return nodes.length > 0 && nodes.every(([, node]: readonly [string, NodeRec]) => node[name] === true);
  };
  return {
    id, group: 'edit', scope: 'canvas', ...rest, isEnabled: hasNodes, isOn,
    run: (workspace) => {
      const on = !isOn(workspace);
      const ids = selectedNodes(workspace).map(([node]) => node);
      workspace.editing.setNode(ids, { [name]: on });
      const what = translate(`commands:${id}`);
      workspace.ui.announce(on ? translate('commands:said.on', { what, count: ids.length }) : translate('commands:said.off', { what, count: ids.length }));
    },
  };
}

export const editCommands: readonly Command[] = [
  { id: 'edit.undo', group: 'edit', icon: Undo2, keys: ['Mod+Z'], scope: 'global', isEnabled: ({ documents }) => documents.getState().undoStack.length > 0, run: (workspace) => timeTravel(workspace, 'undo') },
  { id: 'edit.redo', group: 'edit', icon: Redo2, keys: ['Mod+Shift+Z', 'Mod+Y'], scope: 'global', isEnabled: ({ documents }) => documents.getState().redoStack.length > 0, run: (workspace) => timeTravel(workspace, 'redo') },
  { id: 'edit.cut', group: 'edit', icon: Scissors, keys: ['Mod+X'], hasBrowserKeys: true, scope: 'canvas', isEnabled: hasAnything, run: (workspace) => writeClipboard(workspace, cutSelection(workspace)) },
  { id: 'edit.copy', group: 'edit', icon: Copy, keys: ['Mod+C'], hasBrowserKeys: true, scope: 'canvas', isEnabled: hasAnything, run: (workspace) => writeClipboard(workspace, copySelection(workspace)) },
  {
    id: 'edit.paste', group: 'edit', icon: ClipboardPaste, keys: ['Mod+V'], hasBrowserKeys: true, scope: 'canvas',
    run: async (workspace) => {
      const text = await readClipboard(workspace);
      if (text !== undefined && text !== '') pasteText(workspace, text);
    },
  },
  {
    id: 'edit.duplicate', group: 'edit', icon: CopyPlus, keys: ['Mod+D'], scope: 'canvas', isEnabled: hasAnything,
    run: (workspace) => {
      const ids = workspace.editing.duplicate();
      if (ids.length > 0) workspace.editor.requestReveal(ids);
      workspace.ui.announce(translate('commands:said.pasted', { count: selectedCount(workspace) }));
    },
  },
  { id: 'edit.delete', group: 'edit', icon: Trash2, keys: ['Delete', 'Backspace'], scope: 'canvas', isEnabled: hasAnythingOrWires, run: (workspace) => deleteSelected(workspace, false) },
  { id: 'edit.delete-reconnect', group: 'edit', icon: Unplug, keys: ['X', 'Mod+Delete', 'Mod+Backspace'], scope: 'canvas', isEnabled: hasNodes, run: (workspace) => deleteSelected(workspace, true) },
  {
    id: 'edit.select-all', group: 'edit', icon: BoxSelect, keys: ['Mod+A'], scope: 'canvas',
    run: (workspace) => {
      const { nodes, frames = {}, comments = {} } = shownGraph(workspace);
      workspace.editor.select({ nodes: new Set(Object.keys(nodes)), frames: new Set(Object.keys(frames)), comments: new Set(Object.keys(comments)) }, workspace.editor.getState().focus);
      workspace.ui.announce(translate('commands:said.selected', { count: selectedCount(workspace) }));
    },
  },
  {
    id: 'edit.select-none', group: 'edit', icon: X, keys: ['Escape'], scope: 'canvas', isEnabled: hasAnythingOrWires,
    run: ({ editor, ui }) => {
      editor.select(NOTHING);
      ui.announce(translate('commands:said.selected', { count: 0 }));
    },
  },
  {
    id: 'edit.rename', group: 'edit', icon: Pencil, keys: ['F2'], scope: 'canvas', isEnabled: ({ editor }) => editor.getState().focus !== undefined,
    run: ({ editor, ui }) => ui.openDialog('rename', editor.getState().focus),
  },
  switchCommand('edit.mute', 'muted', { icon: EyeOff, keys: ['Mod+M'] }),
  switchCommand('edit.collapse', 'collapsed', { icon: SquareMinus, keys: ['Alt+C'] }),
  switchCommand('edit.freeze', 'frozen', { icon: Snowflake }),
  {
    id: 'edit.disconnect', group: 'edit', icon: Unplug, scope: 'canvas', isEnabled: hasNodes,
    run: (workspace) => {
      const { nodes } = workspace.editor.getState().selection;
      const { edges } = subgraphAt(workspace.documents.getState().doc, workspace.editor.getState().path);
      const ids = Object.entries(edges).filter(([, { from, to }]) => nodes.has(from.node) !== nodes.has(to.node)).map(([id]) => id);
      workspace.editing.disconnect(ids);
      workspace.ui.announce(translate('commands:said.disconnected', { count: ids.length, name: nodeName(workspace, workspace.editor.getState().focus) }));
    },
  },
];
