/** The window: bars, panels and the canvas, and what lies over them. */
import { useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Group, Panel as Pane, Separator } from 'react-resizable-panels';
import { Canvas } from '../canvas/canvas.tsx';
import { useUi, useWorkspace } from '../workspace/context.tsx';
import { Dialogs } from './dialogs/dialogs.tsx';
import { useNarrowBars } from './narrow.ts';
import { createPaneMemory } from './pane-sizes.ts';
import { PanelBoundary } from './panel-boundary.tsx';
import { BottomDock, LeftBar, RightBar } from './panes.tsx';
import { StatusBar } from './status-bar.tsx';
import { Toasts } from './toasts.tsx';
import { TopBar } from './top-bar.tsx';
import { Tour } from './tour.tsx';
import './app.css';

export function App() {
  const { t, i18n } = useTranslation('app');
  const left = useUi((state) => state.left !== undefined);
  const right = useUi((state) => state.right !== undefined);
  const bottom = useUi((state) => state.bottom !== undefined);
  useNarrowBars(useWorkspace().ui);
  const [memory] = useState(() => createPaneMemory(localStorage));
  return (
    <I18nProvider locale={i18n.language}>
      <div className="app">
        <TopBar />
        <div className="app-body">
          {!left && <nav data-region aria-label={t('region.left')}><LeftBar /></nav>}
          <Group className="app-columns" onLayoutChanged={memory.keep}>
            {left && <Pane id="left" className="app-pane-box" defaultSize={memory.sizeOf('left')} minSize={180} maxSize="40%" groupResizeBehavior="preserve-pixel-size" onResize={({ inPixels }) => memory.noteSize('left', inPixels)}><nav className="app-region" data-region aria-label={t('region.left')}><LeftBar /></nav></Pane>}
            {left && <Separator className="app-splitter" aria-label={t('resize.left')} />}
            <Pane id="center" minSize={280}>
              <Group orientation="vertical" onLayoutChanged={memory.keep}>
                <Pane id="canvas" minSize={120}><main className="app-region app-canvas" data-region aria-label={t('region.canvas')}><PanelBoundary name={t('region.canvas')}><Canvas /></PanelBoundary></main></Pane>
                {bottom && <Separator className="app-splitter app-splitter-rows" aria-label={t('resize.bottom')} />}
                {bottom && <Pane id="bottom" className="app-pane-box" defaultSize={memory.sizeOf('bottom')} minSize={120} maxSize="75%" groupResizeBehavior="preserve-pixel-size" onResize={({ inPixels }) => memory.noteSize('bottom', inPixels)}><section className="app-region" data-region data-dock aria-label={t('region.bottom')}><BottomDock /></section></Pane>}
              </Group>
            </Pane>
            {right && <Separator className="app-splitter" aria-label={t('resize.right')} />}
            {right && <Pane id="right" className="app-pane-box" defaultSize={memory.sizeOf('right')} minSize={220} maxSize="45%" groupResizeBehavior="preserve-pixel-size" onResize={({ inPixels }) => memory.noteSize('right', inPixels)}><aside className="app-region" data-region aria-label={t('region.right')}><RightBar /></aside></Pane>}
          </Group>
          {!right && <aside data-region aria-label={t('region.right')}><RightBar /></aside>}
        </div>
        {!bottom && <section data-region data-dock aria-label={t('region.bottom')}><BottomDock /></section>}
        <StatusBar />
        <Toasts />
        <Dialogs />
        <Tour />
      </div>
    </I18nProvider>
  );
}
