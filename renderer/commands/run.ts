/** Training from keys and menus. */
import { Pause, Play, RotateCcw, Square, StepForward } from 'lucide-react';
import { canContinue } from '../run/run-facts.ts';
import { type RunRecord, isLive } from '../run/run-store.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Command } from './command.ts';

const current = ({ runs }: Workspace): RunRecord | undefined => runs.currentRun();
const live = (workspace: Workspace): boolean => {
  const record = current(workspace);
  return record !== undefined && isLive(record.phase);
};
/** The engine has it, so that it can be told something. */
const canBeTold = (workspace: Workspace): boolean => live(workspace) && current(workspace)?.reply !== undefined && current(workspace)?.phase !== 'stopping';

export const runCommands: readonly Command[] = [
  {
    // The one key for everything that the large button does: begin, hold, go on.
    id: 'run.train', group: 'run', icon: Play, keys: ['Mod+Enter'], scope: 'global',
    run: async (workspace) => {
      if (!live(workspace)) await workspace.run.train();
      else if (current(workspace)?.phase === 'paused') workspace.run.resume();
      else workspace.run.pause();
    },
  },
  { id: 'run.pause', group: 'run', icon: Pause, keys: ['Mod+.'], scope: 'global', isEnabled: (workspace) => canBeTold(workspace) && current(workspace)?.phase !== 'paused', run: ({ run }) => run.pause() },
  { id: 'run.resume', group: 'run', icon: Play, scope: 'global', isEnabled: (workspace) => current(workspace)?.phase === 'paused', run: ({ run }) => run.resume() },
  {
    id: 'run.continue', group: 'run', icon: Play, scope: 'global',
    isEnabled: (workspace) => {
      const record = current(workspace);
      return record !== undefined && canContinue(record);
    },
    run: ({ run, runs }) => {
      const record = runs.currentRun();
      return record === undefined ? undefined : run.continue(record.id);
    },
  },
  { id: 'run.step', group: 'run', icon: StepForward, keys: ['F10'], scope: 'global', isEnabled: (workspace) => !live(workspace) || canBeTold(workspace), run: ({ run }) => run.step() },
  { id: 'run.stop', group: 'run', icon: Square, keys: ['Mod+Shift+Enter'], scope: 'global', isEnabled: (workspace) => live(workspace) || current(workspace)?.phase === 'interrupted', run: ({ run }) => run.stop() },
  { id: 'run.reset', group: 'run', icon: RotateCcw, scope: 'global', isEnabled: (workspace) => current(workspace) !== undefined, run: ({ run }) => run.reset() },
];
