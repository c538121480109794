/** The line above an evaluation: which set, at which step, how far, again. */
import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useText } from '../i18n/i18n.ts';
import type { RunRecord } from '../run/run-store.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { Select } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import type { EvaluationState, EvaluationStore, Split } from './evaluation-store.ts';

export function EvaluationHead({ run, store, state, children }: { readonly run: RunRecord; readonly store: EvaluationStore; readonly state: EvaluationState; readonly children?: ReactNode }) {
  const { t, i18n } = useTranslation('inspect');
  const { reply, busy, progress, split } = state;
  const share = progress?.total === undefined ? undefined : progress.done / progress.total;
  return (
    <div className="inspect-head">
      <Select<Split> label={t('split.label')} hideLabel value={split} onChange={store.setSplit} options={[{ value: 'test', title: t('split.test') }, { value: 'train', title: t('split.train') }]} />
      {children}
      <span className="muted numbers inspect-head-note" role="status">
        {busy ? (share === undefined ? t('judging') : t('judgingShare', { share: share.toLocaleString(i18n.language, { style: 'percent' }) })) : reply !== undefined && t('judged', { count: reply.samples, step: reply.step.toLocaleString(i18n.language) })}
      </span>
      {busy ? <Button tone="quiet" onPress={store.cancel}>{t('cancel')}</Button> : <IconButton icon={RefreshCw} label={t('judgeAgain')} onPress={() => void store.evaluate(run.id)} />}
    </div>
  );
}

/** What stands where an evaluation will be, or why there is none. */
export function EvaluationAbsent({ run, store, state }: { readonly run: RunRecord; readonly store: EvaluationStore; readonly state: EvaluationState }) {
  const { t } = useTranslation('inspect');
  const text = useText();
  if (state.error === undefined) return <EmptyState title={t('judging')} />;
  return <EmptyState title={text(state.error.text)}>{state.error.advice !== undefined && <p>{text(state.error.advice)}</p>}<Button onPress={() => void store.evaluate(run.id)}>{t('judgeAgain')}</Button></EmptyState>;
}
