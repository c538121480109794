/** What the palette lists, as flat rows: sections with their entries, or what a search has found. */
import type { BlockDef, BlockId } from '../../engine/graph/document.ts';
import type { Text } from '../../engine/nodes/node-type.ts';
import { CATEGORIES, type ShownCategory } from './categories.ts';
import { type FoundEntry, searchNodeTypes } from './search.ts';

export type SectionId = ShownCategory | 'favourites';
export type PaletteRow =
  | { readonly kind: 'section'; readonly key: string; readonly section: SectionId; readonly title: Text | undefined; readonly count: number; readonly isOpen: boolean }
  | { readonly kind: 'entry'; readonly key: string; readonly entry: FoundEntry; readonly position: number; readonly size: number; readonly isInSection: boolean };

export interface PaletteOptions {
  readonly query: string;
  readonly blocks: Readonly<Record<BlockId, BlockDef>> | undefined;
  readonly favourites: readonly string[];
  readonly closed: ReadonlySet<SectionId>;
}

export function paletteRows({ query, blocks, favourites, closed }: PaletteOptions): readonly PaletteRow[] {
  const found = searchNodeTypes(query, { blocks, favourites, ready: true });
  if (query.trim() !== '') return entryRows('found', found, false);
  const section = (id: SectionId, title: Text | undefined, entries: readonly FoundEntry[]): PaletteRow[] => {
    if (entries.length === 0) return [];
    const isOpen = !closed.has(id);
    return [{ kind: 'section', key: `section:${id}`, section: id, title, count: entries.length, isOpen }, ...(isOpen ? entryRows(id, entries, true) : [])];
  };
  // In the registry's order; the search puts favourites first, which they are already as a section.
  const plain = searchNodeTypes('', { blocks, ready: true });
  return [
    ...section('favourites', undefined, found.filter(({ isFavourite }) => isFavourite)),
    ...(Object.keys(CATEGORIES) as ShownCategory[]).flatMap((category) => section(category, CATEGORIES[category].title, plain.filter((entry) => entry.category === category))),
  ];
}

const entryRows = (where: string, entries: readonly FoundEntry[], isInSection: boolean): PaletteRow[] =>
  entries.map((entry, i) => ({ kind: 'entry', key: `${where}:${entry.key}`, entry, position: i + 1, size: entries.length, isInSection }));

/** Pinned types keep the order in which they were pinned. */
export const toggled = (favourites: readonly string[], type: string): readonly string[] => (favourites.includes(type) ? favourites.filter((each) => each !== type) : [...favourites, type]);
