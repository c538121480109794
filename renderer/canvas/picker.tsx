/** A list that is searched by typing, floating over the canvas: arrow keys choose, Enter takes, Escape or a press elsewhere closes. */
import type { LucideIcon } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';

export const PICKER_WIDTH = 320;
const HEIGHT = 380;
const PAGE = 8;
/** Between the list and the window's edges. */
const MARGIN = 8;

export interface PickerItem {
  readonly key: string;
  readonly title: string;
  readonly note: string;
  readonly icon?: LucideIcon;
  readonly iconColor?: string;
  readonly isDisabled?: boolean;
  /** Said below the list while this one is chosen. */
  readonly summary?: string | undefined;
}
export interface PickerProps<I extends PickerItem> {
  readonly label: string;
  readonly listLabel: string;
  readonly placeholder: string;
  readonly icon: LucideIcon;
  /** In client coordinates; undefined for the upper middle of the canvas. */
  readonly at: { readonly x: number; readonly y: number } | undefined;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly items: readonly I[];
  readonly empty: ReactNode;
  readonly onTake: (item: I) => void;
  readonly onClose: () => void;
}

export function Picker<I extends PickerItem>({ label, listLabel, placeholder, icon: FieldIcon, at, query, onQuery, items, empty, onTake, onClose }: PickerProps<I>) {
  const [chosen, setChosen] = useState(0);
  const panel = useRef<HTMLDivElement>(null);
  const latestClose = useRef(onClose);
  const id = useId();
  const index = Math.min(chosen, items.length - 1);
  const highlighted = items[index];
  const hasSummaries = items.some(({ summary }) => summary !== undefined);

  useEffect(() => { latestClose.current = onClose; });
  useEffect(() => {
    const onPointerDown = (event: PointerEvent): void => {
      if (!(event.target instanceof Node) || panel.current?.contains(event.target) !== true) latestClose.current();
    };
    window.addEventListener('pointerdown', onPointerDown, true);
    return () => window.removeEventListener('pointerdown', onPointerDown, true);
  }, []);
  useEffect(() => {
    panel.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [index, items]);

  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter and the arrows belong to the input method while it composes Chinese.
    if (event.nativeEvent.isComposing) return;
    const wrap = (next: number): void => setChosen(items.length === 0 ? 0 : (next + items.length) % items.length);
    switch (event.key) {
      case 'ArrowDown': wrap(index + 1); break;
      case 'ArrowUp': wrap(index - 1); break;
      case 'PageDown': setChosen(Math.min(items.length - 1, index + PAGE)); break;
      case 'PageUp': setChosen(Math.max(0, index - PAGE)); break;
      case 'Enter': if (highlighted !== undefined && highlighted.isDisabled !== true) onTake(highlighted); break;
      case 'Escape': case 'Tab': onClose(); break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const place: CSSProperties = at === undefined ? { left: '50%', top: '22%', translate: '-50%' }
    : { left: Math.max(MARGIN, Math.min(at.x, window.innerWidth - PICKER_WIDTH - MARGIN)), top: Math.max(MARGIN, Math.min(at.y, window.innerHeight - HEIGHT - MARGIN)) };
  return (
    <div ref={panel} className="canvas-picker" style={{ ...place, width: PICKER_WIDTH, maxHeight: HEIGHT }} role="dialog" aria-label={label}>
      <label className="canvas-picker-field">
        <FieldIcon size={15} aria-hidden />
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- it opens where the user has just asked for it, to be typed into
          autoFocus value={query} placeholder={placeholder} aria-label={label} role="combobox" aria-expanded aria-controls={id} aria-autocomplete="list" spellCheck={false} autoComplete="off"
          {...(highlighted === undefined ? {} : { 'aria-activedescendant': `${id}-${index}` })}
          onChange={(event) => { onQuery(event.currentTarget.value); setChosen(0); }} onKeyDown={onKeyDown}
        />
      </label>
      <div id={id} className="canvas-picker-list" role="listbox" aria-label={listLabel}>
        {items.map((item, i) => (
          <button
            key={item.key} id={`${id}-${i}`} type="button" role="option" tabIndex={-1} aria-selected={i === index} aria-disabled={item.isDisabled === true || undefined} className="canvas-picker-option"
            onPointerMove={() => setChosen(i)} onClick={() => item.isDisabled !== true && onTake(item)}
          >
            {item.icon !== undefined && <item.icon size={15} aria-hidden style={{ color: item.iconColor }} />}
            <span className="canvas-picker-title">{item.title}</span>
            <span className="canvas-picker-note" title={item.note}>{item.note}</span>
          </button>
        ))}
        {items.length === 0 && <p className="canvas-picker-none">{empty}</p>}
      </div>
      {hasSummaries && <div className="canvas-picker-summary"><p>{highlighted?.summary}</p></div>}
    </div>
  );
}
