/** What is selected, with everything about it that can be read and set; the document itself when nothing is. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { blockAt } from '../document/scope.ts';
import { useDocument, useEditor } from '../workspace/context.tsx';
import { ShownBlock } from './block-section.tsx';
import { DocumentView } from './document-view.tsx';
import { inspectorFocus } from './focus.ts';
import { ManyView } from './many-view.tsx';
import { NodeView } from './node-view.tsx';
import { CommentView, FrameView } from './notes-view.tsx';
import { WireView } from './wire-view.tsx';
import './inspector.css';

export function InspectorPanel() {
  const { t } = useTranslation('inspector');
  const panel = useRef<HTMLElement>(null);
  const isWanted = useStore(inspectorFocus, (state) => state.isWanted);
  useEffect(() => {
    if (!isWanted) return;
    const { param } = inspectorFocus.getState();
    inspectorFocus.setState({ isWanted: false, param: undefined });
    const fields = 'input:not([type="range"]), textarea, select, button:not(.inspector-help-button)';
    const ofParam = param === undefined ? null : panel.current?.querySelector<HTMLElement>(`[data-param="${CSS.escape(param)}"] .inspector-control :is(${fields})`);
    (ofParam ?? panel.current?.querySelector<HTMLElement>(`.inspector-control :is(${fields})`) ?? panel.current?.querySelector<HTMLElement>(fields))?.focus();
  }, [isWanted]);
  return <section ref={panel} className="inspector-panel" aria-label={t('title')}><Subject /></section>;
}

/** With nothing selected: the block that is shown, or the document. */
function Shown() {
  const path = useEditor((state) => state.path);
  const block = useDocument(({ doc }) => blockAt(doc, path));
  const definition = useDocument(({ doc }) => (block === undefined ? undefined : doc.blocks?.[block]));
  return block === undefined || definition === undefined ? <DocumentView /> : <ShownBlock key={block} block={block} definition={definition} />;
}

function Subject() {
  const path = useEditor((state) => state.path.join('/'));
  const { nodes, edges, frames, comments } = useEditor((state) => state.selection);
  const [node] = nodes;
  const [edge] = edges;
  const [frame] = frames;
  const [comment] = comments;
  // A key of its own for each subject: what is half typed belongs to one of them.
  if (nodes.size > 1) return <ManyView ids={[...nodes]} />;
  if (node !== undefined) return <NodeView key={`${path}/${node}`} id={node} />;
  if (edges.size > 0 && edge !== undefined) return <WireView key={edge} id={edge} others={edges.size - 1} />;
  if (frame !== undefined) return <FrameView key={frame} id={frame} />;
  if (comment !== undefined) return <CommentView key={comment} id={comment} />;
  return <Shown />;
}
