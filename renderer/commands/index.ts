/** Every command there is, in the order in which menus and the palette list them. */
import type { Command } from './command.ts';
import { editCommands } from './edit.ts';
import { runCommands } from './run.ts';

export const allCommands: readonly Command[] = [...editCommands, ...runCommands];
