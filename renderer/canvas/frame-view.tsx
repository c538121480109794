/** Frames, which title a part of the graph and carry it along, and comments. Both are edited in place and resized at their edges. */
import { NodeResizer, type NodeProps } from '@xyflow/react';
import { memo, useEffect, useRef, useState } from 'react';
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { FRAME_COLORS } from '../../engine/graph/document.ts';
import { useWorkspace } from '../workspace/context.tsx';
import { type CommentFlow, type FrameFlow, subjectOf } from './flow-model.ts';
import { GRID } from './geometry.ts';

export const FrameView = memo(function FrameView({ id, data: { record }, selected }: NodeProps<FrameFlow>) {
  const { editing } = useWorkspace();
  const { t } = useTranslation('canvas');
  const frame = subjectOf(id).id;
  return (
    <div className={`canvas-frame canvas-color-${record.color}${selected ? ' is-selected' : ''}`} role="group" aria-label={t('frameNamed', { title: record.title })}>
      <NodeResizer isVisible={selected} minWidth={GRID * 6} minHeight={GRID * 4} handleClassName="canvas-resize-handle" lineClassName="canvas-resize-line" onResizeEnd={(_, { x, y, width, height }) => editing.updateFrame(frame, { position: { x, y }, size: { width, height } })} />
      <div className="canvas-frame-title">
        <EditableText value={record.title} label={t('frameTitle')} placeholder={t('frameTitle')} onCommit={(title) => editing.updateFrame(frame, { title })} />
        {selected && (
          <DialogTrigger>
            <AriaButton className="canvas-frame-color nodrag" aria-label={t('frameColor')} />
            <Popover className="ui-popover" offset={6}>
              <Dialog className="canvas-colors" aria-label={t('frameColor')}>
                {({ close }) => FRAME_COLORS.map((color) => (
                  <AriaButton key={color} className={`canvas-color canvas-color-${color}`} aria-label={t(`color.${color}`)} onPress={() => { editing.updateFrame(frame, { color }); close(); }} />
                ))}
              </Dialog>
            </Popover>
          </DialogTrigger>
        )}
      </div>
    </div>
  );
});

export const CommentView = memo(function CommentView({ id, data: { record }, selected }: NodeProps<CommentFlow>) {
  const { editing } = useWorkspace();
  const { t } = useTranslation('canvas');
  const comment = subjectOf(id).id;
  return (
    <div className={`canvas-comment${selected ? ' is-selected' : ''}`} role="note">
      <NodeResizer isVisible={selected} minWidth={GRID * 4} minHeight={GRID * 2} handleClassName="canvas-resize-handle" lineClassName="canvas-resize-line" onResizeEnd={(_, { x, y, width, height }) => {
        editing.updateComment(comment, { position: { x, y }, size: { width, height } });
      }} />
      <EditableText value={record.text} label={t('comment')} placeholder={t('commentPlaceholder')} multiline onCommit={(text) => editing.updateComment(comment, { text })} />
    </div>
  );
});

/** Text that turns into a field by double-click (or at once, while it is still empty). */
function EditableText({ value, label, placeholder, multiline = false, onCommit }: { readonly value: string; readonly label: string; readonly placeholder: string; readonly multiline?: boolean; readonly onCommit: (value: string) => void }) {
  const [draft, setDraft] = useState<string | undefined>(value === '' ? '' : undefined);
  const field = useRef<HTMLTextAreaElement>(null);
  const isEditing = draft !== undefined;
  /** Leaving the field keeps the text, unless Escape has given it up. */
  const isGivenUp = useRef(false);
  useEffect(() => {
    if (isEditing) field.current?.focus({ preventScroll: true });
  }, [isEditing]);
  if (!isEditing) return <div className="canvas-text" title={value} onDoubleClick={(event) => { event.stopPropagation(); isGivenUp.current = false; setDraft(value); }}>{value === '' ? placeholder : value}</div>;
  const commit = (): void => {
    setDraft(undefined);
    if (!isGivenUp.current && draft.trim() !== value) onCommit(draft.trim());
  };
  return (
    <textarea
      ref={field} className="canvas-text canvas-text-field nodrag nowheel nopan nokey" rows={multiline ? 3 : 1} aria-label={label} placeholder={placeholder} value={draft}
      onChange={(event) => setDraft(event.currentTarget.value)} onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Escape') isGivenUp.current = true;
        else if (event.key === 'Enter' && (!multiline || event.ctrlKey || event.metaKey)) isGivenUp.current = false;
        else return;
        event.preventDefault();
        event.stopPropagation();
        event.currentTarget.closest<HTMLElement>('.canvas')?.focus({ preventScroll: true });
      }}
    />
  );
}
