/** Train, pause, step, stop, reset; how far; how fast it learns; on which device. */
import { Pause, Play, RotateCcw, Square, StepForward } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Group, Toolbar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/shallow';
import { runCommand, shownKeys } from '../commands/access.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { useRuns, useWorkspace } from '../workspace/context.tsx';
import { DeviceBadge } from './run-device.tsx';
import { watchRuns } from './run-effects.ts';
import { canContinue } from './run-facts.ts';
import { LearningRate, TrainingFields, TrainingSettingsButton } from './run-settings.tsx';
import { RunStatus } from './run-status.tsx';
import { isLive } from './run-store.ts';
import './run-bar.css';

/** Long enough for the first picture; the engine is not needed before. */
const RESTORE_MS = 800;

export function RunBar() {
  const workspace = useWorkspace();
  const { t } = useTranslation('run');
  useEffect(() => watchRuns(workspace), [workspace]);
  useEffect(() => {
    const timer = setTimeout(() => void workspace.run.restore(), RESTORE_MS);
    return () => clearTimeout(timer);
  }, [workspace]);
  return (
    <Group className="run-bar" aria-label={t('bar')}>
      <RunButtons />
      <RunStatus />
      <TrainingFields />
      <LearningRate />
      <DeviceBadge />
      <TrainingSettingsButton />
    </Group>
  );
}

function RunButtons() {
  const workspace = useWorkspace();
  const { t } = useTranslation(['run', 'commands']);
  // Only what the buttons depend on: the record itself changes several times a second.
  const { phase, isThere, waits, goesOn } = useRuns(useShallow(({ runs, current }) => {
    const record = runs.find(({ id }) => id === current);
    return { phase: record?.phase, isThere: record !== undefined, waits: record?.phase === 'stopping' || record?.reply === undefined, goesOn: record !== undefined && canContinue(record) };
  }));
  const keys = (id: string): { keys?: string } => {
    const shown = shownKeys(workspace, id);
    return shown === undefined ? {} : { keys: shown };
  };
  const run = (id: string) => (): void => runCommand(workspace, id);
  const live = phase !== undefined && isLive(phase);
  /** One button for all three, so that the keyboard stays on it. */
  const doesRun = live && phase !== 'paused';
  const main = useRef<HTMLButtonElement>(null);
  const goOn = (): void => {
    runCommand(workspace, 'run.continue');
    // This button goes now.
    main.current?.focus();
  };
  return (
    <Toolbar className="run-bar-buttons" aria-label={t('controls')}>
      <Button ref={main} tone="primary" icon={doesRun ? Pause : Play} className="run-bar-train" isDisabled={doesRun && waits} onPress={run(doesRun ? 'run.pause' : live ? 'run.resume' : 'run.train')}>{t(doesRun ? 'pause' : live ? 'resume' : 'train')}</Button>
      {goesOn && <Button onPress={goOn}>{t('continue')}</Button>}
      <IconButton icon={StepForward} className="run-bar-step" label={t('commands:run.step')} {...keys('run.step')} isDisabled={live && waits} onPress={run('run.step')} />
      <IconButton icon={Square} tone={phase === 'stopping' ? 'danger' : 'quiet'} label={phase === 'stopping' ? t('forceStop') : t('commands:run.stop')} {...keys('run.stop')} isDisabled={!live && phase !== 'interrupted'} onPress={run('run.stop')} />
      <IconButton icon={RotateCcw} className="run-bar-reset" label={t('commands:run.reset')} {...keys('run.reset')} isDisabled={!isThere} onPress={run('run.reset')} />
    </Toolbar>
  );
}
