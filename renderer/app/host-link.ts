/** What goes between the window and its host: title, unsaved mark, native menus, files that arrive from outside. */
import { COMMAND_GROUPS, canRun, commandTitle, runCommand } from '../commands/access.ts';
import { isUnsaved } from '../document/store.ts';
import type { Menu, MenuItem } from '../host/host.ts';
import { onLanguage, translate } from '../i18n/i18n.ts';
import { runTitle } from '../run/run-effects.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Menus of the system are built a moment after the last change: nobody opens one while dragging. */
const MENU_DELAY_MS = 150;

export function connectHost(workspace: Workspace): void {
  const { host, documents, project, ui } = workspace;

  let unsaved: boolean | undefined;
  const follow = (): void => {
    const state = documents.getState();
    const now = isUnsaved(state);
    if (now !== unsaved) host.setUnsaved(now);
    unsaved = now;
  };
  follow();
  documents.subscribe(follow);

  let title = '';
  const setTitle = (): void => {
    const { name } = documents.getState().doc;
    const parts = [runTitle(workspace.runs.currentRun()), name === '' ? translate('app:untitled') : name].filter((part) => part !== undefined);
    const next = `${parts.join(' · ')} — Netloom`;
    if (next !== title) host.setTitle(next);
    title = next;
  };
  setTitle();
  documents.subscribe(setTitle);
  workspace.runs.subscribe(setTitle);
  onLanguage(setTitle);

  if (host.kind === 'desktop') {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = '';
    const setMenu = (): void => {
      timer = undefined;
      const menus = nativeMenus(workspace);
      const text = JSON.stringify(menus);
      if (text === last) return;
      last = text;
      host.setMenu(menus);
    };
    const schedule = (): void => { timer ??= setTimeout(setMenu, MENU_DELAY_MS); };
    setMenu();
    for (const store of [documents, workspace.editor, workspace.runs, ui]) store.subscribe(schedule);
    onLanguage(schedule);
  }

  host.onEvent((event) => {
    switch (event.kind) {
      case 'command': return runCommand(workspace, event.id);
      case 'open-file': return void project.openFile(event.opened);
      case 'notification-clicked': return ui.show({ bottom: 'curves' });
    }
  });

  // A file dropped anywhere opens, unless a panel took it for itself (an image to be recognised).
  const carriesFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  window.addEventListener('dragover', (event) => {
    if (carriesFile(event) && !event.defaultPrevented) event.preventDefault();
  });
  window.addEventListener('drop', (event) => {
    if (!carriesFile(event) || event.defaultPrevented) return;
    event.preventDefault();
    const item = [...(event.dataTransfer?.items ?? [])].find(({ kind }) => kind === 'file');
    if (item !== undefined) void project.openDropped(item);
  });

  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void project.flush());
  window.addEventListener('pagehide', () => void project.flush());
}

function nativeMenus(workspace: Workspace): readonly Menu[] {
  return COMMAND_GROUPS.flatMap((group) => {
    const items = workspace.commands.filter((command) => command.group === group && command.hidden !== true).map((command): MenuItem => {
      const keys = command.keys?.[0];
      // Keys of the canvas mean something else in a field, so the system must not take them.
      const accelerator = command.scope === 'global' && keys?.includes('Mod+') === true ? keys.replace('Mod', 'CmdOrCtrl') : undefined;
      return { id: command.id, title: commandTitle(command.id), enabled: canRun(workspace, command), ...(accelerator === undefined ? {} : { accelerator }) };
    });
    return items.length === 0 ? [] : [{ title: translate(`app:group.${group}`), items }];
  });
}
