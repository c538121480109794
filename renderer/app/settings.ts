/** What the user prefers, kept in this browser or profile. Anything unreadable counts as not set. */
import { createStore } from 'zustand/vanilla';
import type { BackendName } from '../../engine/protocol.ts';

export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  readonly language: 'system' | 'en' | 'zh-CN';
  readonly backend: BackendName;
  /** CPU threads; undefined for all. */
  readonly threads: number | undefined;
  /** On a GPU that can: activations in half precision. */
  readonly halfPrecision: boolean;
  readonly snapToGrid: boolean;
  readonly minimap: boolean;
  /** Node types that are pinned to the palette's top. */
  readonly favourites: readonly string[];
  readonly tourDone: boolean;
  readonly notifications: boolean;
}
export type SettingsStore = ReturnType<typeof createSettingsStore>;

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system', language: 'system', backend: 'auto', threads: undefined, halfPrecision: false, snapToGrid: true, minimap: true,
  favourites: ['Dense', 'Conv2D', 'ReLU', 'MaxPool2D', 'Flatten', 'CrossEntropy', 'Adam'], tourDone: false, notifications: true,
};
const STORAGE_KEY = 'netloom.settings';

export function createSettingsStore(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  const store = createStore<Settings>(() => ({ ...DEFAULT_SETTINGS, ...read(storage) }));
  store.subscribe((settings) => {
    try {
      storage.setItem(STORAGE_KEY, JSON.stringify(settings));
    } catch {
      // A full or forbidden storage: the settings hold until the window closes.
    }
  });
  return { ...store, set: (part: Partial<Settings>): void => store.setState(part) };
}

function read(storage: Pick<Storage, 'getItem'>): Partial<Settings> {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORAGE_KEY) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    // A setting of another type than today's is another version's: the default holds.
    return Object.fromEntries(Object.entries(value).filter(([name, each]) => {
      if (name === 'threads') return typeof each === 'number';
      const known: unknown = (DEFAULT_SETTINGS as unknown as Record<string, unknown>)[name];
      return known !== undefined && typeof known === typeof each && Array.isArray(known) === Array.isArray(each);
    }));
  } catch {
    return {};
  }
}
