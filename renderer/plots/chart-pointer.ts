/**
 * Pointers and keys on a chart. Mouse: drag marks a stretch to zoom into, with Shift or the middle button
 * it moves along, the wheel comes closer, a double-click shows all. Touch: one finger moves, two zoom.
 */
import type { CurveChart } from './curve-chart.ts';
import type { Range } from './curve-lines.ts';
import type { CurvesViewStore } from './curves-view.ts';

/** Less is a click. */
const LEAST_DRAG = 4;
const WHEEL_SPEED = 0.0015;
const KEY_ZOOM = 0.7;

export interface ChartActions {
  readonly view: CurvesViewStore;
  /** All that there is. */
  readonly full: () => Range;
  /** The next or previous place with a value, from `at`. */
  readonly neighbour: (at: number, steps: number) => number;
  /** A key has moved the cursor: say what is there. */
  readonly say: () => void;
}

/** Returns how to stop. `focus` hears the keys, the chart's area the pointers. */
export function attachPointer(chart: CurveChart, focus: HTMLElement, { view, full, neighbour, say }: ChartActions): () => void {
  const { area } = chart;
  // What hears keys must be reachable by them.
  focus.tabIndex = 0;
  const stop = new AbortController();
  const { signal } = stop;
  const pointers = new Map<number, number>();
  let gesture: { readonly kind: 'zoom' | 'pan'; readonly startX: number; last: number } | undefined;
  let spread = 0;

  const shown = (): Range => view.getState().range ?? full();
  const perPixel = (): number => (shown().max - shown().min) / Math.max(1, area.getBoundingClientRect().width);
  const pinch = (): { readonly spread: number; readonly middle: number } => {
    const [a = 0, b = 0] = [...pointers.values()];
    return { spread: Math.max(8, Math.abs(a - b)), middle: (a + b) / 2 };
  };

  area.addEventListener('pointerdown', (event) => {
    if (event.button === 2) return;
    event.preventDefault();
    focus.focus({ preventScroll: true });
    area.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 2) spread = pinch().spread;
    const pans = event.pointerType === 'touch' || event.button === 1 || event.shiftKey;
    gesture = { kind: pans ? 'pan' : 'zoom', startX: event.clientX, last: event.clientX };
  }, { signal });
  area.addEventListener('pointermove', (event) => {
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 2) {
      const now = pinch();
      view.zoom(spread / now.spread, chart.xAt(now.middle), full());
      spread = now.spread;
      return;
    }
    if (gesture?.kind === 'pan') {
      const { min } = shown();
      view.pan((gesture.last - event.clientX) * perPixel(), full());
      gesture.last = event.clientX;
      // The curve goes along with the pointer: what is under it stays, and so does what the legend says of it.
      if (shown().min !== min && view.getState().cursor !== undefined) return;
    } else if (gesture !== undefined) {
      chart.select(Math.abs(event.clientX - gesture.startX) < LEAST_DRAG ? undefined : between(chart.xAt(gesture.startX), chart.xAt(event.clientX)));
    }
    view.set({ cursor: chart.xAt(event.clientX) });
  }, { signal });
  const end = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    const done = gesture;
    gesture = undefined;
    chart.select(undefined);
    if (event.type === 'pointerup' && done?.kind === 'zoom' && Math.abs(event.clientX - done.startX) >= LEAST_DRAG) view.show(between(chart.xAt(done.startX), chart.xAt(event.clientX)), full());
  };
  area.addEventListener('pointerup', end, { signal });
  area.addEventListener('pointercancel', end, { signal });
  area.addEventListener('pointerleave', () => {
    if (gesture === undefined) view.set({ cursor: undefined });
  }, { signal });
  area.addEventListener('dblclick', () => view.follow(), { signal });
  area.addEventListener('wheel', (event) => {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX || event.deltaY) * unit * perPixel(), full());
    else view.zoom(Math.exp(event.deltaY * unit * WHEEL_SPEED), chart.xAt(event.clientX), full());
  }, { signal, passive: false });

  focus.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const range = shown();
    const cursor = view.getState().cursor;
    const middle = cursor !== undefined && cursor >= range.min && cursor <= range.max ? cursor : (range.min + range.max) / 2;
    const move = (steps: number): void => {
      const next = neighbour(cursor ?? (steps > 0 ? range.min : range.max), steps);
      view.set({ cursor: next });
      // The cursor takes the shown stretch along.
      if (next < range.min || next > range.max) view.pan(next - middle, full());
      say();
    };
    const width = range.max - range.min;
    switch (event.key) {
      case 'ArrowLeft': move(event.shiftKey ? -10 : -1); break;
      case 'ArrowRight': move(event.shiftKey ? 10 : 1); break;
      case 'Home': view.set({ cursor: neighbour(full().min, 0) }); view.pan(-full().max, full()); say(); break;
      case 'End': view.set({ cursor: neighbour(full().max, 0) }); view.pan(full().max, full()); say(); break;
      case 'PageUp': view.pan(-width * 0.8, full()); break;
      case 'PageDown': view.pan(width * 0.8, full()); break;
      case '+': case '=': view.zoom(KEY_ZOOM, middle, full()); break;
      case '-': view.zoom(1 / KEY_ZOOM, middle, full()); break;
      case '0': view.follow(); break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  }, { signal });
  return () => stop.abort();
}

const between = (a: number, b: number): Range => ({ min: Math.min(a, b), max: Math.max(a, b) });
