/**
 * Where browsers stand on this machine. Tests need one for its WebGPU, and on Linux for the
 * software Vulkan driver (SwiftShader) that Chromium carries beside its binary.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const LINUX_COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'microsoft-edge-stable'];
/** Folders that distributions install Chromium's real binary in; the command in PATH is often a wrapper script. */
const LINUX_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/usr/lib64/chromium-browser', '/opt/google/chrome', '/opt/microsoft/msedge', '/snap/chromium/current/usr/lib/chromium-browser'];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const WINDOWS_PATHS = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
const DRIVER = 'vk_swiftshader_icd.json';

function folderNames(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Folders of the browsers that Playwright has downloaded for this user. */
function playwrightFolders() {
  const named = process.env['PLAYWRIGHT_BROWSERS_PATH'];
  const root = named !== undefined && named !== '0' ? named
    : process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches', 'ms-playwright')
    : process.platform === 'win32' ? join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'ms-playwright')
    : join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'ms-playwright');
  return folderNames(root)
    .filter((name) => name.startsWith('chromium'))
    .flatMap((name) => folderNames(join(root, name)).map((inner) => join(root, name, inner)));
}

/** @returns {string | undefined} Path of an installed Chrome, Chromium or Edge. */
export function findBrowser() {
  const candidates = [];
  if (process.env['CHROME_PATH'] !== undefined) candidates.push(process.env['CHROME_PATH']);
  if (process.platform === 'darwin') {
    for (const app of MAC_APPS) for (const root of ['/Applications', join(homedir(), 'Applications')]) candidates.push(join(root, `${app}.app`, 'Contents', 'MacOS', app));
  } else if (process.platform === 'win32') {
    for (const variable of ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']) {
      const root = process.env[variable];
      if (root !== undefined) for (const path of WINDOWS_PATHS) candidates.push(join(root, path));
    }
  } else {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) for (const command of LINUX_COMMANDS) candidates.push(join(folder, command));
  }
  for (const folder of playwrightFolders()) {
    for (const binary of ['chrome', 'chrome.exe', 'headless_shell', 'chrome-headless-shell', 'Chromium.app/Contents/MacOS/Chromium']) candidates.push(join(folder, binary));
  }
  return candidates.find((path) => existsSync(path));
}

/** @returns {string | undefined} Path of SwiftShader's Vulkan driver description, which VK_ICD_FILENAMES takes. */
export function findSoftwareVulkanDriver() {
  const folders = [...LINUX_FOLDERS, ...playwrightFolders()];
  const browser = findBrowser();
  if (browser !== undefined) folders.unshift(dirname(realpathSync(browser)));
  return folders.map((folder) => join(folder, DRIVER)).find((path) => existsSync(path));
}
