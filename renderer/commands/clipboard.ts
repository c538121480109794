/** Copying and pasting graphs as text, with what is said when a text is none of ours. Events of the browser and commands both come here. */
import { PasteError, type Point } from '../document/editing.ts';
import { translate } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';

type Desk = Pick<Workspace, 'editing' | 'editor' | 'ui'>;

/** The selection as text; undefined when nothing is selected. */
export function copySelection({ editing, editor, ui }: Desk): string | undefined {
  const count = selectedCount({ editor });
  const text = editing.copy();
  if (text !== undefined) ui.announce(translate('commands:said.copied', { count }));
  return text;
}

export function cutSelection({ editing, editor, ui }: Desk): string | undefined {
  const count = selectedCount({ editor });
  const text = editing.cut();
  if (text !== undefined) ui.announce(translate('commands:said.cut', { count }));
  return text;
}

/** False, and the user knows why, when the text could not be pasted. */
export function pasteText({ editing, editor, ui }: Desk, text: string, position?: Point): boolean {
  try {
    const ids = editing.paste(text, position);
    if (ids.length > 0) editor.requestReveal(ids);
    ui.announce(translate('commands:said.pasted', { count: selectedCount({ editor }) }));
    return true;
  } catch (error) {
    if (!(error instanceof PasteError)) throw error;
    ui.toast({ tone: 'warning', message: translate(`commands:paste.${error.code}`) });
    return false;
  }
}

/** Nodes, frames and comments; wires are not copied by themselves. */
export function selectedCount({ editor }: Pick<Workspace, 'editor'>): number {
  const { nodes, frames, comments } = editor.getState().selection;
  return nodes.size + frames.size + comments.size;
}

/** The system's clipboard, for commands that are run from a menu. Browsers may refuse, above all reading. */
export async function writeClipboard({ ui }: Desk, text: string | undefined): Promise<void> {
  if (text === undefined) return;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    ui.toast({ tone: 'warning', message: translate('commands:clipboardRefused') });
  }
}

export async function readClipboard({ ui }: Desk): Promise<string | undefined> {
  try {
    return await navigator.clipboard.readText();
  } catch {
    ui.toast({ tone: 'warning', message: translate('commands:clipboardRefused') });
    return undefined;
  }
}
