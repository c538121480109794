#!/usr/bin/env node
/** Starts the `netloom` command, where Node is recent enough and the command has been built. */
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Netloom needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(2);
}

const bundle = new URL('../dist/cli/netloom.js', import.meta.url);
if (!existsSync(bundle)) {
  console.error('The netloom command has not been built yet. Run `npm run build` in its folder.');
  process.exit(1);
}
await import(bundle.href);
