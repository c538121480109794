/** The theme's colours for what is drawn on canvases and into files, which know no CSS variables. */
import { useSyncExternalStore } from 'react';

export interface PlotColors {
  readonly background: string;
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
  readonly accent: string;
  readonly runs: readonly string[];
  readonly font: string;
}

export function plotColors(runs: number): PlotColors {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string): string => style.getPropertyValue(name).trim();
  return {
    background: get('--surface'), text: get('--text'), quiet: get('--text-2'), grid: get('--border'), accent: get('--accent'), font: get('--font'),
    runs: Array.from({ length: runs }, (_, i) => get(`--run-${i}`)),
  };
}

/** What a canvas is painted with is not CSS: it has to be painted anew. */
export const useTheme = (): string => useSyncExternalStore(onThemeChange, () => document.documentElement.dataset['theme'] ?? '');

/** Calls when the theme has changed; returns how to stop. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}
