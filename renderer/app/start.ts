/** What the window begins with: where it was before a reload, recovered work, the first network, or the gallery. */
import { currentLanguage } from '../i18n/i18n.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { fromTemplate, templateDocuments } from './templates.ts';

export async function startDocument({ project, settings, ui, documents }: Workspace): Promise<void> {
  const isFirstStart = !settings.getState().tourDone;
  const cameBack = await project.begin(sessionStorage).catch(() => false);
  // A file that was double-clicked may have been opened meanwhile.
  const isUntouched = documents.getState().generation === 0 && documents.getState().revision === 0;
  if (!cameBack && isUntouched) {
    const [first] = templateDocuments();
    if (first !== undefined) await project.openNew(fromTemplate(first, currentLanguage()));
  }
  if (project.getState().lost.length > 0) ui.openDialog('recover');
  else if (isFirstStart) ui.showTour(0);
  else if (!cameBack && isUntouched) ui.openDialog('gallery');
}
