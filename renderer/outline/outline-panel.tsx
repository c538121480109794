/**
 * The graph as a tree that is read and edited by keyboard alone, an equal of the canvas. The row that
 * has the focus is what the editor has selected, so that the keys of the canvas mean the same here.
 */
import { Cable, ListPlus } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { PortRef } from '../../engine/graph/document.ts';
import { Picker, type PickerItem } from '../canvas/picker.tsx';
import type { NewNode } from '../document/editing.ts';
import { subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { focusInspector } from '../inspector/focus.ts';
import { tryToAdd } from '../palette/add-node.ts';
import { CATEGORIES } from '../palette/categories.ts';
import { searchNodeTypes } from '../palette/search.ts';
import { Button } from '../ui/buttons.tsx';
import { EmptyState } from '../ui/overlays.tsx';
import { useDocument, useEditor, useSettings, useWorkspace } from '../workspace/context.tsx';
import { type Candidate, addAfter, candidates } from './connections.ts';
import { Row } from './outline-row.tsx';
import { type NodeRow, type OutlineRow, type PortRow, outlineRows } from './outline-rows.ts';
import '../canvas/canvas.css';
import './outline.css';

/** Outlives the panel; by flat id. */
const outlineState = createStore<{ readonly open: ReadonlySet<string> }>(() => ({ open: new Set() }));
const setOpen = (flat: string, isOpen: boolean): void => outlineState.setState(({ open }) => {
  const next = new Set(open);
  if (isOpen) next.add(flat);
  else next.delete(flat);
  return { open: next };
});

type Asking = { readonly kind: 'add' } | { readonly kind: 'port'; readonly row: NodeRow } | { readonly kind: 'connect'; readonly port: PortRef; readonly side: 'input' | 'output' };

export function OutlinePanel() {
  const { t } = useTranslation('outline');
  const workspace = useWorkspace();
  const { editor, editing, ui } = workspace;
  const doc = useDeferredValue(useDocument((state) => state.doc));
  const open = useStore(outlineState, (state) => state.open);
  const rows = useMemo(() => outlineRows(doc, open), [doc, open]);
  const path = useEditor((state) => state.path);
  const focus = useEditor((state) => state.focus);
  const focusKey = focus === undefined ? undefined : [...path, focus].join('/');
  const [current, setCurrent] = useState<string>();
  const [asked, setAsked] = useState<{ readonly asking: Asking; readonly at: { readonly x: number; readonly y: number } }>();
  const asking = asked?.asking;
  const tree = useRef<HTMLDivElement>(null);
  /** Where the keyboard was, for when its row is deleted. */
  const lastIndex = useRef<number>(undefined);

  // A row below the selected node stays the stop; another selection, made on the canvas, moves it.
  const stop = (current !== undefined && (focusKey === undefined || current === focusKey || current.startsWith(`${focusKey} `)) && rows.some(({ key }) => key === current) ? current : undefined)
    ?? (rows.some(({ key }) => key === focusKey) ? focusKey : undefined) ?? rows[0]?.key;
  const focusRow = (key: string | undefined): void => {
    if (key !== undefined) tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
  };
  /** The row that the keyboard goes to once it is drawn: a node that was just added. */
  const coming = useRef<string>(undefined);
  useEffect(() => {
    const key = coming.current;
    const added = key === undefined ? null : tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    if (added) {
      coming.current = undefined;
      added.focus();
      return;
    }
    const index = lastIndex.current;
    if (index === undefined || asking !== undefined || document.activeElement !== document.body) return;
    const row = rows[Math.min(index, rows.length - 1)];
    tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row?.key ?? '')}"]`)?.focus();
  }, [rows, asking]);

  const onRowFocus = (row: OutlineRow, index: number): void => {
    lastIndex.current = index;
    setCurrent(row.key);
    const state = editor.getState();
    if (state.path.join('/') !== row.path.join('/')) editor.enter(row.path);
    if (state.focus === row.node && state.selection.nodes.size === 1) return;
    editor.selectNodes([row.node]);
    editor.requestReveal([row.node]);
  };

  /** Opens a list below the row that it is about. */
  const setAsking = (next: Asking): void => {
    const box = (tree.current?.querySelector(`[data-key="${CSS.escape(stop ?? '')}"]`) ?? tree.current)?.getBoundingClientRect();
    setAsked({ asking: next, at: { x: (box?.left ?? 0) + 24, y: (box?.bottom ?? 0) + 4 } });
  };

  const disconnect = (row: PortRow): void => {
    if (row.wires.length === 0) {
      ui.announce(t('nothingConnected', { port: row.port.name }));
      return;
    }
    editing.disconnect(row.wires.map(([edge]) => edge));
    ui.announce(t('disconnected', { port: `${nameAt(row.node)}.${row.port.name}`, ends: row.ends.join(t('comma')) }));
  };
  const nameAt = (id: string): string => subgraphAt(workspace.documents.getState().doc, editor.getState().path).nodes[id]?.label ?? id;

  const onKeyDown = (event: KeyboardEvent): void => {
    // Tab leaves the tree here; on the canvas it adds.
    if (event.key === 'Tab') event.stopPropagation();
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey || asking !== undefined) return;
    const at = rows.findIndex(({ key }) => key === stop);
    const row = rows[at];
    if (row === undefined) {
      if (event.key.toLowerCase() !== 'a') return;
      setAsking({ kind: 'add' });
    } else if (!onRowKey(event.key, row, at)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  /** False for a key that means nothing of its own here: it goes on to the commands. */
  const onRowKey = (key: string, row: OutlineRow, at: number): boolean => {
    const go = (to: number): true => {
      focusRow(rows[Math.min(Math.max(to, 0), rows.length - 1)]?.key);
      return true;
    };
    switch (key) {
      case 'ArrowDown': return go(at + 1);
      case 'ArrowUp': return go(at - 1);
      case 'Home': return go(0);
      case 'End': return go(rows.length - 1);
      case 'ArrowRight':
        if (row.kind !== 'node') return true;
        if (row.isOpen) return go(at + 1);
        setOpen(row.flat, true);
        return true;
      case 'ArrowLeft':
        if (row.kind === 'node' && row.isOpen) setOpen(row.flat, false);
        else if (row.level > 1) go(rows.findLastIndex((each, i) => i < at && each.level < row.level));
        return true;
      case 'Enter':
        if (row.kind === 'node') focusInspector(workspace);
        else if (row.kind === 'param') focusInspector(workspace, row.param);
        else setAsking({ kind: 'connect', port: { node: row.node, port: row.port.name }, side: row.kind });
        return true;
      case 'a':
      case 'A': setAsking({ kind: 'add' }); return true;
      case 'c':
      case 'C':
        setAsking(row.kind === 'input' || row.kind === 'output' ? { kind: 'connect', port: { node: row.node, port: row.port.name }, side: row.kind } : { kind: 'port', row: ownerOf(rows, row) });
        return true;
      case 'Delete':
      case 'Backspace':
        if (row.kind === 'node') return false;
        if (row.kind === 'param') editing.setParam(row.node, row.param, undefined);
        else disconnect(row);
        return true;
      default: return false;
    }
  };

  const close = (): void => {
    setAsked(undefined);
    focusRow(stop);
  };
  const onAdd = (node: NewNode, title: string): void => {
    const added = tryToAdd(workspace, node, addAfter);
    if (added === undefined) {
      ui.toast({ tone: 'warning', message: t('cannotAdd', { node: title }) });
      close();
      return;
    }
    const { id, wiredTo } = added;
    ui.announce(wiredTo === undefined ? t('added', { node: title, id }) : t('addedAfter', { node: title, id, to: nameAt(wiredTo) }));
    coming.current = [...editor.getState().path, id].join('/');
    setAsked(undefined);
    setCurrent(undefined);
  };
  const onConnect = (port: PortRef, side: 'input' | 'output', { ref, name, fit }: Candidate): void => {
    const own = `${nameAt(port.node)}.${port.port}`;
    const edge = side === 'input' ? editing.connect(ref, port) : editing.connect(port, ref);
    ui.announce(edge === undefined ? t('alreadyConnected') : t(fit.fits ? 'connected' : 'connectedMisfit', { from: side === 'input' ? name : own, to: side === 'input' ? own : name }));
    close();
  };
  return (
    <section className="outline-panel" aria-label={t('title')}>
      {rows.length === 0 ? (
        <EmptyState title={t('empty')}><p>{t('emptyMore')}</p><Button tone="primary" icon={ListPlus} onPress={() => setAsking({ kind: 'add' })}>{t('add')}</Button></EmptyState>
      ) : (
        <div ref={tree} role="tree" aria-label={t('title')} aria-describedby="outline-keys" tabIndex={-1} data-canvas-keys className="outline-tree" onKeyDown={onKeyDown}>
          {rows.map((row, i) => <Row key={row.key} row={row} isStop={row.key === stop} isSelected={row.kind === 'node' && row.key === focusKey} onFocus={() => onRowFocus(row, i)} onToggle={setOpen} />)}
        </div>
      )}
      <p id="outline-keys" className="outline-keys">{t('keys')}</p>
      {asked?.asking.kind === 'add' && <AddPicker at={asked.at} onTake={onAdd} onClose={close} />}
      {asked?.asking.kind === 'port' && <PortPicker row={asked.asking.row} at={asked.at} onTake={(port, side) => setAsking({ kind: 'connect', port, side })} onClose={close} />}
      {asking?.kind === 'connect' && asked !== undefined && <ConnectPicker port={asking.port} side={asking.side} at={asked.at} onTake={(candidate) => onConnect(asking.port, asking.side, candidate)} onClose={close} />}
    </section>
  );
}

