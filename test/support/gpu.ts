/**
 * The GPU of the tests. Continuous integration has none, so the tests look for SwiftShader, the software
 * Vulkan driver that lies beside every Chromium binary, and hand it to Dawn. Set
 * `NETLOOM_TEST_GPU=system` to test on the machine's own GPU instead.
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const DRIVER_FILE = 'vk_swiftshader_icd.json';
const LOADER_FILE = 'libvulkan.so.1';

const BROWSER_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'msedge', 'microsoft-edge', 'microsoft-edge-stable'];
/** Where packages put the real binary when the one on the PATH is a script. */
const LINUX_FOLDERS = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/microsoft/msedge', '/snap/chromium/current/usr/lib/chromium-browser'];
const OTHER_BINARIES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Browsers that Playwright installed, newest first. */
function playwrightBinaries(): string[] {
  const cache = process.env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), '.cache', 'ms-playwright');
  if (!existsSync(cache)) return [];
  const folders = readdirSync(cache).filter((name) => /^chromium(_headless_shell)?-\d+$/.test(name)).sort().reverse();
  return folders.flatMap((name) => ['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-linux/headless_shell'].map((file) => join(cache, name, file)));
}

/** A Chromium, Chrome or Edge that tests may start, or undefined. `CHROME_PATH` is asked first. */
export function findBrowser(): string | undefined {
  const asked = process.env['CHROME_PATH'];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => BROWSER_NAMES.map((name) => join(folder, name)));
  const candidates = [...(asked === undefined ? [] : [asked]), ...onPath, ...LINUX_FOLDERS.flatMap((f) => [join(f, 'chromium'), join(f, 'chrome')]), ...playwrightBinaries(), ...OTHER_BINARIES];
  return candidates.find((path) => existsSync(path));
}

/** The folder that holds SwiftShader's Vulkan driver, or undefined. */
function swiftShaderFolder(): string | undefined {
  const browser = findBrowser();
  const folders = [...(browser === undefined ? [] : [dirname(realpathSync(browser))]), ...LINUX_FOLDERS, ...playwrightBinaries().map((path) => dirname(path))];
  return folders.find((folder) => existsSync(join(folder, DRIVER_FILE)));
}

/**
 * Make the Vulkan loader that lies beside the browser known to this process: Dawn opens `libvulkan.so.1` by
 * name, and a library of that name that is loaded already is what it gets. Node complains that it is no
 * addon of its own, which is expected; RTLD_NODELETE keeps it loaded all the same.
 */
function loadVulkanLoader(folder: string): void {
  const path = join(folder, LOADER_FILE);
  if (!existsSync(path)) return; // the system's loader is used then
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_LAZY | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('did not self-register')) throw error;
  }
}

/**
 * Prepare this process so that Dawn finds SwiftShader. Must run before the package `webgpu` makes its
 * first GPU object. Gives the driver's file, or undefined when there is none or the system's GPU is asked for.
 */
export function useSoftwareGpu(): string | undefined {
  if (process.env['NETLOOM_TEST_GPU'] === 'system' || process.platform !== 'linux') return undefined;
  if (process.env['VK_ICD_FILENAMES'] !== undefined) {
    const given = process.env['VK_ICD_FILENAMES'];
    loadVulkanLoader(dirname(given));
    return given;
  }
  const folder = swiftShaderFolder();
  if (folder === undefined) return undefined;
  loadVulkanLoader(folder);
  process.env['VK_ICD_FILENAMES'] = join(folder, DRIVER_FILE);
  return process.env['VK_ICD_FILENAMES'];
}

let found: Promise<GPU | { readonly unavailable: string }> | undefined;

/** A GPU object that has an adapter, or the reason why these tests are skipped. Asked once per process. */
export function testGpu(): Promise<GPU | { readonly unavailable: string }> {
  found ??= findGpu();
  return found;
}

async function findGpu(): Promise<GPU | { readonly unavailable: string }> {
  const driver = useSoftwareGpu();
  try {
    const { create, globals } = await import('webgpu');
    Object.assign(globalThis, globals);
    const gpu = create([]);
    if ((await gpu.requestAdapter()) !== null) return gpu;
    return { unavailable: `Dawn found no adapter (${driver === undefined ? `no ${DRIVER_FILE} beside a browser, and no GPU of the system` : `with the driver ${driver}`})` };
  } catch (error) {
    return { unavailable: `the package webgpu does not start here: ${error instanceof Error ? error.message : String(error)}` };
  }
}
