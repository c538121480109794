/** Results carry their arrays over instead of copying them. Every array in a reply is made for it, so nobody misses it here. */

/** The buffers of all arrays in a result, each once. */
export function transferablesOf(result: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (ArrayBuffer.isView(value)) {
      // Shared memory is shared anyway.
      if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
    } else for (const item of Object.values(value)) visit(item);
  };
  visit(result);
  return [...found];
}
