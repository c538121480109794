/** How one looks at the canvas, and wires drawn by keyboard. */
import { Cable, Map as MapIcon, Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { canvasControl } from '../canvas/canvas-control.ts';
import { wiring } from '../canvas/wiring-store.ts';
import type { Command } from './command.ts';

export const canvasCommands: readonly Command[] = [
  { id: 'edit.wire', group: 'edit', icon: Cable, keys: ['C'], scope: 'canvas', isEnabled: ({ editor }) => editor.getState().focus !== undefined, run: ({ editor }) => wiring.set({ keyboardFrom: editor.getState().focus }) },
  { id: 'view.fit', group: 'view', icon: Maximize, keys: ['.'], scope: 'canvas', run: () => canvasControl()?.fit() },
  { id: 'view.zoom-in', group: 'view', icon: ZoomIn, keys: ['+', '='], scope: 'canvas', run: () => canvasControl()?.zoomBy(1.25) },
  { id: 'view.zoom-out', group: 'view', icon: ZoomOut, keys: ['-'], scope: 'canvas', run: () => canvasControl()?.zoomBy(0.8) },
  { id: 'view.zoom-actual', group: 'view', keys: ['0'], scope: 'canvas', run: () => canvasControl()?.zoomTo(1) },
  { id: 'view.minimap', group: 'view', icon: MapIcon, scope: 'global', isOn: ({ settings }) => settings.getState().minimap, run: ({ settings }) => settings.set({ minimap: !settings.getState().minimap }) },
];
