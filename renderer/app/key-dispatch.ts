/** The one place that listens for keys: it finds the command that is meant, and runs it where its scope allows. */
import { canRun, runCommand } from '../commands/access.ts';
import type { Command } from '../commands/command.ts';
import { matchesKeys, parseKeys } from '../commands/keys.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Keys that a text field knows itself, with Mod: select all, copy, cut, paste, undo, redo, and moving or deleting by words. */
const FIELD_KEYS = new Set(['A', 'C', 'X', 'V', 'Z', 'Y', 'Backspace', 'Delete', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);
const TEXT_INPUTS = /^(?:text|search|number|email|url|password|tel|date|time)$/;

export function isTextField(element: Element | null): boolean {
  if (element instanceof HTMLInputElement) return TEXT_INPUTS.test(element.type);
  return element instanceof HTMLTextAreaElement || (element instanceof HTMLElement && element.isContentEditable);
}

/** Whether keys of the canvas count where the focus is. The canvas and the outline mark themselves; with nothing focused, the canvas is meant. */
function isCanvasFocused(element: Element | null): boolean {
  if (element === null || element === document.body) return true;
  return element.closest('main[data-region], [data-canvas-keys]') !== null;
}

const isWithin = (element: Element | null, selector: string): boolean => element !== null && element.closest(selector) !== null;

/** The command that a key press means here, or undefined. */
export function findCommand(commands: readonly Command[], event: KeyboardEvent, focused: Element | null): Command | undefined {
  const inField = isTextField(focused);
  return commands.find((command) => {
    const keys = command.hasBrowserKeys === true ? undefined : command.keys?.find((each) => matchesKeys(event, each));
    if (keys === undefined) return false;
    // Where nothing has the focus, Tab goes to the first thing that can have it.
    if (keys === 'Tab' && (focused === null || focused === document.body)) return false;
    // From a button Tab goes on to the next one: the canvas has buttons of its own.
    if (keys === 'Tab' && isWithin(focused, 'button, input, [role="switch"], a[href]')) return false;
    if (command.scope === 'canvas') return !inField && isCanvasFocused(focused);
    if (!inField) return true;
    const { mod, key } = parseKeys(keys);
    return (mod && !FIELD_KEYS.has(key)) || /^F\d+$/.test(key);
  });
}

export function dispatchKeys(workspace: Workspace): () => void {
  const listener = (event: KeyboardEvent): void => {
    // Whoever has handled it said so; the middle of composing a Chinese word is nobody's key.
    if (event.defaultPrevented || event.isComposing) return;
    const { dialog, question } = workspace.ui.getState();
    const focused = document.activeElement;
    // Under a dialog or an open menu nothing is edited.
    if (dialog !== undefined || question !== undefined || isWithin(focused, '[role="menu"], .ui-popover')) return;
    const command = findCommand(workspace.commands, event, focused);
    if (command === undefined) return;
    // A Space that pans or an Enter on a button stays the browser's own.
    if ((event.key === 'Enter' || event.key === ' ') && !event.ctrlKey && !event.metaKey && isWithin(focused, 'button, a[href], [role="tab"], [role="button"]')) return;
    if (!canRun(workspace, command)) {
      // Save and print dialogs of the browser are never what was meant.
      if (event.ctrlKey || event.metaKey) event.preventDefault();
      return;
    }
    event.preventDefault();
    runCommand(workspace, command.id);
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
