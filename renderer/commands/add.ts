/** What can be put onto the canvas: nodes by search, frames, comments. */
import { MessageSquare, Plus, SquareDashed } from 'lucide-react';
import { quickAdd } from '../canvas/quick-add-store.ts';
import { translate } from '../i18n/i18n.ts';
import type { Command } from './command.ts';

export const addCommands: readonly Command[] = [
  { id: 'add.node', group: 'add', icon: Plus, keys: ['Shift+A', 'Tab'], scope: 'canvas', run: () => quickAdd.open() },
  {
    id: 'add.frame', group: 'add', icon: SquareDashed, scope: 'canvas',
    run: ({ editing, editor, ui }) => {
      editing.addFrame(editor.viewCenter());
      ui.announce(translate('commands:said.frameAdded'));
    },
  },
  {
    id: 'add.comment', group: 'add', icon: MessageSquare, scope: 'canvas',
    run: ({ editing, editor, ui }) => {
      editing.addComment(editor.viewCenter());
      ui.announce(translate('commands:said.commentAdded'));
    },
  },
];
