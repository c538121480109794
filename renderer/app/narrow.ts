/** On a narrow window the bars make room for the canvas, and come back when there is room again. */
import { useEffect } from 'react';
import type { UiStore } from './ui-store.ts';

/** Below these widths the canvas would get less than a node's width and a half. */
const RIGHT_NEEDS = '(max-width: 760px)';
const LEFT_NEEDS = '(max-width: 900px)';

export function useNarrowBars(ui: UiStore): void {
  useEffect(() => {
    const stops = [fold(ui, 'left', LEFT_NEEDS), fold(ui, 'right', RIGHT_NEEDS)];
    return () => stops.forEach((stop) => stop());
  }, [ui]);
}

function fold(ui: UiStore, side: 'left' | 'right', query: string): () => void {
  const narrow = matchMedia(query);
  let folded: Partial<Pick<ReturnType<UiStore['getState']>, 'left' | 'right'>> | undefined;
  const follow = (): void => {
    if (narrow.matches) {
      const { [side]: panel } = ui.getState();
      folded = panel === undefined ? undefined : { [side]: panel };
      ui.show({ [side]: undefined });
    } else if (folded !== undefined) {
      // Unless it was opened by hand meanwhile.
      if (ui.getState()[side] === undefined) ui.show(folded);
      folded = undefined;
    }
  };
  follow();
  narrow.addEventListener('change', follow);
  return () => narrow.removeEventListener('change', follow);
}
