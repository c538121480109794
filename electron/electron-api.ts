/** What the shell uses of Electron. It is handed in, so that tests can stand in for it where Electron's binary is out of reach. */
import type * as electron from 'electron';

export type ElectronApi = Pick<typeof electron, 'app' | 'BrowserWindow' | 'Menu' | 'MessageChannelMain' | 'Notification' | 'dialog' | 'ipcMain' | 'net' | 'protocol' | 'screen' | 'session' | 'shell' | 'utilityProcess'>;

export interface DesktopOptions {
  readonly electron: ElectronApi;
  readonly version: string;
  /** The built window, `dist/web`. */
  readonly webFolder: string;
  readonly preload: string;
  /** The bundle of engine-process.ts. */
  readonly engineScript: string;
  /** Settings of the shell: window state, recent files. */
  readonly userData: string;
  readonly argv: readonly string[];
  readonly platform: NodeJS.Platform;
}
