/**
 * A command is a record: menus, the command palette, keys and the host's menu read it, and none of
 * them knows more of it. One file per command (or per family of like ones) in this folder.
 */
import type { LucideIcon } from 'lucide-react';
import type { Workspace } from '../workspace/workspace.ts';

export type CommandGroup = 'file' | 'edit' | 'add' | 'arrange' | 'view' | 'run' | 'help';

export interface Command {
  /** `edit.undo`; its title is the key `edit.undo` of the locale namespace `commands`. */
  readonly id: string;
  readonly group: CommandGroup;
  readonly icon?: LucideIcon;
  /** `Mod` is Ctrl, or ⌘ on a Mac: `Mod+Shift+Z`, `Delete`, `.`, `F2`. The first is shown. */
  readonly keys?: readonly string[];
  /**
   * Where its keys count. `canvas`: only while the canvas or the outline has the focus; `global`:
   * everywhere but in text fields (with Mod: there too, unless the field knows the key itself, like Mod+Z).
   */
  readonly scope: 'global' | 'canvas';
  /** Its keys are the browser's own, who then says `copy`, `cut` or `paste` to what has the focus: they are shown, never dispatched. */
  readonly hasBrowserKeys?: boolean;
  /** Not in the palette and menus: arrow keys and the like. */
  readonly hidden?: boolean;
  isEnabled?(workspace: Workspace): boolean;
  /** For commands that are switches. */
  isOn?(workspace: Workspace): boolean;
  run(workspace: Workspace): void | Promise<void>;
}
