/** Which classes are taken for which: the matrix, whose cells open the samples in them. */
import { type CSSProperties, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button as AriaButton } from 'react-aria-components';
import type { RunRecord } from '../run/run-store.ts';
import { Switch } from '../ui/fields.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { type Confusion, accuracy, confusionOf, mistakes, precision, recall, samplesOf } from './confusion.ts';
import { EvaluationAbsent, EvaluationHead } from './evaluation-head.tsx';
import { type EvaluationState, useEvaluation } from './evaluation-store.ts';
import { className } from './model-facts.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { SampleGrid } from './sample-grid.tsx';
import './inspect.css';

/** Up to here the matrix can be read; beyond, the list of mistakes says more. */
const MOST_CLASSES = 30;
const MOST_MISTAKES = 100;

export function ConfusionPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('confusion.empty')} /> : <ConfusionOf key={run.id} run={run} />;
}

function ConfusionOf({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation('inspect');
  const { store, state } = useEvaluation(run);
  const [shares, setShares] = useState(false);
  const { reply, cell } = state;
  const confusion = useMemo(() => (reply === undefined ? undefined : confusionOf(reply)), [reply]);
  const indices = useMemo(() => (reply === undefined || cell === undefined ? [] : samplesOf(reply, cell.target, cell.predicted)), [reply, cell]);
  return (
    <div className="inspect-panel">
      <EvaluationHead run={run} store={store} state={state}>{confusion !== undefined && <Switch label={t('confusion.shares')} isSelected={shares} onChange={setShares} />}</EvaluationHead>
      {reply === undefined ? <EvaluationAbsent run={run} store={store} state={state} />
        : confusion === undefined ? <EmptyState title={t('confusion.noClasses')}><p>{t('confusion.noClassesHelp')}</p></EmptyState>
        : (
          <div className="inspect-columns">
            <div className="inspect-scroll">
              {confusion.classes <= MOST_CLASSES ? <Matrix confusion={confusion} names={reply.classNames} shares={shares} cell={cell} onChoose={store.choose} /> : <Mistakes confusion={confusion} names={reply.classNames} cell={cell} onChoose={store.choose} />}
            </div>
            <ScrollRegion className="inspect-scroll inspect-side" label={t('confusion.samples')}>
              {cell === undefined ? <p className="muted inspect-note">{t('confusion.choose')}</p> : (
                <>
                  <h3>{t(cell.target === cell.predicted ? 'confusion.cellRight' : 'confusion.cell', { count: indices.length, truth: className(reply.classNames, cell.target), guess: className(reply.classNames, cell.predicted) })}</h3>
                  <SampleGrid key={`${cell.target} ${cell.predicted}`} run={run} evaluation={reply} indices={indices} empty={t('confusion.emptyCell')} />
                </>
              )}
            </ScrollRegion>
          </div>
        )}
    </div>
  );
}

type Choose = (cell: EvaluationState['cell']) => void;

function Matrix({ confusion, names, shares, cell, onChoose }: { readonly confusion: Confusion; readonly names: readonly string[] | undefined; readonly shares: boolean; readonly cell: EvaluationState['cell']; readonly onChoose: Choose }) {
  const { t, i18n } = useTranslation('inspect');
  const { classes, counts, rows } = confusion;
  const all = Array.from({ length: classes }, (_, i) => i);
  const percent = (share: number, digits: number): string => (Number.isFinite(share) ? share.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: digits }) : '–');
  return (
    <table className="inspect-matrix numbers">
      <caption className="visually-hidden">{t('confusion.caption')}</caption>
      <thead>
        <tr><th scope="col" className="inspect-matrix-corner">{t('confusion.corner')}</th>{all.map((column) => <th key={column} scope="col">{className(names, column)}</th>)}<th scope="col" className="inspect-matrix-total">{t('confusion.recall')}</th></tr>
      </thead>
      <tbody>
        {all.map((row) => (
          <tr key={row}>
            <th scope="row">{className(names, row)}</th>
            {all.map((column) => {
              const count = counts[row * classes + column]!;
              const share = rows[row] === 0 ? 0 : count / rows[row]!;
              const isChosen = cell?.target === row && cell.predicted === column;
              // The root: a mistake in a hundred is to be seen.
              const strength = Math.round(Math.sqrt(share) * 100);
              return (
                <td key={column}>
                  <AriaButton
                    className={`inspect-cell ${row === column ? 'inspect-cell-right' : 'inspect-cell-wrong'} ${isChosen ? 'inspect-cell-chosen' : ''}`} style={{ '--strength': `${strength}%` } as CSSProperties}
                    aria-label={t('confusion.cellLabel', { truth: className(names, row), guess: className(names, column), count })} aria-pressed={isChosen} onPress={() => onChoose({ target: row, predicted: column })}
                  >{count === 0 ? <span className="inspect-cell-zero">·</span> : shares ? percent(share, share < 0.1 ? 1 : 0) : count}</AriaButton>
                </td>
              );
            })}
            <td className="inspect-matrix-total">{percent(recall(confusion, row), 1)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot><tr><th scope="row">{t('confusion.precision')}</th>{all.map((column) => <td key={column} className="inspect-matrix-total">{percent(precision(confusion, column), 0)}</td>)}<td className="inspect-matrix-total" title={t('confusion.accuracy')} aria-label={t('confusion.accuracy')}>{percent(accuracy(confusion), 1)}</td></tr></tfoot>
    </table>
  );
}

function Mistakes({ confusion, names, cell, onChoose }: { readonly confusion: Confusion; readonly names: readonly string[] | undefined; readonly cell: EvaluationState['cell']; readonly onChoose: Choose }) {
  const { t } = useTranslation('inspect');
  const found = mistakes(confusion);
  return (
    <>
      <h3>{t('confusion.mistakes', { count: found.length })}</h3>
      <ul className="inspect-mistakes">
        {found.slice(0, MOST_MISTAKES).map(({ target, predicted, count }) => (
          <li key={`${target} ${predicted}`}>
            <AriaButton className={`ui-button ui-button-quiet ${cell?.target === target && cell.predicted === predicted ? 'inspect-cell-chosen' : ''}`} onPress={() => onChoose({ target, predicted })}>
              {className(names, target)} → {className(names, predicted)} <span className="muted numbers">× {count}</span>
            </AriaButton>
          </li>
        ))}
      </ul>
    </>
  );
}
