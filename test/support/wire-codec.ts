/** Values with typed arrays as JSON text and back: what crosses between a test and a page, where only text does. The functions are also handed to pages as source. */

export function encodeWire(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => {
    if (each === undefined) return { $: 'undefined' };
    if (typeof each === 'number' && !Number.isFinite(each)) return { $: 'number', text: String(each) };
    if (!ArrayBuffer.isView(each)) return each;
    const bytes = new Uint8Array(each.buffer, each.byteOffset, each.byteLength);
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return { $: 'array', type: each.constructor.name === 'Buffer' ? 'Uint8Array' : each.constructor.name, text: btoa(text) };
  });
}

export function decodeWire(text: string): unknown {
  const revive = (each: unknown): unknown => {
    if (typeof each !== 'object' || each === null) return each;
    if (Array.isArray(each)) return each.map(revive);
    const tagged = each as { readonly $?: string; readonly type?: string; readonly text?: string };
    if (tagged.$ === 'undefined') return undefined;
    if (tagged.$ === 'number') return Number(tagged.text);
    if (tagged.$ === 'array') {
      const binary = atob(tagged.text ?? '');
      const bytes = new Uint8Array(binary.length);
      for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
      const types = { Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array };
      return new types[(tagged.type ?? 'Uint8Array') as keyof typeof types](bytes.buffer);
    }
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, revive(inner)]));
  };
  return revive(JSON.parse(text));
}