/** The node that a row belongs to. */
const ownerOf = (rows: readonly OutlineRow[], row: OutlineRow): NodeRow => rows.find((each): each is NodeRow => each.kind === 'node' && each.node === row.node && each.path.join('/') === row.path.join('/')) ?? (row as NodeRow);

interface PickerPlace {
  readonly at: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
}
function AddPicker({ at, onTake, onClose }: PickerPlace & { readonly onTake: (node: NewNode, title: string) => void }) {
  const { t } = useTranslation('outline');
  const text = useText();
  const [query, setQuery] = useState('');
  const blocks = useDocument(({ doc }) => doc.blocks);
  const favourites = useSettings((state) => state.favourites);
  const items = useMemo(() => searchNodeTypes(query, { blocks, favourites, ready: true }).map((entry) => ({
    key: entry.key, node: entry.node, title: text(entry.title), note: entry.matched ?? text(CATEGORIES[entry.category].title), icon: CATEGORIES[entry.category].icon,
    iconColor: `var(--cat-${entry.category})`, summary: entry.summary === undefined ? undefined : text(entry.summary),
  })), [query, blocks, favourites, text]);
  return <Picker label={t('addWhat')} listLabel={t('nodes')} placeholder={t('addWhat')} icon={ListPlus} at={at} query={query} onQuery={setQuery} items={items} empty={t('noneFound')} onTake={({ node, title }) => onTake(node, title)} onClose={onClose} />;
}

