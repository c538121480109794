/** Work of windows that were killed, to be taken up again. */
import { useTranslation } from 'react-i18next';
import type { LostSession } from '../../document/recovery.ts';
import { Button } from '../../ui/buttons.tsx';
import { Dialog, EmptyState } from '../../ui/overlays.tsx';
import { useProject, useWorkspace } from '../../workspace/context.tsx';

export function RecoverDialog() {
  const { project, ui } = useWorkspace();
  const { t } = useTranslation('app');
  const lost = useProject((state) => state.lost);
  const close = (): void => {
    ui.closeDialog();
    project.putOff();
  };
  return (
    <Dialog title={t('recover.title')} width={600} onClose={close} footer={<Button onPress={close}>{t('recover.later')}</Button>}>
      <p className="app-question">{t('recover.why')}</p>
      {lost.length === 0 && <EmptyState title={t('recover.none')} />}
      <ul className="app-rows">{lost.map((session) => <LostRow key={session.head.session} session={session} />)}</ul>
    </Dialog>
  );
}

function LostRow({ session }: { readonly session: LostSession }) {
  const { project, ui } = useWorkspace();
  const { t, i18n } = useTranslation('app');
  const { name, changedAt, nodes, file } = session.head;
  const restore = (): void => {
    ui.closeDialog();
    void project.restore(session).then((done) => {
      if (!done || project.getState().lost.length > 0) ui.openDialog('recover');
      if (done) ui.toast({ tone: 'ok', message: t('recover.restored', { name: shown }) });
    });
  };
  const discard = async (): Promise<void> => {
    const answer = await ui.ask({ title: t('recover.discardTitle'), message: t('recover.discardMessage', { name: shown }), answers: [{ id: 'cancel', title: t('cancel'), tone: 'plain' }, { id: 'discard', title: t('recover.discard'), tone: 'danger' }] });
    if (answer !== 'discard') return;
    await project.discard(session);
    if (project.getState().lost.length === 0) ui.closeDialog();
  };
  const shown = name === '' ? t('untitled') : name;
  return (
    <li className="app-row">
      <span className="app-row-main"><strong>{shown}</strong><span className="muted numbers">{t('recover.facts', { time: new Date(changedAt).toLocaleString(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }), count: nodes })}{file !== undefined && ` · ${file.name}`}</span></span>
      <Button tone="primary" onPress={restore}>{t('recover.restore')}</Button>
      <Button tone="quiet" onPress={() => void discard()}>{t('recover.discard')}</Button>
    </li>
  );
}
