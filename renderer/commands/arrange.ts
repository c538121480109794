/** Order on the canvas: layout, aligning, distributing, the grid. */
import {
  AlignCenterHorizontal, AlignCenterVertical, AlignEndHorizontal, AlignEndVertical, AlignHorizontalDistributeCenter, AlignStartHorizontal, AlignStartVertical, AlignVerticalDistributeCenter, Magnet, type LucideIcon, Workflow,
} from 'lucide-react';
import type { Alignment } from '../document/editing.ts';
import { translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { selectedCount } from './clipboard.ts';
import type { Command } from './command.ts';
import { shownGraph } from './selected.ts';

const ALIGN_ICONS: Readonly<Record<Alignment, LucideIcon>> = {
  left: AlignStartVertical, center: AlignCenterVertical, right: AlignEndVertical, top: AlignStartHorizontal, middle: AlignCenterHorizontal, bottom: AlignEndHorizontal,
};
const DISTRIBUTE_ICONS = { horizontal: AlignHorizontalDistributeCenter, vertical: AlignVerticalDistributeCenter } as const;

const said = ({ ui }: Workspace, id: string, count: number): void => ui.announce(translate('commands:said.arranged', { what: translate(`commands:${id}`), count }));

const alignCommand = (alignment: Alignment): Command => ({
  id: `arrange.align-${alignment}`, group: 'arrange', icon: ALIGN_ICONS[alignment], scope: 'canvas', isEnabled: (workspace) => selectedCount(workspace) > 1,
  run: (workspace) => {
    workspace.editing.align(alignment);
    said(workspace, `arrange.align-${alignment}`, selectedCount(workspace));
  },
});
const distributeCommand = (axis: 'horizontal' | 'vertical'): Command => ({
  id: `arrange.distribute-${axis}`, group: 'arrange', icon: DISTRIBUTE_ICONS[axis], scope: 'canvas', isEnabled: (workspace) => selectedCount(workspace) > 2,
  run: (workspace) => {
    workspace.editing.distribute(axis);
    said(workspace, `arrange.distribute-${axis}`, selectedCount(workspace));
  },
});

/** So long may it take before it is said that something is going on: ms. */
const SILENT = 300;
/** The layout that is being worked out; another one takes its place. */
let working: AbortController | undefined;

/** False when it was given up, or came too late. */
async function layOut({ editing, ui }: Workspace): Promise<boolean> {
  working?.abort();
  const abort = new AbortController();
  working = abort;
  let toast: number | undefined;
  const timer = setTimeout(() => {
    toast = ui.toast({ tone: 'info', message: translate('commands:said.arranging'), action: { title: translate('commands:stopArranging'), run: () => abort.abort() } });
  }, SILENT);
  try {
    return await editing.layout(abort.signal);
  } catch (error) {
    if (abort.signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
    if (toast !== undefined) ui.dismiss(toast);
  }
}

export const arrangeCommands: readonly Command[] = [
  {
    id: 'arrange.layout', group: 'arrange', icon: Workflow, keys: ['Mod+Shift+L'], scope: 'global', isEnabled: (workspace) => Object.keys(shownGraph(workspace).nodes).length > 1,
    run: async (workspace) => {
      if (!await layOut(workspace)) return;
      const { selection } = workspace.editor.getState();
      const all = Object.keys(shownGraph(workspace).nodes);
      workspace.editor.requestReveal(selection.nodes.size > 1 ? [...selection.nodes] : all);
      said(workspace, 'arrange.layout', selection.nodes.size > 1 ? selection.nodes.size : all.length);
    },
  },
  ...(['left', 'center', 'right', 'top', 'middle', 'bottom'] as const).map(alignCommand),
  distributeCommand('horizontal'), distributeCommand('vertical'),
  { id: 'arrange.snap', group: 'arrange', icon: Magnet, scope: 'global', isOn: ({ settings }) => settings.getState().snapToGrid, run: ({ settings }) => settings.set({ snapToGrid: !settings.getState().snapToGrid }) },
];
