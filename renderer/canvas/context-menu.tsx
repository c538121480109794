/** The menu of a right click (or the menu key) on the canvas, a node or a wire: commands, as everywhere. */
import { useRef } from 'react';
import { Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { canRun, commandTitle, runCommand, shownKeys } from '../commands/access.ts';
import type { Point } from '../document/editing.ts';
import { MenuList } from '../ui/overlays.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { canvasControl } from './canvas-control.ts';
import { quickAdd } from './quick-add-store.ts';

export type MenuTarget = 'canvas' | 'node' | 'wire';

const MENUS: Readonly<Record<MenuTarget, readonly (readonly string[])[]>> = {
  canvas: [['add.node', 'add.frame', 'add.comment'], ['edit.paste', 'edit.select-all'], ['arrange.layout', 'view.fit', 'arrange.snap'], ['block.leave', 'block.add-ports']],
  node: [
    ['edit.rename', 'edit.wire', 'block.enter'], ['edit.cut', 'edit.copy', 'edit.duplicate', 'edit.disconnect'], ['edit.mute', 'edit.freeze', 'edit.collapse'],
    ['block.group', 'block.unpack', 'block.unique', 'block.share-weights', 'add.frame'], ['arrange.align-left', 'arrange.align-top', 'arrange.distribute-horizontal', 'arrange.distribute-vertical', 'arrange.layout'],
    ['edit.delete', 'edit.delete-reconnect'],
  ],
  wire: [['edit.delete']],
};

export function ContextMenu({ target, at, onClose }: { readonly target: MenuTarget; readonly at: Point; readonly onClose: () => void }) {
  const workspace = useWorkspace();
  const { t } = useTranslation('canvas');
  const anchor = useRef<HTMLDivElement>(null);
  const groups = MENUS[target].map((ids) => ({
    items: ids.flatMap((id) => {
      const command = workspace.commands.find((each) => each.id === id);
      if (command === undefined || !canRun(workspace, command)) return [];
      const keys = shownKeys(workspace, id);
      return [{ id, title: commandTitle(id), ...(keys === undefined ? {} : { keys }), ...(id === 'edit.delete' ? { tone: 'danger' as const } : {}) }];
    }),
  })).filter(({ items }) => items.length > 0);
  return (
    <>
      <div ref={anchor} className="canvas-anchor" style={{ left: at.x, top: at.y }} />
      <Popover className="ui-popover" triggerRef={anchor} isOpen onOpenChange={(open) => !open && onClose()} placement="bottom start" offset={2}>
        <MenuList groups={groups} label={t('menu')} onAction={(id) => {
          onClose();
          canvasControl()?.focus();
          if (id === 'add.node') quickAdd.open(at);
          else runCommand(workspace, id);
        }} />
      </Popover>
    </>
  );
}
