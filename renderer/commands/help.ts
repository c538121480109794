/** Finding one's way: any command by name, the keys, the tour, the settings, what Netloom is. */
import { Command as CommandIcon, Info, Keyboard, Map as MapIcon, Settings } from 'lucide-react';
import type { Command } from './command.ts';

export const helpCommands: readonly Command[] = [
  { id: 'help.commands', group: 'help', icon: CommandIcon, keys: ['Mod+K', 'Mod+Shift+P'], scope: 'global', run: ({ ui }) => ui.openDialog('commands') },
  { id: 'help.keys', group: 'help', icon: Keyboard, keys: ['?'], scope: 'global', run: ({ ui }) => ui.openDialog('keys') },
  { id: 'help.tour', group: 'help', icon: MapIcon, scope: 'global', run: ({ ui }) => ui.showTour(0) },
  { id: 'help.settings', group: 'help', icon: Settings, keys: ['Mod+,'], scope: 'global', run: ({ ui }) => ui.openDialog('settings') },
  { id: 'help.about', group: 'help', icon: Info, scope: 'global', run: ({ ui }) => ui.openDialog('about') },
];
