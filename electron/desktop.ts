/** The desktop shell: one instance, its windows, their engines and files. Everything that is not Electron's own business is in the renderer or the engine. */
import type { WebContents } from 'electron';
import { join } from 'node:path';
import type { CallHandlers, SendHandlers } from './ipc.ts';
import { registerChannels } from './ipc.ts';
import type { DesktopOptions } from './electron-api.ts';
import { Engines } from './engines.ts';
import { KnownFiles, projectIn, withExtension } from './files.ts';
import { menuTemplate } from './menu.ts';
import { ORIGIN, SCHEME, serveFolder } from './scheme.ts';
import { type ShellWindow, listens, openWindow, setShellLanguage, setUnsaved, tell } from './window.ts';

/** Of what a page may ask the system for, only the clipboard, which copy and paste of nodes need. */
const PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-read', 'clipboard-sanitized-write']);

/** Must be called before the app is ready. Resolves when the first window is open; undefined when another instance has the app already. */
export async function startDesktop(options: DesktopOptions): Promise<{ readonly windows: ReadonlyMap<WebContents, ShellWindow> } | undefined> {
  const { electron, argv, platform, userData } = options;
  const { app } = electron;
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return undefined;
  }
  electron.protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }]);
  app.enableSandbox();

  const windows = new Map<WebContents, ShellWindow>();
  const files = new KnownFiles(join(userData, 'known-files.json'));
  const engines = new Engines(options);
  /** Files that the system asked for before there was a window. */
  const early: string[] = [];

  const newWindow = (): ShellWindow => {
    const shell = openWindow(options, app.isPackaged);
    const { webContents } = shell.window;
    windows.set(webContents, shell);
    shell.window.on('closed', () => {
      windows.delete(webContents);
      engines.stopAll(webContents);
    });
    return shell;
  };
  const openProject = async (path: string, shell: ShellWindow): Promise<void> => {
    const opened = await files.read(path);
    if ('failed' in opened) electron.dialog.showErrorBox('Netloom', `${opened.fileName}: ${opened.failed}`);
    else tell(shell, { kind: 'open-file', opened });
  };
  const front = (): ShellWindow => {
    const focused = electron.BrowserWindow.getFocusedWindow();
    const shell = (focused === null ? undefined : windows.get(focused.webContents)) ?? [...windows.values()].at(-1) ?? newWindow();
    if (shell.window.isMinimized()) shell.window.restore();
    shell.window.focus();
    return shell;
  };

  app.on('second-instance', (_event, otherArgv, folder) => {
    const project = projectIn(otherArgv, folder);
    const shell = front();
    if (project !== undefined) void openProject(project, shell);
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    if (app.isReady()) void openProject(path, front());
    else early.push(path);
  });
  app.on('window-all-closed', () => {
    if (platform !== 'darwin') app.quit();
  });
  app.on('activate', () => {
    if (windows.size === 0) newWindow();
  });
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });

  await app.whenReady();
  setShellLanguage(app.getLocale());
  await files.load();
  electron.protocol.handle(SCHEME, serveFolder(options.webFolder));
  electron.session.defaultSession.setPermissionRequestHandler((_contents, permission, answer, details) => answer(PERMISSIONS.has(permission) && details.requestingUrl.startsWith(`${ORIGIN}/`)));
  electron.session.defaultSession.setPermissionCheckHandler((_contents, permission, origin) => PERMISSIONS.has(permission) && (origin === ORIGIN || origin === `${ORIGIN}/`));
  registerChannels(electron.ipcMain, callHandlers(options, windows, files, engines), sendHandlers(options, windows, engines));

  const shell = newWindow();
  const project = early[0] ?? projectIn(argv, process.cwd());
  if (project !== undefined) await openProject(project, shell);
  return { windows };
}

function callHandlers({ electron }: DesktopOptions, windows: ReadonlyMap<WebContents, ShellWindow>, files: KnownFiles, engines: Engines): CallHandlers {
  const windowOf = (sender: WebContents) => {
    const shell = windows.get(sender);
    if (shell === undefined) throw new Error('A page without a window of ours asked.');
    return shell.window;
  };
  return {
    'file:open': async ({ filter }, sender) => {
      const { canceled, filePaths: [path] } = await electron.dialog.showOpenDialog(windowOf(sender), { properties: ['openFile'], filters: [{ name: filter.description, extensions: [filter.extension] }, { name: '*', extensions: ['*'] }] });
      return canceled || path === undefined ? null : files.read(path);
    },
    'file:reopen': async ({ key }) => files.reopen(key),
    'file:dropped': async ({ path }) => files.read(path),
    'file:save': async ({ key, suggestedName, filter, bytes }, sender) => {
      const known = key === undefined ? undefined : files.pathOf(key);
      if (known !== undefined) return files.write(known, bytes);
      const { canceled, filePath } = await electron.dialog.showSaveDialog(windowOf(sender), { defaultPath: withExtension(suggestedName, filter.extension), filters: [{ name: filter.description, extensions: [filter.extension] }] });
      return canceled || filePath === '' ? null : files.write(withExtension(filePath, filter.extension), bytes);
    },
    'engine:start': async (_params, sender) => engines.start(sender),
  };
}

function sendHandlers({ electron, platform }: DesktopOptions, windows: ReadonlyMap<WebContents, ShellWindow>, engines: Engines): SendHandlers {
  const on = (sender: WebContents, act: (shell: ShellWindow) => void): void => {
    const shell = windows.get(sender);
    if (shell !== undefined) act(shell);
  };
  return {
    'engine:stop': (engine, sender) => engines.stop(engine, sender),
    'window:title': (title, sender) => on(sender, ({ window }) => window.setTitle(title)),
    'window:progress': (share, sender) => on(sender, ({ window }) => window.setProgressBar(share ?? -1)),
    'window:unsaved': (unsaved, sender) => on(sender, (shell) => {
      setUnsaved(shell, unsaved);
      if (platform === 'darwin' && !shell.window.isDestroyed()) shell.window.setDocumentEdited(unsaved);
    }),
    'window:notify': ({ title, body }, sender) => on(sender, (shell) => {
      if (shell.window.isFocused() || !electron.Notification.isSupported()) return;
      const notification = new electron.Notification({ title, body });
      notification.on('click', () => {
        shell.window.show();
        shell.window.focus();
        tell(shell, { kind: 'notification-clicked' });
      });
      notification.show();
    }),
    'menu:set': (menus, sender) => on(sender, (shell) => {
      const menu = electron.Menu.buildFromTemplate(menuTemplate(menus, platform, electron.app.name, (id) => tell(shell, { kind: 'command', id })));
      if (platform === 'darwin') electron.Menu.setApplicationMenu(menu);
      else shell.window.setMenu(menu);
    }),
    'link:open': (url) => {
      // Only pages of the web: any other scheme would start programs.
      if (URL.canParse(url) && new URL(url).protocol === 'https:') void electron.shell.openExternal(url);
    },
    'window:ready': (_value, sender) => on(sender, listens),
  };
}
