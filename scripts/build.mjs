/**
 * Bundles the `netloom` command to dist/cli/netloom.js. One file starts faster than two hundred,
 * and users of the package need no TypeScript. `webgpu` stays outside: it is a native module.
 * `--if-needed` builds only when a source is newer than the bundle.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const ENTRY = join(ROOT, 'engine', 'cli', 'main.ts');
const BUNDLE = join(ROOT, 'dist', 'cli', 'netloom.js');

function newestChange(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  // A folder's own time counts too: it changes when a file is removed.
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), info.mtimeMs);
}

function isUpToDate() {
  if (!existsSync(BUNDLE)) return false;
  const built = statSync(BUNDLE).mtimeMs;
  return ['engine', 'package.json', 'scripts/build.mjs'].every((path) => newestChange(join(ROOT, path)) <= built);
}

async function build() {
  const { build: bundle } = await import('esbuild').catch(() => ({ build: undefined }));
  if (bundle === undefined) {
    // An install without development packages: what was shipped in dist/ is used as it is.
    if (existsSync(BUNDLE)) return;
    console.error('esbuild is not installed, so the netloom command cannot be built. Run `npm ci` (with development packages).');
    process.exitCode = 1;
    return;
  }
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const started = performance.now();
  const { outputFiles } = await bundle({
    entryPoints: [ENTRY],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['webgpu'],
    sourcemap: 'linked',
    define: { NETLOOM_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    write: false,
  });
  mkdirSync(dirname(BUNDLE), { recursive: true });
  // Renamed into place: a command that starts meanwhile sees the old bundle or the new one, never half of one.
  for (const { path, contents } of outputFiles) {
    const beside = `${path}.${process.pid}.part`;
    writeFileSync(beside, contents);
    renameSync(beside, path);
  }
  console.log(`Built ${BUNDLE.slice(ROOT.length + 1)} in ${Math.round(performance.now() - started)} ms.`);
}

if (!process.argv.includes('--if-needed') || !isUpToDate()) await build();
