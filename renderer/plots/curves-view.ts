/** How one looks at the curves: axes, smoothing, the stretch that is shown, the place of the cursor. Kept while the panel is closed. */
import { createStore } from 'zustand/vanilla';
import type { Range, XAxis } from './curve-lines.ts';

export interface CurvesView {
  readonly xAxis: XAxis;
  readonly logarithmic: boolean;
  /** Share of the past, 0 to 0.999. */
  readonly smoothing: number;
  readonly learningRate: boolean;
  /** The stretch of x that is shown; undefined while the charts follow the run. */
  readonly range: Range | undefined;
  /** In the charts' x; undefined while nobody points at them. */
  readonly cursor: number | undefined;
}
export type CurvesViewStore = ReturnType<typeof createCurvesView>;

const STORAGE_KEY = 'netloom.curves';
const DEFAULT: CurvesView = { xAxis: 'step', logarithmic: false, smoothing: 0.9, learningRate: false, range: undefined, cursor: undefined };
/** Closer than this there is nothing to see, and numbers run out of digits. */
const LEAST_WIDTH = 1e-3;

export function createCurvesView(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  const store = createStore<CurvesView>(() => ({ ...DEFAULT, ...read(storage) }));
  const set = (part: Partial<CurvesView>): void => {
    store.setState(part);
    if ('range' in part || 'cursor' in part) return;
    const { xAxis, logarithmic, smoothing, learningRate } = store.getState();
    try {
      storage.setItem(STORAGE_KEY, JSON.stringify({ xAxis, logarithmic, smoothing, learningRate }));
    } catch {
      // Without storage it holds until the window closes.
    }
  };
  return {
    ...store,
    set,
    /** Another x means other numbers: the stretch and the cursor go. */
    setXAxis(xAxis: XAxis): void {
      store.setState({ range: undefined, cursor: undefined });
      set({ xAxis });
    },
    /** `factor` below 1 comes closer; `around` stays where it is. Seeing all of it again means following. */
    zoom(factor: number, around: number, full: Range): void {
      const { min, max } = store.getState().range ?? full;
      const width = Math.max((max - min) * factor, LEAST_WIDTH);
      if (width >= full.max - full.min) return set({ range: undefined });
      set({ range: within({ min: around - ((around - min) / (max - min)) * width, max: around + ((max - around) / (max - min)) * width }, full) });
    },
    pan(by: number, full: Range): void {
      const { range } = store.getState();
      // All of it is shown: there is nowhere to go.
      if (range !== undefined) set({ range: within({ min: range.min + by, max: range.max + by }, full) });
    },
    show(range: Range, full: Range): void {
      if (range.max - range.min >= LEAST_WIDTH) set({ range: within(range, full) });
    },
    follow: (): void => set({ range: undefined }),
  };
}

/** The same width, moved so that it does not leave what there is. */
export function within({ min, max }: Range, full: Range): Range {
  const width = Math.min(max - min, full.max - full.min);
  const start = Math.min(Math.max(min, full.min), full.max - width);
  return { min: start, max: start + width };
}

function read(storage: Pick<Storage, 'getItem'>): Partial<CurvesView> {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const { xAxis, logarithmic, smoothing, learningRate } = value as Record<string, unknown>;
    return {
      ...(xAxis === 'step' || xAxis === 'epoch' ? { xAxis } : {}), ...(typeof logarithmic === 'boolean' ? { logarithmic } : {}),
      ...(typeof smoothing === 'number' && smoothing >= 0 && smoothing < 1 ? { smoothing } : {}), ...(typeof learningRate === 'boolean' ? { learningRate } : {}),
    };
  } catch {
    return {};
  }
}

let view: CurvesViewStore | undefined;
/** The window's only one. */
export const curvesView = (): CurvesViewStore => (view ??= createCurvesView(localStorage));
