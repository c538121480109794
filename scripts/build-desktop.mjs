/** Bundles the desktop shell to dist/electron: main and the engine's process as modules, the preload as CommonJS, which a sandboxed one must be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './import-rules.mjs';

/** @param {string} [folder] where to */
export async function buildDesktop(folder = join(projectRoot, 'dist', 'electron')) {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const common = { bundle: true, outdir: folder, define: { __VERSION__: JSON.stringify(version) }, sourcemap: 'linked', logLevel: 'warning' };
  const entry = (name) => join(projectRoot, 'electron', `${name}.ts`);
  await Promise.all([
    build({ ...common, entryPoints: [entry('main'), entry('engine-process')], platform: 'node', format: 'esm', target: 'node22', external: ['electron', 'webgpu'] }),
    build({ ...common, entryPoints: [entry('preload')], platform: 'browser', format: 'cjs', target: 'chrome140', external: ['electron'], outExtension: { '.js': '.cjs' } }),
  ]);
}
