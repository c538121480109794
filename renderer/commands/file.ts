/** The document as a file: new, open, save, and the network as code. */
import { Code, FileOutput, FilePlus, FolderOpen, History, LifeBuoy, Save, SaveAll } from 'lucide-react';
import { translate } from '../i18n/i18n.ts';
import type { Command } from './command.ts';

export const fileCommands: readonly Command[] = [
  // Mod+N belongs to the browser's own windows.
  { id: 'file.new', group: 'file', icon: FilePlus, keys: ['Mod+Alt+N'], scope: 'global', run: ({ ui }) => ui.openDialog('gallery') },
  { id: 'file.open', group: 'file', icon: FolderOpen, keys: ['Mod+O'], scope: 'global', run: async ({ project }) => void await project.open() },
  { id: 'file.save', group: 'file', icon: Save, keys: ['Mod+S'], scope: 'global', run: async ({ project }) => void await project.save() },
  { id: 'file.saveAs', group: 'file', icon: SaveAll, keys: ['Mod+Shift+S'], scope: 'global', run: async ({ project }) => void await project.save({ as: true }) },
  { id: 'file.export', group: 'file', icon: FileOutput, keys: ['Mod+E'], scope: 'global', isEnabled: ({ runs }) => runs.getState().current !== undefined, run: ({ ui }) => ui.openDialog('export') },
  {
    id: 'file.exportCode', group: 'file', icon: Code, scope: 'global',
    run: async ({ engine, documents, project }) => {
      const { code, fileName } = await engine.request('code', { doc: documents.getState().doc, framework: 'pytorch' });
      await project.exportFile(new TextEncoder().encode(code), fileName, { extension: 'py', mime: 'text/x-python', description: translate('app:file.python') });
    },
  },
  { id: 'file.runs', group: 'file', icon: History, scope: 'global', run: ({ ui }) => ui.openDialog('runs') },
  { id: 'file.recover', group: 'file', icon: LifeBuoy, scope: 'global', isEnabled: ({ project }) => project.getState().lost.length > 0, run: ({ ui }) => ui.openDialog('recover') },
];
