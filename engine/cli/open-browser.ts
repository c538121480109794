/** Opens an address in the user's browser, where there is one to be opened; the address is printed in any case. */
import { spawn } from 'node:child_process';

/** The command that opens an address on this system; undefined where no browser could show itself. */
export function opener(system: string, environment: Readonly<Record<string, string | undefined>>): readonly [command: string, ...args: string[]] | undefined {
  if (system === 'darwin') return ['open'];
  // `start` takes its first quoted word for a window's title.
  if (system === 'win32') return ['cmd', '/c', 'start', ''];
  if (environment['WSL_DISTRO_NAME'] !== undefined) return ['wslview'];
  const hasDisplay = (environment['DISPLAY'] ?? '') !== '' || (environment['WAYLAND_DISPLAY'] ?? '') !== '';
  return hasDisplay ? ['xdg-open'] : undefined;
}

/** Never fails: a machine without the command simply opens nothing. */
export function openInBrowser(url: string): void {
  const found = opener(process.platform, process.env);
  if (found === undefined) return;
  const [command, ...args] = found;
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true, windowsHide: true });
  child.on('error', () => {});
  child.unref();
}
