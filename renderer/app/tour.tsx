/** Three steps for whoever is here for the first time, pointing at the real things; it never stands in the way of them. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isLive } from '../run/run-store.ts';
import { Button } from '../ui/buttons.tsx';
import { useRuns, useUi, useWorkspace } from '../workspace/context.tsx';

interface Step {
  /** What it points at. */
  readonly anchor: string;
  readonly place: 'below' | 'above';
}
const STEPS: readonly Step[] = [
  { anchor: 'main[data-region]', place: 'below' },
  { anchor: '.run-bar-train', place: 'below' },
  { anchor: '[data-dock]', place: 'above' },
];
const WIDTH = 340;
/** As high as the longest text makes it. */
const HEIGHT = 230;
const GAP = 14;
/** The window is resized, bars open and close: often enough to look as if it were tied to them. */
const FOLLOW_MS = 200;

export function Tour() {
  const step = useUi((state) => state.tour);
  const dialog = useUi((state) => state.dialog);
  return step === undefined || STEPS[step] === undefined || dialog !== undefined ? null : <TourCard key={step} index={step} step={STEPS[step]} />;
}

function TourCard({ index, step }: { readonly index: number; readonly step: Step }) {
  const { ui, settings } = useWorkspace();
  const { t } = useTranslation('app');
  const training = useRuns((state) => state.runs.some(({ phase }) => isLive(phase)));
  const learning = useRuns((state) => state.runs.some(({ phase, step: done }) => isLive(phase) && done > 0));
  const rect = useAnchor(step.anchor);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (index === 2) ui.show({ bottom: 'test' });
    card.current?.querySelector<HTMLElement>('[data-next]')?.focus();
  }, [index, ui]);
  useEffect(() => {
    if (index === 1 && training) ui.show({ bottom: 'curves' });
  }, [index, training, ui]);
  const end = (): void => {
    ui.showTour(undefined);
    settings.set({ tourDone: true });
  };
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || card.current?.contains(document.activeElement) !== true) return;
      event.preventDefault();
      ui.showTour(undefined);
      settings.set({ tourDone: true });
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  }, [settings, ui]);
  const isLast = index === STEPS.length - 1;
  return (
    <>
      {rect !== undefined && <div className="app-tour-ring" aria-hidden style={{ left: rect.left - 3, top: rect.top - 3, width: rect.width + 6, height: rect.height + 6 }} />}
      <section className={`app-tour app-tour-${step.place}`} aria-label={t('tour.title')} ref={card} style={placeAt(rect, step.place)}>
        <p className="app-tour-count numbers">{t('tour.count', { step: index + 1, total: STEPS.length })}</p>
        <div aria-live="polite">
          <h2>{t(`tour.step${index}.title`)}</h2>
          <p>{index === 1 && training ? t(learning ? 'tour.learning' : 'tour.starting') : t(`tour.step${index}.text`)}</p>
        </div>
        <div className="app-tour-actions">
          {!isLast && <Button tone="quiet" onPress={end}>{t('tour.skip')}</Button>}
          <span className="app-status-space" />
          {index > 0 && <Button onPress={() => ui.showTour(index - 1)}>{t('tour.back')}</Button>}
          <Button tone="primary" data-next onPress={() => (isLast ? end() : ui.showTour(index + 1))}>{isLast ? t('tour.done') : t('tour.next')}</Button>
        </div>
      </section>
    </>
  );
}

function useAnchor(selector: string): DOMRect | undefined {
  const [rect, setRect] = useState<DOMRect>();
  useEffect(() => {
    const measure = (): void => {
      const next = document.querySelector(selector)?.getBoundingClientRect();
      setRect((now) => (now !== undefined && next !== undefined && now.left === next.left && now.top === next.top && now.width === next.width && now.height === next.height ? now : next));
    };
    measure();
    const timer = setInterval(measure, FOLLOW_MS);
    return () => clearInterval(timer);
  }, [selector]);
  return rect;
}

function placeAt(rect: DOMRect | undefined, place: Step['place']): { left: number; top?: number; bottom?: number; width: number } {
  const width = Math.min(WIDTH, innerWidth - 2 * GAP);
  const clamp = (left: number): number => Math.max(GAP, Math.min(left, innerWidth - width - GAP));
  if (rect === undefined) return { left: clamp((innerWidth - width) / 2), bottom: 60, width };
  const centred = clamp(rect.left + rect.width / 2 - width / 2);
  switch (place) {
    case 'below': return { left: centred, top: Math.min(rect.bottom + GAP, innerHeight - HEIGHT - GAP), width };
    case 'above': return { left: clamp(rect.right - width - GAP), bottom: innerHeight - rect.top + GAP, width };
  }
}
