/** How wide and high the panes around the canvas are, in pixels, kept in this browser or profile. */
export type PaneName = 'left' | 'right' | 'bottom';

const DEFAULT_SIZES: Readonly<Record<PaneName, number>> = { left: 240, right: 304, bottom: 264 };
const STORAGE_KEY = 'netloom.panes';

/** Sizes change with every pointer move of a drag, so they are no state: written down while it goes on, kept when it ends. */
export function createPaneMemory(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  const sizes = { ...DEFAULT_SIZES, ...read(storage) };
  return {
    sizeOf: (pane: PaneName): number => sizes[pane],
    noteSize: (pane: PaneName, pixels: number): void => {
      if (isSensible(pixels)) sizes[pane] = Math.round(pixels);
    },
    keep: (): void => {
      try {
        storage.setItem(STORAGE_KEY, JSON.stringify(sizes));
      } catch {
        // A full or forbidden storage: the sizes hold until the window closes.
      }
    },
  };
}

const isSensible = (pixels: unknown): pixels is number => typeof pixels === 'number' && pixels >= 80 && pixels <= 4000;

function read(storage: Pick<Storage, 'getItem'>): Partial<Record<PaneName, number>> {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');
    return Object.fromEntries(Object.entries(value ?? {}).filter(([name, pixels]) => name in DEFAULT_SIZES && isSensible(pixels)));
  } catch {
    return {};
  }
}
