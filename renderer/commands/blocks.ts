/** Blocks: made of nodes, entered, left, taken apart, shared. */
import { ArrowUpFromLine, Brush, CopySlash, FoldVertical, Group, Link2, LogIn, PackageOpen } from 'lucide-react';
import { type BlockId, type NodeId, BLOCK_TYPE } from '../../engine/graph/document.ts';
import { portsOf } from '../../engine/graph/blocks.ts';
import { freshId } from '../document/edits/ids.ts';
import { blockAt } from '../document/scope.ts';
import { translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Command } from './command.ts';
import { hasNodes, nodeName, selectedNodes, shownGraph } from './selected.ts';

/** The instance that a command is about: the one in focus, or the only one selected. */
function instance(workspace: Workspace): { readonly id: NodeId; readonly block: BlockId; readonly name: string } | undefined {
  const { focus } = workspace.editor.getState();
  const candidates = selectedNodes(workspace).filter(([, node]) => node.type === BLOCK_TYPE);
  const [id, node] = candidates.find(([each]) => each === focus) ?? (candidates.length === 1 ? candidates[0]! : []);
  const definition = node?.block === undefined ? undefined : workspace.documents.getState().doc.blocks?.[node.block];
  return id === undefined || node?.block === undefined || definition === undefined ? undefined : { id, block: node.block, name: definition.name };
}
const hasInstance = (workspace: Workspace): boolean => instance(workspace) !== undefined;

/** Selected instances of one definition, two or more. */
function siblings(workspace: Workspace): readonly NodeId[] {
  const nodes = selectedNodes(workspace);
  const block = nodes[0]?.[1].block;
  return block !== undefined && nodes.length > 1 && nodes.every(([, node]) => node.block === block) ? nodes.map(([id]) => id) : [];
}

function shareWeights(workspace: Workspace): void {
  const { editing, ui } = workspace;
  const ids = siblings(workspace);
  const { nodes } = shownGraph(workspace);
  const groups = new Set(ids.map((id) => nodes[id]?.weightGroup));
  const [only] = groups;
  if (groups.size === 1 && only !== undefined) {
    editing.setNode(ids, { weightGroup: undefined });
    ui.announce(translate('commands:said.weightsApart', { count: ids.length }));
    return;
  }
  const known = [...groups].find((group) => group !== undefined);
  editing.setNode(ids, { weightGroup: known ?? freshId('shared', Object.values(nodes).flatMap((node) => node.weightGroup ?? [])) });
  ui.announce(translate('commands:said.weightsShared', { count: ids.length }));
}

/** Makes the ports of the selected nodes that nothing is wired to ports of the block that is shown. */
function addOpenPorts(workspace: Workspace, block: BlockId): number {
  const { documents, editing } = workspace;
  const { edges } = shownGraph(workspace);
  return documents.together('block.add-ports', () => {
    let added = 0;
    for (const [node, record] of selectedNodes(workspace)) {
      const { inputs, outputs } = portsOf(documents.getState().doc, record) ?? { inputs: [], outputs: [] };
      for (const port of inputs) if (!Object.values(edges).some(({ to }) => to.node === node && to.port === port.name) && editing.addPort(block, 'input', { node, port: port.name }) !== undefined) added++;
      for (const port of outputs) if (!Object.values(edges).some(({ from }) => from.node === node && from.port === port.name) && editing.addPort(block, 'output', { node, port: port.name }) !== undefined) added++;
    }
    return added;
  });
}

const shownBlock = ({ documents, editor }: Workspace): BlockId | undefined => blockAt(documents.getState().doc, editor.getState().path);

export const blockCommands: readonly Command[] = [
  {
    id: 'block.group', group: 'edit', icon: Group, keys: ['Mod+G'], scope: 'canvas', isEnabled: hasNodes,
    run: (workspace) => {
      const count = selectedNodes(workspace).length;
      const id = workspace.editing.group(translate('commands:newBlock'));
      if (id !== undefined) workspace.ui.announce(translate('commands:said.grouped', { count, name: nodeName(workspace, id) }));
    },
  },
  {
    id: 'block.unpack', group: 'edit', icon: PackageOpen, keys: ['Mod+Shift+G'], scope: 'canvas', isEnabled: hasInstance,
    run: (workspace) => {
      const subject = instance(workspace);
      if (subject === undefined) return;
      const ids = workspace.editing.unpack(subject.id);
      workspace.ui.announce(translate('commands:said.unpacked', { count: ids.length, name: subject.name }));
    },
  },
  {
    id: 'block.enter', group: 'edit', icon: LogIn, keys: ['Mod+ArrowDown'], scope: 'canvas', isEnabled: hasInstance,
    run: (workspace) => {
      const subject = instance(workspace);
      if (subject === undefined) return;
      workspace.editor.enter([...workspace.editor.getState().path, subject.id]);
      workspace.ui.announce(translate('commands:said.entered', { name: subject.name }));
    },
  },
  {
    id: 'block.leave', group: 'edit', icon: ArrowUpFromLine, keys: ['Mod+ArrowUp'], scope: 'canvas', isEnabled: ({ editor }) => editor.getState().path.length > 0,
    run: ({ editor, ui }) => {
      const { path } = editor.getState();
      const left = path.at(-1);
      editor.enter(path.slice(0, -1));
      if (left !== undefined) editor.selectNodes([left]);
      ui.announce(translate('commands:said.left'));
    },
  },
  {
    id: 'block.unique', group: 'edit', icon: CopySlash, scope: 'canvas', isEnabled: hasInstance,
    run: (workspace) => {
      const subject = instance(workspace);
      const own = subject === undefined ? undefined : workspace.editing.makeUnique(subject.id);
      const name = own === undefined ? undefined : workspace.documents.getState().doc.blocks?.[own]?.name;
      workspace.ui.announce(name === undefined ? translate('commands:said.alreadyUnique') : translate('commands:said.unique', { name }));
    },
  },
  {
    id: 'block.share-weights', group: 'edit', icon: Link2, scope: 'canvas', isEnabled: (workspace) => siblings(workspace).length > 1,
    isOn: (workspace) => {
      const { nodes } = shownGraph(workspace);
      const groups = new Set(siblings(workspace).map((id) => nodes[id]?.weightGroup));
      return groups.size === 1 && !groups.has(undefined);
    },
    run: shareWeights,
  },
  {
    id: 'block.add-ports', group: 'edit', icon: FoldVertical, scope: 'canvas', isEnabled: (workspace) => hasNodes(workspace) && shownBlock(workspace) !== undefined,
    run: (workspace) => {
      const block = shownBlock(workspace);
      if (block !== undefined) workspace.ui.announce(translate('commands:said.portsAdded', { count: addOpenPorts(workspace, block) }));
    },
  },
  {
    id: 'block.remove-unused', group: 'edit', icon: Brush, scope: 'global', isEnabled: ({ documents }) => Object.keys(documents.getState().doc.blocks ?? {}).length > 0,
    run: ({ editing, ui }) => void ui.toast({ tone: 'info', message: translate('commands:said.unusedRemoved', { count: editing.removeUnusedBlocks() }) }),
  },
];
