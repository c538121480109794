/** How the curves are looked at, and saving them. */
import { ChartSpline, Download, LocateFixed, ZoomIn, ZoomOut } from 'lucide-react';
import { Toolbar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { IconButton, ToggleIconButton } from '../ui/buttons.tsx';
import { Choice } from '../ui/choice.tsx';
import { Slider } from '../ui/fields.tsx';
import { MenuButton } from '../ui/overlays.tsx';
import type { Range } from './curve-lines.ts';
import type { CurvesViewStore } from './curves-view.ts';

const ZOOM = 0.6;
/** The slider moves evenly over how far back the average looks: 1, 10, 100, 1,000 steps. */
const MOST_SMOOTHING = 3;
const toSlider = (weight: number): number => -Math.log10(1 - weight);
const fromSlider = (value: number): number => (value <= 0 ? 0 : 1 - 10 ** -value);

export type CurvesFile = 'png' | 'svg' | 'csv';

export function CurvesToolbar({ view, full, onSave }: { readonly view: CurvesViewStore; readonly full: () => Range; readonly onSave: (file: CurvesFile) => void }) {
  const { t } = useTranslation('plots');
  const xAxis = useStore(view, (state) => state.xAxis);
  const logarithmic = useStore(view, (state) => state.logarithmic);
  const smoothing = useStore(view, (state) => state.smoothing);
  const learningRate = useStore(view, (state) => state.learningRate);
  const follows = useStore(view, (state) => state.range === undefined);
  const zoom = (factor: number): void => {
    const { min, max } = view.getState().range ?? full();
    view.zoom(factor, view.getState().cursor ?? (min + max) / 2, full());
  };
  return (
    <Toolbar className="curves-toolbar" aria-label={t('toolbar')}>
      <Choice label={t('xAxis')} value={xAxis} options={[{ value: 'step', title: t('byStep') }, { value: 'epoch', title: t('byEpoch') }]} onChange={(axis) => view.setXAxis(axis)} />
      <Choice label={t('yAxis')} value={logarithmic ? 'log' : 'linear'} options={[{ value: 'linear', title: t('linear') }, { value: 'log', title: t('log') }]} onChange={(scale) => view.set({ logarithmic: scale === 'log' })} />
      <Slider className="curves-smoothing" label={t('smoothing')} value={toSlider(smoothing)} min={0} max={MOST_SMOOTHING} step={0.05} onChange={(value) => view.set({ smoothing: fromSlider(value) })} show={(value) => (value <= 0 ? t('off') : fromSlider(value).toFixed(value > 2 ? 3 : 2))} />
      <span className="curves-toolbar-space" />
      <ToggleIconButton icon={ChartSpline} label={t('showRate')} isSelected={learningRate} onChange={(on) => view.set({ learningRate: on })} />
      <IconButton icon={ZoomIn} label={t('zoomIn')} onPress={() => zoom(ZOOM)} />
      <IconButton icon={ZoomOut} label={t('zoomOut')} isDisabled={follows} onPress={() => zoom(1 / ZOOM)} />
      <ToggleIconButton icon={LocateFixed} label={follows ? t('follows') : t('follow')} isSelected={follows} onChange={() => view.follow()} />
      <MenuButton trigger={<IconButton icon={Download} label={t('save')} />} label={t('save')} groups={[{ items: (['png', 'svg', 'csv'] as const).map((id) => ({ id, title: t(`file.${id}`) })) }]} onAction={(id) => onSave(id as CurvesFile)} />
    </Toolbar>
  );
}
