/** Dialogs, menus and tabs in the window's look; behaviour and accessibility are React Aria's. */
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Header, Heading, Keyboard, Menu as AriaMenu, MenuItem as AriaMenuItem, MenuSection, MenuTrigger, Modal, ModalOverlay, Popover, Separator } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { IconButton } from './buttons.tsx';
import './ui.css';

export function Dialog({ title, children, footer, onClose, width = 560, className = '' }: { readonly title: string; readonly children: ReactNode; readonly footer?: ReactNode; readonly onClose: () => void; readonly width?: number; readonly className?: string }) {
  const { t } = useTranslation('app');
  return (
    <ModalOverlay className="ui-overlay" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className="ui-modal" style={{ maxWidth: width }}>
        <AriaDialog className={`ui-dialog ${className}`}>
          <div className="ui-dialog-head"><Heading slot="title">{title}</Heading><IconButton icon={X} label={t('close')} onPress={onClose} /></div>
          <div className="ui-dialog-body">{children}</div>
          {footer !== undefined && <div className="ui-dialog-foot">{footer}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface MenuEntry {
  readonly id: string;
  readonly title: string;
  readonly keys?: string;
  readonly isDisabled?: boolean;
  readonly tone?: 'danger';
}
export interface MenuGroup {
  readonly title?: string;
  readonly items: readonly MenuEntry[];
}
export function MenuList({ groups, onAction, label }: { readonly groups: readonly MenuGroup[]; readonly onAction: (id: string) => void; readonly label: string }) {
  return (
    <AriaMenu className="ui-list" aria-label={label} onAction={(key) => onAction(String(key))} disabledKeys={groups.flatMap(({ items }) => items.filter(({ isDisabled }) => isDisabled === true).map(({ id }) => id))}>
      {groups.flatMap((group, i) => [
        ...(i === 0 ? [] : [<Separator key={`separator-${String(i)}`} className="ui-separator" />]),
        <MenuSection key={String(i)} aria-label={group.title ?? label}>
          {group.title !== undefined && <Header className="ui-menu-header">{group.title}</Header>}
          {group.items.map((item) => (
            <AriaMenuItem key={item.id} id={item.id} textValue={item.title} className={`ui-option ${item.tone === 'danger' ? 'ui-option-danger' : ''}`}>
              {item.title}{item.keys !== undefined && <Keyboard className="ui-keys">{item.keys}</Keyboard>}
            </AriaMenuItem>
          ))}
        </MenuSection>,
      ])}
    </AriaMenu>
  );
}
/** `trigger` is a Button or IconButton. */
export function MenuButton({ trigger, ...menu }: { readonly trigger: ReactNode; readonly groups: readonly MenuGroup[]; readonly onAction: (id: string) => void; readonly label: string }) {
  return <MenuTrigger>{trigger}<Popover className="ui-popover" offset={4}><MenuList {...menu} /></Popover></MenuTrigger>;
}

/** What a panel shows while it has nothing to show: why, and what to do about it. */
export function EmptyState({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return <div className="ui-empty"><p className="ui-empty-title">{title}</p>{children}</div>;
}
