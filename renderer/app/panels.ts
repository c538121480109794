/** The window's panels: where each stands, what it is called (`app:panel.<id>`) and the code behind it, loaded when it is first shown. */
import { Activity, BarChart3, BookOpen, ChartScatter, Grid3x3, Images, LayoutGrid, LineChart, ListTree, type LucideIcon, Pencil, PenLine, ScrollText, SlidersHorizontal, Sparkles, Spline, TriangleAlert } from 'lucide-react';
import { type ComponentType, type ReactNode, lazy } from 'react';
import { InspectorPanel } from '../inspector/inspector-panel.tsx';
import { PalettePanel } from '../palette/palette-panel.tsx';
import type { BottomPanel, LeftPanel, RightPanel } from './ui-store.ts';

export interface Panel {
  readonly icon: LucideIcon;
  readonly component: ComponentType;
}
const lazyPanel = <K extends string>(load: () => Promise<Readonly<Record<K, () => ReactNode>>>, name: K): ComponentType => lazy<() => ReactNode>(async () => ({ default: (await load())[name] }));

export const leftPanels: Readonly<Record<LeftPanel, Panel>> = {
  palette: { icon: LayoutGrid, component: PalettePanel },
  outline: { icon: ListTree, component: lazyPanel(() => import('../outline/outline-panel.tsx'), 'OutlinePanel') },
};
export const rightPanels: Readonly<Record<RightPanel, Panel>> = {
  inspector: { icon: SlidersHorizontal, component: InspectorPanel },
  docs: { icon: BookOpen, component: lazyPanel(() => import('../docs/docs-panel.tsx'), 'DocsPanel') },
};
export const bottomPanels: Readonly<Record<BottomPanel, Panel>> = {
  curves: { icon: LineChart, component: lazyPanel(() => import('../plots/curves-panel.tsx'), 'CurvesPanel') },
  test: { icon: Pencil, component: lazyPanel(() => import('../inspect/test-panel.tsx'), 'TestPanel') },
  confusion: { icon: Grid3x3, component: lazyPanel(() => import('../inspect/confusion-panel.tsx'), 'ConfusionPanel') },
  samples: { icon: Images, component: lazyPanel(() => import('../inspect/samples-panel.tsx'), 'SamplesPanel') },
  histograms: { icon: BarChart3, component: lazyPanel(() => import('../inspect/histograms-panel.tsx'), 'HistogramsPanel') },
  features: { icon: Activity, component: lazyPanel(() => import('../inspect/features-panel.tsx'), 'FeaturesPanel') },
  boundary: { icon: ChartScatter, component: lazyPanel(() => import('../inspect/boundary-panel.tsx'), 'BoundaryPanel') },
  fit: { icon: Spline, component: lazyPanel(() => import('../inspect/fit-panel.tsx'), 'FitPanel') },
  generated: { icon: Sparkles, component: lazyPanel(() => import('../inspect/generated-panel.tsx'), 'GeneratedPanel') },
  writing: { icon: PenLine, component: lazyPanel(() => import('../inspect/writing-panel.tsx'), 'WritingPanel') },
  problems: { icon: TriangleAlert, component: lazyPanel(() => import('../problems/problems-panel.tsx'), 'ProblemsPanel') },
  log: { icon: ScrollText, component: lazyPanel(() => import('../run/log-panel.tsx'), 'LogPanel') },
};
