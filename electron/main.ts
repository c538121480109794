/** Where Electron starts. */
import * as electron from 'electron';
import { join } from 'node:path';
import { startDesktop } from './desktop.ts';

/** dist/electron, beside dist/web. */
const here = import.meta.dirname;
if (process.platform === 'win32') electron.app.setAppUserModelId('app.netloom');

startDesktop({
  electron, version: __VERSION__, webFolder: join(here, '..', 'web'), preload: join(here, 'preload.cjs'), engineScript: join(here, 'engine-process.js'),
  userData: electron.app.getPath('userData'), argv: process.argv, platform: process.platform,
}).catch((error: unknown) => {
  electron.dialog.showErrorBox('Netloom', error instanceof Error ? error.message : String(error));
  electron.app.exit(1);
});
