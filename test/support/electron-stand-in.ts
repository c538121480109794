/**
 * Stands in for Electron's API where its binary is out of reach: windows are pages of a real Chromium
 * with the real preload, the engine is a forked process, and dialogs answer as the test says. What main
 * sees is what Electron would show it; what is Electron's own (fuses, the sandbox) cannot be tested so.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContext, Frame, Page } from 'playwright-core';
import type { ElectronApi } from '../../electron/electron-api.ts';
import { webAssemblySwitches } from '../../engine/platform/node-switches.ts';
import { projectRoot } from '../../scripts/import-rules.mjs';
import { decodeWire, encodeWire } from './wire-codec.ts';

const BINDING = '__standInIpc';

/** One end of a channel; messages wait until it is started or handed on. */
class Port extends EventEmitter {
  partner: Port | undefined;
  /** Where messages go once the port was transferred. */
  sink: ((data: unknown) => void) | undefined;
  #started = false;
  readonly #waiting: unknown[] = [];
  postMessage(data: unknown): void {
    this.partner?.receive(data);
  }
  receive(data: unknown): void {
    if (this.sink !== undefined) this.sink(data);
    else if (this.#started) this.emit('message', { data, ports: [] });
    else this.#waiting.push(data);
  }
  transfer(sink: (data: unknown) => void): void {
    this.sink = sink;
    for (const data of this.#waiting.splice(0)) sink(data);
  }
  start(): void {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
  close(): void {
    this.emit('close');
    this.partner?.emit('close');
  }
}
class MessageChannelStandIn {
  readonly port1 = new Port();
  readonly port2 = new Port();
  constructor() {
    this.port1.partner = this.port2;
    this.port2.partner = this.port1;
  }
}

/** Runs in the page before anything else: `require('electron')` for the preload, over the binding. */
function pageSide(binding: string, encode: string, decode: string, preload: string): string {
  return `(() => {
    if (window.top !== window || location.protocol === 'about:') return;
    const encode = ${encode}; const decode = ${decode};
    const call = (kind, ...values) => window['${binding}'](encode({ kind, values }));
    const listeners = new Map(); const ports = new Map();
    window.__standInDeliver = (text) => {
      const { kind, channel, values, port } = decode(text);
      if (kind === 'port') return ports.get(port)?.postMessage(values[0]);
      const event = { ports: [] };
      if (port !== undefined) {
        const { port1, port2 } = new MessageChannel();
        port2.onmessage = ({ data }) => void call('port', port, data);
        ports.set(port, port2); event.ports = [port1];
      }
      for (const listener of listeners.get(channel) ?? []) listener(event, ...values);
    };
    const ipcRenderer = {
      invoke: async (channel, ...values) => { const answer = decode(await call('invoke', channel, ...values)); if (answer.error !== undefined) throw new Error(answer.error); return answer.result; },
      send: (channel, ...values) => void call('send', channel, ...values),
      on: (channel, listener) => { listeners.set(channel, [...(listeners.get(channel) ?? []), listener]); },
      off: (channel, listener) => { listeners.set(channel, (listeners.get(channel) ?? []).filter((each) => each !== listener)); },
    };
    const electron = { ipcRenderer, contextBridge: { exposeInMainWorld: (name, value) => { window[name] = value; } }, webUtils: { getPathForFile: (file) => window.__standInPaths?.[file.name] ?? '' } };
    const require = (name) => { if (name !== 'electron') throw new Error('The preload may only require electron, not ' + name); return electron; };
    const module = { exports: {} }; const exports = module.exports;
    ${preload}
  })();`;
}

export interface StandInAnswers {
  /** Paths that dialogs answer with, first in, first out; none is Cancel. */
  readonly open: string[];
  readonly save: string[];
  /** Buttons of message boxes. */
  readonly buttons: number[];
}

export class ElectronStandIn {
  readonly answers: StandInAnswers = { open: [], save: [], buttons: [] };
  readonly opened: string[] = [];
  readonly errors: string[] = [];
  readonly notifications: { readonly title: string; readonly body: string }[] = [];
  readonly children: ChildProcess[] = [];
  readonly windows: WindowStandIn[] = [];
  readonly app = Object.assign(new EventEmitter(), {
    isPackaged: false, name: 'Netloom', requestSingleInstanceLock: () => true, enableSandbox: () => {}, whenReady: async () => {}, isReady: () => true, getLocale: () => 'en-GB', quit: () => {}, exit: () => {},
  });
  readonly context: BrowserContext;
  readonly handlers = new Map<string, (event: unknown, ...values: unknown[]) => unknown>();
  readonly listeners = new EventEmitter();
  #serve: ((request: Request) => Promise<Response>) | undefined;
  #server: Server | undefined;
  #origin = '';
  permission: ((contents: unknown, permission: string, answer: (granted: boolean) => void, details: { requestingUrl: string }) => void) | undefined;

  constructor(context: BrowserContext) {
    this.context = context;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void (async () => {
        const answer = await this.#serve?.(new Request(`app://netloom${request.url ?? '/'}`, { method: request.method ?? 'GET' }));
        response.writeHead(answer?.status ?? 503, Object.fromEntries(answer?.headers ?? []));
        response.end(answer === undefined ? '' : Buffer.from(await answer.arrayBuffer()));
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    this.#origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }
  async stop(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    for (const window of this.windows) if (!window.isDestroyed()) window.destroy();
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** The page's address as Electron would show it. */
  shown(url: string): string {
    return url.replace(this.#origin, 'app://netloom');
  }
  real(url: string): string {
    return url.replace('app://netloom', this.#origin);
  }

  get api(): ElectronApi {
    const api = {
      app: this.app,
      protocol: { registerSchemesAsPrivileged: () => {}, handle: (_scheme: string, handler: (request: Request) => Promise<Response>) => { this.#serve = handler; } },
      ipcMain: { handle: (channel: string, handler: (event: unknown, ...values: unknown[]) => unknown) => this.handlers.set(channel, handler), on: (channel: string, listener: (...values: unknown[]) => void) => this.listeners.on(channel, listener) },
      screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1440, height: 900 } }] },
      session: { defaultSession: { setPermissionRequestHandler: (handler: typeof this.permission) => { this.permission = handler; }, setPermissionCheckHandler: () => {} } },
      shell: { openExternal: async (url: string) => { this.opened.push(url); } },
      dialog: {
        showOpenDialog: async () => { const path = this.answers.open.shift(); return { canceled: path === undefined, filePaths: path === undefined ? [] : [path] }; },
        showSaveDialog: async () => { const path = this.answers.save.shift(); return { canceled: path === undefined, filePath: path ?? '' }; },
        showMessageBoxSync: () => this.answers.buttons.shift() ?? 2,
        showErrorBox: (_title: string, text: string) => { this.errors.push(text); },
      },
      Menu: { buildFromTemplate: (template: unknown) => template, setApplicationMenu: () => {} },
      Notification: notificationClass(this.notifications),
      MessageChannelMain: MessageChannelStandIn,
      BrowserWindow: windowClass(this),
      utilityProcess: { fork: (script: string) => this.#fork(script) },
      net: {},
    };
    return api as unknown as ElectronApi;
  }

  #fork(script: string): EventEmitter {
    const child = fork(join(projectRoot, 'test', 'support', 'utility-process.mjs'), [script], {
      serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [...webAssemblySwitches()],
    });
    this.children.push(child);
    const ports = new Map<number, Port>();
    child.on('message', (message: { readonly kind: string; readonly id: number; readonly data: unknown }) => {
      if (message.kind === 'port') ports.get(message.id)?.postMessage(message.data);
    });
    return Object.assign(child, {
      postMessage: (data: unknown, transferred: readonly Port[] = []) => {
        const ids = transferred.map((port) => {
          const id = ports.size + 1;
          ports.set(id, port);
          return id;
        });
        if (child.connected) child.send({ kind: 'message', data, ports: ids });
        transferred.forEach((port, i) => port.transfer((received) => {
          if (child.connected) child.send({ kind: 'port', id: ids[i]!, data: received });
        }));
      },
    });
  }
}
interface WindowOptions {
  readonly webPreferences: { readonly preload: string } & Readonly<Record<string, unknown>>;
}

type OpenHandler = (details: { readonly url: string }) => { readonly action: string };

class WindowStandIn extends EventEmitter {
  readonly options: WindowOptions;
  readonly webContents: EventEmitter & { readonly send: (channel: string, ...values: unknown[]) => void };
  page: Page | undefined;
  /** Resolves when the page has been opened. */
  readonly opened: Promise<Page>;
  title = '';
  progress = -1;
  menu: unknown;
  readonly #standIn: ElectronStandIn;
  readonly #ports = new Map<number, Port>();
  #resolve: (page: Page) => void = () => {};
  #openHandler: OpenHandler = () => ({ action: 'allow' });
  #destroyed = false;
  #delivery: Promise<unknown> = Promise.resolve();

  constructor(standIn: ElectronStandIn, options: WindowOptions) {
    super();
    this.#standIn = standIn;
    this.options = options;
    this.opened = new Promise((resolve) => { this.#resolve = resolve; });
    this.webContents = Object.assign(new EventEmitter(), {
      send: (channel: string, ...values: unknown[]) => this.#deliver({ kind: 'event', channel, values }),
      postMessage: (channel: string, value: unknown, ports: readonly Port[]) => {
        const id = this.#ports.size + 1;
        const [port] = ports;
        if (port === undefined) return this.#deliver({ kind: 'event', channel, values: [value] });
        this.#ports.set(id, port);
        this.#deliver({ kind: 'event', channel, values: [value], port: id });
        port.transfer((data) => this.#deliver({ kind: 'port', port: id, values: [data] }));
      },
      isDestroyed: () => this.#destroyed,
      setWindowOpenHandler: (handler: OpenHandler) => { this.#openHandler = handler; },
    });
    standIn.windows.push(this);
  }

  #deliver(message: unknown): void {
    // One after the other, as a channel keeps its order.
    this.#delivery = this.#delivery.then(async () => {
      if (!this.#destroyed) await this.page?.evaluate((text) => (window as unknown as { __standInDeliver?: (text: string) => void }).__standInDeliver?.(text), encodeWire(message));
    }).catch(() => {});
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.#standIn.context.newPage();
    this.page = page;
    await page.exposeBinding(BINDING, ({ frame }, text: string) => this.#receive(frame, text));
    await page.addInitScript(pageSide(BINDING, encodeWire.toString(), decodeWire.toString(), readFileSync(this.options.webPreferences.preload, 'utf8')));
    await page.route('**/*', async (route) => {
      const request = route.request();
      const event = { url: this.#standIn.shown(request.url()), prevented: false, preventDefault() { this.prevented = true; } };
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
        if (page.url() !== 'about:blank') this.webContents.emit('will-navigate', event);
        if (!event.prevented) this.webContents.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false });
      }
      // An empty answer leaves the page where it is, as a prevented navigation does.
      await (event.prevented ? route.fulfill({ status: 204 }) : route.continue());
    });
    page.on('popup', (popup) => {
      if (this.#openHandler({ url: popup.url() }).action === 'deny') void popup.close();
    });
    // Every request goes through this process, which on a busy machine takes its time.
    await page.goto(this.#standIn.real(url), { timeout: 120_000 });
    this.emit('ready-to-show');
    this.#resolve(page);
  }

  async #receive(frame: Frame, text: string): Promise<string> {
    const { kind, values } = decodeWire(text) as { readonly kind: string; readonly values: readonly unknown[] };
    const [channel, ...rest] = values;
    if (kind === 'port') {
      this.#ports.get(channel as number)?.postMessage(rest[0]);
      return '';
    }
    const event = { sender: this.webContents, senderFrame: { url: this.#standIn.shown(frame.url()), parent: frame.parentFrame() } };
    if (kind === 'send') {
      this.#standIn.listeners.emit(String(channel), event, ...rest);
      return '';
    }
    try {
      const handler = this.#standIn.handlers.get(String(channel));
      if (handler === undefined) throw new Error(`No handler registered for '${String(channel)}'`);
      return encodeWire({ result: await handler(event, ...rest) });
    } catch (error) {
      return encodeWire({ error: error instanceof Error ? error.message : String(error) });
    }
  }

  /** What the user does: the window's cross. */
  close(): void {
    const event = { prevented: false, preventDefault() { this.prevented = true; } };
    this.emit('close', event);
    if (!event.prevented) this.destroy();
  }
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    void this.page?.close();
    this.emit('closed');
  }
  isDestroyed(): boolean { return this.#destroyed; }
  setTitle(title: string): void { this.title = title; }
  setProgressBar(share: number): void { this.progress = share; }
  setMenu(menu: unknown): void { this.menu = menu; }
  setDocumentEdited(): void {}
  getNormalBounds(): object { return { x: 10, y: 20, width: 1200, height: 800 }; }
  isMaximized(): boolean { return false; }
  isMinimized(): boolean { return false; }
  isFocused(): boolean { return false; }
  maximize(): void {}
  restore(): void {}
  show(): void {}
  focus(): void {}
}
export type { WindowStandIn };

const windowClass = (standIn: ElectronStandIn) => class extends WindowStandIn {
  static getFocusedWindow = (): null => null;
  constructor(options: WindowOptions) { super(standIn, options); }
};
type Content = ElectronStandIn['notifications'][number];
const notificationClass = (shown: Content[]) => class extends EventEmitter {
  static isSupported = (): boolean => true;
  readonly #content: Content;
  constructor(content: Content) {
    super();
    this.#content = content;
  }
  show(): void { shown.push(this.#content); }
};