function PortPicker({ row, at, onTake, onClose }: PickerPlace & { readonly row: NodeRow; readonly onTake: (port: PortRef, side: 'input' | 'output') => void }) {
  const { t } = useTranslation('outline');
  const text = useText();
  const [query, setQuery] = useState('');
  const ports = [...(row.what?.inputs ?? []).map((port) => ({ port, side: 'input' as const })), ...(row.what?.outputs ?? []).map((port) => ({ port, side: 'output' as const }))];
  const items = ports.map(({ port, side }) => ({ key: `${side} ${port.name}`, title: port.name, note: `${t(`side.${side}`)} · ${text(port.title)}`, ref: { node: row.node, port: port.name }, side })).filter(matches(query));
  const name = row.record.label ?? row.node;
  return <Picker label={t('whichPort', { node: name })} listLabel={t('ports')} placeholder={t('whichPort', { node: name })} icon={Cable} at={at} query={query} onQuery={setQuery} items={items} empty={t('noPort')} onTake={({ ref, side }) => onTake(ref, side)} onClose={onClose} />;
}

function ConnectPicker({ port, side, at, onTake, onClose }: PickerPlace & { readonly port: PortRef; readonly side: 'input' | 'output'; readonly onTake: (candidate: Candidate) => void }) {
  const { t } = useTranslation('outline');
  const text = useText();
  const [query, setQuery] = useState('');
  const doc = useDocument((state) => state.doc);
  const path = useEditor((state) => state.path);
  const all = useMemo(() => candidates(doc, path, port, side), [doc, path, port, side]);
  const items = all.map((candidate) => ({
    key: candidate.name, title: candidate.name, note: candidate.fit.fits ? (candidate.fit.replaces === undefined ? t('fits') : t('replaces')) : t('misfit'), candidate,
    summary: candidate.fit.fits ? undefined : text(candidate.fit.why),
  })).filter(matches(query));
  const label = t(side === 'input' ? 'whichSource' : 'whichTarget', { port: `${port.node}.${port.port}` });
  return <Picker label={label} listLabel={t('ports')} placeholder={label} icon={Cable} at={at} query={query} onQuery={setQuery} items={items} empty={t('noPort')} onTake={({ candidate }) => onTake(candidate)} onClose={onClose} />;
}
const matches = (query: string) => ({ title, note }: PickerItem): boolean => `${title} ${note}`.toLowerCase().includes(query.trim().toLowerCase());
