/** Finds a node by its name, type or what else it is called, and goes there. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDocument, useWorkspace } from '../../workspace/context.tsx';
import { fuzzyFilter } from './fuzzy.ts';
import { nodePlaces, NodePlaceRow, revealPlace } from './node-places.tsx';
import { PickDialog } from './pick-list.tsx';

const MAX_SHOWN = 200;

export function FindDialog() {
  const workspace = useWorkspace();
  const { t } = useTranslation('app');
  const doc = useDocument((state) => state.doc);
  const [query, setQuery] = useState('');
  const picks = fuzzyFilter(query, nodePlaces(doc), ({ search }) => search).slice(0, MAX_SHOWN).map((place) => ({ key: place.id, take: () => revealPlace(workspace, place), content: <NodePlaceRow place={place} /> }));
  return <PickDialog label={t('find.title')} placeholder={t('find.placeholder')} empty={t('find.none')} picks={picks} query={query} onQuery={setQuery} />;
}
