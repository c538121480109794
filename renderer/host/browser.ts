/** The host in a browser: the engine in a worker, files by the browser's pickers, claims by its locks. */
import type { Host } from './host.ts';

export function createBrowserHost(): Host {
  const absent = (): never => { throw new Error('This part of the browser host is not written yet.'); };
  return {
    kind: 'browser', version: '', languages: navigator.languages, startEngine: absent, open: absent, reopen: absent, openDropped: absent, save: absent,
    claim: async () => () => {}, setTitle: (title) => { document.title = title; }, setProgress: () => {}, notify: () => {}, setUnsaved: () => {}, setMenu: () => {}, openExternal: () => {}, onEvent: () => () => {},
  };
}
