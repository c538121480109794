/** The window: bars, panels, canvas, and what lies over them. */
import { Suspense } from 'react';
import { Canvas } from '../canvas/canvas.tsx';
import { RunBar } from '../run/run-bar.tsx';
import { useUi } from '../workspace/context.tsx';
import { bottomPanels, leftPanels, rightPanels } from './panels.ts';

export function App() {
  const { left, right, bottom } = useUi((state) => state);
  const Left = left === undefined ? undefined : leftPanels[left].component;
  const Right = right === undefined ? undefined : rightPanels[right].component;
  const Bottom = bottom === undefined ? undefined : bottomPanels[bottom].component;
  return (
    <Suspense>
      <RunBar />
      {Left !== undefined && <Left />}
      <Canvas />
      {Right !== undefined && <Right />}
      {Bottom !== undefined && <Bottom />}
    </Suspense>
  );
}
