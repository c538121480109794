/** Commands as buttons, menus and keys see them: found by id, run only where they can be, their failures told to the user. */
import { translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Command, CommandGroup } from './command.ts';
import { displayKeys } from './keys.ts';

export const COMMAND_GROUPS = ['file', 'edit', 'add', 'arrange', 'view', 'run', 'help'] as const satisfies readonly CommandGroup[];

export const canRun = (workspace: Workspace, command: Command): boolean => command.isEnabled?.(workspace) ?? true;

export const commandTitle = (id: string): string => translate(`commands:${id}`);

/** The first keys of a command as this computer writes them. */
export function shownKeys({ commands }: Pick<Workspace, 'commands'>, id: string): string | undefined {
  const keys = commands.find((command) => command.id === id)?.keys?.[0];
  return keys === undefined ? undefined : displayKeys(keys);
}

/** Does nothing for a command that there is not, or that cannot be run just now. */
export function runCommand(workspace: Workspace, id: string): void {
  const command = workspace.commands.find((each) => each.id === id);
  if (command === undefined || !canRun(workspace, command)) return;
  const fail = (error: unknown): void => void workspace.ui.toast({ tone: 'danger', message: translate('app:commandFailed', { command: commandTitle(id), reason: error instanceof Error ? error.message : String(error) }) });
  try {
    void Promise.resolve(command.run(workspace)).catch(fail);
  } catch (error) {
    fail(error);
  }
}
