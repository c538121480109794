/** A node's name, asked for where the node itself cannot be typed into. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { subgraphAt } from '../../document/scope.ts';
import { Button } from '../../ui/buttons.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Dialog } from '../../ui/overlays.tsx';
import { useDocument, useEditor, useUi, useWorkspace } from '../../workspace/context.tsx';

export function RenameDialog() {
  const { editing, ui } = useWorkspace();
  const { t } = useTranslation('app');
  const subject = useUi((state) => state.dialogSubject);
  const focus = useEditor((state) => state.focus);
  const path = useEditor((state) => state.path);
  const id = subject ?? focus;
  const node = useDocument((state) => (id === undefined ? undefined : subgraphAt(state.doc, path).nodes[id]));
  const [name, setName] = useState(node?.label ?? '');
  if (id === undefined || node === undefined) return null;
  const rename = (): void => {
    ui.closeDialog();
    editing.rename(id, name.trim());
  };
  return (
    <Dialog title={t('rename.title')} width={420} onClose={() => ui.closeDialog()} footer={<><Button onPress={() => ui.closeDialog()}>{t('cancel')}</Button><Button tone="primary" onPress={rename}>{t('rename.do')}</Button></>}>
      <form onSubmit={(event) => { event.preventDefault(); rename(); }}>
        <TextField label={t('rename.name')} value={name} onChange={setName} placeholder={id} maxLength={200} autoFocus help={t('rename.help')} />
      </form>
    </Dialog>
  );
}
