/** For points in the plane: which class the network gives each place, live while it learns, with the data on top. */
import { useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../run/run-store.ts';
import { EmptyState } from '../ui/overlays.tsx';
import { useLivePredictions } from './live-predictions.ts';
import { className, modelFacts } from './model-facts.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { type Extent, type Points, extentOf, usePoints } from './plane-points.ts';
import { PlotFrame, type PlotScale, markPoint } from './plot-frame.tsx';
import './inspect.css';

/** Places along each side that the network is asked about. */
const GRID = 80;
/** Colours of classes, told apart by the common kinds of colour blindness (after Okabe & Ito, 2008); marks differ in form too. */
export const CLASS_COLORS: readonly (readonly [number, number, number])[] = [[0, 114, 178], [230, 159, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [213, 94, 0], [240, 228, 66], [120, 120, 120]];
const colorOf = (index: number) => CLASS_COLORS[index % CLASS_COLORS.length]!;

export function BoundaryPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('boundary.empty')} /> : <BoundaryOf key={run.id} run={run} />;
}

function BoundaryOf({ run }: { readonly run: RunRecord }) {
  const { t, i18n } = useTranslation('inspect');
  const facts = modelFacts(run.doc);
  const isPlane = facts !== undefined && facts.input.length === 1 && facts.input[0] === 2;
  const { points, error } = usePoints(run);
  const extents = useMemo(() => (points?.features === 2 ? squared(extentOf(points.x, 2, 0), extentOf(points.x, 2, 1)) : undefined), [points]);
  const grid = useMemo(() => (extents === undefined ? undefined : gridOf(extents.x, extents.y)), [extents]);
  const { reply, error: failed } = useLivePredictions(run, isPlane ? grid : undefined);
  if (!isPlane) return <EmptyState title={t('boundary.notPlane')}><p>{t('boundary.notPlaneHelp')}</p></EmptyState>;
  if (error !== undefined || failed !== undefined) return <EmptyState title={error ?? failed ?? ''} />;
  if (points === undefined || extents === undefined || reply === undefined) return <EmptyState title={t('looking')} />;
  const { probabilities } = reply;
  if (probabilities === undefined) return <EmptyState title={t('boundary.noClasses')} />;
  const classes = probabilities.shape[1] ?? 1;
  return (
    <div className="inspect-plot">
      <PlotFrame x={extents.x} y={extents.y} square label={t('boundary.label', { step: reply.step, classes })} draw={(context, scale) => {
        drawField(context, scale, probabilities.data, classes);
        drawPoints(context, scale, points);
      }} />
      <ul className="inspect-key">
        {Array.from({ length: Math.min(classes, CLASS_COLORS.length) }, (_, i) => <li key={i}><KeyMark index={i} /><span>{className(points.classNames, i)}</span></li>)}
        <li className="muted">{t('boundary.test')}</li>
        <li className="muted numbers">{t('histograms.step', { step: reply.step.toLocaleString(i18n.language) })}</li>
      </ul>
    </div>
  );
}

/** Both axes at one scale: a boundary's angle means something then. */
function squared(x: Extent, y: Extent): { readonly x: Extent; readonly y: Extent } {
  const side = Math.max(x.max - x.min, y.max - y.min) / 2;
  const around = ({ min, max }: Extent): Extent => ({ min: (min + max) / 2 - side, max: (min + max) / 2 + side });
  return { x: around(x), y: around(y) };
}
/** Row by row from the top, as pictures are. */
function gridOf(x: Extent, y: Extent): Float32Array {
  const grid = new Float32Array(GRID * GRID * 2);
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      grid[(row * GRID + column) * 2] = x.min + ((column + 0.5) / GRID) * (x.max - x.min);
      grid[(row * GRID + column) * 2 + 1] = y.max - ((row + 0.5) / GRID) * (y.max - y.min);
    }
  }
  return grid;
}

function drawField(context: CanvasRenderingContext2D, scale: PlotScale, probabilities: ArrayLike<number>, classes: number): void {
  const picture = new ImageData(GRID, GRID);
  for (let i = 0; i < GRID * GRID; i++) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (probabilities[i * classes + k]! > probabilities[i * classes + best]!) best = k;
    // From undecided (pale) to sure.
    const sure = classes < 2 ? 1 : Math.max(0, (probabilities[i * classes + best]! - 1 / classes) / (1 - 1 / classes));
    const [red, green, blue] = colorOf(best);
    picture.data.set([red, green, blue, 255 * (0.06 + 0.5 * sure)], i * 4);
  }
  const small = new OffscreenCanvas(GRID, GRID);
  small.getContext('2d')?.putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, scale.left, scale.top, scale.width, scale.height);
}
function drawPoints(context: CanvasRenderingContext2D, scale: PlotScale, { x, y, training }: Points): void {
  for (let i = 0; i < y.length; i++) {
    const index = y[i]!;
    markPoint(context, scale.x(x[i * 2]!), scale.y(x[i * 2 + 1]!), { color: colorOf(index), shape: index, hollow: i >= training });
  }
}
function KeyMark({ index }: { readonly index: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    context.setTransform(2, 0, 0, 2, 0, 0);
    context.clearRect(0, 0, 14, 14);
    markPoint(context, 7, 7, { color: colorOf(index), shape: index, hollow: false });
  });
  return <canvas ref={canvas} width={28} height={28} className="inspect-mark" aria-hidden />;
}
