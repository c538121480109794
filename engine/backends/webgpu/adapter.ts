/** What an adapter says of itself: a name for people, and whether it is a GPU at all. */

/** Names of the rasterizers that play a GPU on the CPU: Google's, Mesa's and Microsoft's. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** Whether the "GPU" is the CPU in disguise, many times slower than our own CPU backend. */
export function isSoftware({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): boolean {
  return isFallbackAdapter === true || SOFTWARE.test([vendor, architecture, device, description].join(' '));
}

export function adapterName({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return description || device || [vendor, architecture].filter((part) => part !== '').join(' ') || 'GPU';
}
