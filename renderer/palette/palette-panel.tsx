/**
 * All node types, to be searched, dragged onto the canvas, or added by key. A tree of one level, written
 * out by hand because its rows are also dragged as the platform drags things, which list components keep to themselves.
 */
import { ChevronRight, Plus, Star } from 'lucide-react';
import { type CSSProperties, type DragEvent, type KeyboardEvent, type MouseEvent, memo, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { textNow, useText } from '../i18n/i18n.ts';
import { SearchField } from '../ui/fields.tsx';
import { useDocument, useSettings, useWorkspace } from '../workspace/context.tsx';
import { tryToAdd } from './add-node.ts';
import { CATEGORIES, type ShownCategory } from './categories.ts';
import { type PaletteRow, type SectionId, paletteRows, toggled } from './palette-rows.ts';
import type { FoundEntry } from './search.ts';
import { startTouchDrag } from './touch-drag.ts';
import './palette.css';

/** What a dragged entry carries, as JSON of `NewNode`. */
const NODE_MIME = 'application/x-netloom-node';

/** Outlives the panel, so that switching to the outline and back changes nothing. */
const paletteState = createStore<{ readonly closed: ReadonlySet<SectionId> }>(() => ({ closed: new Set() }));
const setOpen = (section: SectionId, isOpen: boolean): void => paletteState.setState(({ closed }) => {
  const next = new Set(closed);
  if (isOpen) next.delete(section);
  else next.add(section);
  return { closed: next };
});

export function PalettePanel() {
  const { t } = useTranslation('palette');
  const text = useText();
  const workspace = useWorkspace();
  const [query, setQuery] = useState('');
  const [described, setDescribed] = useState<FoundEntry>();
  /** The row that Tab leads to. */
  const [current, setCurrent] = useState('');
  const tree = useRef<HTMLDivElement>(null);
  const closed = useStore(paletteState, (state) => state.closed);
  const blocks = useDocument((state) => state.doc.blocks);
  const favourites = useSettings((state) => state.favourites);
  const rows = useMemo(() => paletteRows({ query, blocks, favourites, closed }), [query, blocks, favourites, closed]);
  const stop = rows.some(({ key }) => key === current) ? current : rows[0]?.key;

  const actions = useMemo<RowActions>(() => ({
    add(entry) {
      const node = textNow(entry.title);
      const added = tryToAdd(workspace, entry.node);
      if (added === undefined) {
        workspace.ui.toast({ tone: 'warning', message: t('cannotAdd', { node }) });
        return;
      }
      const { wiredTo } = added;
      workspace.ui.announce(wiredTo === undefined ? t('added', { node }) : t('addedTo', { node, to: wiredTo }));
    },
    pin(entry) {
      const { favourites: before } = workspace.settings.getState();
      workspace.settings.set({ favourites: toggled(before, entry.node.type) });
      workspace.ui.announce(t(before.includes(entry.node.type) ? 'unpinned' : 'pinned', { node: textNow(entry.title) }));
    },
    toggle: (section) => setOpen(section, paletteState.getState().closed.has(section)),
    describe: setDescribed,
    focused: setCurrent,
  }), [workspace, t]);

  const focusRow = (row: PaletteRow | undefined): void => {
    if (row !== undefined) tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`)?.focus();
  };
  const onTreeKey = (event: KeyboardEvent): void => {
    const at = rows.findIndex(({ key }) => key === stop);
    const row = rows[at];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = destination(event.key, rows, at);
    if (move !== undefined) focusRow(rows[move]);
    else if (event.key === 'ArrowUp') panelSearch(tree.current)?.focus();
    else if (row.kind === 'section' && ((event.key === 'ArrowRight' && !row.isOpen) || (event.key === 'ArrowLeft' && row.isOpen) || event.key === 'Enter' || event.key === ' ')) actions.toggle(row.section);
    else if (row.kind === 'entry' && (event.key === 'Enter' || event.key === ' ')) actions.add(row.entry);
    else if (row.kind === 'entry' && event.key === '*' && row.entry.category !== 'block') actions.pin(row.entry);
    else if (event.key === 'Escape' && query !== '') {
      setQuery('');
      panelSearch(tree.current)?.focus();
    } else if (event.key.length === 1 && event.key.trim() !== '') {
      setQuery((typed) => typed + event.key);
      panelSearch(tree.current)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onTreeClick = ({ target }: MouseEvent): void => {
    const key = target instanceof Element ? target.closest<HTMLElement>('[data-key]')?.dataset['key'] : undefined;
    const row = rows.find((each) => each.key === key);
    if (row?.kind === 'section') actions.toggle(row.section);
  };
  const onSearchKey = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') focusRow(rows[0]);
    else if (event.key === 'Enter' && query.trim() !== '' && rows[0]?.kind === 'entry') actions.add(rows[0].entry);
    else return;
    event.preventDefault();
  };

  return (
    <section className="palette-panel" aria-label={t('title')}>
      <div className="palette-search">
        <SearchField label={t('search')} hideLabel placeholder={t('search')} value={query} onChange={setQuery} onKeyDown={onSearchKey} />
      </div>
      <div ref={tree} className="palette-tree" role="tree" aria-label={t('title')} tabIndex={-1} onKeyDown={onTreeKey} onClick={onTreeClick} onMouseLeave={() => setDescribed(undefined)}>
        {rows.map((row) => (row.kind === 'section'
          ? <Section key={row.key} row={row} isStop={row.key === stop} actions={actions} />
          : <Entry key={row.key} row={row} isStop={row.key === stop} isFavourite={favourites.includes(row.entry.node.type)} showMatch={query.trim() !== ''} actions={actions} />))}
      </div>
      {rows.length === 0 && <p className="palette-nothing">{t('nothing', { query: query.trim() })}</p>}
      <p className="visually-hidden" aria-live="polite">{query.trim() === '' ? '' : t('found', { count: rows.length })}</p>
      <div className="palette-about" id="palette-about">
        {described === undefined ? <p className="muted">{t('hint')}</p> : (
          <>
            <p className="palette-about-title">{text(described.title)} <span className="muted">{text(CATEGORIES[described.category].title)}</span></p>
            <p>{described.summary === undefined ? t('blockSummary') : text(described.summary)}</p>
            {described.source !== undefined && <p className="muted" lang="en">{described.source}</p>}
          </>
        )}
      </div>
    </section>
  );
}

const panelSearch = (tree: HTMLElement | null): HTMLInputElement | null => tree?.parentElement?.querySelector('input') ?? null;

/** The row that an arrow, Home or End leads to; undefined when the key means something else there. */
function destination(key: string, rows: readonly PaletteRow[], at: number): number | undefined {
  const row = rows[at];
  switch (key) {
    case 'ArrowDown': return Math.min(at + 1, rows.length - 1);
    case 'ArrowUp': return at === 0 ? undefined : at - 1;
    case 'Home': return 0;
    case 'End': return rows.length - 1;
    case 'ArrowRight': return row?.kind === 'section' && row.isOpen ? at + 1 : undefined;
    case 'ArrowLeft': return row?.kind === 'entry' && row.isInSection ? rows.findLastIndex((each, i) => i < at && each.kind === 'section') : undefined;
    default: return undefined;
  }
}

interface RowActions {
  readonly add: (entry: FoundEntry) => void;
  readonly pin: (entry: FoundEntry) => void;
  readonly toggle: (section: SectionId) => void;
  readonly describe: (entry: FoundEntry | undefined) => void;
  readonly focused: (key: string) => void;
}

const Section = memo(function Section({ row, isStop, actions }: { readonly row: Extract<PaletteRow, { kind: 'section' }>; readonly isStop: boolean; readonly actions: RowActions }) {
  const { t } = useTranslation('palette');
  const text = useText();
  const category = row.section === 'favourites' ? undefined : row.section;
  const Icon = category === undefined ? Star : CATEGORIES[category].icon;
  return (
    <div role="treeitem" aria-level={1} aria-expanded={row.isOpen} aria-selected={false} data-key={row.key} tabIndex={isStop ? 0 : -1} className="palette-section"
      style={category === undefined ? {} : colorOf(category)}
      onFocus={() => actions.focused(row.key)}>
      <ChevronRight size={14} aria-hidden className={row.isOpen ? 'palette-chevron palette-chevron-open' : 'palette-chevron'} />
      <Icon size={14} aria-hidden className="palette-section-icon" />
      <span className="palette-section-title">{row.title === undefined ? t('favourites') : text(row.title)}</span>
      <span className="palette-count numbers" aria-hidden>{row.count}</span>
    </div>
  );
});

interface EntryProps {
  readonly row: Extract<PaletteRow, { kind: 'entry' }>;
  readonly isStop: boolean;
  readonly isFavourite: boolean;
  readonly showMatch: boolean;
  readonly actions: RowActions;
}
const Entry = memo(function Entry({ row, isStop, isFavourite, showMatch, actions }: EntryProps) {
  const { t } = useTranslation('palette');
  const text = useText();
  const { entry } = row;
  const title = text(entry.title);
  const canPin = entry.category !== 'block';
  const pinLabel = t(isFavourite ? 'unpin' : 'pin', { node: title });
  const onDragStart = (event: DragEvent): void => {
    event.dataTransfer.setData(NODE_MIME, JSON.stringify(entry.node));
    event.dataTransfer.effectAllowed = 'copy';
  };
  return (
    <div role="treeitem" aria-level={row.isInSection ? 2 : 1} aria-posinset={row.position} aria-setsize={row.size} aria-selected={false} aria-label={title} aria-describedby="palette-about"
      data-key={row.key} data-node-type={entry.key} tabIndex={isStop ? 0 : -1} className="palette-entry" draggable
      style={colorOf(entry.category)}
      onPointerDown={(event) => startTouchDrag(event, title, entry.node)} onDragStart={onDragStart} onDoubleClick={() => actions.add(entry)} onMouseEnter={() => actions.describe(entry)}
      onFocus={() => {
        actions.focused(row.key);
        actions.describe(entry);
      }}>
      <span className="palette-dot" aria-hidden />
      <span className="palette-entry-title">{title}</span>
      {showMatch && entry.matched !== undefined && <span className="palette-matched">{entry.matched}</span>}
      {canPin && <button type="button" tabIndex={-1} className={isFavourite ? 'palette-action palette-pinned' : 'palette-action'} aria-pressed={isFavourite} aria-label={pinLabel} title={pinLabel} onClick={() => actions.pin(entry)} onDoubleClick={stopPropagation}><Star size={14} aria-hidden /></button>}
      <button type="button" tabIndex={-1} className="palette-action" aria-label={t('add', { node: title })} title={t('add', { node: title })} onClick={() => actions.add(entry)} onDoubleClick={stopPropagation}><Plus size={14} aria-hidden /></button>
    </div>
  );
});

const colorOf = (category: ShownCategory): CSSProperties => ({ '--palette-color': `var(--cat-${category})` }) as CSSProperties;
const stopPropagation = (event: { stopPropagation(): void }): void => event.stopPropagation();
