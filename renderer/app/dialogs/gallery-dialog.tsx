/** What to begin with: an empty canvas, a file, or one of the networks that come with Netloom, each with its picture. */
import { FilePlus, FileText, FolderOpen, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatBound, formatFigure, MEASURES } from '../../../engine/graph/templates/measures.ts';
import { useText } from '../../i18n/i18n.ts';
import { Button, IconButton } from '../../ui/buttons.tsx';
import { Dialog } from '../../ui/overlays.tsx';
import { useProject, useWorkspace } from '../../workspace/context.tsx';
import { type TemplateDocument, fromTemplate, parametersOf, templateFamilies } from '../templates.ts';
import { TemplatePicture } from './template-picture.tsx';

export function GalleryDialog() {
  const { project, ui } = useWorkspace();
  const { t, i18n } = useTranslation('app');
  const text = useText();
  const recent = useProject((state) => state.recent);
  // The dialog makes way for the question whether work may go, and stays away when a document came.
  const begin = (work: () => Promise<boolean>): void => {
    ui.closeDialog();
    void work().then((done) => !done && ui.openDialog('gallery'));
  };
  return (
    <Dialog title={t('gallery.title')} width={1000} className="app-gallery-dialog" onClose={() => ui.closeDialog()}>
      <div className="app-gallery-start">
        <Button icon={FilePlus} onPress={() => begin(() => project.openNew())}>{t('gallery.empty')}</Button>
        <Button icon={FolderOpen} onPress={() => begin(() => project.open())}>{t('gallery.open')}</Button>
        <span className="muted">{t('gallery.drop')}</span>
      </div>
      {recent.length > 0 && (
        <section className="app-gallery-recent" aria-label={t('gallery.recent')}>
          <h3>{t('gallery.recent')}</h3>
          <ul>
            {recent.map((file) => (
              <li key={file.key}>
                <button type="button" className="app-recent" title={file.location ?? file.name} onClick={() => begin(() => project.openRecent(file))}><FileText size={15} aria-hidden /><span>{file.name}</span>{file.location !== undefined && <span className="muted">{file.location}</span>}</button>
                <IconButton icon={X} label={t('gallery.forget', { name: file.name })} onPress={() => project.forget(file)} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-label={t('gallery.templates')}>
        {templateFamilies().map(({ id, title, templates }) => (
          <section key={id} aria-label={text(title)}>
            <h3>{text(title)}</h3>
            <div className="app-gallery">
              {templates.map((template) => <TemplateCard key={template.id} template={template} onOpen={() => begin(() => project.openNew(fromTemplate(template, i18n.language)))} />)}
            </div>
          </section>
        ))}
      </section>
    </Dialog>
  );
}

/** 15 sec, 3 min: what somebody plans with who does not know the machine. */
const roundTime = (seconds: number, language: string): string => (seconds < 60 ? seconds : Math.round(seconds / 60)).toLocaleString(language, { style: 'unit', unit: seconds < 60 ? 'second' : 'minute', unitDisplay: 'short', maximumFractionDigits: 0 });

/** Longer numbers have no room on a card, and nobody reads their last digits. */
const COMPACT_FROM = 100_000;

function TemplateCard({ template, onOpen }: { readonly template: TemplateDocument; readonly onOpen: () => void }) {
  const { t, i18n } = useTranslation('app');
  const text = useText();
  const { doc, figure, offline, reference, seconds, title } = template;
  const parameters = parametersOf(template);
  const description = i18n.language.startsWith('zh') ? doc.translations?.zh?.description ?? doc.description : doc.description;
  return (
    <button type="button" className="app-card" onClick={onOpen}>
      <TemplatePicture doc={doc} />
      <span className="app-card-title">{text(title)}</span>
      <span className="app-card-text">{description}</span>
      <span className="app-card-figure numbers" title={t('gallery.bound', { bound: formatBound(figure.measure, figure.bound) })}>{t('gallery.figure', { measure: text(MEASURES[figure.measure].title), value: formatFigure(figure.measure, figure.reached), time: roundTime(seconds, i18n.language) })}</span>
      <span className="app-card-reference" lang="en" title={text(reference)}>{text(reference)}</span>
      <span className="app-card-facts numbers"><span>{t('gallery.parameters', { count: parameters, shown: parameters.toLocaleString(i18n.language, parameters < COMPACT_FROM ? {} : { notation: 'compact', maximumSignificantDigits: 3 }) })}</span><span className={offline ? 'app-card-offline' : ''}>{offline ? t('gallery.offline') : t('gallery.download')}</span></span>
    </button>
  );
}
