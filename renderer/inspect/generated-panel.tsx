/** What a generator or a decoder makes: the whole latent plane where two numbers make a picture, else a sheet of draws; live while it learns. */
import { Dices } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunRecord } from '../run/run-store.ts';
import { Button } from '../ui/buttons.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { type Generator, generatorOf, latentDraws, latentSize, planeGrid, planeReach, tiled } from './generated.ts';
import { useLivePredictions } from './live-predictions.ts';
import { NoRun, useModelRun } from './no-run.tsx';
import { ImagePicture } from './picture.tsx';
import { paintImage, rangeOf } from './pictures.ts';
import { PlotFrame } from './plot-frame.tsx';
import './inspect.css';

/** A picture on the plane is at least so large, in CSS pixels; there is room for the numbers at the axes besides. */
const CELL = 20;
const AXES = 30;
const [FEWEST, MOST] = [6, 20];
/** Of a sheet of draws. */
const [ROWS, COLUMNS] = [5, 12];

export function GeneratedPanel() {
  const { t } = useTranslation('inspect');
  const run = useModelRun();
  return run === undefined ? <NoRun what={t('generated.empty')} /> : <GeneratedOf key={run.id} run={run} />;
}

function GeneratedOf({ run }: { readonly run: RunRecord }) {
  const { t } = useTranslation('inspect');
  const generator = generatorOf(run.doc);
  return generator === undefined ? <EmptyState title={t('generated.none')}><p>{t('generated.noneHelp')}</p></EmptyState> : <Pictures run={run} generator={generator} />;
}

function Pictures({ run, generator }: { readonly run: RunRecord; readonly generator: Generator }) {
  const { t, i18n } = useTranslation('inspect');
  const [draw, setDraw] = useState(0);
  const { box, side } = useSide();
  const isPlane = latentSize(generator) === 2;
  // The same numbers while the network learns, so that it is the pictures that change.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const inputs = useMemo(() => (isPlane ? planeGrid(side, planeReach(generator)) : latentDraws(ROWS * COLUMNS * latentSize(generator), generator)), [generator, isPlane, isPlane ? side : draw]);
  const { reply, error } = useLivePredictions(run, inputs, generator);
  const made = Object.values(reply?.outputs ?? {})[0];
  if (error !== undefined || reply === undefined || made === undefined) return <div ref={box} className="inspect-panel"><EmptyState title={error ?? t('looking')} /></div>;
  const { image } = generator;
  const count = made.shape[0] ?? 0;
  // The answer may be to a plane of another size.
  const columns = isPlane ? Math.round(Math.sqrt(count)) : COLUMNS;
  const rows = Math.ceil(count / columns);
  const sheet = tiled(made.data, count, columns, image);
  const [height, width] = [rows * image.height, columns * image.width];
  // A tanh gives -1 to 1, a sigmoid 0 to 1.
  const range = rangeOf(sheet).min < -0.01 ? { min: -1, max: 1 } : { min: 0, max: 1 };
  const step = t('histograms.step', { step: reply.step.toLocaleString(i18n.language) });
  if (!isPlane) {
    return (
      <div ref={box} className="inspect-plot inspect-plot-made">
        <ImagePicture values={sheet} channels={image.channels} height={height} width={width} range={range} label={t('generated.label', { count, step: reply.step })} className="inspect-made" />
        <div className="inspect-key">
          <Button icon={Dices} onPress={() => setDraw(draw + 1)}>{t('generated.again')}</Button>
          <span className="muted numbers">{step}</span>
        </div>
      </div>
    );
  }
  const reach = { min: -planeReach(generator), max: planeReach(generator) };
  return (
    <div ref={box} className="inspect-plot">
      <PlotFrame x={reach} y={reach} square label={t('generated.planeLabel', { step: reply.step })} draw={(context, scale) => {
        const small = document.createElement('canvas');
        paintImage(small, sheet, image.channels, height, width, range);
        context.imageSmoothingQuality = 'high';
        context.drawImage(small, scale.left, scale.top, scale.width, scale.height);
      }} />
      <ul className="inspect-key">
        <li className="muted">{t('generated.plane', { node: generator.node })}</li>
        <li className="muted numbers">{step}</li>
      </ul>
    </div>
  );
}

/** How many pictures along each side of the plane can be told apart in the room that there is. */
function useSide(): { readonly box: (element: HTMLDivElement | null) => (() => void) | undefined; readonly side: number } {
  const [side, setSide] = useState(FEWEST);
  const box = useCallback((element: HTMLDivElement | null) => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setSide(Math.min(MOST, Math.max(FEWEST, Math.floor((Math.min(entry.contentRect.height, entry.contentRect.width) - AXES) / CELL))));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { box, side };
}
