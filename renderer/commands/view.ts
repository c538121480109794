/** What is shown: panels, bars, theme, and the ways of the keyboard between them. */
import { Moon, PanelBottom, PanelLeft, PanelRight, Search, Sun, SunMoon } from 'lucide-react';
import { bottomPanels, leftPanels, rightPanels } from '../app/panels.ts';
import { focusNextRegion } from '../app/regions.ts';
import type { Settings } from '../app/settings.ts';
import { BOTTOM_PANELS, LEFT_PANELS, RIGHT_PANELS } from '../app/ui-store.ts';
import type { Command } from './command.ts';

const theme = (id: string, value: Settings['theme'], icon: typeof Sun): Command => ({
  id, group: 'view', icon, scope: 'global', isOn: ({ settings }) => settings.getState().theme === value, run: ({ settings }) => settings.set({ theme: value }),
});

export const viewCommands: readonly Command[] = [
  { id: 'view.find', group: 'view', icon: Search, keys: ['Mod+F'], scope: 'global', run: ({ ui }) => ui.openDialog('find') },
  { id: 'view.leftBar', group: 'view', icon: PanelLeft, keys: ['Mod+B'], scope: 'global', isOn: ({ ui }) => ui.getState().left !== undefined, run: ({ ui }) => ui.show({ left: ui.getState().left === undefined ? 'palette' : undefined }) },
  { id: 'view.rightBar', group: 'view', icon: PanelRight, keys: ['Mod+Alt+B'], scope: 'global', isOn: ({ ui }) => ui.getState().right !== undefined, run: ({ ui }) => ui.show({ right: ui.getState().right === undefined ? 'inspector' : undefined }) },
  { id: 'view.dock', group: 'view', icon: PanelBottom, keys: ['Mod+J'], scope: 'global', isOn: ({ ui }) => ui.getState().bottom !== undefined, run: ({ ui }) => ui.show({ bottom: ui.getState().bottom === undefined ? 'curves' : undefined }) },
  ...LEFT_PANELS.map((panel): Command => ({ id: `view.panel.${panel}`, group: 'view', icon: leftPanels[panel].icon, scope: 'global', isOn: ({ ui }) => ui.getState().left === panel, run: ({ ui }) => ui.show({ left: panel }) })),
  ...RIGHT_PANELS.map((panel): Command => ({ id: `view.panel.${panel}`, group: 'view', icon: rightPanels[panel].icon, scope: 'global', isOn: ({ ui }) => ui.getState().right === panel, run: ({ ui }) => ui.show({ right: panel }) })),
  ...BOTTOM_PANELS.map((panel): Command => ({ id: `view.panel.${panel}`, group: 'view', icon: bottomPanels[panel].icon, scope: 'global', isOn: ({ ui }) => ui.getState().bottom === panel, run: ({ ui }) => ui.show({ bottom: panel }) })),
  theme('view.themeSystem', 'system', SunMoon),
  theme('view.themeLight', 'light', Sun),
  theme('view.themeDark', 'dark', Moon),
  { id: 'view.nextRegion', group: 'view', keys: ['F6'], scope: 'global', hidden: true, run: () => focusNextRegion(1) },
  { id: 'view.previousRegion', group: 'view', keys: ['Shift+F6'], scope: 'global', hidden: true, run: () => focusNextRegion(-1) },
];
