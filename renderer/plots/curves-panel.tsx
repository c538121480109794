/** Loss and metrics over time, of several runs: small charts that share their x, and a legend that tells the values. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { runCommand, shownKeys } from '../commands/access.ts';
import { useText } from '../i18n/i18n.ts';
import { formatCount, formatValue } from '../run/format.ts';
import { stepsPerEpoch } from '../run/run-facts.ts';
import { runDifferences } from '../run/run-differences.ts';
import { RUN_COLORS, type RunRecord } from '../run/run-store.ts';
import { Button } from '../ui/buttons.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useRuns, useWorkspace } from '../workspace/context.tsx';
import { attachPointer } from './chart-pointer.ts';
import { onThemeChange, plotColors } from './colors.ts';
import { CurveChart, lineDash } from './curve-chart.ts';
import { type Chart, type Range, chartsOf, fullRange } from './curve-lines.ts';
import { type CurvesPicture, curvesCsv, curvesSvg, drawingToPng } from './curves-files.ts';
import { CurvesLegend, valueAt } from './curves-legend.tsx';
import { type CurvesFile, CurvesToolbar } from './curves-toolbar.tsx';
import { differencesText, metricTitle, runTitle } from './curves-texts.ts';
import { curvesView } from './curves-view.ts';
import { nearest } from './polyline.ts';
import './curves.css';

export function CurvesPanel() {
  const workspace = useWorkspace();
  const { t } = useTranslation('plots');
  const isEmpty = useRuns((state) => state.runs.length === 0);
  if (!isEmpty) return <Curves />;
  return (
    <EmptyState title={t('empty.title')}>
      <p>{t('empty.text')}</p>
      <Button tone="primary" onPress={() => runCommand(workspace, 'run.train')}>{t('empty.train')}{shownKeys(workspace, 'run.train') !== undefined && <span className="curves-key">{shownKeys(workspace, 'run.train')}</span>}</Button>
    </EmptyState>
  );
}

/** Charts that are on the screen, to be drawn when something has changed. */
interface Drawn {
  update(full: Range): void;
  recolor(): void;
}

function Curves() {
  const workspace = useWorkspace();
  const { runs } = workspace;
  const { t } = useTranslation('plots');
  const textOf = useText();
  const view = curvesView();
  const xAxis = useStore(view, (state) => state.xAxis);
  const learningRate = useStore(view, (state) => state.learningRate);
  const logarithmic = useStore(view, (state) => state.logarithmic);
  // What decides which lines there are; the numbers in them are none of React's business.
  const lines = useRuns((state) => state.runs.map((record) => `${record.id} ${record.visible} ${record.color} ${runs.seriesOf(record.id)?.all.length} ${stepsPerEpoch(record)}`).join('\n'));
  const names = useRuns((state) => state.runs.map((record) => `${record.id} ${record.name} ${Object.values(record.ratesByHand).join()} ${record.started?.backend} ${record.phase}`).join('\n'));
  const charts = useMemo(() => {
    void lines;
    return chartsOf(runs.getState().runs, runs.seriesOf, { xAxis, learningRate });
  }, [runs, lines, xAxis, learningRate]);
  const [records, differences] = useMemo(() => {
    void [names, lines];
    const all = runs.getState().runs;
    return [all, runDifferences(all)] as const;
  }, [runs, names, lines]);

  const [drawn] = useState(() => new Set<Drawn>());
  const chartsNow = useRef(charts);
  useEffect(() => {
    chartsNow.current = charts;
    let frame = 0;
    const draw = (): void => {
      frame = 0;
      const full = fullRange(charts);
      for (const each of drawn) each.update(full);
    };
    const plan = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    const stops = [
      runs.subscribe((state, before) => state.tick !== before.tick && plan()), view.subscribe(plan),
      onThemeChange(() => {
        for (const each of drawn) each.recolor();
      }),
    ];
    plan();
    return () => {
      for (const stop of stops) stop();
      cancelAnimationFrame(frame);
    };
  }, [charts, drawn, runs, view]);
  const full = (): Range => fullRange(chartsNow.current);

  async function save(file: CurvesFile): Promise<void> {
    const filter = { png: { extension: 'png', mime: 'image/png' }, svg: { extension: 'svg', mime: 'image/svg+xml' }, csv: { extension: 'csv', mime: 'text/csv' } }[file];
    const visible = runs.getState().runs.filter((record) => record.visible);
    const name = visible.at(-1)?.doc.name ?? '';
    const titleOf = (record: RunRecord): string => runTitle(t, record);
    const { range } = view.getState();
    const picture: CurvesPicture = {
      title: name === '' ? t('title') : name, charts, titleOfChart: (chart) => metricTitle(t, chart.key), xTitle: xAxis === 'step' ? t('byStep') : t('byEpoch'), range, logarithmic, colors: plotColors(RUN_COLORS), dash: lineDash,
      legend: visible.map((record) => ({ color: record.color, text: [titleOf(record), differencesText(t, textOf, differences.get(record.id) ?? [])].filter((each) => each !== '').join(' · ') })),
      splits: (['train', 'validation', 'test'] as const).filter((split) => charts.some((chart) => chart.lines.some((line) => line.split === split))).map((split) => ({ split, title: t(`split.${split}`) })),
    };
    try {
      const bytes = file === 'csv' ? new TextEncoder().encode(curvesCsv(visible, runs.seriesOf, titleOf)) : file === 'svg' ? new TextEncoder().encode(curvesSvg(picture).svg) : await drawingToPng(curvesSvg(picture));
      const saved = await workspace.host.save(bytes, { suggestedName: `${name === '' ? 'curves' : name}.${file}`, filter: { ...filter, description: t(`file.${file}`) } });
      if (saved !== undefined) workspace.ui.toast({ tone: 'ok', message: t('saved', { name: saved.name }) });
    } catch (error) {
      workspace.ui.toast({ tone: 'danger', message: t('notSaved', { reason: error instanceof Error ? error.message : String(error) }) });
    }
  }

  return (
    <div className="curves">
      <CurvesToolbar view={view} full={full} onSave={(file) => void save(file)} />
      <div className="curves-body">
        <div className="curves-charts" data-count={charts.length}>
          {charts.map((chart) => <ChartView key={`${chart.key} ${logarithmic}`} chart={chart} drawn={drawn} full={full} runs={records} />)}
        </div>
        <CurvesLegend view={view} charts={charts} runs={records} differences={differences} />
      </div>
    </div>
  );
}

