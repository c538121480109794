/**
 * The runs with their values at the cursor, or their last ones: a legend for the eye, and as a table the
 * charts' equal for a screen reader.
 */
import { Ellipsis, Eye, EyeOff } from 'lucide-react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { RunId } from '../../engine/protocol.ts';
import { useText } from '../i18n/i18n.ts';
import { formatCount, formatValue } from '../run/format.ts';
import { canContinue } from '../run/run-facts.ts';
import type { Difference } from '../run/run-differences.ts';
import { type RunRecord, type RunsState, isLive } from '../run/run-store.ts';
import { useBeat } from '../run/use-beat.ts';
import { IconButton, ToggleIconButton } from '../ui/buttons.tsx';
import { MenuButton } from '../ui/overlays.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { lineDash } from './curve-chart.ts';
import type { Chart, Line } from './curve-lines.ts';
import type { CurvesViewStore } from './curves-view.ts';
import { differencesText, metricTitle, runTitle } from './curves-texts.ts';
import { nearest } from './polyline.ts';

/** The value of a line at x of the chart, or its last one. */
export function valueAt({ curve, scale }: Line, x: number | undefined): number | undefined {
  const { shown } = curve;
  const index = x === undefined ? shown.length - 1 : nearest(shown, x / scale);
  return index < 0 ? undefined : shown.y[index];
}

const hasTicked = (state: RunsState, before: RunsState): boolean => state.tick !== before.tick;

const SPLITS = ['train', 'validation', 'test'] as const;

export function CurvesLegend({ view, charts, runs, differences }: { readonly view: CurvesViewStore; readonly charts: readonly Chart[]; readonly runs: readonly RunRecord[]; readonly differences: ReadonlyMap<RunId, readonly Difference[]> }) {
  const { t, i18n } = useTranslation('plots');
  const cursor = useStore(view, (state) => state.cursor);
  const xAxis = useStore(view, (state) => state.xAxis);
  const smoothing = useStore(view, (state) => state.smoothing);
  useBeat(hasTicked);
  // The charts may be drawn later than this; what is up to date already costs nothing.
  for (const { lines } of charts) for (const { curve } of lines) curve.update(smoothing);
  const splits = SPLITS.filter((split) => charts.some(({ lines }) => lines.some((line) => line.split === split)));
  const place = cursor === undefined ? t('lastValues') : xAxis === 'step' ? t('atStep', { step: formatCount(cursor, i18n.language) }) : t('atEpoch', { epoch: cursor.toFixed(1) });
  return (
    <div className="curves-legend">
      <table className="numbers">
        <caption>{place}</caption>
        <thead>
          <tr><th scope="col"><span className="visually-hidden">{t('metricColumn')}</span></th>{splits.map((split) => <th key={split} scope="col"><Dash split={split} />{t(`split.${split}`)}</th>)}</tr>
        </thead>
        {runs.toReversed().map((record) => (
          <tbody key={record.id} data-hidden={!record.visible || undefined}>
            <RunRow record={record} columns={splits.length + 1} differences={differences.get(record.id) ?? NO_DIFFERENCES} />
            {record.visible && charts.map((chart) => {
              const own = chart.lines.filter((line) => line.run === record.id);
              return own.length === 0 ? null : (
                <tr key={chart.key}>
                  <th scope="row">{metricTitle(t, chart.key)}</th>
                  {splits.map((split) => {
                    const line = own.find((each) => each.split === split);
                    return <td key={split}>{line === undefined ? '' : formatValue(valueAt(line, cursor))}</td>;
                  })}
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Dash({ split }: { readonly split: Line['split'] }) {
  return <svg className="curves-dash" width="18" height="6" aria-hidden><line x1="0" x2="18" y1="3" y2="3" stroke="currentColor" strokeWidth="2" strokeDasharray={lineDash(split).join(' ')} /></svg>;
}

const NO_DIFFERENCES: readonly Difference[] = [];

/** Its buttons and menu are dear, and the record's numbers, which change all the time, are not in it. */
const RunRow = memo(function RunRow({ record, columns, differences }: { readonly record: RunRecord; readonly columns: number; readonly differences: readonly Difference[] }) {
  const { runs, run } = useWorkspace();
  const { t } = useTranslation('plots');
  const textOf = useText();
  const isCurrent = useStore(runs, (state) => state.current === record.id);
  const [renaming, setRenaming] = useState(false);
  const title = runTitle(t, record);
  const difference = differencesText(t, textOf, differences);
  const act = (action: string): void => {
    if (action === 'rename') setRenaming(true);
    else if (action === 'select') runs.select(record.id);
    else if (action === 'continue') void run.continue(record.id);
    else if (action === 'only') for (const each of runs.getState().runs) runs.update(each.id, { visible: each.id === record.id });
    else void run.remove(record.id);
  };
  const rename = (name: string): void => {
    setRenaming(false);
    runs.update(record.id, { name: name.trim() === '' ? undefined : name.trim() });
  };
  return (
    <tr className="curves-run">
      <th scope="rowgroup" colSpan={columns}>
        <div>
          <span className="curves-swatch" style={{ background: `var(--run-${record.color})` }} aria-hidden />
          {renaming
            ? <RenameField title={title} onDone={rename} onCancel={() => setRenaming(false)} />
            : <span className="curves-run-name" title={title}>{title}{isCurrent && <span className="curves-current">{t('current')}</span>}</span>}
          <ToggleIconButton icon={record.visible ? Eye : EyeOff} label={t('showRun', { run: title })} isSelected={record.visible} onChange={(visible) => runs.update(record.id, { visible })} />
          <MenuButton
            trigger={<IconButton icon={Ellipsis} label={t('runMenu', { run: title })} />} label={t('runMenu', { run: title })} onAction={act}
            groups={[
              { items: [{ id: 'select', title: t('select'), isDisabled: isCurrent }, ...(canContinue(record) ? [{ id: 'continue', title: t('continue') }] : []), { id: 'only', title: t('only') }, { id: 'rename', title: t('rename') }] },
              { items: [{ id: 'remove', title: t('remove'), tone: 'danger' as const, isDisabled: isLive(record.phase) }] },
            ]}
          />
        </div>
        {difference !== '' && <p className="curves-difference" title={difference}>{difference}</p>}
      </th>
    </tr>
  );
}, (before, now) => {
  const [a, b] = [before.record, now.record];
  return a.id === b.id && a.phase === b.phase && a.visible === b.visible && a.name === b.name && a.color === b.color && canContinue(a) === canContinue(b) && before.columns === now.columns && before.differences === now.differences;
});

function RenameField({ title, onDone, onCancel }: { readonly title: string; readonly onDone: (name: string) => void; readonly onCancel: () => void }) {
  const { t } = useTranslation('plots');
  const [name, setName] = useState(title);
  return (
    <input
      className="ui-input curves-rename" aria-label={t('rename')} value={name} maxLength={80} onChange={(event) => setName(event.currentTarget.value)} onBlur={() => onDone(name)}
      ref={(field) => field?.focus()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') onDone(name);
        if (event.key === 'Escape') onCancel();
      }}
    />
  );
}
