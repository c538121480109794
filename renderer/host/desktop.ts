/** The host on the desktop: everything goes over the preload's bridge to Electron's main process. */
import type { FromEngine } from '../../engine/protocol.ts';
import { translate } from '../i18n/i18n.ts';
import { claim } from './claims.ts';
import { type DesktopBridge, type DesktopFailure, type EnginePortMessage } from './desktop-bridge.ts';
import { type EngineLink, type Host, HostError } from './host.ts';

/** Main answers at once; a port that has not come by then will not come: ms. */
const PORT_LIMIT = 10_000;

/** Throws what main could only describe. */
function orThrow<T extends object | null>(answer: T | DesktopFailure): T {
  if (answer !== null && 'failed' in answer) throw new HostError(answer.failed, answer.fileName);
  return answer as T;
}

export function createDesktopHost(bridge: DesktopBridge): Host {
  return {
    kind: 'desktop',
    version: bridge.version,
    languages: navigator.languages,
    startEngine: () => startEngine(bridge),
    open: async () => orThrow(await bridge.call('file:open', { filter: { extension: 'netloom', description: translate('host:project') } })) ?? undefined,
    reopen: async (file) => orThrow(await bridge.call('file:reopen', { key: file.key })),
    openDropped: async (item) => {
      const file = item.getAsFile();
      if (file === null) return undefined;
      const path = bridge.pathOf(file);
      if (path !== '') return orThrow(await bridge.call('file:dropped', { path }));
      // A file out of a mail or an archive lies nowhere: it can be read, not written back.
      return { file: { key: `dropped:${file.name}`, name: file.name, writable: false }, bytes: new Uint8Array(await file.arrayBuffer()) };
    },
    save: async (bytes, { file, suggestedName, filter }) =>
      orThrow(await bridge.call('file:save', { ...(file?.writable === true ? { key: file.key } : {}), suggestedName, filter: { extension: filter.extension, description: filter.description }, bytes })) ?? undefined,
    claim,
    setTitle: (title) => {
      document.title = title;
      bridge.send('window:title', title);
    },
    setProgress: (share) => bridge.send('window:progress', share ?? null),
    notify: (title, body) => bridge.send('window:notify', { title, body }),
    setUnsaved: (unsaved) => bridge.send('window:unsaved', unsaved),
    setMenu: (menus) => bridge.send('menu:set', menus),
    openExternal: (url) => bridge.send('link:open', url),
    onEvent: (listener) => {
      const off = bridge.on('host:event', (event) => {
        if (event.kind === 'command' && editsText(event.id)) return;
        listener(event);
      });
      bridge.send('window:ready', null);
      return off;
    },
  };
}

/** A Mac's menu takes Mod+Z and its like before the page does: in a text field they mean the text. */
const TEXT_COMMANDS: Readonly<Record<string, string>> = { 'edit.undo': 'undo', 'edit.redo': 'redo', 'edit.cut': 'cut', 'edit.copy': 'copy', 'edit.paste': 'paste', 'edit.select-all': 'selectAll', 'edit.delete': 'delete' };
function editsText(id: string): boolean {
  const active = document.activeElement;
  const isText = active instanceof HTMLTextAreaElement || (active instanceof HTMLInputElement && active.type !== 'checkbox' && active.type !== 'range');
  const command = TEXT_COMMANDS[id];
  if (!isText || command === undefined) return false;
  document.execCommand(command);
  return true;
}

/** Ports that came before their engine's number did. */
const ports = new Map<number, MessagePort>();
const awaited = new Map<number, (port: MessagePort) => void>();
if (typeof window !== 'undefined') {
  window.addEventListener('message', (event: MessageEvent<EnginePortMessage | undefined>) => {
    const [port] = event.ports;
    if (event.source !== window || event.data?.kind !== 'netloom-engine-port' || port === undefined) return;
    const { engine } = event.data;
    const waiting = awaited.get(engine);
    if (waiting === undefined) ports.set(engine, port);
    else waiting(port);
  });
}

async function startEngine(bridge: DesktopBridge): Promise<EngineLink> {
  /** Engines that ended, by number: one may end before it is known that it began. */
  const exits = new Map<number, string>();
  let heard: (() => void) | undefined;
  const off = bridge.on('engine:exit', ({ engine: ended, reason }) => {
    exits.set(ended, reason);
    heard?.();
  });
  const engine = await bridge.call('engine:start', {});
  const port = await portOf(engine);
  let terminated = false;
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.onmessage = (event: MessageEvent<FromEngine>) => listener(event.data);
    },
    onExit: (listener) => {
      heard = () => {
        const reason = exits.get(engine);
        if (reason === undefined) return;
        off();
        port.close();
        if (!terminated) listener(reason);
      };
      heard();
    },
    terminate: () => {
      terminated = true;
      bridge.send('engine:stop', engine);
    },
  };
}

function portOf(engine: number): Promise<MessagePort> {
  const early = ports.get(engine);
  if (early !== undefined) {
    ports.delete(engine);
    return Promise.resolve(early);
  }
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      awaited.delete(engine);
      reject(new Error(`no connection within ${String(PORT_LIMIT / 1000)} seconds`));
    }, PORT_LIMIT);
    awaited.set(engine, (port) => {
      clearTimeout(limit);
      awaited.delete(engine);
      resolve(port);
    });
  });
}