function ChartView({ chart, drawn, full, runs }: { readonly chart: Chart; readonly drawn: Set<Drawn>; readonly full: () => Range; readonly runs: readonly RunRecord[] }) {
  const { ui } = useWorkspace();
  const { t, i18n } = useTranslation('plots');
  const view = curvesView();
  const box = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLElement>(null);
  const title = metricTitle(t, chart.key);
  // Read by handlers that live longer than one rendering.
  const now = useRef({ chart, runs, full });
  useEffect(() => {
    now.current = { chart, runs, full };
  });
  const describe = (x: number | undefined): string => now.current.chart.lines.map((line) => {
    const record = now.current.runs.find(({ id }) => id === line.run);
    return record === undefined ? '' : `${runTitle(t, record)}, ${t(`split.${line.split}`)}: ${formatValue(valueAt(line, x))}`;
  }).join('; ');
  const say = useRef<() => void>(() => {});
  useEffect(() => {
    say.current = () => {
      const { cursor, xAxis } = view.getState();
      if (cursor === undefined) return;
      const place = xAxis === 'step' ? t('atStep', { step: formatCount(cursor, i18n.language) }) : t('atEpoch', { epoch: cursor.toFixed(1) });
      ui.announce(`${title}, ${place}: ${describe(cursor)}`);
    };
  });

  useEffect(() => {
    const element = box.current;
    const focus = frame.current;
    if (element === null || focus === null) return;
    const size = (): { width: number; height: number } => ({ width: Math.max(80, element.clientWidth), height: Math.max(60, element.clientHeight) });
    const state = (x: Range) => {
      const { range, logarithmic, smoothing, cursor } = view.getState();
      return { chart: now.current.chart, x: range ?? x, logarithmic, smoothing, cursor };
    };
    let before = state(now.current.full());
    const plot = new CurveChart(element, before, plotColors(RUN_COLORS), size());
    let drawnAt = -1;
    const each: Drawn = {
      update(all) {
        const next = state(all);
        const points = next.chart.lines.reduce((sum, { series }) => sum + series.length + series.rewinds, 0);
        const same = next.chart === before.chart && next.x.min === before.x.min && next.x.max === before.x.max && next.smoothing === before.smoothing && points === drawnAt;
        // A cursor that moves draws no line anew.
        plot.set(same ? { ...before, cursor: next.cursor } : next);
        before = same ? { ...before, cursor: next.cursor } : next;
        drawnAt = points;
      },
      recolor: () => plot.recolor(plotColors(RUN_COLORS)),
    };
    drawn.add(each);
    const stop = attachPointer(plot, focus, {
      view, full: () => now.current.full(), say: () => say.current(),
      neighbour(at, steps) {
        const line = now.current.chart.lines.toSorted((a, b) => b.series.length - a.series.length)[0];
        if (line === undefined || line.series.length === 0) return at;
        const { min, max } = view.getState().range ?? now.current.full();
        const { shown } = line.curve;
        // At least a pixel's worth, or a million points would take a million keys.
        const stride = Math.max(1, Math.round((nearest(shown, max / line.scale) - nearest(shown, min / line.scale)) / 300));
        const index = Math.min(shown.length - 1, Math.max(0, nearest(shown, at / line.scale) + steps * stride));
        return shown.x[index]! * line.scale;
      },
    });
    const observer = new ResizeObserver(() => plot.resize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      stop();
      drawn.delete(each);
      plot.destroy();
    };
  }, [drawn, view]);

  return (
    <figure className="curves-chart" ref={frame} aria-label={t('chartLabel', { metric: title })}>
      <figcaption>{title}</figcaption>
      <div className="curves-plot" ref={box} role="img" aria-label={t('chartPicture', { metric: title })} />
    </figure>
  );
}
