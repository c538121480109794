/** Whichever dialog is open, each loaded when it is first wanted, and over all of them a question that needs an answer. */
import { type ComponentType, type ReactNode, lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/overlays.tsx';
import { useUi, useWorkspace } from '../../workspace/context.tsx';
import { PanelBoundary } from '../panel-boundary.tsx';
import type { DialogName } from '../ui-store.ts';
import { QuestionDialog } from './question-dialog.tsx';
import './dialogs.css';

const lazyDialog = <K extends string>(load: () => Promise<Readonly<Record<K, () => ReactNode>>>, name: K): ComponentType => lazy<() => ReactNode>(async () => ({ default: (await load())[name] }));

const DIALOGS: Readonly<Record<DialogName, ComponentType>> = {
  gallery: lazyDialog(() => import('./gallery-dialog.tsx'), 'GalleryDialog'),
  commands: lazyDialog(() => import('./commands-dialog.tsx'), 'CommandsDialog'),
  keys: lazyDialog(() => import('./keys-dialog.tsx'), 'KeysDialog'),
  settings: lazyDialog(() => import('./settings-dialog.tsx'), 'SettingsDialog'),
  about: lazyDialog(() => import('./about-dialog.tsx'), 'AboutDialog'),
  recover: lazyDialog(() => import('./recover-dialog.tsx'), 'RecoverDialog'),
  runs: lazyDialog(() => import('./runs-dialog.tsx'), 'RunsDialog'),
  rename: lazyDialog(() => import('./rename-dialog.tsx'), 'RenameDialog'),
  export: lazyDialog(() => import('../../inspect/export-dialog.tsx'), 'ExportDialog'),
  find: lazyDialog(() => import('./find-dialog.tsx'), 'FindDialog'),
};

export function Dialogs() {
  const { ui } = useWorkspace();
  const { t } = useTranslation('app');
  const dialog = useUi((state) => state.dialog);
  const question = useUi((state) => state.question);
  const Content = dialog === undefined ? undefined : DIALOGS[dialog];
  return (
    <>
      {Content !== undefined && (
        <PanelBoundary key={dialog} name={t('dialog')} frame={(report) => <Dialog title={t('dialog')} onClose={() => ui.closeDialog()}>{report}</Dialog>}>
          <Content />
        </PanelBoundary>
      )}
      {question !== undefined && <QuestionDialog question={question} />}
    </>
  );
}
