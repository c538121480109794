/**
 * The GPU of the tests. Continuous integration has none, so the tests hand Dawn SwiftShader, the software
 * Vulkan driver that lies beside every Chromium binary. Set `NETLOOM_TEST_GPU=system` to test on the
 * machine's own GPU instead.
 */
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { findSoftwareVulkanDriver } from '../../scripts/browsers.mjs';

const LOADER_FILE = 'libvulkan.so.1';

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
  const driver = process.env['VK_ICD_FILENAMES'] ?? findSoftwareVulkanDriver();
  if (driver === undefined) return undefined;
  loadVulkanLoader(dirname(driver));
  process.env['VK_ICD_FILENAMES'] = driver;
  return driver;
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
    return { unavailable: `Dawn found no adapter (${driver === undefined ? 'no software Vulkan driver beside a browser, and no GPU of the system' : `with the driver ${driver}`})` };
  } catch (error) {
    return { unavailable: `the package webgpu does not start here: ${error instanceof Error ? error.message : String(error)}` };
  }
}
