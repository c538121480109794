/** A field over a list: type to narrow it, arrow keys and Enter to take one. For commands, nodes, templates. */
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Dialog as AriaDialog, Modal, ModalOverlay } from 'react-aria-components';
import { useWorkspace } from '../../workspace/context.tsx';

export interface Pick {
  readonly key: string;
  readonly content: ReactNode;
  readonly isDisabled?: boolean;
  /** Shown over the first of those that share it. */
  readonly section?: string;
  readonly take: () => void;
}

export function PickDialog({ label, placeholder, empty, picks, query, onQuery }: { readonly label: string; readonly placeholder: string; readonly empty: string; readonly picks: readonly Pick[]; readonly query: string; readonly onQuery: (query: string) => void }) {
  const { ui } = useWorkspace();
  const id = useId();
  const [index, setIndex] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const at = Math.min(index, Math.max(0, picks.length - 1));
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, picks]);
  const take = (pick: Pick | undefined): void => {
    if (pick === undefined || pick.isDisabled === true) return;
    ui.closeDialog();
    // The focus has to be back where it was before a command looks at it.
    setTimeout(pick.take, 0);
  };
  const move = (by: number): void => setIndex(picks.length === 0 ? 0 : (at + by + picks.length) % picks.length);
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const by = moves[event.key];
    if (by !== undefined) move(Math.abs(by) > 1 ? Math.max(-at, Math.min(by, picks.length - 1 - at)) : by);
    else if (event.key === 'Enter' && !event.nativeEvent.isComposing) take(picks[at]);
    else return;
    event.preventDefault();
  };
  return (
    <ModalOverlay className="ui-overlay app-pick-overlay" isOpen isDismissable onOpenChange={(open) => !open && ui.closeDialog()}>
      <Modal className="ui-modal app-pick-modal">
        <AriaDialog className="ui-dialog app-pick" aria-label={label}>
          <input
            className="app-pick-input" role="combobox" aria-label={label} aria-expanded aria-controls={`${id}-list`} aria-activedescendant={picks[at] === undefined ? undefined : `${id}-${String(at)}`} aria-autocomplete="list"
            placeholder={placeholder} value={query} autoFocus spellCheck={false} autoComplete="off"
            onChange={(event) => { onQuery(event.currentTarget.value); setIndex(0); }} onKeyDown={onKeyDown}
          />
          <div className="app-pick-list" role="listbox" id={`${id}-list`} aria-label={label} ref={list}>
            {picks.map((pick, i) => (
              <PickRow key={pick.key} pick={pick} id={`${id}-${String(i)}`} isActive={i === at} showSection={pick.section !== undefined && pick.section !== picks[i - 1]?.section} onHover={() => setIndex(i)} onTake={() => take(pick)} />
            ))}
          </div>
          {picks.length === 0 && <p className="app-pick-empty">{empty}</p>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

function PickRow({ pick, id, isActive, showSection, onHover, onTake }: { readonly pick: Pick; readonly id: string; readonly isActive: boolean; readonly showSection: boolean; readonly onHover: () => void; readonly onTake: () => void }) {
  return (
    <>
      {showSection && <div className="app-pick-section" role="presentation">{pick.section}</div>}
      {/* The field keeps the focus and hands keys on; rows are for the pointer. */}
      <div className="app-pick-row" role="option" id={id} tabIndex={-1} aria-selected={isActive} aria-disabled={pick.isDisabled === true} data-active={isActive} onPointerMove={onHover} onPointerDown={(event) => event.preventDefault()} onClick={onTake} onKeyDown={() => {}}>{pick.content}</div>
    </>
  );
}
