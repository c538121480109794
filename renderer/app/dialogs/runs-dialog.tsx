/** The runs whose files the engine keeps: go on with one, look at its graph again, or remove it. */
import { Play, Trash2, Workflow } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StoredRun } from '../../../engine/protocol.ts';
import { textNow } from '../../i18n/i18n.ts';
import { EngineRequestError } from '../../run/engine-client.ts';
import { isLive } from '../../run/run-store.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { Dialog, EmptyState } from '../../ui/overlays.tsx';
import { deviceName } from '../../run/device-name.ts';
import { useRuns, useWorkspace } from '../../workspace/context.tsx';

type Listing = { readonly kind: 'loading' } | { readonly kind: 'runs'; readonly runs: readonly StoredRun[] } | { readonly kind: 'failed'; readonly reason: string };

export function RunsDialog() {
  const { engine, ui, run: controls, project } = useWorkspace();
  const { t } = useTranslation('app');
  const [listing, setListing] = useState<Listing>({ kind: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    engine.request('runs', {}, { signal: abort.signal }).then(
      (runs) => setListing({ kind: 'runs', runs: [...runs].sort((a, b) => b.changedAt - a.changedAt) }),
      (error: unknown) => { if (!abort.signal.aborted) setListing({ kind: 'failed', reason: error instanceof EngineRequestError ? textNow(error.error.text) : String(error) }); },
    );
    return () => abort.abort();
  }, [engine, round]);
  const load = (stored: StoredRun): void => {
    ui.closeDialog();
    void project.openNew(stored.doc).then((done) => !done && ui.openDialog('runs'));
  };
  const remove = async (stored: StoredRun): Promise<void> => {
    const answer = await ui.ask({ title: t('runs.removeTitle'), message: t('runs.removeMessage', { name: stored.doc.name }), answers: [{ id: 'cancel', title: t('cancel'), tone: 'plain' }, { id: 'remove', title: t('runs.remove'), tone: 'danger' }] });
    if (answer !== 'remove') return;
    await controls.remove(stored.run);
    setRound((before) => before + 1);
  };
  const goOn = (stored: StoredRun): void => {
    ui.closeDialog();
    ui.show({ bottom: 'curves' });
    void controls.continue(stored.run);
  };
  return (
    <Dialog title={t('runs.title')} width={720} onClose={() => ui.closeDialog()}>
      {listing.kind === 'loading' && <p className="app-note">{t('runs.loading')}</p>}
      {listing.kind === 'failed' && <EmptyState title={t('runs.failed')}><p>{listing.reason}</p><Button onPress={() => { setListing({ kind: 'loading' }); setRound(round + 1); }}>{t('runs.again')}</Button></EmptyState>}
      {listing.kind === 'runs' && listing.runs.length === 0 && <EmptyState title={t('runs.none')}><p>{t('runs.noneWhy')}</p></EmptyState>}
      {listing.kind === 'runs' && <ul className="app-rows">{listing.runs.map((stored) => <RunRow key={stored.run} stored={stored} onContinue={() => goOn(stored)} onLoad={() => load(stored)} onRemove={() => void remove(stored)} />)}</ul>}
    </Dialog>
  );
}

function RunRow({ stored, onContinue, onLoad, onRemove }: { readonly stored: StoredRun; readonly onContinue: () => void; readonly onLoad: () => void; readonly onRemove: () => void }) {
  const { t, i18n } = useTranslation('app');
  const live = useRuns((state) => state.runs.some(({ id, phase }) => id === stored.run && isLive(phase)));
  const metrics = Object.entries(stored.test ?? stored.train ?? {}).map(([name, value]) => `${name} ${value.toPrecision(4)}`).join(' · ');
  const facts = [
    new Date(stored.changedAt).toLocaleString(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }), live ? t('runs.live') : t(`runs.outcome.${stored.outcome}`),
    t('runs.epochs', { count: Math.floor(stored.epochs), steps: stored.steps.toLocaleString(i18n.language) }), deviceName(stored),
  ];
  return (
    <li className="app-row">
      <span className="app-row-main"><strong>{stored.doc.name === '' ? t('untitled') : stored.doc.name}</strong><span className="muted numbers">{facts.join(' · ')}</span>{metrics !== '' && <span className="numbers">{metrics}</span>}</span>
      {!live && stored.hasCheckpoint && stored.outcome !== 'finished' && <IconButton icon={Play} label={t('runs.continue')} onPress={onContinue} />}
      <IconButton icon={Workflow} label={t('runs.load')} onPress={onLoad} />
      <IconButton icon={Trash2} label={t('runs.remove')} tone="danger" isDisabled={live} onPress={onRemove} />
    </li>
  );
}
