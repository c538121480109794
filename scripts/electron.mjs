/** Where Electron stands on this machine, and whether the desktop app can run on it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Long enough for 120 MB on a slow line; a download that hangs must not keep anybody from the app. */
const DOWNLOAD_LIMIT_MS = 5 * 60_000;

/** The folder of the package `electron`; undefined in an install without development packages. */
function packageFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

/** @returns {string | undefined} Path of Electron's binary, where it has been downloaded. */
export function findElectron() {
  const folder = packageFolder();
  if (folder === undefined) return undefined;
  const named = join(folder, 'path.txt');
  const binary = existsSync(named) ? readFileSync(named, 'utf8').trim() : undefined;
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const path = override !== undefined ? join(override, binary ?? 'electron') : binary === undefined ? undefined : join(folder, 'dist', binary);
  return path !== undefined && existsSync(path) ? path : undefined;
}

const newerOrSame = (version, least) => {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return true;
};

/**
 * Electron's binary, downloaded if need be, or the reason why the desktop app cannot run here.
 * @returns {{ electron: string } | { obstacle: string }}
 */
export function prepareElectron() {
  const folder = packageFolder();
  if (folder === undefined) return { obstacle: 'the package electron is not installed' };
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return { obstacle: 'this machine has no display' };
  if (process.platform === 'linux' && process.getuid?.() === 0) return { obstacle: 'Electron does not run as root' };
  const present = findElectron();
  if (present !== undefined) return { electron: present };
  const least = /\d+(\.\d+)*/.exec(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).engines?.node ?? '')?.[0] ?? '0';
  if (!newerOrSame(process.versions.node, least)) return { obstacle: `Electron's installer needs Node ${least} or later, and this is ${process.versions.node}` };
  console.log('Downloading Electron (once, about 120 MB) …');
  const result = spawnSync(process.execPath, [join(folder, 'install.js')], { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8', timeout: DOWNLOAD_LIMIT_MS });
  const downloaded = result.status === 0 ? findElectron() : undefined;
  if (downloaded !== undefined) return { electron: downloaded };
  const why = result.error?.message ?? result.stderr?.split('\n').find((line) => /error/i.test(line))?.trim() ?? `its installer ended with ${result.status}`;
  return { obstacle: `Electron could not be downloaded (${why})` };
}
