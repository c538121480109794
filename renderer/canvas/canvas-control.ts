/** What commands ask of the canvas's view: the part of it that only the mounted canvas can do. */
import type { NewNode, Point } from '../document/editing.ts';

export interface CanvasControl {
  /** The selection, or everything when nothing is selected. */
  fit(): void;
  zoomBy(factor: number): void;
  zoomTo(zoom: number): void;
  /** Adds a node where a finger has dropped it, in client coordinates; nothing happens beside the canvas. */
  drop(node: NewNode, at: Point): void;
  /** Gives the canvas the keyboard. */
  focus(): void;
}
let mounted: CanvasControl | undefined;

/** Undefined while no canvas is on the screen. */
export const canvasControl = (): CanvasControl | undefined => mounted;
/** Returns how to take it away again. */
export function mountCanvasControl(control: CanvasControl): () => void {
  mounted = control;
  return () => {
    if (mounted === control) mounted = undefined;
  };
}
