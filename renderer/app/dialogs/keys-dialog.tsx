/** All keys, by group, searchable. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { COMMAND_GROUPS, commandTitle } from '../../commands/access.ts';
import { displayKeys } from '../../commands/keys.ts';
import { SearchField } from '../../ui/fields.tsx';
import { Dialog, EmptyState } from '../../ui/overlays.tsx';
import { useWorkspace } from '../../workspace/context.tsx';
import { fuzzyFilter } from './fuzzy.ts';

export function KeysDialog() {
  const { commands, ui } = useWorkspace();
  const { t } = useTranslation('app');
  const [query, setQuery] = useState('');
  const withKeys = commands.filter(({ keys }) => keys !== undefined && keys.length > 0).map((command) => ({ ...command, title: commandTitle(command.id) }));
  const found = fuzzyFilter(query, withKeys, ({ title, keys = [] }) => `${title} ${keys.map((each) => displayKeys(each)).join(' ')}`);
  return (
    <Dialog title={t('keys.title')} width={820} className="app-keys-dialog" onClose={() => ui.closeDialog()}>
      <SearchField label={t('keys.search')} hideLabel placeholder={t('keys.search')} value={query} onChange={setQuery} autoFocus />
      {found.length === 0 ? <EmptyState title={t('keys.none')} /> : (
        <div className="app-keys">
          {COMMAND_GROUPS.map((group) => {
            const rows = found.filter((command) => command.group === group);
            return rows.length === 0 ? null : (
              <section key={group} className="app-keys-group">
                <h3>{t(`group.${group}`)}</h3>
                <dl>{rows.map(({ id, title, keys = [] }) => <div key={id}><dt>{title}</dt><dd>{keys.map((each) => <kbd key={each}>{displayKeys(each)}</kbd>)}</dd></div>)}</dl>
              </section>
            );
          })}
        </div>
      )}
      <p className="app-note">{t('keys.note')}</p>
    </Dialog>
  );
}
