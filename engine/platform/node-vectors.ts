/**
 * V8's switches for faster vectors in WebAssembly. Node 20 has relaxed SIMD (fused multiply-add) behind one; from V8 13
 * on, its revectorizer makes one 256-bit instruction of two 128-bit ones: a training step of the MLP takes 0.67 of the
 * time, of a transformer 0.8. To be called before any WebAssembly is compiled.
 */
import v8 from 'node:v8';

export function useFastVectors(): void {
  for (const name of fastVectorSwitches()) v8.setFlagsFromString(name);
}

/** Those that this Node has. */
export function fastVectorSwitches(): readonly string[] {
  const major = Number(process.versions.v8.split('.')[0]);
  if (major < 12) return ['--experimental-wasm-relaxed-simd'];
  // Not on every system: V8 complains aloud of switches that it was built without.
  const variables: Readonly<Record<string, unknown>> = process.config.variables;
  return major >= 13 && variables['v8_enable_wasm_simd256_revec'] === 1 ? ['--experimental-wasm-revectorize'] : [];
}
