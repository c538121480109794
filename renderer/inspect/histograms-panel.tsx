/** How weights, activations and gradients are spread, layer by layer, over the steps: vanishing, exploding and silent units show here. */
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../run/run-store.ts';
import { Choice } from '../ui/choice.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { ScrollRegion } from '../ui/scroll-region.tsx';
import { useWorkspace } from '../workspace/context.tsx';
import { type DistributionKind, type Moment, historyOf, spread } from './distribution-history.ts';
import { useInspection } from './inspection-store.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { paintPlane } from './pictures.ts';
import './inspect.css';

const KINDS = ['weights', 'activations', 'gradients'] as const satisfies readonly DistributionKind[];
/** Rows of a picture; a histogram has 40 bins. */
const ROWS = 48;

export function HistogramsPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('histograms.empty')} /> : <HistogramsOf key={run.id} run={run} />;
}

function HistogramsOf({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation('inspect');
  const [kind, setKind] = useState<DistributionKind>('weights');
  const history = historyOf(useWorkspace());
  // Each reply is a new picture.
  const reply = useInspection({ gradients: kind === 'gradients' }, (state) => state.reply);
  const names = history.run === run.id ? history.names(kind) : [];
  return (
    <div className="inspect-panel">
      <div className="inspect-head">
        <Choice label={t('histograms.kinds')} value={kind} options={KINDS.map((each) => ({ value: each, title: t(`histograms.${each}`) }))} onChange={setKind} />
        <span className="muted inspect-head-note">{t('histograms.help')}</span>
      </div>
      {names.length === 0 || reply === undefined ? <EmptyState title={t('looking')}><p>{t('histograms.wait')}</p></EmptyState> : (
        <ScrollRegion label={t(`histograms.${kind}`)} className="inspect-scroll">
          <ul className="inspect-histograms">{names.map((name) => <li key={name}><DistributionPicture name={name} moments={history.moments(kind, name)} /></li>)}</ul>
        </ScrollRegion>
      )}
    </div>
  );
}

function DistributionPicture({ name, moments }: { readonly name: string; readonly moments: readonly Moment[] }) {
  const { t, i18n } = useTranslation('inspect');
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = moments.at(-1)?.distribution;
  const min = moments.reduce((least, { distribution }) => Math.min(least, distribution.min), Infinity);
  const max = moments.reduce((most, { distribution }) => Math.max(most, distribution.max), -Infinity);
  useLayoutEffect(() => {
    if (canvas.current === null || moments.length === 0) return;
    const shares = spread(moments, ROWS, min, max);
    // The root: the tails are what one looks for.
    const roots = shares.map(Math.sqrt);
    paintPlane(canvas.current, roots, moments.length, ROWS, 'sequential', { min: 0, max: roots.reduce((a, b) => Math.max(a, b), 0) });
  });
  if (last === undefined) return null;
  const show = (value: number): string => Number(value.toPrecision(3)).toLocaleString(i18n.language, { maximumSignificantDigits: 3 });
  const numbers = t('histograms.numbers', { mean: show(last.mean), std: show(last.std), min: show(last.min), max: show(last.max) });
  return (
    <figure className="inspect-distribution">
      <figcaption><span className="mono">{name}</span></figcaption>
      <div className="inspect-distribution-body">
        <canvas ref={canvas} role="img" aria-label={`${name}: ${numbers}`} className="inspect-pixels" />
        <span className="inspect-axis numbers" aria-hidden><span>{show(max)}</span><span>{show(min)}</span></span>
      </div>
      <p className="muted numbers">{t('histograms.short', { mean: show(last.mean), std: show(last.std) })}{last.zeros > 0.005 && <> · {t('histograms.zeros', { share: last.zeros.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 }) })}</>}</p>
      <p className="muted numbers inspect-steps"><span>{moments[0]?.step.toLocaleString(i18n.language)}</span><span>{t('histograms.step', { step: moments.at(-1)?.step.toLocaleString(i18n.language) ?? '' })}</span></p>
    </figure>
  );
}
