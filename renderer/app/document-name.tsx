/** The document's name, edited where it stands; a dot says that there are changes no file holds. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isUnsaved } from '../document/store.ts';
import { useDocument, useWorkspace } from '../workspace/context.tsx';

/** As the document schema has it. */
const MAX_NAME = 200;

export function DocumentName() {
  const { editing } = useWorkspace();
  const { t } = useTranslation('app');
  const name = useDocument((state) => state.doc.name);
  const unsaved = useDocument(isUnsaved);
  const [draft, setDraft] = useState<string>();
  const shown = draft ?? name;
  const commit = (): void => {
    const next = draft?.trim();
    setDraft(undefined);
    if (next !== undefined && next !== name) editing.setName(next);
  };
  return (
    <div className="app-name">
      <span className="app-name-box" data-value={shown === '' ? t('untitled') : shown}>
        <input
          aria-label={t('documentName')} value={shown} placeholder={t('untitled')} maxLength={MAX_NAME} spellCheck={false} size={1}
          onFocus={(event) => event.currentTarget.select()} onChange={(event) => setDraft(event.currentTarget.value)} onBlur={commit}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur();
            if (event.key === 'Escape') {
              event.stopPropagation();
              setDraft(undefined);
              // Once React has put the old name back; leaving the field earlier would commit the draft.
              const field = event.currentTarget;
              requestAnimationFrame(() => field.blur());
            }
          }}
        />
      </span>
      {unsaved && <span className="app-unsaved" title={t('unsaved')}><span className="visually-hidden">{t('unsaved')}</span></span>}
    </div>
  );
}
