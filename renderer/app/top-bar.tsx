/** The bar at the top: the menu, the document's name, the run, and the ways to everything else. */
import { CircleHelp, Languages, Menu as MenuIcon, Moon, Redo2, Search, Sun, Undo2 } from 'lucide-react';
import { Button as AriaButton, Header, Keyboard, Menu, MenuItem, MenuSection, MenuTrigger, Popover, SubmenuTrigger } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { COMMAND_GROUPS, canRun, runCommand, shownKeys } from '../commands/access.ts';
import type { CommandGroup } from '../commands/command.ts';
import { RunBar } from '../run/run-bar.tsx';
import { IconButton } from '../ui/buttons.tsx';
import { MenuButton } from '../ui/overlays.tsx';
import { useDocument, useSettings, useWorkspace } from '../workspace/context.tsx';
import { LANGUAGE_CHOICES } from './appearance.ts';
import { DocumentName } from './document-name.tsx';
import { PanelBoundary } from './panel-boundary.tsx';
import type { Settings } from './settings.ts';

export function TopBar() {
  const workspace = useWorkspace();
  const { t } = useTranslation('app');
  return (
    <header className="app-top" data-region aria-label={t('region.top')}>
      <div className="app-top-side">
        <AppMenu />
        <DocumentName />
        <HistoryButtons />
      </div>
      <div className="app-run"><PanelBoundary name={t('region.run')}><RunBar /></PanelBoundary></div>
      <div className="app-top-side app-top-end">
        <AriaButton className="app-search" onPress={() => workspace.ui.openDialog('commands')}>
          <Search size={14} aria-hidden /><span className="app-search-text">{t('search')}</span><kbd aria-hidden>{shownKeys(workspace, 'help.commands')}</kbd>
        </AriaButton>
        <ThemeButton />
        <LanguageButton />
        <IconButton icon={CircleHelp} label={t('help')} keys={shownKeys(workspace, 'help.keys') ?? '?'} onPress={() => workspace.ui.openDialog('keys')} />
      </div>
    </header>
  );
}

/** Every command, by group: the same list that keys and the palette have. */
function AppMenu() {
  const { commands } = useWorkspace();
  const { t } = useTranslation('app');
  const groups = COMMAND_GROUPS.filter((group) => commands.some((command) => command.group === group && command.hidden !== true));
  return (
    <MenuTrigger>
      <IconButton icon={MenuIcon} label={t('menu')} />
      <Popover className="ui-popover app-menu" offset={4}>
        <Menu className="ui-list" aria-label={t('menu')}>
          {groups.map((group) => (
            <SubmenuTrigger key={group}>
              <MenuItem id={group} textValue={t(`group.${group}`)} className="ui-option">{t(`group.${group}`)}<span className="ui-keys" aria-hidden>›</span></MenuItem>
              <Popover className="ui-popover app-menu" offset={-2} crossOffset={-4}><GroupMenu group={group} /></Popover>
            </SubmenuTrigger>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** A component of its own, so that each opening asks anew which commands can run and what is on. */
function GroupMenu({ group }: { readonly group: CommandGroup }) {
  const workspace = useWorkspace();
  const { t } = useTranslation(['app', 'commands']);
  const commands = workspace.commands.filter((command) => command.group === group && command.hidden !== true);
  const title = t(`group.${group}`);
  return (
    <Menu className="ui-list" aria-label={title} onAction={(key) => runCommand(workspace, String(key))} disabledKeys={commands.filter((command) => !canRun(workspace, command)).map(({ id }) => id)}>
      <MenuSection aria-label={title}>
        <Header className="visually-hidden">{title}</Header>
        {commands.map(({ id, isOn }) => {
          const name = t(`commands:${id}`);
          const keys = shownKeys(workspace, id);
          return (
            <MenuItem key={id} id={id} textValue={name} className="ui-option">
              <span>{name}{isOn?.(workspace) === true && <span className="app-check" aria-label={t('on')}> ✓</span>}</span>
              {keys !== undefined && <Keyboard className="ui-keys">{keys}</Keyboard>}
            </MenuItem>
          );
        })}
      </MenuSection>
    </Menu>
  );
}

function HistoryButtons() {
  const workspace = useWorkspace();
  const { t } = useTranslation('commands');
  const undo = useDocument((state) => state.undoStack.at(-1)?.label);
  const redo = useDocument((state) => state.redoStack.at(-1)?.label);
  const button = (id: 'edit.undo' | 'edit.redo', icon: typeof Undo2, label: string | undefined) => {
    const title = t(id);
    return <IconButton icon={icon} label={label === undefined ? title : `${title}: ${t(label)}`} keys={shownKeys(workspace, id) ?? ''} isDisabled={label === undefined} onPress={() => runCommand(workspace, id)} />;
  };
  return <div className="app-history">{button('edit.undo', Undo2, undo)}{button('edit.redo', Redo2, redo)}</div>;
}

const THEMES = ['system', 'light', 'dark'] as const satisfies readonly Settings['theme'][];

function ThemeButton() {
  const { settings } = useWorkspace();
  const theme = useSettings((state) => state.theme);
  const { t } = useTranslation('app');
  return (
    <MenuButton
      trigger={<IconButton icon={theme === 'dark' ? Moon : Sun} label={t('settings.theme')} className="app-wide-only" />} label={t('settings.theme')}
      groups={[{ items: THEMES.map((id) => ({ id, title: `${t(`theme.${id}`)}${id === theme ? ' ✓' : ''}` })) }]} onAction={(id) => settings.set({ theme: id as Settings['theme'] })}
    />
  );
}

function LanguageButton() {
  const { settings } = useWorkspace();
  const { t, i18n } = useTranslation('app');
  return (
    <MenuButton
      trigger={<IconButton icon={Languages} label={t('settings.language')} className="app-wide-only" />} label={t('settings.language')}
      groups={[{ items: LANGUAGE_CHOICES.map(({ value, title }) => ({ id: value, title: `${title}${value === i18n.language ? ' ✓' : ''}` })) }]}
      onAction={(id) => settings.set({ language: id as Settings['language'] })}
    />
  );
}
