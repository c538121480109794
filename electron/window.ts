/** One window: sandboxed, on our own scheme, unable to leave it, and asking before it takes unsaved work along. */
import type { BrowserWindow, MessageBoxSyncOptions } from 'electron';
import { join } from 'node:path';
import type { HostEvent } from '../renderer/host/host.ts';
import type { DesktopOptions } from './electron-api.ts';
import { sendEvent } from './ipc.ts';
import { ORIGIN, START_URL } from './scheme.ts';
import { MIN_SIZE, fitToScreens, readWindowState, writeWindowState } from './window-state.ts';

/** What the shell knows of a window beyond Electron. */
export interface ShellWindow {
  readonly window: BrowserWindow;
  unsaved: boolean;
  /** The user chose Save on closing: it closes once nothing is unsaved any more. */
  closing: boolean;
  /** Events for a page that does not listen yet; undefined once it does. */
  waiting: HostEvent[] | undefined;
}

export function openWindow({ electron, preload, userData }: DesktopOptions, isPackaged: boolean): ShellWindow {
  const statePath = join(userData, 'window-state.json');
  const state = readWindowState(statePath);
  const window = new electron.BrowserWindow({
    ...fitToScreens(state.bounds, electron.screen.getAllDisplays().map((display) => display.workArea)),
    minWidth: MIN_SIZE.width, minHeight: MIN_SIZE.height, show: false, title: 'Netloom', autoHideMenuBar: false,
    webPreferences: { preload, contextIsolation: true, sandbox: true, nodeIntegration: false, nodeIntegrationInWorker: false, webviewTag: false, spellcheck: false, devTools: !isPackaged },
  });
  if (state.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());

  const shell: ShellWindow = { window, unsaved: false, closing: false, waiting: [] };
  const { webContents } = window;
  webContents.on('will-navigate', (event) => {
    // A reload is a navigation to the page itself.
    if (new URL(event.url).origin !== ORIGIN && !event.url.startsWith(`${ORIGIN}/`)) event.preventDefault();
  });
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (isMainFrame && !isSameDocument) shell.waiting ??= [];
  });
  window.on('close', (event) => {
    writeWindowState(statePath, { bounds: window.getNormalBounds(), maximized: window.isMaximized() });
    if (!shell.unsaved) return;
    event.preventDefault();
    askBeforeClosing(shell, electron.dialog);
  });
  void window.loadURL(START_URL);
  return shell;
}

export function tell(shell: ShellWindow, event: HostEvent): void {
  if (shell.waiting !== undefined) shell.waiting.push(event);
  else sendEvent(shell.window.webContents, 'host:event', event);
}
export function listens(shell: ShellWindow): void {
  const events = shell.waiting ?? [];
  shell.waiting = undefined;
  for (const event of events) tell(shell, event);
}

const QUESTION = {
  en: { message: 'Save your changes before closing?', detail: 'Work that is not saved is kept for the next start, where it is offered again.', buttons: ['Save', "Don't save", 'Cancel'] },
  zh: { message: '关闭前保存更改吗？', detail: '未保存的内容会保留，下次启动时可以恢复。', buttons: ['保存', '不保存', '取消'] },
} as const;
let language: keyof typeof QUESTION = 'en';
/** Main speaks the language of the system; the window, which may be set to another, is not asked while it closes. */
export function setShellLanguage(locale: string): void {
  language = locale.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function askBeforeClosing(shell: ShellWindow, dialog: DesktopOptions['electron']['dialog']): void {
  const { message, detail, buttons } = QUESTION[language];
  const options: MessageBoxSyncOptions = { type: 'question', message, detail, buttons: [...buttons], defaultId: 0, cancelId: 2, noLink: true };
  switch (dialog.showMessageBoxSync(shell.window, options)) {
    case 0:
      shell.closing = true;
      tell(shell, { kind: 'command', id: 'file.save' });
      return;
    case 1:
      shell.window.destroy();
  }
}
/** What the page says of its document. */
export function setUnsaved(shell: ShellWindow, unsaved: boolean): void {
  shell.unsaved = unsaved;
  if (shell.closing && !unsaved) shell.window.close();
  if (unsaved) shell.closing = false;
}
