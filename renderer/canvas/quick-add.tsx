/** The search for a new node, at the pointer: a waiting wire filters it to what fits, and is connected to what is chosen. */
import { useReactFlow } from '@xyflow/react';
import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { mayAdd } from '../document/edits/nodes.ts';
import { nodeKind } from '../document/node-kind.ts';
import { blockAt, subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { addNode } from '../palette/add-node.ts';
import { categoryLook } from '../palette/categories.ts';
import { type FoundEntry, searchNodeTypes } from '../palette/search.ts';
import { useWorkspace } from '../workspace/context.tsx';
import { canvasControl } from './canvas-control.ts';
import { factsOf } from './facts.ts';
import { GRID, NODE_WIDTH, PORT_ROW, TITLE_HEIGHT } from './geometry.ts';
import { Picker, type PickerItem } from './picker.tsx';
import { type QuickAddState, quickAdd } from './quick-add-store.ts';
import { fitsNewNode } from './wire-fits.ts';
import { wiring } from './wiring-store.ts';

export function QuickAdd() {
  const state = useStore(quickAdd);
  return state.isOpen ? <OpenQuickAdd key={`${String(state.at?.x)} ${String(state.at?.y)}`} {...state} /> : null;
}

interface NodeItem extends PickerItem {
  readonly entry: FoundEntry;
}

function OpenQuickAdd({ at, wire }: QuickAddState) {
  const workspace = useWorkspace();
  const { documents, editor, editing, settings, ui } = workspace;
  const { t } = useTranslation('canvas');
  const text = useText();
  const { screenToFlowPosition } = useReactFlow();
  const [query, setQuery] = useState('');

  // The document cannot change while the search is open.
  const fits = useMemo(() => {
    const { doc } = documents.getState();
    const { path } = editor.getState();
    const into = blockAt(doc, path);
    const record = wire === undefined ? undefined : subgraphAt(doc, path).nodes[wire.port.node];
    const view = record === undefined ? undefined : nodeKind(doc, record);
    const port = wire === undefined ? undefined : (wire.side === 'output' ? view?.outputs : view?.inputs)?.find(({ name }) => name === wire.port.port);
    const type = wire?.side === 'output' ? factsOf(workspace).getState().byNode.get(wire.port.node)?.outputs[wire.port.port] : undefined;
    return (node: FoundEntry['node']): boolean => mayAdd(doc, into, node) && (wire === undefined || port === undefined || fitsNewNode(doc, node, port.kind, wire.side, type));
  }, [workspace, documents, editor, wire]);
  const items = useMemo(() => searchNodeTypes(query, { blocks: documents.getState().doc.blocks, favourites: settings.getState().favourites, ready: true, fits }).map((entry): NodeItem => {
    const { icon, title } = categoryLook(entry.category);
    return { key: entry.key, title: text(entry.title), note: entry.matched ?? text(title), icon, iconColor: `var(--cat-${entry.category})`, summary: entry.summary === undefined ? '' : text(entry.summary), entry };
  }), [query, documents, settings, fits, text]);

  const close = (): void => {
    quickAdd.close();
    wiring.set({ ghost: undefined });
    canvasControl()?.focus();
  };
  const add = ({ entry: { node }, title }: NodeItem): void => {
    if (at === undefined && wire === undefined) {
      addNode(workspace, node);
    } else {
      const point = screenToFlowPosition(at ?? { x: 0, y: 0 }, { snapToGrid: false });
      // A wire ends where it was dropped: at the new node's first port.
      const x = wire === undefined ? point.x - NODE_WIDTH / 2 : wire.side === 'output' ? point.x : point.x - NODE_WIDTH;
      const y = wire === undefined ? point.y - TITLE_HEIGHT / 2 : point.y - TITLE_HEIGHT - PORT_ROW / 2;
      const grid = settings.getState().snapToGrid ? GRID : 1;
      editing.addNode(node, { x: Math.round(x / grid) * grid, y: Math.round(y / grid) * grid }, wire === undefined ? {} : { wire });
    }
    ui.announce(t('added', { title }));
    close();
  };
  return (
    <Picker
      label={t('quickAdd')} listLabel={t('quickAddResults')} placeholder={wire === undefined ? t('quickAddPlaceholder') : t('quickAddFitting')} icon={Search} at={at}
      query={query} onQuery={setQuery} items={items} empty={wire === undefined ? t('nothingFound', { query }) : t('nothingFits', { query })} onTake={add} onClose={close}
    />
  );
}
