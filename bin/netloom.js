#!/usr/bin/env node
/**
 * Starts the `netloom` command. Node 20 has relaxed SIMD (fused multiply-add) behind a flag that must
 * be set before any WebAssembly is compiled; later Nodes have it on and V8 ignores flags it does not know.
 */
import { existsSync } from 'node:fs';
import v8 from 'node:v8';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Netloom needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(2);
}
if (major < 21) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');

const bundle = new URL('../dist/cli/netloom.js', import.meta.url);
if (!existsSync(bundle)) {
  console.error('The netloom command has not been built yet. Run `npm run build` in its folder.');
  process.exit(1);
}
await import(bundle.href);
