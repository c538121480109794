/** Undo, redo and what else the edit menu holds. */
import { Redo2, Undo2 } from 'lucide-react';
import type { Command } from './command.ts';

export const editCommands: readonly Command[] = [
  { id: 'edit.undo', group: 'edit', icon: Undo2, keys: ['Mod+Z'], scope: 'global', isEnabled: ({ documents }) => documents.getState().undoStack.length > 0, run: ({ documents }) => void documents.undo() },
  { id: 'edit.redo', group: 'edit', icon: Redo2, keys: ['Mod+Shift+Z', 'Mod+Y'], scope: 'global', isEnabled: ({ documents }) => documents.getState().redoStack.length > 0, run: ({ documents }) => void documents.redo() },
];
