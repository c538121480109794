/** What the inspector's views are made of: sections, rows, and text fields that write while one types. */
import { type CSSProperties, type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { formatShape } from '../../engine/nodes/shapes.ts';
import type { TensorType } from '../../engine/nodes/node-type.ts';
import type { KindCategory } from '../document/node-kind.ts';

export function Section({ title, children, aside }: { readonly title: string; readonly children: ReactNode; readonly aside?: ReactNode }) {
  const id = useId();
  return (
    <section className="inspector-section" aria-labelledby={id}>
      <div className="inspector-section-head"><h3 id={id}>{title}</h3>{aside}</div>
      {children}
    </section>
  );
}

/** A caption with a control beside it, in the columns of the parameters. */
export function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return <div className="inspector-param"><span className="inspector-caption" aria-hidden>{label}</span><div className="inspector-control">{children}</div></div>;
}

interface DraftTextProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** `typing` writes at every keystroke; `end` on Enter and on leaving, for names that others refer to. */
  readonly when?: 'typing' | 'end';
  readonly placeholder?: string;
  readonly isMultiline?: boolean;
  readonly className?: string;
}
/** Keeps what is typed until the field is left, because the document tidies names: spaces at the end go, an empty name is the id. */
export function DraftText({ label, value, onChange, when = 'typing', placeholder, isMultiline = false, className = '' }: DraftTextProps) {
  const [draft, setDraft] = useState<string>();
  const take = (text: string, isComposing: boolean): void => {
    setDraft(text);
    if (when === 'typing' && !isComposing) onChange(text);
  };
  const finish = (): void => {
    if (draft !== undefined && draft !== value) onChange(draft);
    setDraft(undefined);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !isMultiline) finish();
    else if (event.key === 'Escape' && draft !== undefined && when === 'end') {
      event.stopPropagation();
      setDraft(undefined);
    }
  };
  const common = { 'aria-label': label, value: draft ?? value, placeholder, spellCheck: false, autoComplete: 'off', onBlur: finish, onKeyDown };
  return isMultiline
    ? <textarea {...common} rows={4} className={`ui-input inspector-textarea ${className}`} onChange={({ target, nativeEvent }) => take(target.value, isComposingNow(nativeEvent))} onCompositionEnd={({ currentTarget }) => take(currentTarget.value, false)} />
    : <input {...common} type="text" className={`ui-input ${className}`} onChange={({ target, nativeEvent }) => take(target.value, isComposingNow(nativeEvent))} onCompositionEnd={({ currentTarget }) => take(currentTarget.value, false)} />;
}
const isComposingNow = (event: Event): boolean => event instanceof InputEvent && event.isComposing;

/** A tensor's type on a wire; an ellipsis while it is not known. */
export function TypeLabel({ type }: { readonly type: TensorType | undefined }) {
  return <span className="inspector-type numbers">{type === undefined ? '…' : `${type.dtype === 'f32' ? '' : `${type.dtype} `}${formatShape(type.shape)}`}</span>;
}

/** The colours of a category, for the head of a view. */
export const categoryStyle = (category: KindCategory): CSSProperties => ({ '--inspector-color': `var(--cat-${category})`, '--inspector-soft': `var(--cat-${category}-soft)` }) as CSSProperties;
