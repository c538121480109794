/**
 * V8's switches for faster WebAssembly, to be set before any is compiled. Node 20 has relaxed SIMD (fused multiply-add)
 * behind one; from V8 13 on, its revectorizer makes one 256-bit instruction of two 128-bit ones: a training step of the
 * MLP takes 0.67 of the time, of a transformer 0.8. Kernels are optimised earlier than V8 would by itself: a step calls each of them once.
 */
import v8 from 'node:v8';

const major = Number(process.versions.v8.split('.')[0]);
/** The last version of V8 in which the switch was seen; of one that it lacks, V8 complains aloud. */
const isBudgetSwitchKnown = major <= 14;
/** Bytes of machine code that a function goes through before it is optimised; 13,000,000 is V8's own number. */
export const tieringBudget = isBudgetSwitchKnown ? 500_000 : 13_000_000;

export function useFastWebAssembly(): void {
  for (const name of webAssemblySwitches()) v8.setFlagsFromString(name);
}

/** Those that this Node has. */
export function webAssemblySwitches(): readonly string[] {
  return [...vectorSwitches(), ...(isBudgetSwitchKnown ? [`--wasm-tiering-budget=${tieringBudget}`] : [])];
}

function vectorSwitches(): readonly string[] {
  if (major < 12) return ['--experimental-wasm-relaxed-simd'];
  // Not on every system: V8 complains aloud of switches that it was built without.
  const variables: Readonly<Record<string, unknown>> = process.config.variables;
  return major >= 13 && variables['v8_enable_wasm_simd256_revec'] === 1 ? ['--experimental-wasm-revectorize'] : [];
}

/** What a newer Node would bring on this kind of processor; undefined where it would bring nothing. */
export function newerNodeGain(): string | undefined {
  if (process.arch !== 'x64' || major >= 13) return undefined;
  return `Node ${process.versions.node} computes with vectors of 128 bits. Node 24 has 256 on this kind of processor: a training step takes some two thirds of the time.`;
}
