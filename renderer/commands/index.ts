/** Every command there is, in the order in which menus and the palette list them. */
import { addCommands } from './add.ts';
import { arrangeCommands } from './arrange.ts';
import { blockCommands } from './blocks.ts';
import { canvasCommands } from './canvas.ts';
import type { Command } from './command.ts';
import { editCommands } from './edit.ts';
import { fileCommands } from './file.ts';
import { helpCommands } from './help.ts';
import { navigateCommands } from './navigate.ts';
import { runCommands } from './run.ts';
import { viewCommands } from './view.ts';

export const allCommands: readonly Command[] = [...fileCommands, ...editCommands, ...blockCommands, ...addCommands, ...arrangeCommands, ...navigateCommands, ...canvasCommands, ...runCommands, ...viewCommands, ...helpCommands];
