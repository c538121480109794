/**
 * Dragging an entry of the palette with a finger, which browsers do not offer as drag and drop: sideways
 * begins a drag, up and down scrolls the list (`touch-action: pan-y`).
 */
import type { PointerEvent } from 'react';
import { canvasControl } from '../canvas/canvas-control.ts';
import type { NewNode } from '../document/editing.ts';

/** A finger that moves less has tapped: px. */
const SLACK = 8;

export function startTouchDrag(event: PointerEvent<HTMLElement>, title: string, node: NewNode): void {
  if (event.pointerType !== 'touch' || !event.isPrimary) return;
  const { pointerId, clientX, clientY } = event;
  const entry: HTMLElement = event.currentTarget;
  const over = new AbortController();
  let ghost: HTMLElement | undefined;
  const end = (): void => {
    over.abort();
    ghost?.remove();
  };
  const on = (type: 'pointermove' | 'pointerup' | 'pointercancel', listener: (event: globalThis.PointerEvent) => void): void =>
    entry.addEventListener(type, (each) => { if (each.pointerId === pointerId) listener(each); }, { signal: over.signal });
  on('pointermove', ({ clientX: x, clientY: y }) => {
    if (ghost === undefined) {
      if (Math.hypot(x - clientX, y - clientY) < SLACK) return;
      ghost = document.createElement('div');
      ghost.className = 'palette-ghost';
      ghost.textContent = title;
      ghost.style.setProperty('--palette-color', getComputedStyle(entry).getPropertyValue('--palette-color'));
      document.body.append(ghost);
    }
    ghost.style.transform = `translate(${x}px, ${y}px)`;
  });
  on('pointerup', ({ clientX: x, clientY: y }) => {
    const isDragged = ghost !== undefined;
    end();
    if (isDragged) canvasControl()?.drop(node, { x, y });
  });
  on('pointercancel', end);
}
