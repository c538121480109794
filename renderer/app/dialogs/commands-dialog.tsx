/** Any command, any node by its name, any template: type a few letters. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canRun, commandTitle, runCommand } from '../../commands/access.ts';
import { displayKeys } from '../../commands/keys.ts';
import { useText } from '../../i18n/i18n.ts';
import { useWorkspace } from '../../workspace/context.tsx';
import { fromTemplate, templateDocuments } from '../templates.ts';
import { fuzzyFilter } from './fuzzy.ts';
import { type NodePlace, nodePlaces, NodePlaceRow, revealPlace } from './node-places.tsx';
import { type Pick, PickDialog } from './pick-list.tsx';

/** More are there than anyone reads; typing narrows them. */
const MAX_NODES = 12;

export function CommandsDialog() {
  const workspace = useWorkspace();
  const { t, i18n } = useTranslation('app');
  const text = useText();
  const [query, setQuery] = useState('');
  const commands = workspace.commands.filter(({ hidden, id }) => hidden !== true && id !== 'help.commands').map((command) => ({ command, title: commandTitle(command.id), group: t(`group.${command.group}`) }));
  const [places] = useState<readonly NodePlace[]>(() => nodePlaces(workspace.documents.getState().doc));

  const picks: Pick[] = fuzzyFilter(query, commands, ({ title, group }) => `${title} ${group}`).map(({ command, title, group }) => {
    const { icon: Icon } = command;
    const keys = command.keys?.[0];
    return {
      key: command.id, section: query === '' ? group : t('commands.commands'), isDisabled: !canRun(workspace, command), take: () => runCommand(workspace, command.id),
      content: <><span className="app-pick-icon">{Icon !== undefined && <Icon size={15} aria-hidden />}</span><span className="app-pick-title">{title}{command.isOn?.(workspace) === true && ' ✓'}</span>{query !== '' && <span className="app-pick-note">{group}</span>}{keys !== undefined && <kbd>{displayKeys(keys)}</kbd>}</>,
    };
  });
  if (query !== '') {
    for (const place of fuzzyFilter(query, places, ({ search }) => search).slice(0, MAX_NODES)) {
      picks.push({ key: `node:${place.id}`, section: t('commands.nodes'), take: () => revealPlace(workspace, place), content: <NodePlaceRow place={place} /> });
    }
    for (const template of fuzzyFilter(query, templateDocuments(), ({ title }) => `${title.en} ${title.zh}`)) {
      picks.push({ key: `template:${template.id}`, section: t('commands.templates'), take: () => void workspace.project.openNew(fromTemplate(template, i18n.language)), content: <><span className="app-pick-icon" /><span className="app-pick-title">{text(template.title)}</span></> });
    }
  }
  return <PickDialog label={t('commands.title')} placeholder={t('commands.placeholder')} empty={t('commands.none')} picks={picks} query={query} onQuery={setQuery} />;
}
