/** How wide and high the panes around the canvas are, in pixels, kept in this browser or profile. */
export interface PaneSizes {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}
const DEFAULT_SIZES: PaneSizes = { left: 240, right: 304, bottom: 264 };
const STORAGE_KEY = 'netloom.panes';

export function readPaneSizes(storage: Pick<Storage, 'getItem'>): PaneSizes {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');
    const size = (name: keyof PaneSizes): number => {
      const kept = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
      return typeof kept === 'number' && kept >= 80 && kept <= 4000 ? kept : DEFAULT_SIZES[name];
    };
    return { left: size('left'), right: size('right'), bottom: size('bottom') };
  } catch {
    return DEFAULT_SIZES;
  }
}

export function writePaneSizes(storage: Pick<Storage, 'setItem'>, sizes: PaneSizes): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify(sizes));
  } catch {
    // A full or forbidden storage: the sizes hold until the window closes.
  }
}
