/** The native menu, from the commands that the window tells; the system's own items are added where it expects them. */
import type { MenuItemConstructorOptions } from 'electron';
import type { Menu } from '../renderer/host/host.ts';

/** Keys are the window's business (a text field has its own idea of Mod+Z), so on Windows and Linux they are only shown; a Mac's menu must register them, and sends the command. */
export function menuTemplate(menus: readonly Menu[], platform: NodeJS.Platform, appName: string, run: (id: string) => void): MenuItemConstructorOptions[] {
  const own = menus.map((menu): MenuItemConstructorOptions => ({
    label: menu.title,
    submenu: menu.items.map((item): MenuItemConstructorOptions => item === 'separator' ? { type: 'separator' } : {
      id: item.id, label: item.title, enabled: item.enabled, click: () => run(item.id),
      ...(item.accelerator === undefined ? {} : { accelerator: item.accelerator, registerAccelerator: platform === 'darwin' }),
    }),
  }));
  if (platform !== 'darwin') return own;
  return [
    { label: appName, submenu: [{ role: 'about' }, { type: 'separator' }, { role: 'services' }, { type: 'separator' }, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, { type: 'separator' }, { role: 'quit' }] },
    ...own,
    { role: 'windowMenu' },
  ];
}
