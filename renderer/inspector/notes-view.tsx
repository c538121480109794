/** Frames and comments: what stands on the canvas for people alone. */
import { useTranslation } from 'react-i18next';
import { type CommentId, FRAME_COLORS, type FrameId } from '../../engine/graph/document.ts';
import { subgraphAt } from '../document/scope.ts';
import { Select } from '../ui/fields.tsx';
import { useDocument, useEditor, useWorkspace } from '../workspace/context.tsx';
import { DraftText, Row } from './parts.tsx';

export function FrameView({ id }: { readonly id: FrameId }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  const path = useEditor((state) => state.path);
  const frame = useDocument(({ doc }) => subgraphAt(doc, path).frames?.[id]);
  if (frame === undefined) return null;
  return (
    <header className="inspector-head">
      <p className="inspector-kind">{t('frame')}</p>
      <DraftText label={t('name')} value={frame.title} onChange={(title) => editing.updateFrame(id, { title })} className="inspector-name" />
      <Row label={t('color')}><Select label={t('color')} hideLabel value={frame.color} options={FRAME_COLORS.map((color) => ({ value: color, title: t(`colors.${color}`) }))} onChange={(color) => editing.updateFrame(id, { color })} /></Row>
    </header>
  );
}

export function CommentView({ id }: { readonly id: CommentId }) {
  const { t } = useTranslation('inspector');
  const { editing } = useWorkspace();
  const path = useEditor((state) => state.path);
  const comment = useDocument(({ doc }) => subgraphAt(doc, path).comments?.[id]);
  if (comment === undefined) return null;
  return (
    <header className="inspector-head">
      <p className="inspector-kind">{t('comment')}</p>
      <DraftText label={t('commentText')} value={comment.text} onChange={(text) => editing.updateComment(id, { text })} isMultiline />
    </header>
  );
}
