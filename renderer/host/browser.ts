/** The host in a browser: the engine in a worker, files by the browser's pickers, claims by its locks. */
import { translate } from '../i18n/i18n.ts';
import { claim } from './claims.ts';
import type { Host, HostEvent } from './host.ts';
import { startWebEngine } from './web-engine.ts';
import { openDroppedItem, openFile, reopenFile, saveFile } from './web-files-on-disk.ts';
import { createNotices } from './web-notices.ts';

export function createBrowserHost(): Host {
  const listeners = new Set<(event: HostEvent) => void>();
  const notices = createNotices(() => {
    for (const listener of listeners) listener({ kind: 'notification-clicked' });
  });
  const guard = (event: BeforeUnloadEvent): void => event.preventDefault();
  return {
    kind: 'browser',
    version: __VERSION__,
    languages: navigator.languages,
    startEngine: async () => startWebEngine(__VERSION__),
    open: () => openFile(translate('host:project')),
    reopen: reopenFile,
    openDropped: openDroppedItem,
    save: saveFile,
    claim,
    setTitle: notices.setTitle,
    setProgress: notices.setProgress,
    notify: notices.notify,
    setUnsaved: (unsaved) => {
      if (unsaved) addEventListener('beforeunload', guard);
      else removeEventListener('beforeunload', guard);
    },
    // A page has no menu bar of its own; the window shows its commands itself.
    setMenu: () => {},
    openExternal: (url) => {
      if (/^(https|mailto):/.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
    },
    onEvent: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
