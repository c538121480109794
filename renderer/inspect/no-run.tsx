/** What panels about a trained model show before there is one, and hooks for the run that they are about. */
import { Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type RunRecord } from '../run/run-store.ts';
import { Button } from '../ui/buttons.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useRuns, useWorkspace } from '../workspace/context.tsx';

/** The current run once it has weights to ask. */
export function useModelRun(): RunRecord | undefined {
  return useRuns(({ runs, current }) => {
    const run = runs.find(({ id }) => id === current);
    return run === undefined || run.reply === undefined ? undefined : run;
  });
}

export function NoRun({ what }: { /** A sentence: what will be seen here. */ readonly what: string }) {
  const { t } = useTranslation('inspect');
  const { run } = useWorkspace();
  const waits = useRuns(({ runs, current }) => runs.some(({ id, phase }) => id === current && (phase === 'starting' || phase === 'loading' || phase === 'compiling')));
  return (
    <EmptyState title={t('noRun')}>
      <p>{what}</p>
      {waits ? <p role="status">{t('starting')}</p> : <Button tone="primary" icon={Play} onPress={() => void run.train()}>{t('train')}</Button>}
    </EmptyState>
  );
}
