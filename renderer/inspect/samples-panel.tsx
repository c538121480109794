/** The samples that the model gets most wrong first: where to look when the accuracy does not tell enough. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../run/run-store.ts';
import { Switch } from '../ui/fields.tsx';
import { mostWrong } from './confusion.ts';
import { EvaluationAbsent, EvaluationHead } from './evaluation-head.tsx';
import { useEvaluation } from './evaluation-store.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { SampleGrid } from './sample-grid.tsx';
import './inspect.css';

export function SamplesPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('samples.empty')} /> : <SamplesOf key={run.id} run={run} />;
}

function SamplesOf({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation('inspect');
  const { store, state } = useEvaluation(run);
  const [wrongOnly, setWrongOnly] = useState(true);
  const { reply } = state;
  const indices = useMemo(() => (reply === undefined ? [] : mostWrong(reply, wrongOnly)), [reply, wrongOnly]);
  return (
    <div className="inspect-panel">
      <EvaluationHead run={run} store={store} state={state}>
        {reply?.targets !== undefined && <Switch label={t('samples.wrongOnly')} isSelected={wrongOnly} onChange={setWrongOnly} />}
        {reply?.targets !== undefined && wrongOnly && <span className="numbers">{t('samples.wrongCount', { count: indices.length, total: reply.samples })}</span>}
      </EvaluationHead>
      {reply === undefined ? <EvaluationAbsent run={run} store={store} state={state} />
        : <div className="inspect-scroll"><SampleGrid key={`${state.split} ${wrongOnly}`} run={run} evaluation={reply} indices={indices} empty={t('samples.noneWrong')} /></div>}
    </div>
  );
}
