/** The canvas: the graph (or the inside of a block) as nodes and wires, and what floats over it. */
import { ReactFlowProvider } from '@xyflow/react';
import { ChevronRight, Maximize, Minus, Plus } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { shownKeys } from '../commands/access.ts';
import type { Point } from '../document/editing.ts';
import { subgraphAt } from '../document/scope.ts';
import { useText } from '../i18n/i18n.ts';
import { historyOf } from '../inspect/distribution-history.ts';
import { Button, IconButton } from '../ui/buttons.tsx';
import { useDocument, useEditor, useWorkspace } from '../workspace/context.tsx';
import { nodeKind } from '../document/node-kind.ts';
import { canvasControl } from './canvas-control.ts';
import { ContextMenu, type MenuTarget } from './context-menu.tsx';
import { GraphView } from './graph-view.tsx';
import { KeyboardWire } from './keyboard-wire.tsx';
import { MisfitHint, MisfitMenu } from './misfit.tsx';
import { QuickAdd } from './quick-add.tsx';
import { quickAdd } from './quick-add-store.ts';
import '@xyflow/react/dist/style.css';
import './canvas.css';
import './nodes.css';

export function Canvas() {
  const [menu, setMenu] = useState<{ readonly target: MenuTarget; readonly at: Point }>();
  const onMenu = useCallback((target: MenuTarget, at: Point): void => setMenu({ target, at }), []);
  const workspace = useWorkspace();
  // What the nodes' pictures ask for is kept from the first one on, not only from when the histograms are opened.
  useEffect(() => void historyOf(workspace), [workspace]);
  return (
    <ReactFlowProvider>
      <div className="canvas-frame-of-all">
        <GraphView onMenu={onMenu} />
        <EmptyHint />
        <Breadcrumb />
        <Controls />
        <QuickAdd />
        <KeyboardWire />
        <MisfitHint />
        <MisfitMenu />
        {menu !== undefined && <ContextMenu {...menu} onClose={() => setMenu(undefined)} />}
      </div>
    </ReactFlowProvider>
  );
}

/** Where one is: the document, and the blocks that were entered. */
function Breadcrumb() {
  const { editor } = useWorkspace();
  const { t } = useTranslation('canvas');
  const text = useText();
  const path = useEditor((state) => state.path);
  const doc = useDocument((state) => state.doc);
  if (path.length === 0) return null;
  /** The block that one comes out of is selected, and the keyboard is on the canvas again. */
  const leaveTo = (depth: number): void => {
    const left = path[depth];
    editor.enter(path.slice(0, depth));
    if (left !== undefined) editor.selectNodes([left]);
    canvasControl()?.focus();
  };
  const names = path.map((id, i) => {
    const record = subgraphAt(doc, path.slice(0, i)).nodes[id];
    const kind = record === undefined ? undefined : nodeKind(doc, record);
    return record?.label ?? (kind === undefined ? id : text(kind.title));
  });
  return (
    <nav className="canvas-breadcrumb" aria-label={t('breadcrumb')}>
      <AriaButton className="canvas-crumb" onPress={() => leaveTo(0)}>{t('wholeGraph')}</AriaButton>
      {names.map((name, i) => (
        <span key={path.slice(0, i + 1).join('/')} className="canvas-crumb-step">
          <ChevronRight size={14} aria-hidden />
          {i === names.length - 1 ? <span className="canvas-crumb is-here" aria-current="location">{name}</span> : <AriaButton className="canvas-crumb" onPress={() => leaveTo(i + 1)}>{name}</AriaButton>}
        </span>
      ))}
    </nav>
  );
}

function Controls() {
  const workspace = useWorkspace();
  const { t } = useTranslation('canvas');
  const keys = (id: string): { keys?: string } => {
    const shown = shownKeys(workspace, id);
    return shown === undefined ? {} : { keys: shown };
  };
  return (
    <div className="canvas-controls" role="toolbar" aria-label={t('controls')} aria-orientation="vertical">
      <IconButton icon={Plus} tone="primary" label={t('addNode')} {...keys('add.node')} onPress={() => quickAdd.open()} />
      <div className="canvas-zoom">
        <IconButton icon={Plus} label={t('zoomIn')} {...keys('view.zoom-in')} onPress={() => canvasControl()?.zoomBy(1.25)} />
        <IconButton icon={Minus} label={t('zoomOut')} {...keys('view.zoom-out')} onPress={() => canvasControl()?.zoomBy(0.8)} />
        <IconButton icon={Maximize} label={t('fit')} {...keys('view.fit')} onPress={() => canvasControl()?.fit()} />
      </div>
    </div>
  );
}

function EmptyHint() {
  const { ui } = useWorkspace();
  const { t } = useTranslation('canvas');
  const path = useEditor((state) => state.path);
  const isEmpty = useDocument(({ doc }) => {
    const graph = subgraphAt(doc, path);
    for (const _ in graph.nodes) return false;
    return Object.keys(graph.comments ?? {}).length === 0 && Object.keys(graph.frames ?? {}).length === 0;
  });
  if (!isEmpty) return null;
  return (
    <div className="canvas-empty">
      <p className="canvas-empty-title">{t('emptyTitle')}</p>
      <p>{t('emptyHint')}</p>
      <div className="canvas-empty-actions">
        <Button tone="primary" icon={Plus} onPress={() => quickAdd.open()}>{t('addNode')}</Button>
        {path.length === 0 && <Button onPress={() => ui.openDialog('gallery')}>{t('openTemplate')}</Button>}
      </div>
    </div>
  );
}
