/** For regression: the curve (or, for two inputs, the surface seen from above) that the network draws through the data, live. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../run/run-store.ts';
import { EmptyState } from '../ui/overlays.tsx';
import { useLivePredictions } from './live-predictions.ts';
import { modelFacts } from './model-facts.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { sequential } from './pictures.ts';
import { type Points, extentOf, usePoints } from './plane-points.ts';
import { PlotFrame, type PlotScale, markPoint } from './plot-frame.tsx';
import './inspect.css';

/** Places along a curve, and along each side of a surface. */
const CURVE = 240;
const SURFACE = 48;

export function FitPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('fit.empty')} /> : <FitOf key={run.id} run={run} />;
}

function FitOf({ run }: { readonly run: RunRecord }) {
  const { t, i18n } = useTranslation('inspect');
  const facts = modelFacts(run.doc);
  const features = facts?.input.length === 1 ? facts.input[0] : undefined;
  const { points, error } = usePoints(run);
  const inputs = useMemo(() => (points === undefined ? undefined : features === 1 ? line(points) : features === 2 ? surface(points) : undefined), [points, features]);
  const { reply, error: failed } = useLivePredictions(run, inputs);
  if (features !== 1 && features !== 2) return <EmptyState title={t('fit.notLow')}><p>{t('fit.notLowHelp')}</p></EmptyState>;
  if (error !== undefined || failed !== undefined) return <EmptyState title={error ?? failed ?? ''} />;
  const output = reply === undefined ? undefined : Object.values(reply.outputs)[0];
  if (points === undefined || inputs === undefined || reply === undefined || output === undefined) return <EmptyState title={t('looking')} />;
  const step = t('histograms.step', { step: reply.step.toLocaleString(i18n.language) });
  const width = output.data.length / (output.shape[0] ?? 1);
  const predicted = width === 1 ? output.data : Float32Array.from({ length: output.shape[0] ?? 0 }, (_, i) => output.data[i * width]!);
  const targets = points.y.length === 0 ? { min: 0, max: 1 } : extentOf(points.y, 1, 0);
  if (features === 1) {
    const x = extentOf(points.x, 1, 0);
    return (
      <div className="inspect-plot">
        <PlotFrame x={x} y={targets} label={t('fit.label', { step: reply.step })} draw={(context, scale) => {
          for (let i = 0; i < points.y.length; i++) markPoint(context, scale.x(points.x[i]!), scale.y(points.y[i]!), { color: [120, 130, 145], shape: 0, hollow: i >= points.training });
          drawCurve(context, scale, inputs, predicted);
        }} />
        <ul className="inspect-key"><li><span className="inspect-line" aria-hidden />{t('fit.curve')}</li><li className="muted">{t('boundary.test')}</li><li className="muted numbers">{step}</li></ul>
      </div>
    );
  }
  return (
    <div className="inspect-plot">
      <PlotFrame x={extentOf(points.x, 2, 0)} y={extentOf(points.x, 2, 1)} square label={t('fit.labelSurface', { step: reply.step })} draw={(context, scale) => drawSurface(context, scale, predicted, points, targets)} />
      <ul className="inspect-key"><li className="inspect-legend numbers"><span>{targets.min.toPrecision(2)}</span><span className="inspect-ramp" /><span>{targets.max.toPrecision(2)}</span></li><li className="muted">{t('fit.surface')}</li><li className="muted numbers">{step}</li></ul>
    </div>
  );
}

function line({ x }: Points): Float32Array {
  const { min, max } = extentOf(x, 1, 0);
  return Float32Array.from({ length: CURVE }, (_, i) => min + ((max - min) * i) / (CURVE - 1));
}
function surface({ x }: Points): Float32Array {
  const [across, down] = [extentOf(x, 2, 0), extentOf(x, 2, 1)];
  const grid = new Float32Array(SURFACE * SURFACE * 2);
  for (let i = 0; i < SURFACE * SURFACE; i++) {
    grid[i * 2] = across.min + (((i % SURFACE) + 0.5) / SURFACE) * (across.max - across.min);
    grid[i * 2 + 1] = down.max - ((Math.floor(i / SURFACE) + 0.5) / SURFACE) * (down.max - down.min);
  }
  return grid;
}

function drawCurve(context: CanvasRenderingContext2D, scale: PlotScale, x: Float32Array, y: ArrayLike<number>): void {
  context.strokeStyle = getComputedStyle(context.canvas).getPropertyValue('--run-1');
  context.lineWidth = 2.5;
  context.lineJoin = 'round';
  context.beginPath();
  x.forEach((value, i) => context.lineTo(scale.x(value), scale.y(y[i] ?? 0)));
  context.stroke();
}
function drawSurface(context: CanvasRenderingContext2D, scale: PlotScale, values: ArrayLike<number>, { x, y, training }: Points, { min, max }: { readonly min: number; readonly max: number }): void {
  const share = (value: number): number => (value - min) / (max - min || 1);
  const picture = new ImageData(SURFACE, SURFACE);
  for (let i = 0; i < SURFACE * SURFACE; i++) picture.data.set([...sequential(share(values[i] ?? 0)), 255], i * 4);
  const small = new OffscreenCanvas(SURFACE, SURFACE);
  small.getContext('2d')?.putImageData(picture, 0, 0);
  context.drawImage(small, scale.left, scale.top, scale.width, scale.height);
  for (let i = 0; i < y.length; i++) markPoint(context, scale.x(x[i * 2]!), scale.y(x[i * 2 + 1]!), { color: sequential(share(y[i]!)), shape: i >= training ? 1 : 0, hollow: false });
}
