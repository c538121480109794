/** Puts the window together: the host, the stores, the engine's client, and the app that shows them. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { followAppearance } from './app/appearance.ts';
import { connectHost } from './app/host-link.ts';
import { dispatchKeys } from './app/key-dispatch.ts';
import { createSettingsStore } from './app/settings.ts';
import { startDocument } from './app/start.ts';
import { createUiStore } from './app/ui-store.ts';
import { allCommands } from './commands/index.ts';
import { createChecksStore } from './document/checks.ts';
import { createEditing } from './document/create-editing.ts';
import { createEditorStore } from './document/editor-store.ts';
import { emptyDocument } from './document/empty.ts';
import { openJournalStorage } from './document/journal-storage.ts';
import { createProjectStore } from './document/project.ts';
import { createDocumentStore } from './document/store.ts';
import { createHost } from './host/create-host.ts';
import { prepareSite } from './host/isolation.ts';
import { pickLanguage, startI18n } from './i18n/i18n.ts';
import { EngineClient } from './run/engine-client.ts';
import { createRunControls } from './run/run-controls.ts';
import { createRunStore } from './run/run-store.ts';
import { WorkspaceProvider } from './workspace/context.tsx';
import type { Workspace } from './workspace/workspace.ts';
import './app/theme.css';

const host = createHost();
if (host.kind === 'browser') await prepareSite();
const settings = createSettingsStore(localStorage);
const { language } = settings.getState();
await startI18n(language === 'system' ? pickLanguage(host.languages) : language);

const documents = createDocumentStore(emptyDocument());
const editor = createEditorStore();
const checks = createChecksStore(documents);
const engine = new EngineClient(host);
const runs = createRunStore(engine);
const ui = createUiStore(localStorage);
const workspace: Workspace = {
  host, documents, editor, checks, settings, engine, runs, ui,
  editing: createEditing(documents, editor),
  run: createRunControls({ host, documents, checks, engine, runs, settings, ui }),
  project: createProjectStore({ host, documents, editor, ui, storage: localStorage, journals: openJournalStorage() }),
  commands: allCommands,
};
// A browser's languages may change while the page is open; the desktop's are its host's to know.
followAppearance(settings, () => (host.kind === 'browser' ? navigator.languages : host.languages));
createRoot(document.getElementById('root')!).render(<StrictMode><WorkspaceProvider value={workspace}><App /></WorkspaceProvider></StrictMode>);
dispatchKeys(workspace);
connectHost(workspace);
await startDocument(workspace);
